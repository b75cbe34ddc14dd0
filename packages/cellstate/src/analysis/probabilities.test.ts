/** Softmax over rows, against `Math.exp` in float64. */
import { describe, expect, test } from "vitest";
import { generator } from "../data/random.ts";
import { ShapeError } from "../errors.ts";
import { probabilities } from "./probabilities.ts";

const random = generator(1, "probabilities");
const rows = Array.from({ length: 4 }, () => Array.from({ length: 7 }, () => 5 * random.normal()));

describe("probabilities", () => {
  test("are exp z / Σ exp z in each row, to float32", () => {
    const given = probabilities(rows.flat(), 7);
    rows.forEach((row, b) => {
      const sum = row.reduce((total, z) => total + Math.exp(z), 0);
      row.forEach((z, k) => expect(given[7 * b + k]).toBeCloseTo(Math.exp(z) / sum, 7));
    });
    expect(probabilities(rows[2]!)).toEqual(given.slice(14, 21));
  });

  test("stand for scores of any size", () => {
    expect([...probabilities([1e30, -1e30, 1e30, -1000, -1001, -Infinity], 3)].map((p) => p.toFixed(4))).toEqual(
      ["0.5000", "0.0000", "0.5000", "0.7311", "0.2689", "0.0000"], // 1 / (1 + e⁻¹)
    );
  });

  test("are refused of scores that are no whole rows", () => {
    expect(() => probabilities([1, 2, 3, 4], 3)).toThrow(ShapeError);
    expect(() => probabilities([1, 2], 0)).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: probabilities: scores is [2]; expected [rows, O=0].
        size is how many scores a row has, the last number of a prediction's shape.]
    `);
    expect(() => probabilities([])).toThrow(ShapeError);
  });
});
