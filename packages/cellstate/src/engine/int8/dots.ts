/**
 * Three ways to multiply integers, of which a machine takes the fastest that is right there; all give the same sums.
 * Each takes 8 columns of results (a unit) at a time, in two accumulators of four lanes.
 *
 * - `portable`, for every runtime: a 16-bit word holds two weights, W = low + 64 + 256 · high, low and high of two columns
 *   4 apart. One product with W itself, one with W >> 8 = high: Σ low · v = Σ W · v − 256 Σ high · v − 64 Σ v. That is
 *   five instructions for 16 terms, where widening bytes to words takes six and the shuffle unit.
 * - `paired`, where there is a relaxed dot product to 16 bits: weights have 63 steps, so that two such sums of two terms
 *   (4 · 63 · 127 < 2¹⁵) may be added before they are widened; also five instructions, for 32 terms.
 * - `relaxed`, where the machine has the whole relaxed dot product as one instruction.
 */
import { type Code, i32x4, type Local, type Scope, v128 } from "../wasm/assembler.ts";
import { add16, addPairs, dotFours, dotPairs, dotTwos, shiftRight16 } from "./instructions.ts";

/** What a turn of the inner loop works with: rows of steps, units of 8 columns, sums of each in two accumulators. */
export interface Turn {
  readonly height: number;
  readonly units: number;
  /** Bytes from one row of steps to the next, and from one group of weights to the next. */
  readonly row: number;
  readonly line: number;
  readonly steps: Local;
  readonly weights: Local;
  sums(row: number, unit: number): readonly [Local, Local];
}

export interface Dot {
  readonly name: "portable" | "paired" | "relaxed";
  /** The same in words. */
  readonly about: string;
  /** Terms that a lane takes at a time: 4 bytes of steps. */
  readonly group: 2 | 4;
  /** Groups of one turn of the inner loop. */
  readonly turn: 1 | 2;
  /** Bytes of a step of the other operand, and what is added to it. */
  readonly stepBytes: 1 | 2;
  readonly zero: 0 | 64;
  /** Columns of a tile of one row, a multiple of 8; rows of a tile of 8 columns. */
  readonly panel: number;
  readonly height: 2 | 4;
  /** A word of weights that are all 0. */
  readonly nothing: number;
  /** Where in a unit the weight of a column (0 … 7) and a term (0 … group − 1) lies, and what is added to it. */
  place(column: number, term: number): readonly [at: number, plus: number];
  emit(w: Scope, turn: Turn): void;
  /** The sums of a unit's first and last four columns; `own` is 64 Σ v. */
  finish(sums: readonly [Local, Local], own: Code): readonly [Code, Code];
}

/** Steps of 4 bytes in all lanes. */
const stepsOf = (w: Scope, { steps, row }: Turn, r: number, group = 0): Code =>
  w.let(v128.loadSplat(steps.get, r * row + 4 * group));
const each = (count: number): number[] => Array.from({ length: count }, (_, k) => k);

const bytes = {
  group: 4,
  stepBytes: 1,
  zero: 64,
  nothing: 0,
  place: (column, term) => [4 * column + term, 0],
  finish: ([a, b]) => [a.get, b.get],
} as const satisfies Partial<Dot>;

export const relaxed: Dot = {
  ...bytes,
  name: "relaxed",
  about: "relaxed: the dot product of four bytes, one instruction here",
  turn: 1,
  panel: 24, // 6 accumulators and as many loads, which V8 up to 12.4 does first
  height: 4,
  emit(w, turn) {
    const { height, units, weights, sums } = turn;
    const load = (u: number, half: number): Code => v128.load(weights.get, 32 * u + 16 * half);
    // a single row reads each vector where it uses it
    const kept = height === 1 ? [] : each(units).map((u) => [w.let(load(u, 0)), w.let(load(u, 1))]);
    for (const r of each(height)) {
      const steps = stepsOf(w, turn, r);
      for (const u of each(units)) {
        sums(r, u).forEach((sum, half) => {
          w.put(sum.set(dotFours(kept[u]?.[half] ?? load(u, half), steps, sum.get)));
        });
      }
    }
  },
};

export const paired: Dot = {
  ...bytes,
  name: "paired",
  about: "paired: relaxed dot products of two bytes, added by twos",
  turn: 2,
  panel: 16,
  height: 2,
  emit(w, turn) {
    const { height, units, line, weights, sums } = turn;
    const load = (u: number, half: number, group: number): Code =>
      v128.load(weights.get, 32 * u + 16 * half + group * line);
    const steps = each(height).map((r) => [stepsOf(w, turn, r, 0), stepsOf(w, turn, r, 1)] as const);
    for (const u of each(units)) {
      for (const half of [0, 1]) {
        const [first, second] = height === 1 ? [] : [w.let(load(u, half, 0)), w.let(load(u, half, 1))];
        for (const r of each(height)) {
          const sum = sums(r, u)[half]!;
          const [one, two] = steps[r]!;
          const both = add16(dotTwos(first ?? load(u, half, 0), one), dotTwos(second ?? load(u, half, 1), two));
          w.put(sum.set(addPairs(both, sum.get)));
        }
      }
    }
  },
};

export const portable: Dot = {
  name: "portable",
  about: "portable: two weights to a 16-bit word",
  group: 2,
  turn: 1,
  stepBytes: 2,
  zero: 0,
  panel: 32,
  height: 4,
  nothing: 0x00400040,
  place: (column, term) => [4 * (column & 3) + 2 * term + (column >> 2), column < 4 ? 64 : 0],
  emit(w, turn) {
    const { height, units, weights, sums } = turn;
    const kept = each(units).map((u) => w.let(v128.load(weights.get, 16 * u)));
    const steps = each(height).map((r) => stepsOf(w, turn, r));
    for (const u of each(units)) {
      const high = w.let(shiftRight16(kept[u]!, 8));
      for (const r of each(height)) {
        const [both, upper] = sums(r, u);
        w.put(both.set(dotPairs(kept[u]!, steps[r]!, both.get)));
        w.put(upper.set(dotPairs(high, steps[r]!, upper.get)));
      }
    }
  },
  finish: ([both, upper], own) => [i32x4.sub(i32x4.sub(both.get, i32x4.shl(upper.get, 8)), own), upper.get],
};
