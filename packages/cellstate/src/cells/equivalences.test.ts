/**
 * What cells and layers have in common, as models on the wasm engine: a cell that is another with tied weights gives
 * the same, a backward layer is a forward one on the reversed input, swapped gates are another cell. Many seeds; the
 * seed stands in the name of the test that fails.
 */
import { describe, expect, test } from "vitest";
import type { Cell } from "../cell/cell.ts";
import { generator } from "../data/random.ts";
import { type RecurrentLayer, recurrent, sequential } from "../layers/layers.ts";
import { createModel } from "../model/model.ts";
import { zoo as cells } from "./index.ts";

const [B, T, I, UNITS, PROJECTION] = [4, 9, 3, 6, 4] as const;
const LENGTHS = [9, 4, 7, 1];
const SEEDS = [1, 2, 3, 4, 5];

type Weights = Record<string, number[]>;

const uniform = (seed: number, purpose: string, count: number, scale = 1): number[] => {
  const random = generator(seed, purpose);
  return Array.from({ length: count }, () => (2 * random.uniform() - 1) * scale);
};
const inputs = (seed: number) => ({
  values: uniform(seed, "x", B * T * I, 1.5),
  shape: [B, T, I],
  lengths: LENGTHS,
});

const layerOf = (cell: Cell, more: object = {}): RecurrentLayer => recurrent(cell, { units: UNITS, ...more } as never);

/** Random weights of a cell, under the names of its equations; each name's numbers follow from the name alone. */
async function weightsOf(cell: Cell, seed: number, more?: object): Promise<Weights> {
  const model = await createModel(sequential(layerOf(cell, more)), { input: I });
  return Object.fromEntries(
    model.parameters().map(({ name, shape, values }) => {
      const own = name.split(".").at(-1)!;
      return [own, uniform(seed, own, values.length, shape.length === 2 ? 1.5 / Math.sqrt(shape[1]!) : 0.7)];
    }),
  );
}

interface Outcome {
  readonly output: number[];
  readonly states: Record<string, Float32Array>;
}

/** Outputs of one layer with these weights; what the cell has no use for is left out. */
async function run(layer: RecurrentLayer, weights: Weights, seed: number, from: Weights = {}): Promise<Outcome> {
  const model = await createModel(sequential(layer), { input: I });
  const own = Object.fromEntries(model.parameters().map(({ name }) => [name, weights[name.split(".").at(-1)!]!]));
  model.setParameters(own);
  const { values, states } = await model.predict(inputs(seed), { from });
  model.close();
  return { output: [...values], states: states as Record<string, Float32Array> };
}

// float32, both sides in another order of operations: some 6e-8 a step over nine steps, values around 1
const CLOSE = 2e-6;
function expectSame(found: readonly number[], expected: readonly number[], tolerance = CLOSE): void {
  expect(found).toHaveLength(expected.length);
  expect(Math.max(...found.map((v, k) => Math.abs(v - expected[k]!)))).toBeLessThanOrEqual(tolerance);
  expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.05);
}

const roles = ["W", "R", "b"];
/** W, R and b of `to` made from those of `from`. */
const tie = (weights: Weights, to: string, from: string, as: (v: number) => number = (v) => v): Weights =>
  Object.fromEntries(roles.map((role) => [`${role}_${to}`, weights[`${role}_${from}`]!.map(as)]));
const times = (a: readonly number[], b: readonly number[], rows: number, inner: number, columns: number): number[] =>
  Array.from({ length: rows * columns }, (_, at) => {
    const [r, c] = [Math.floor(at / columns), at % columns];
    return Array.from({ length: inner }, (_, k) => a[r * inner + k]! * b[k * columns + c]!).reduce((x, y) => x + y);
  });

