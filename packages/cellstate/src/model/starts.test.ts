/** Start values: their distribution, their shape, and that they follow from seed and name alone. */
import { expect, test } from "vitest";
import type { StartRule } from "../cell/syntax.ts";
import { atOnce } from "../engine/engine.ts";
import { startValues } from "./starts.ts";

const call = (
  name: "uniform" | "normal" | "glorot" | "orthogonal" | "identity" | "chrono",
  ...args: number[]
): StartRule => ({
  kind: "call",
  name,
  arguments: args,
});
const values = (rule: StartRule, rows: number, columns: number, blocks = 1, seed = 1, name = "W") =>
  atOnce(startValues({ rule, shape: { rows, columns, blocks }, units: rows }, seed, name));
const mean = (v: Float64Array): number => v.reduce((a, b) => a + b, 0) / v.length;
const variance = (v: Float64Array): number => mean(v.map((x) => x * x)) - mean(v) * mean(v);

test("uniform spreads evenly between ± 1/√units, or its argument", () => {
  const v = values(call("uniform"), 100, 100);
  expect(Math.max(...v)).toBeLessThanOrEqual(0.1);
  expect(Math.max(...v)).toBeGreaterThan(0.099);
  expect(variance(v)).toBeCloseTo(0.01 / 3, 4);
  expect(Math.max(...values(call("uniform", 0.5), 50, 50))).toBeGreaterThan(0.49);
});

test("glorot has the limit √(6/(rows + columns))", () => {
  const v = values(call("glorot"), 40, 110);
  expect(Math.max(...v)).toBeLessThanOrEqual(0.2);
  expect(variance(v)).toBeCloseTo(0.04 / 3, 3);
});

test("normal has the asked deviation", () => {
  const v = values(call("normal", 0.5), 100, 100);
  expect(mean(v)).toBeCloseTo(0, 1);
  expect(variance(v)).toBeCloseTo(0.25, 1);
});

test.each([
  [12, 12],
  [5, 9],
  [9, 5],
])("orthogonal rows or columns of %i × %i stand at right angles and have length 1", (rows, columns) => {
  const v = values(call("orthogonal"), rows, columns);
  const at = (r: number, c: number): number => v[r * columns + c]!;
  const few = Math.min(rows, columns);
  for (let a = 0; a < few; a++) {
    for (let b = 0; b < few; b++) {
      let dot = 0;
      for (let k = 0; k < Math.max(rows, columns); k++)
        dot += rows <= columns ? at(a, k) * at(b, k) : at(k, a) * at(k, b);
      expect(dot).toBeCloseTo(a === b ? 1 : 0, 12);
    }
  }
});

test("blocks on the diagonal are drawn one by one, and outside stands 0", () => {
  const v = values(call("orthogonal"), 6, 6, 2);
  expect(v[0 * 6 + 3]).toBe(0);
  expect(v[5 * 6 + 2]).toBe(0);
  expect(v[0]! ** 2 + v[1]! ** 2 + v[2]! ** 2).toBeCloseTo(1, 12);
  expect(v[0]).not.toBe(v[3 * 6 + 3]);
});

test("identity and numbers are what they say", () => {
  expect([...values(call("identity", 0.5), 2, 3)]).toEqual([0.5, 0, 0, 0, 0.5, 0]);
  expect([...values({ kind: "number", value: 3 }, 2, 1)]).toEqual([3, 3]);
});

test("chrono biases are the logarithm of a time between 1 and T − 1", () => {
  const v = values(call("chrono", 784), 2000, 1);
  expect(Math.min(...v)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...v)).toBeLessThanOrEqual(Math.log(783));
  // u even in [1, 783]: the mean of log u is (783·log 783 − 782)/782
  expect(mean(v)).toBeCloseTo((783 * Math.log(783) - 782) / 782, 1);
});

test("the same seed and name give the same values; another of either gives others", () => {
  const rule = call("uniform");
  expect(values(rule, 4, 4)).toEqual(values(rule, 4, 4));
  expect(values(rule, 4, 4)).not.toEqual(values(rule, 4, 4, 1, 2));
  expect(values(rule, 4, 4)).not.toEqual(values(rule, 4, 4, 1, 1, "R"));
});
