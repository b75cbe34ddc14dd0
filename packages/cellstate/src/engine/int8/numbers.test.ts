import { describe, expect, test } from "vitest";
import { randomNumbers } from "../wasm/testing.ts";
import { largestOf, roundRow, roundValues, STEPS, scaleOf, stepOf } from "./numbers.ts";

const next = randomNumbers(5);
const rowOf = (length: number, size: number): Float32Array => Float32Array.from({ length }, () => next() * size);

describe("a row of 8-bit weights", () => {
  test("is whole steps of a scale that its float32 weights give back, whatever its size", () => {
    for (const size of [1, 1e-3, 1e20, 3.4e38, 1e-24, 0.0009765625, 63, 127]) {
      for (let n = 0; n < 200; n++) {
        const row = rowOf(1 + (n % 40), size);
        const before = row.slice();
        const scale = scaleOf(largestOf(row));
        const steps = Array.from(row, (w) => stepOf(w, scale));
        roundRow(row);
        expect(scaleOf(largestOf(row))).toBe(scale);
        expect(Array.from(row, (w) => stepOf(w, scale))).toEqual(steps);
        expect(Math.max(...steps.map(Math.abs))).toBe(STEPS);
        expect(row.every((w, k) => w === steps[k]! * scale)).toBe(true);
        // half a step, and what the float32 numbers before and after were rounded by
        expect(row.every((w, k) => Math.abs(w - before[k]!) <= scale * 0.5001)).toBe(true);
      }
    }
  });

  test("of nothing, or of next to nothing, is 0; one at the end of float32 stays finite", () => {
    expect(scaleOf(0)).toBe(0);
    const tiny = Float32Array.of(1e-40, -1e-38);
    roundRow(tiny);
    expect([...tiny]).toEqual([0, 0]);
    const largest = Float32Array.of(3.4028234663852886e38, -1e38);
    roundRow(largest);
    expect(largest.every(Number.isFinite)).toBe(true);
  });
});

describe("a row of values", () => {
  test("keeps its largest to a rounding error and the others to half a step, and NaN is NaN for all", () => {
    const row = rowOf(50, 3);
    const most = largestOf(row);
    const rounded = roundValues(row);
    rounded.forEach((value, k) => {
      expect(Math.abs(value - row[k]!)).toBeLessThanOrEqual(((most / STEPS) * 1.0001) / 2);
    });
    expect([...roundValues([0, 0])]).toEqual([0, 0]);
    expect([...roundValues([1, Number.NaN, 2])].every(Number.isNaN)).toBe(true);
  });
});