describe.each(SEEDS)("seed %i", (seed) => {
  const states = { h: uniform(seed, "h", B * UNITS, 0.8), c: uniform(seed, "c", B * UNITS, 0.8) };

  test("CIFG is the LSTM whose forget gate is what the input gate leaves", async () => {
    const weights = await weightsOf(cells.lstm, seed);
    Object.assign(
      weights,
      tie(weights, "f", "i", (v) => -v),
    ); // 1 − σ(a) = σ(−a)
    const expected = await run(layerOf(cells.lstm), weights, seed, states);
    expectSame((await run(layerOf(cells.cifg), weights, seed, states)).output, expected.output);
  });

  test("memory blocks of one cell are the LSTM", async () => {
    const weights = await weightsOf(cells.lstm, seed);
    const blocks = await run(layerOf(cells.blocksLstm, { blocks: UNITS }), weights, seed, states);
    expectSame(blocks.output, (await run(layerOf(cells.lstm), weights, seed, states)).output);
  });

  test("the LSTMP is the LSTM with R · P in place of R, and its output projected", async () => {
    const weights = await weightsOf(cells.lstmp, seed, { projection: PROJECTION });
    const joined = { ...weights };
    for (const name of ["R_f", "R_i", "R_g", "R_o"]) {
      joined[name] = times(weights[name]!, weights["P_h"]!, UNITS, PROJECTION, UNITS);
    }
    const lstm = await run(layerOf(cells.lstm), joined, seed);
    const transposed = Array.from({ length: UNITS * PROJECTION }, (_, at) => {
      const [u, p] = [Math.floor(at / PROJECTION), at % PROJECTION];
      return weights["P_h"]![p * UNITS + u]!;
    });
    const expected = times(lstm.output, transposed, B * T, UNITS, PROJECTION);
    expectSame((await run(layerOf(cells.lstmp, { projection: PROJECTION }), weights, seed)).output, expected);
  });

  test("the MGU is the GRU with one gate for two", async () => {
    const weights = await weightsOf(cells.gruBefore, seed);
    const gated = { ...weights, ...tie(weights, "z", "r", (v) => -v) };
    const expected = await run(layerOf(cells.gruBefore), gated, seed, { h: states.h });
    const mgu = await run(layerOf(cells.mgu), { ...gated, ...tie(gated, "f", "r") }, seed, { h: states.h });
    expectSame(mgu.output, expected.output);
  });

  test("NP is the vanilla LSTM with peepholes of 0, to the last bit the LSTM", async () => {
    const weights = await weightsOf(cells.np, seed);
    const shut = Object.fromEntries(["p_f", "p_i", "p_o"].map((name) => [name, new Array<number>(UNITS).fill(0)]));
    const np = await run(layerOf(cells.np), weights, seed, states);
    expectSame((await run(layerOf(cells.peepholeLstm), { ...weights, ...shut }, seed, states)).output, np.output);
    expect((await run(layerOf(cells.lstm), weights, seed, states)).output).toEqual(np.output);
  });

  test("both GRUs are one where the reset gate stands open", async () => {
    const weights = await weightsOf(cells.gru, seed);
    const zero = (name: string): [string, number[]] => [name, weights[name]!.map(() => 0)];
    const open = {
      ...weights,
      ...Object.fromEntries(["W_r", "R_r", "d_n"].map(zero)),
      b_r: weights["b_r"]!.map(() => 40),
    };
    const after = await run(layerOf(cells.gru), open, seed, { h: states.h });
    expectSame((await run(layerOf(cells.gruBefore), open, seed, { h: states.h })).output, after.output);
  });

  test.each(["lstm", "gru", "layerNormLstm", "slstm"] as const)(
    "a backward %s is a forward one on the reversed input, bit for bit",
    async (name) => {
      const more = name === "slstm" ? { heads: 3 } : {};
      const weights = await weightsOf(cells[name], seed, more);
      const both = await createModel(sequential(layerOf(cells[name], { ...more, direction: "both" })), { input: I });
      both.setParameters(
        Object.fromEntries(both.parameters().map((p) => [p.name, weights[p.name.split(".").at(-1)!]!])),
      );
      const x = inputs(seed);
      /** Each row's steps the other way round, where the row is `length` long. */
      const reversed = (values: ArrayLike<number>, size: number): number[] => {
        const result = new Array<number>(values.length).fill(0);
        LENGTHS.forEach((length, b) => {
          for (let t = 0; t < length; t++) {
            for (let k = 0; k < size; k++)
              result[(b * T + t) * size + k] = values[(b * T + length - 1 - t) * size + k]!;
          }
        });
        return result;
      };
      const forward = await createModel(sequential(layerOf(cells[name], more)), { input: I });
      forward.setParameters(
        Object.fromEntries(forward.parameters().map((p) => [p.name, weights[p.name.split(".").at(-1)!]!])),
      );
      const straight = await forward.predict(x);
      const turned = await forward.predict({ ...x, values: reversed(x.values, I) });
      const expected = reversed(turned.values, UNITS);
      const joined = await both.predict(x);
      expect(joined.shape).toEqual([B, T, 2 * UNITS]);
      for (let row = 0; row < B * T; row++) {
        for (let u = 0; u < UNITS; u++) {
          expect(joined.values[row * 2 * UNITS + u]).toBe(straight.values[row * UNITS + u]);
          expect(joined.values[row * 2 * UNITS + UNITS + u]).toBe(expected[row * UNITS + u]);
        }
      }
      expect(Object.values(joined.states).at(-1)).toEqual(Object.values(turned.states).at(-1));
    },
  );

  test("the sLSTM's normaliser is at least 1 and its gates at most 1, however large its sums", async () => {
    const weights = await weightsOf(cells.slstm, seed, { heads: 3 });
    const model = await createModel(sequential(layerOf(cells.slstm, { heads: 3 })), { input: I });
    for (const scale of [1, 30, 1000]) {
      const large = (name: string): number => (/^[WRb]_[if]$/.test(name) ? scale : 1);
      const values = model.parameters().map(({ name }) => {
        const own = name.split(".").at(-1)!;
        return [name, weights[own]!.map((v) => v * large(own))] as const;
      });
      model.setParameters(Object.fromEntries(values));
      const trace = await model.trace(inputs(seed));
      const valid = (name: string): number[] =>
        LENGTHS.flatMap((length, b) => [...trace.get(name).values.subarray(b * T * UNITS, (b * T + length) * UNITS)]);
      expect(Math.min(...valid("n"))).toBeGreaterThanOrEqual(1);
      expect(Math.max(...valid("i"), ...valid("f"))).toBeLessThanOrEqual(1);
      expect(Math.min(...valid("i"), ...valid("f"))).toBeGreaterThanOrEqual(0);
      expect(valid("h").every((v) => Math.abs(v) <= 1)).toBe(true); // |c| ≤ n, as |g| < 1
    }
  });

  const gated = [
    ["lstm", ["f", "i", "g", "o"]],
    ["peepholeLstm", ["f", "i", "g", "o"]],
    ["gru", ["r", "z", "n"]],
    ["slstm", ["i", "f", "g", "o"]],
    ["janet", ["f", "g"]],
    ["mgu", ["f", "n"]],
    ["minLstm", ["f", "i", "n"]],
  ] as const;
  test.each(gated)("swapping any two gates' weights changes what the %s gives", async (name, gates) => {
    const more = name === "slstm" ? { heads: 3 } : {};
    const weights = await weightsOf(cells[name], seed, more);
    const expected = await run(layerOf(cells[name], more), weights, seed);
    for (const a of gates) {
      for (const b of gates) {
        if (a >= b) continue;
        const swapped = { ...weights };
        for (const role of ["W", "R", "b"]) {
          if (weights[`${role}_${a}`] === undefined) continue;
          swapped[`${role}_${a}`] = weights[`${role}_${b}`]!;
          swapped[`${role}_${b}`] = weights[`${role}_${a}`]!;
        }
        const { output } = await run(layerOf(cells[name], more), swapped, seed);
        const change = Math.max(...output.map((v, k) => Math.abs(v - expected.output[k]!)));
        expect(change, `${a} and ${b}`).toBeGreaterThan(0.01);
      }
    }
  });
});
