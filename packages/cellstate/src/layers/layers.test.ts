/** Architectures are frozen plain data: they go through JSON, and foreign data is refused as a person's would be. */
import { describe, expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { blocksLstm, gru, lstm, lstmp, slstm, zoo } from "../cells/index.ts";
import {
  type Architecture,
  dense,
  dropout,
  embedding,
  heads,
  inputs,
  type Layer,
  recurrent,
  sequential,
} from "./layers.ts";
import { readArchitecture } from "./read.ts";

// biome-ignore lint/suspicious/noExplicitAny: JavaScript's users have no compiler
const any = (value: unknown): any => value;

const plain = recurrent(lstm, { units: 4 });

const architectures: Readonly<Record<string, Architecture>> = {
  characters: sequential(
    embedding({ vocabulary: 65, size: 8 }),
    recurrent(lstm, { units: 4, layers: 2, dropout: 0.2 }),
  ),
  sizes: sequential(
    recurrent(lstmp, { units: 6, projection: 3, direction: "both", output: "last" }),
    dropout({ rate: 0.5 }),
  ),
  blocks: sequential(recurrent(blocksLstm, { units: 6, blocks: 3 }), recurrent(slstm, { units: 6, heads: 2 })),
  starts: sequential(
    recurrent(lstm, {
      units: 4,
      start: { R: "orthogonal", b_f: { kind: "call", name: "chrono", arguments: [784] }, b_i: -1, W_f: "glorot" },
    }),
  ),
  branches: sequential(
    inputs({
      word: sequential(embedding({ vocabulary: 9, size: 3 }), plain),
      more: sequential(inputs({ a: sequential(dense({ units: 2 })), b: sequential(dropout({ rate: 0.1 })) })),
    }),
    recurrent(gru, { units: 5 }),
    heads({ tag: sequential(dense({ units: 3 })), next: sequential(heads({ deep: sequential(plain) })) }),
  ),
};

test.each(Object.entries(architectures))("%s: goes through JSON and comes back equal", (_name, architecture) => {
  const again = readArchitecture(JSON.parse(JSON.stringify(architecture)));
  expect(again).toEqual(architecture);
  expect(JSON.stringify(again)).toBe(JSON.stringify(architecture));
});

test.each(Object.entries(architectures))("%s: nothing in it can be changed", (_name, architecture) => {
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    expect(Object.isFrozen(value)).toBe(true);
    Object.values(value).forEach(visit);
  };
  visit(architecture);
});

test("options that were handed in may be used again: they are copied", () => {
  const start = { b_f: 3 };
  const branches = { a: sequential(dense({ units: 2 })) };
  const layers = [recurrent(lstm, { units: 4, start }), heads(branches)];
  const architecture = sequential(...layers);
  const before = JSON.stringify(architecture);
  start.b_f = 7;
  branches.a = sequential(dense({ units: 3 }));
  layers.pop();
  expect(JSON.stringify(architecture)).toBe(before);
});

test("every cell of the zoo makes a layer that is read back", () => {
  for (const one of Object.values(zoo)) {
    const sizes = Object.fromEntries(one.facts.axes.map((axis) => [axis, 2]));
    const architecture = sequential(recurrent(any(one), any({ units: 4, ...sizes })));
    expect(readArchitecture(JSON.parse(JSON.stringify(architecture)))).toEqual(architecture);
  }
});

describe("foreign data is refused as a person's would be:", () => {
  const good = JSON.parse(JSON.stringify(architectures.characters)) as { layers: Record<string, unknown>[] };
  const changed = (change: (data: typeof good) => unknown): unknown => {
    const data = structuredClone(good);
    return change(data) ?? data;
  };
  const nested = (levels: number): unknown => ({
    kind: "sequential",
    layers: [levels === 0 ? { kind: "dropout", rate: 0 } : { kind: "heads", branches: { a: nested(levels - 1) } }],
  });
  const hidden = JSON.parse('{"kind":"sequential","layers":[{"kind":"heads","branches":{"__proto__":{"x":1}}}]}');
  test.each<[string, unknown, RegExp]>([
    ["null", null, /architecture is no object/],
    ["a list", [], /architecture is no object/],
    ["another kind", changed((d) => ({ ...d, kind: "graph" })), /an architecture is/],
    ["layers that are no list", changed((d) => ({ ...d, layers: {} })), /an architecture is/],
    ["an unknown layer", changed((d) => void (d.layers[0] = { kind: "lambda" })), /no layer is called "lambda"/],
    ["a layer from the prototype", changed((d) => void (d.layers[0] = { kind: "toString" })), /no layer is called/],
    ["text for a number", changed((d) => void (d.layers[0]!.vocabulary = "9")), /embedding.vocabulary is no number/],
    ["a size too many", changed((d) => void (d.layers[1]!.sizes = { units: 4, blocks: 2 })), /blocks is 2/],
    [
      "a size under __proto__",
      changed((d) => void (d.layers[1]!.sizes = JSON.parse('{"units":4,"__proto__":2}'))),
      /__proto__/,
    ],
    ["layers without end", changed((d) => void (d.layers[1]!.layers = 1e9)), /from 1 to 256/],
    ["units without end", changed((d) => void (d.layers[1]!.sizes = { units: 1e9 })), /units is 1000000000/],
    ["a cell that is text", changed((d) => void (d.layers[1]!.cell = "lstm")), /recurrent.cell is no object/],
    ["equations that are none", changed((d) => void (d.layers[1]!.cell = { name: "A", text: "h = (" })), /not closed/],
    ["a start value of text", changed((d) => void (d.layers[1]!.start = { b_f: "1" })), /start value is no object/],
    [
      "an unknown start",
      changed((d) => void (d.layers[1]!.start = { b_f: { kind: "call", name: "x", arguments: [] } })),
      /a start value is/,
    ],
    [
      "a start under __proto__",
      changed((d) => void (d.layers[1]!.start = JSON.parse('{"__proto__":{"kind":"number","value":1}}'))),
      /start is "__proto__"/,
    ],
    ["1000 branches deep", nested(1000), /branches nest deeper than 8/],
    ["a branch under __proto__", hidden, /an architecture is/],
    [
      "too much of it",
      changed((d) => ({ ...d, layers: Array.from({ length: 100_000 }, () => d.layers[1]) })),
      /more than 256/,
    ],
  ])("%s", (_name, data, message) => {
    expect(() => readArchitecture(data)).toThrow(message);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test("equations of many cells together stay below 64 KB", () => {
    const text = `h = tanh(W_h @ x) # ${"long ".repeat(6000)}`;
    const layer = JSON.parse(JSON.stringify(recurrent(cell("Long", text), { units: 2 }))) as Layer;
    const data = { kind: "sequential", layers: [layer, layer, layer] };
    expect(() => readArchitecture(data)).toThrow(/more than 65536 characters of equations/);
    expect(readArchitecture({ kind: "sequential", layers: [layer, layer] }).layers).toHaveLength(2);
  });
});
