/** Layer norm, residuals, ties and activity regularisation as data: frozen, read back, and refused where they cannot work. */
import { expect, test } from "vitest";
import { gru, lstm } from "../cells/index.ts";
import { createModel } from "../model/model.ts";
import { activityRegularization, layerNorm, residual } from "./deep.ts";
import { type Architecture, dense, dropout, embedding, heads, recurrent, sequential } from "./layers.ts";
import { readArchitecture } from "./read.ts";

// biome-ignore lint/suspicious/noExplicitAny: JavaScript's users have no compiler
const any = (value: unknown): any => value;

const tied = sequential(
  embedding({ vocabulary: 9, size: 4 }),
  recurrent(lstm, { units: 4, layers: 3, dropout: 0.2, residual: true, layerNorm: true }),
  activityRegularization({ temporal: 1 }),
  residual(layerNorm(), residual(dense({ units: 4, activation: "tanh" }), dropout({ rate: 0.1 }))),
  activityRegularization({ l2: 2 }),
  dense({ units: 9, tied: "embedding.0" }),
);

test("deep architectures are frozen plain data, and are read back from JSON", () => {
  const text = JSON.stringify(tied);
  expect(readArchitecture(JSON.parse(text))).toEqual(tied);
  expect(JSON.stringify(readArchitecture(JSON.parse(text)))).toBe(text);
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    expect(Object.isFrozen(value), JSON.stringify(value)).toBe(true);
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(tied);
});

test("an architecture that asks for none of it is the text it always was", () => {
  const plain = sequential(recurrent(gru, { units: 2, residual: false, layerNorm: false }), dense({ units: 1 }));
  expect(JSON.stringify(plain)).toBe(JSON.stringify(sequential(recurrent(gru, { units: 2 }), dense({ units: 1 }))));
  expect(JSON.stringify(plain)).not.toMatch(/residual|layerNorm|tied/);
});

test("what is inside a residual counts, and has names, as if it stood there itself", async () => {
  const model = await createModel(
    sequential(
      dense({ units: 3 }),
      residual(layerNorm(), recurrent(gru, { units: 3 })),
      layerNorm(),
      dense({ units: 1 }),
    ),
    { input: 2 },
  );
  const names = model.parameters().map(({ name }) => name);
  expect(names.filter((name) => !name.startsWith("recurrent.0.forward."))).toEqual([
    ...["dense.0.W", "dense.0.b", "layerNorm.0.s", "layerNorm.0.b", "layerNorm.1.s", "layerNorm.1.b"],
    ...["dense.1.W", "dense.1.b"],
  ]);
  expect([...model.parameters().find(({ name }) => name === "layerNorm.1.s")!.values]).toEqual([1, 1, 1]);
  const trace = await model.trace({ values: [1, 2], shape: [1, 1, 2] });
  expect(trace.get("h").layer).toBe("recurrent.0"); // names of the cell inside, for the compiler too
  expect(() => sequential(residual(...Array.from({ length: 300 }, () => layerNorm())))).toThrow(/at most 256/);
  model.close();
});

async function messages(cases: Readonly<Record<string, () => unknown>>): Promise<string> {
  const said: string[] = [];
  for (const [name, make] of Object.entries(cases)) {
    try {
      await make();
      said.push(`${name}: accepted`);
    } catch (error) {
      said.push(`${name}: ${(error as Error).name === "ArgumentError" ? "" : "?? "}${(error as Error).message}`);
    }
  }
  return said.join("\n");
}
const made = (architecture: Architecture) => createModel(architecture, { input: 3 });
const last = recurrent(gru, { units: 4, output: "last" });

