/** What a model's card says of its layers is what its traces hold. */
import { createModel, dense, embedding, gru, lstm, recurrent, residual, sequential } from "cellstate";
import { diagramValues } from "cellstate/analysis";
import { expect, test } from "vitest";
import { modelCalls, openedModel } from "./models.ts";

test("a layer with zoneout is shown with the equations that its traces follow", async () => {
  const noise = { zoneout: 0.25, recurrentDropout: 0.5 };
  const made = await createModel(
    sequential(
      embedding({ vocabulary: 5, size: 4 }),
      recurrent(lstm, { units: 4, layers: 2, ...noise }),
      residual(recurrent(gru, { units: 4, ...noise })),
      dense({ units: 5 }),
    ),
    { seed: 1 },
  );
  const card = await modelCalls.open({ bytes: made.toBytes(), name: "noisy" });
  const { model } = openedModel(card.id);
  const trace = await model.trace({ values: [1, 4, 2], shape: [1, 3] });
  expect(card.layers.map(({ layer }) => layer)).toEqual(["recurrent.0", "recurrent.1", "recurrent.2"]);
  for (const { layer, cell } of card.layers) {
    expect(cell.text).toContain("bernoulli(0.25)");
    expect(cell.text).not.toContain("sequence"); // what only training draws
    for (const { name } of cell.values) expect(trace.get(name, { layer }).shape).toEqual([1, 3, 4]);
    const nodes = cell.diagram.nodes.map(({ id }) => id);
    for (const { id } of diagramValues(model, trace, { layer })) expect(nodes).toContain(id);
  }
  modelCalls.close({ id: card.id });
  made.close();
});
