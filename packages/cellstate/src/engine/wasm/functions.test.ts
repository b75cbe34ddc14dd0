/** The emitted functions against float64, densely and at special values. */
import { describe, expect, test } from "vitest";
import { i32, v128 } from "./assembler.ts";
import { functions } from "./functions.ts";
import { instantiate, type Kernels } from "./testing.ts";

const { kernels, memory } = instantiate((module) => {
  for (const [name, emit] of Object.entries(functions)) {
    const index = module.define(2, (w) => {
      const [at, count] = w.parameters as [(typeof w.parameters)[0], (typeof w.parameters)[0]];
      w.repeat(
        () => {
          w.put(v128.store(at.get, emit(w, w.let(v128.load(at.get)))));
          w.put(at.set(i32.add(at.get, i32.const(16))), count.set(i32.sub(count.get, i32.const(4))));
        },
        () => count.get,
      );
    });
    module.export(name, index);
  }
});

const CHUNK = 4096;
const region = memory.allocate(CHUNK);

function values(name: string, x: Float32Array): Float32Array {
  const out = new Float32Array(x.length);
  const view = memory.floats(region);
  for (let from = 0; from < x.length; from += CHUNK) {
    view.fill(0);
    view.set(x.subarray(from, from + CHUNK));
    (kernels as Kernels)[name]?.(region.address * 4, CHUNK);
    out.set(view.subarray(0, Math.min(CHUNK, x.length - from)), from);
  }
  return out;
}

const log1p = Math.log1p;
const truth: Record<string, (x: number) => number> = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  softplus: (x) => Math.max(x, 0) + log1p(Math.exp(-Math.abs(x))),
  exp: Math.exp,
  log: Math.log,
  logsigmoid: (x) => Math.min(x, 0) - log1p(Math.exp(-Math.abs(x))),
  sqrt: Math.sqrt,
};

const ranges: Record<string, readonly (readonly [number, number])[]> = {
  sigmoid: [
    [-87, 87],
    [-1, 1],
  ],
  tanh: [
    [-20, 20],
    [-9, 9],
    [-1, 1],
    [-1e-3, 1e-3],
  ],
  softplus: [
    [-87, 100],
    [-1, 1],
  ],
  exp: [
    [-87.3, 88.722],
    [-1, 1],
  ],
  log: [
    [1e-30, 1e-3],
    [0.5, 2],
    [0.99, 1.01],
    [1, 1e30],
  ],
  logsigmoid: [
    [-100, 87],
    [-1, 1],
  ],
  sqrt: [[0, 100]],
};

describe("emitted functions", () => {
  test.each(Object.keys(truth))("%s is within 4e-7 of float64", (name) => {
    for (const [low, high] of ranges[name] ?? []) {
      const count = 1 << 19;
      const x = Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
      const y = values(name, x);
      let worst = 0;
      let where = 0;
      for (let i = 0; i < count; i++) {
        const expected = (truth[name] as (x: number) => number)(x[i] as number);
        const error = Math.abs((y[i] as number) - expected) / Math.max(Math.abs(expected), 2 ** -126);
        if (!(error <= worst)) {
          worst = error;
          where = x[i] as number;
        }
      }
      expect(worst, `at ${where} in [${low}, ${high}]`).toBeLessThan(4e-7);
    }
  });

  test.each([
    ["exp", [-Infinity, -1000, 0, 1000, Infinity, NaN], [0, 0, 1, Infinity, Infinity, NaN]],
    ["tanh", [-Infinity, -1000, -0, 1000, Infinity, NaN], [-1, -1, -0, 1, 1, NaN]],
    ["log", [0, -0, -1, -Infinity, Infinity, NaN, 1], [-Infinity, -Infinity, NaN, NaN, Infinity, NaN, 0]],
    ["softplus", [Infinity, NaN], [Infinity, NaN]],
    ["logsigmoid", [-Infinity, Infinity, NaN], [-Infinity, 0, NaN]],
    ["sigmoid", [Infinity, 1000, 0, NaN], [1, 1, 0.5, NaN]],
    ["relu", [-1, 2, NaN, -Infinity, Infinity], [0, 2, NaN, 0, Infinity]],
    ["abs", [-1, 2, NaN], [1, 2, NaN]],
    ["negative", [-1, 2, NaN], [1, -2, NaN]],
    ["sqrt", [4, -1, NaN], [2, NaN, NaN]],
    ["step", [-1, 0, 2, NaN], [0, 0, 1, 0]],
  ])("%s at special values", (name, x, expected) => {
    expect([...values(name, Float32Array.from(x))]).toEqual(expected);
  });

  test("sigmoid ends at 0, softplus too", () => {
    for (const name of ["sigmoid", "softplus"]) {
      for (const y of values(name, Float32Array.of(-Infinity, -1000, -200))) expect(Math.abs(y)).toBeLessThan(2e-38);
    }
  });

  test("log of denormals", () => {
    const y = values("log", Float32Array.of(1e-40, 1e-44));
    expect(y[0]).toBeCloseTo(Math.log(Math.fround(1e-40)), 4);
    expect(y[1]).toBeCloseTo(Math.log(Math.fround(1e-44)), 4);
  });

  test("tanh of every float from 4 to 8.2 is at most 1, and 1 at the end", () => {
    const bits = (x: number): number => new Int32Array(Float32Array.of(x).buffer)[0]!;
    const [low, high] = [bits(4), bits(8.2)];
    const x = new Float32Array(Int32Array.from({ length: high - low + 1 }, (_, i) => low + i).buffer);
    const y = values("tanh", x);
    expect(y.reduce((a, b) => Math.max(a, b), 0)).toBe(1);
    expect(y.at(-1)).toBe(1);
  });

  test("sigmoid never leaves its range", () => {
    const x = Float32Array.from({ length: 1 << 18 }, (_, i) => -20 + i / 6553.6);
    expect(values("sigmoid", x).every((y) => y >= 0 && y <= 1)).toBe(true);
  });
});
