/**
 * Rows of values rounded to steps, for products with 8-bit matrices: step = round(v · 63 / max |v|), one scale a row.
 * And what a row takes off its sums where weights are stored with 64 added: 64 · Σ step.
 */

import { type Code, f32, f32x4, i32, i32x4, type Local, type Module, v128 } from "../wasm/assembler.ts";
import type { Dot } from "./dots.ts";
import { add16, dotPairs, f32Div, f32Max, loadFirst, narrow16, narrow32, splat16, storeHalf } from "./instructions.ts";
import { LEAST, STEPS } from "./numbers.ts";
import { groupsOf } from "./packed.ts";

/** What rounding is specialised to; distances in bytes. */
export interface RoundingShape {
  /** How many numbers a row has: a multiple of 8, or 1. */
  readonly width: number;
  readonly row: number;
}

const ROUND = 12582912;
const ROUND_BITS = 0x4b400000;

/** Bytes from one rounded row to the next. */
export const roundedRow = (width: number, dot: Dot): number => Math.ceil((width * dot.stepBytes) / 16) * 16;

/** Defines `round(from, into, scales, count)`: rows of float32 → steps, and each row's scale. At least one row. */
export function defineRounding(module: Module, dot: Dot, { width, row }: RoundingShape): number {
  return module.define(4, (w) => {
    const [from, into, scales, count] = w.parameters as [Local, Local, Local, Local];
    const load = (offset: number, at: Local): Code => (width < 8 ? loadFirst(at.get) : v128.load(at.get, offset));
    /** Eight numbers at a time; `at` and `to` move along. */
    const along = (body: (at: Local, to: Local) => void): void => {
      const at = w.i32(from.get);
      const to = w.i32(into.get);
      if (width <= 8) {
        body(at, to);
        return;
      }
      const end = w.i32(i32.add(from.get, i32.const(width * 4)));
      w.repeat(
        () => {
          body(at, to);
          w.put(at.set(i32.add(at.get, i32.const(32))));
          w.put(to.set(i32.add(to.get, i32.const(8 * dot.stepBytes))));
        },
        () => i32.ne(at.get, end.get),
      );
    };
    const halves = width < 8 ? 1 : 2;
    w.repeat(
      () => {
        // m = max |v|, NaN if there is one
        const most = w.v128(f32x4.const(0));
        const other = w.v128(f32x4.const(0));
        along((at) => {
          [most, other].slice(0, halves).forEach((local, half) => {
            w.put(local.set(f32x4.max(local.get, f32x4.abs(load(16 * half, at)))));
          });
        });
        w.put(most.set(f32x4.max(most.get, other.get)));
        const lane = (l: number): Code => f32x4.lane(most.get, l);
        const m = w.f32(f32Max(f32Max(f32Max(lane(0), lane(1)), f32Max(lane(2), lane(3))), f32.const(LEAST)));
        w.put(f32.store(scales.get, f32Div(m.get, f32.const(STEPS))));

        // step = round(v · (63 / m)): with 1.5 · 2²³ added it stands in the lowest bits. NaN has some step, and a scale of NaN
        const inverse = w.let(f32x4.splat(f32Div(f32.const(STEPS), m.get)));
        const [low, high] = [f32x4.const(-STEPS), f32x4.const(STEPS)];
        along((at, to) => {
          const steps = [0, 1].slice(0, halves).map((half) => {
            const step = f32x4.pmin(high, f32x4.pmax(low, f32x4.mul(load(16 * half, at), inverse)));
            return i32x4.sub(f32x4.add(step, f32x4.const(ROUND)), i32x4.const(ROUND_BITS));
          });
          const words = narrow32(steps[0]!, steps[1] ?? i32x4.const(0));
          if (dot.stepBytes === 2) w.put(v128.store(to.get, words));
          else {
            const bytes = w.let(add16(words, splat16(dot.zero)));
            w.put(storeHalf(to.get, narrow16(bytes, bytes)));
          }
        });

        w.put(from.set(i32.add(from.get, i32.const(row))));
        w.put(into.set(i32.add(into.get, i32.const(roundedRow(width, dot)))));
        w.put(scales.set(i32.add(scales.get, i32.const(4))));
        w.put(count.set(i32.sub(count.get, i32.const(1))));
      },
      () => count.get,
    );
  });
}

/** Defines `own(from, into, count)`: 64 · Σ of each rounded row's first `columns` steps, with whole groups. */
export function defineOwn(module: Module, dot: Dot, columns: number, row: number): number {
  return module.define(3, (w) => {
    const [from, into, count] = w.parameters as [Local, Local, Local];
    w.repeat(
      () => {
        const sum = w.v128(i32x4.const(0));
        const at = w.i32(from.get);
        const end = w.i32(i32.add(from.get, i32.const(4 * groupsOf(columns, dot))));
        w.repeat(
          () => {
            w.put(sum.set(dotPairs(loadFirst(at.get), splat16(64), sum.get)), at.set(i32.add(at.get, i32.const(4))));
          },
          () => i32.ne(at.get, end.get),
        );
        w.put(v128.storeLane(into.get, sum.get, 0));
        w.put(from.set(i32.add(from.get, i32.const(row))), into.set(i32.add(into.get, i32.const(4))));
        w.put(count.set(i32.sub(count.get, i32.const(1))));
      },
      () => count.get,
    );
  });
}
