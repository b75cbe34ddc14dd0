/**
 * Every cell with 8-bit matrices, over ragged rows: the portable kernel against the reference engine, which rounds the
 * same operands and then multiplies in float64, and the relaxed one against the portable one, bit for bit.
 */
import { describe, expect, test } from "vitest";
import { cell } from "../../cell/cell.ts";
import type { Sizes } from "../../cell/operations.ts";
import { schedule } from "../../cell/schedule.ts";
import { zoo } from "../../cells/index.ts";
import { oddCells } from "../oddCells.ts";
import { detectFeatures } from "../wasm/features.ts";
import { type Case, evenRows, type Results, runOn } from "../wasm/testing.ts";
import { paired, portable, relaxed } from "./dots.ts";
import { integerReference, integerWasm } from "./testing.ts";

/** Of a few columns, and of whole panels with a rest; blocks of 40. */
const SMALL = { input: 7, units: 12, projection: 6, blocks: 4, heads: 3 } satisfies Sizes;
const LARGE = { input: 40, units: 80, projection: 37, blocks: 2, heads: 2 } satisfies Sizes;
const RAGGED = { batch: 8, steps: 6, active: Uint32Array.of(7, 7, 5, 5, 2, 1) };
const SHAPES = [
  { rows: RAGGED },
  { rows: evenRows(21, 3), givenFirst: true }, // more rows than are rounded at a time
  { rows: evenRows(1, 3) },
];

const half = (_name: string, value: number): number => value / 2;
const odd = Object.entries(oddCells).map(([name, text]) => ({ name, cell: cell("Odd", text) }));
const cells = [...Object.entries(zoo).map(([name, one]) => ({ name, cell: one })), ...odd].map((one) => ({
  ...one,
  schedule: schedule(one.cell, { backward: false }),
}));

/** The large size takes the float64 loops long, and every kind of product stands in a few cells. */
const ALSO_LARGE = /^(lstm|lstmp|slstm|gruBefore|blocksPeepholeLstm|indRnn)$/;

const casesOf = ({ name, schedule: one }: (typeof cells)[number]): Case[] =>
  [SMALL, ...(ALSO_LARGE.test(name) ? [LARGE] : [])].flatMap((sizes) =>
    SHAPES.map((shape) => ({ schedule: one, sizes, seed: 3, shape: half, ...shape })),
  );

const hasRelaxed = detectFeatures().relaxedDot.state === "works";

function differenceOf(found: Results, expected: Results): number {
  let worst = 0;
  for (const [name, lines] of expected) {
    lines.forEach((line, row) => {
      line.forEach((value, k) => {
        const other = found.get(name)![row]![k]!;
        if (Object.is(other, value) || (other !== other && value !== value)) return;
        worst = Math.max(worst, Math.abs(other - value) / Math.max(1, Math.abs(value)));
      });
    });
  }
  return worst;
}

describe("8-bit matrices: wasm computes what reference computes, to 1e-5", () => {
  // float32 against float64 behind the same integers. A value that lies on the border of two steps may fall to either
  // side; the seeds are such that none does.
  test.each(cells)("$name", (one) => {
    for (const each of casesOf(one)) {
      const { results, padding } = runOn(integerWasm(portable), each);
      expect(padding.every((value) => value === 0)).toBe(true);
      expect(differenceOf(results, runOn(integerReference(), each).results)).toBeLessThan(1e-5);
    }
  });
});

test("8-bit matrices: the relaxed dot products give the portable one's bits, for every cell", (context) => {
  context.skip(!hasRelaxed, "this runtime has no relaxed dot product");
  for (const one of cells) {
    for (const each of casesOf(one)) {
      const [first, second, third] = [portable, paired, relaxed].map((dot) => runOn(integerWasm(dot), each).results);
      expect(second, one.name).toEqual(first);
      expect(third, one.name).toEqual(first);
    }
  }
});
