/** The reference engine agrees with what a model traces, and would say where it does not. */
import { expect, test } from "vitest";
import { dense, embedding, heads, recurrent, sequential } from "../layers/layers.ts";
import { createModel } from "../model/model.ts";
import { quantize } from "../model/quantize.ts";
import { sequences } from "../model/sequences.ts";
import { checkTrace } from "./check.ts";
import { cells, firstStates, LENGTHS, modelOf, shake, UNITS, x } from "./testing.ts";

const STEPS = LENGTHS.reduce((a, b) => a + b);

test.each(Object.entries(cells))(
  "of %s: two layers, both directions, ragged rows, states that are not 0",
  async (_, one) => {
    const model = await modelOf(one, { layers: 2, direction: "both" });
    const from = firstStates(model);
    const trace = await model.trace(x, { from });
    const { largest, compared, values } = await checkTrace(model, x, { from });
    expect(values.map(({ name }) => name)).toEqual([...trace.values.map(({ name }) => name), "output"]);
    const widths = trace.values.reduce((sum, { shape }) => sum + shape[2], 0);
    expect(compared).toBe(STEPS * (widths + 4));
    expect(largest).toBe(Math.max(...values.map((v) => v.largest)));
    // float32 over seven steps of two layers; some values of the sLSTM are in the tens
    expect(largest).toBeLessThan(2e-5);
    expect(largest).toBeGreaterThan(0);
    model.close();
  },
);

test("of a model with fixed values compares with the same values fixed", async () => {
  const model = await modelOf(cells["lstm"]!, { layers: 2 });
  const clamped = model.with({ f: 1 }).with({ o: 0.5 }, { layer: "recurrent.1" });
  const { values, largest } = await checkTrace(clamped, x);
  expect(values.filter(({ name }) => name === "f").map((v) => v.largest)).toEqual([0, 0]);
  expect(largest).toBeLessThan(2e-6);
  model.close();
});

test("sees one wrong number, where it is and how wrong", async () => {
  const model = await modelOf(cells["gru"]!, { layers: 2 });
  const trace = model.trace.bind(model);
  const wrong = { layer: "recurrent.1" } as const;
  Object.assign(model, {
    async trace(...given: Parameters<typeof trace>) {
      const found = await trace(...given);
      found.get("z", wrong).values[UNITS + 3]! += 0.25;
      return found;
    },
  });
  const { largest, values } = await checkTrace(model, x);
  expect(largest).toBeCloseTo(0.25, 5);
  const far = values.filter((v) => v.largest > 1e-5);
  expect(far.map(({ name, layer }) => [name, layer])).toEqual([["z", "recurrent.1"]]);
  model.close();
});

test("compares outputs by head, and the last one alone where there is but one", async () => {
  const two = sequential(
    embedding({ vocabulary: 5, size: 3 }),
    recurrent(cells["lstm"]!, { units: 6 }),
    heads({ tag: sequential(dense({ units: 2 })), next: sequential(dense({ units: 5 })) }),
  );
  const ids = sequences([
    [3, 1, 4, 1, 0, 2],
    [2, 0],
  ]);
  const model = await createModel(two, { seed: 2 });
  const { values } = await checkTrace(model, ids);
  expect(values.slice(-2).map(({ name, layer, compared }) => [name, layer, compared])).toEqual([
    ["tag", undefined, 16],
    ["next", undefined, 40],
  ]);
  const last = await modelOf(cells["lstm"]!, { output: "last" });
  expect((await checkTrace(last, x)).values.at(-1)).toMatchObject({ name: "output", compared: 3 * 4 });
  model.close();
  last.close();
});

test("of a quantized model compares with the same integers in float64", async () => {
  const model = await createModel(
    sequential(embedding({ vocabulary: 40, size: 32 }), recurrent(cells["lstm"]!, { units: 32 }), dense({ units: 40 })),
    { seed: 4 },
  );
  shake(model, 3, 0.5);
  const small = await quantize(model);
  const ids = sequences([Array.from({ length: 30 }, (_, t) => (t * t + 3 * t) % 40)]);
  const { largest } = await checkTrace(small, ids);
  // no value of these lies on the border of two steps
  expect(largest).toBeLessThan(5e-6);
  // and what rounding itself does is much more
  const [exact, rounded] = [await model.trace(ids), await small.trace(ids)];
  const change = exact.get("h").values.map((v, k) => Math.abs(v - rounded.get("h").values[k]!));
  expect(Math.max(...change)).toBeGreaterThan(1e-3);
  small.close();
  model.close();
});

test("leaves the model as it was, and says what is wrong with its inputs", async () => {
  const model = await modelOf(cells["slstm"]!);
  const before = await model.predict(x);
  await checkTrace(model, x);
  expect(await model.predict(x)).toEqual(before);
  await expect(checkTrace(model, { values: [1], shape: [1, 1, 3] } as never)).rejects.toThrow("model.trace: x.values");
  model.close();
  await expect(checkTrace(model, x)).rejects.toThrow("has been closed");
});