test("what cannot work is refused with a mend", async () => {
  const said = await messages({
    "a residual around nothing": () => residual(),
    "a residual around a cell": () => residual(any(lstm)),
    "a residual around an embedding": () => sequential(residual(embedding({ vocabulary: 3, size: 2 }))),
    "a residual around heads": () => sequential(residual(heads({ a: sequential(dense({ units: 1 })) }))),
    "a residual around the last output": () => made(sequential(recurrent(gru, { units: 4 }), residual(last))),
    "a residual that changes the size": () => made(sequential(residual(dense({ units: 4 })))),
    "a stack without a residual": () => made(sequential(recurrent(gru, { units: 4, residual: true }))),
    "last outputs of two directions": () =>
      made(sequential(recurrent(gru, { units: 4, layers: 2, direction: "both", output: "last", residual: true }))),
    "a norm between one layer": () => made(sequential(recurrent(gru, { units: 4, layerNorm: true }))),
    "a residual of text": () => recurrent(gru, { units: 4, residual: any("yes") }),
    "a residual of nothing": () => recurrent(gru, { units: 4, residual: any(0) }),
    "a norm of nothing": () => recurrent(gru, { units: 4, layerNorm: any(null) }),
    "a tie that is no name": () =>
      made(sequential(embedding({ vocabulary: 4, size: 3 }), dense({ units: 4, tied: any(0) }))),
    "a price of 0": () => activityRegularization({}),
    "a negative price": () => activityRegularization({ l2: -1 }),
    "a price that is no number": () => activityRegularization({ temporal: Number.NaN }),
    "a price beyond float32": () => activityRegularization({ temporal: 1e39 }),
    "time after the last output": () => made(sequential(last, activityRegularization({ temporal: 1 }))),
  });
  expect(said).toMatchInlineSnapshot(`
    "a residual around nothing: residual: layers is 0; expected layers, at least one.
      for example residual(dense({ units: 64, activation: "relu" }), dense({ units: 64 })).
    a residual around a cell: residual: layers is { name, text, syntax, facts }; expected layers, at least one.
      for example residual(dense({ units: 64, activation: "relu" }), dense({ units: 64 })).
    a residual around an embedding: sequential: layers is embedding elsewhere; expected embedding as the first layer, where ids come in.
      reorder the layers.
    a residual around heads: sequential: layers is heads elsewhere; expected heads as the last layer of all.
      reorder the layers.
    a residual around the last output: residual: residual is around output: "last"; expected layers that give an output at every step.
      put the layer with output: "last" behind the residual.
    a residual that changes the size: residual: residual is around layers from 3 values a step to 4; expected as many values out as in.
      end in 3 units, or put dense({ units: 4 }) before it.
    a stack without a residual: recurrent: residual is around layers from 3 values a step to 4; expected as many values out as in.
      end in 3 units, or put dense({ units: 4 }) before it.
    last outputs of two directions: recurrent: residual is true; expected false with direction: "both" and output: "last".
      end with recurrent(cell, { units, direction: "both", output: "last" }) of its own.
    a norm between one layer: recurrent: layerNorm is true; expected false, or more than one layer.
      put layerNorm() before or behind the only layer.
    a residual of text: recurrent: residual is "yes"; expected true or false.
      leave it out for false.
    a residual of nothing: recurrent: residual is 0; expected true or false.
      leave it out for false.
    a norm of nothing: recurrent: layerNorm is null; expected true or false.
      leave it out for false.
    a tie that is no name: dense: tied is 0; expected one of embedding.0.
      name an embedding, or leave tied out.
    a price of 0: activityRegularization: l2 is 0; expected a number above 0, or one for temporal.
      leave the layer out, or give activityRegularization({ l2: 2 }).
    a negative price: activityRegularization: l2 is -1; expected a number of at least 0.
      for example activityRegularization({ l2: 2, temporal: 1 }).
    a price that is no number: activityRegularization: temporal is NaN; expected a number of at least 0.
      for example activityRegularization({ l2: 2, temporal: 1 }).
    a price beyond float32: activityRegularization: temporal is 1e+39; expected a number of at least 0.
      for example activityRegularization({ l2: 2, temporal: 1 }).
    time after the last output: activityRegularization: temporal is above 0 behind output: "last"; expected 0.
      put it before the layer with output: "last", or give l2 alone."
  `);
});

const changed = (kind: string, change: (layer: Record<string, unknown>) => void): unknown => {
  const data = JSON.parse(JSON.stringify(tied)) as { layers: Record<string, unknown>[] };
  change(data.layers.find((layer) => layer.kind === kind)!);
  return data;
};
const nested = (levels: number): unknown =>
  levels === 0 ? { kind: "layerNorm" } : { kind: "residual", layers: [nested(levels - 1)] };

test.each<[string, unknown, RegExp]>([
  ["layers that are no list", changed("residual", (l) => void (l.layers = {})), /residual.layers is no list/],
  ["no layers", changed("residual", (l) => void (l.layers = [])), /layers, at least one/],
  ["a layer that is none", changed("residual", (l) => void (l.layers = [null])), /layer is no object/],
  ["layers without end", changed("residual", (l) => void (l.layers = new Array(1e5).fill(nested(0)))), /more than 256/],
  ["layers in layers without end", { kind: "sequential", layers: [nested(5000)] }, /deeper than 8/],
  [
    "a residual of text",
    changed("recurrent", (l) => void (l.residual = "true")),
    /residual is "true"; expected true or false/,
  ],
  ["a norm of 1", changed("recurrent", (l) => void (l.layerNorm = 1)), /layerNorm is 1; expected true or false/],
  ["a tie to a number", changed("dense", (l) => void (l.tied = 0)), /dense.tied is no text/],
  ["a price of text", changed("activityRegularization", (l) => void (l.l2 = "2")), /l2 is no number/],
  [
    "a price that is infinite",
    changed("activityRegularization", (l) => void (l.temporal = 1e999)),
    /temporal is Infinity/,
  ],
])("foreign data is refused as a person's would be: %s", (_, data, message) => {
  expect(() => readArchitecture(data)).toThrow(message);
});
