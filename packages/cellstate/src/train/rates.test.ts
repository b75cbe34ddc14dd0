/** Learning rates: where they begin, where they end, and that they are functions of the step alone. */
import { describe, expect, test } from "vitest";
import { constant, cosine } from "./rates.ts";

describe("cosine", () => {
  const rate = cosine({ peak: 8e-3, warmUp: 50, end: 1e-5 });

  test("warms up in equal steps and reaches its peak with the last of them", () => {
    expect(rate.at(0, 1000)).toBeCloseTo(8e-3 / 50, 12);
    expect(rate.at(24, 1000)).toBeCloseTo(4e-3, 12);
    expect(rate.at(49, 1000)).toBe(8e-3);
  });

  test("falls along half a cosine from the peak to the end", () => {
    expect(rate.at(50, 1050)).toBe(8e-3);
    expect(rate.at(550, 1050)).toBeCloseTo((8e-3 + 1e-5) / 2, 12);
    expect(rate.at(300, 1050)).toBeCloseTo(1e-5 + (8e-3 - 1e-5) * 0.5 * (1 + Math.cos(Math.PI / 4)), 12);
    expect(rate.at(1050, 1050)).toBeCloseTo(1e-5, 15);
  });

  test("stays at the end when training goes on longer", () => {
    expect(rate.at(2000, 1050)).toBeCloseTo(1e-5, 15);
  });

  test("refuses an end above the peak", () => {
    expect(() => cosine({ peak: 1e-3, end: 1 })).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: cosine: options is peak 0.001, warmUp 0, end 1; expected a peak above 0, an end between 0 and the peak, a warm-up of at least 0 updates.
        for example cosine({ peak: 8e-3, warmUp: 50, end: 1e-5 }).]
    `);
  });
});

test("a constant rate is the same at every step", () => {
  expect([0, 10, 1e6].map((step) => constant(2e-3).at(step, 100))).toEqual([2e-3, 2e-3, 2e-3]);
});
