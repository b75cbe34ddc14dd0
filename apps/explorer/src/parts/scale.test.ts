/** Scales: round ticks and widened ends, as d3's are. */
import { describe, expect, test } from "vitest";
import { linear, pathOf, powers, powerText, roundLinear } from "./scale.ts";

const ends = (low: number, high: number): number[] => {
  const scale = roundLinear([low, high], [0, 1]);
  return [scale.invert(0), scale.invert(1)].map((v) => Number(v.toPrecision(12)));
};

describe("a linear scale", () => {
  test("has about so many ticks, at 1, 2 or 5 times a power of ten, as short decimals", () => {
    expect(linear([0, 1], [0, 1]).ticks(5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linear([0.1, 0.7], [0, 1]).ticks(6)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
    expect(linear([8, 130], [0, 1]).ticks(6)).toEqual([20, 40, 60, 80, 100, 120]);
    expect(linear([-13.5, 13.5], [0, 1]).ticks(5)).toEqual([-10, -5, 0, 5, 10]);
    expect(linear([0, 0.00031], [0, 1]).ticks(3)).toEqual([0, 0.0001, 0.0002, 0.0003]);
  });

  test("goes there and back", () => {
    const scale = linear([-2, 6], [300, 100]);
    expect([scale(-2), scale(0), scale(6)]).toEqual([300, 250, 100]);
    expect(scale.invert(250)).toBe(0);
  });

  test("is widened to round numbers, again where the wider span has rounder ones", () => {
    expect(ends(0, 0.97)).toEqual([0, 1]);
    expect(ends(-393.7, 2660.2)).toEqual([-500, 3000]); // by 200 first, which makes it wide enough for 500
    expect(ends(-7.59, 62.2)).toEqual([-10, 70]);
    expect(ends(0.2915, 0.958)).toEqual([0.2, 1]);
  });

  test("ends where there is no span", () => {
    expect(roundLinear([3, 3], [0, 1]).ticks(5)).toEqual([]);
  });
});

test("a scale of powers has whole ones as ticks", () => {
  const scale = powers([0.0045, 0.9], [200, 0]);
  expect(scale.ticks(5)).toEqual([0.001, 0.01, 0.1, 1]);
  expect([scale(0.001), scale(1)]).toEqual([200, 0]);
});

test("powers of ten are written as they are, long ones with an exponent", () => {
  const texts = [0.001, 0.01, 0.1, 1, 10, 100, 1000, 1e-13].map(powerText);
  expect(texts).toEqual(["10⁻³", ".01", ".1", "1", "10", "100", "10³", "10⁻¹³"]);
});

test("a path has a gap where a point is missing", () => {
  expect(pathOf([[0, 1], [2, 3], undefined, [4, 5]])).toBe("M0.00,1.00L2.00,3.00M4.00,5.00");
});
