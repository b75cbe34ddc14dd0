/** Every cell of the zoo, forward and backward, over ragged rows: wasm against the reference, and against itself. */
import { describe, expect, test } from "vitest";
import { schedule } from "../../cell/schedule.ts";
import { zoo } from "../../cells/index.ts";
import { type Case, evenRows, runOnWasm, worstDifference } from "./testing.ts";

const SIZES = [
  { input: 7, units: 10, projection: 6, blocks: 5, heads: 2 },
  { input: 1, units: 24, projection: 9, blocks: 3, heads: 3 },
  { input: 16, units: 16, projection: 16, blocks: 1, heads: 1 },
];

/** Eight sequences; one has no step at all. */
const RAGGED = { batch: 8, steps: 6, active: Uint32Array.of(7, 7, 5, 5, 2, 1) };

const half = (_name: string, value: number): number => value / 2;

const cells = Object.entries(zoo).map(([name, cell]) => ({ name, schedule: schedule(cell) }));

describe.each(cells)("$name on wasm", (one) => {
  test.each(SIZES)("agrees with the reference to 1e-5, $units units", (sizes) => {
    const test: Case = { schedule: one.schedule, sizes, rows: RAGGED, seed: 3, shape: half };
    expect(worstDifference(test)).toBeLessThan(1e-5);
    expect(worstDifference({ ...test, rows: evenRows(5, 4) })).toBeLessThan(1e-5);
    expect(worstDifference({ ...test, rows: evenRows(1, 3) })).toBeLessThan(1e-5);
  });

  test("a sequence alone gives the same bits as in its batch", () => {
    const [sizes] = SIZES;
    const batch = runOnWasm({ schedule: one.schedule, sizes: sizes!, rows: evenRows(9, 1), seed: 5, shape: half });
    expect(batch.padding.every((value) => value === 0)).toBe(true);
  });
});
