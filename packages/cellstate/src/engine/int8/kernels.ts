/**
 * The two kernels of products with 8-bit matrices: one rounds rows of values to steps, one multiplies them with packed
 * columns and turns the integers back into float32. Sums of integers are exact; what follows is one fixed sequence of
 * float32 operations for each result. So no tile, no batch and no kind of dot product changes a bit.
 */

import { padded } from "../layout.ts";
import { type Code, f32, f32x4, i32, i32x4, type Local, type Module, type Scope, v128 } from "../wasm/assembler.ts";
import {
  add16,
  dotFours,
  dotPairs,
  f32Div,
  f32Max,
  load8x8,
  loadFirst,
  narrow16,
  narrow32,
  nearest,
  splat16,
  storeHalf,
  truncate,
} from "./instructions.ts";
import { VALUE_STEPS } from "./numbers.ts";
import { type Dot, groupsOf, PANEL, panelsOf } from "./packed.ts";

/** What rounding is specialised to; distances in bytes. */
export interface RoundingShape {
  readonly dot: Dot;
  /** How many numbers a row has: a multiple of 8, or 1. */
  readonly width: number;
  readonly row: number;
}

/** Bytes from one rounded row to the next. */
export const roundedRow = (width: number, dot: Dot): number => Math.ceil((width * dot.valueBytes) / 16) * 16;

/** Defines `round(from, into, scales, count)`: rows of float32 → steps, and each row's scale. At least one row. */
export function defineRounding(module: Module, { dot, width, row }: RoundingShape): number {
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
          w.put(to.set(i32.add(to.get, i32.const(8 * dot.valueBytes))));
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
        const m = w.f32(f32Max(f32Max(lane(0), lane(1)), f32Max(lane(2), lane(3))));
        w.put(f32.store(scales.get, f32Div(m.get, f32.const(VALUE_STEPS))));

        // step = round(v · (63 / m)); where all are 0, 0 · ∞ is NaN and becomes 0
        const inverse = w.let(f32x4.splat(f32Div(f32.const(VALUE_STEPS), m.get)));
        const [low, high] = [f32x4.const(-VALUE_STEPS), f32x4.const(VALUE_STEPS)];
        along((at, to) => {
          const steps = [0, 1].slice(0, halves).map((half) => {
            const step = f32x4.pmin(f32x4.pmax(nearest(f32x4.mul(load(16 * half, at), inverse)), low), high);
            return truncate(step);
          });
          const words = narrow32(steps[0]!, steps[1] ?? i32x4.const(0));
          if (dot.valueBytes === 2) w.put(v128.store(to.get, words));
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

/** What a product kernel is specialised to; distances in bytes. */
export interface IntegerShape {
  readonly dot: Dot;
  /** Terms of each result. */
  readonly columns: number;
  /** Results of a row. */
  readonly rows: number;
  /** From one rounded row to the next, and from one row of results to the next. */
  readonly rowA: number;
  readonly rowC: number;
  readonly start: "zero" | "add" | "bias";
}

/** Addresses in the order of the kernel's parameters, and how many rows there are. */
export type IntegerOperands = "a" | "weights" | "c" | "bias" | "scales" | "rowScales" | "count";

/** Defines `product(a, weights, c, bias, scales, rowScales, count)`. */
export function defineIntegerProduct(module: Module, shape: IntegerShape): number {
  const { dot, columns, rows, rowA, rowC } = shape;
  const groups = groupsOf(columns, dot);
  const { whole, rest } = panelsOf(rows);
  return module.define(7, (w) => {
    const [a, weights, c, bias, scales, rowScales, count] = w.parameters as Local[] as [
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
    /** All panels for so many rows at a time; `wide` columns to a tile. */
    const walk = (height: number, wide: number, inRows: (tile: Tile) => void): void => {
      const address = w.i32(weights.get);
      const column = w.i32(i32.const(0)); // bytes along a row of results
      const tiles = (width: number, stored: number): void => {
        for (let first = 0; first < width; first += wide) {
          const part = Math.min(wide, width - first);
          const lanes = Math.min(part, stored - first);
          const at = w.i32(i32.add(address.get, i32.const(first * dot.group)));
          const to = w.i32(i32.add(column.get, i32.const(first * 4)));
          inRows({ height, columns: part, lanes, weights: at, step: width * dot.group, column: to });
        }
      };
      const bytes = PANEL * dot.group * groups;
      if (whole > 0) {
        w.repeat(
          () => {
            tiles(PANEL, PANEL);
            w.put(address.set(i32.add(address.get, i32.const(bytes))));
            w.put(column.set(i32.add(column.get, i32.const(PANEL * 4))));
          },
          () => i32.ne(column.get, i32.const(whole * PANEL * 4)),
        );
      }
      if (rest > 0) tiles(rest, rows - whole * PANEL);
    };
    const tileAt = (tile: Tile, from: Code, into: Code, scale: Code): void =>
      emitTile(w, shape, tile, {
        a: from,
        c: w.i32(i32.add(into, tile.column.get)),
        bias: w.i32(i32.add(bias.get, tile.column.get)),
        scales: w.i32(i32.add(scales.get, tile.column.get)),
        rowScales: scale,
        groups,
      });

    // Fours of rows take 8 columns, so that 8 accumulators and their operands fit V8's 15 registers.
    const lots = w.i32(i32.and(count.get, i32.const(-4)));
    w.when(lots.get, () => {
      const end = w.i32(i32.add(a.get, i32.mul(lots.get, i32.const(rowA))));
      walk(4, 8, (tile) => {
        const from = w.i32(a.get);
        const into = w.i32(c.get);
        const scale = w.i32(rowScales.get);
        w.repeat(
          () => {
            tileAt(tile, from.get, into.get, scale.get);
            w.put(from.set(i32.add(from.get, i32.const(4 * rowA))));
            w.put(into.set(i32.add(into.get, i32.const(4 * rowC))));
            w.put(scale.set(i32.add(scale.get, i32.const(16))));
          },
          () => i32.ne(from.get, end.get),
        );
      });
      w.put(a.set(end.get), c.set(i32.add(c.get, i32.mul(lots.get, i32.const(rowC)))));
      w.put(rowScales.set(i32.add(rowScales.get, i32.mul(lots.get, i32.const(4)))));
      w.put(count.set(i32.sub(count.get, lots.get)));
    });
    // The rest one by one, 32 columns at a time.
    w.when(count.get, () => {
      w.repeat(
        () => {
          walk(1, PANEL, (tile) => tileAt(tile, a.get, c.get, rowScales.get));
          w.put(a.set(i32.add(a.get, i32.const(rowA))), c.set(i32.add(c.get, i32.const(rowC))));
          w.put(rowScales.set(i32.add(rowScales.get, i32.const(4))), count.set(i32.sub(count.get, i32.const(1))));
        },
        () => count.get,
      );
    });
  });
}

interface Tile {
  readonly height: number;
  readonly columns: number;
  /** How many of the columns are stored. */
  readonly lanes: number;
  readonly weights: Local;
  /** Bytes from one group of terms to the next. */
  readonly step: number;
  readonly column: Local;
}

interface TilePlaces {
  readonly a: Code;
  readonly c: Local;
  readonly bias: Local;
  readonly scales: Local;
  readonly rowScales: Code;
  readonly groups: number;
}

function emitTile(w: Scope, { dot, rows, rowA, rowC, start }: IntegerShape, tile: Tile, places: TilePlaces): void {
  const { c, bias, scales, groups } = places;
  const vectors = Array.from({ length: tile.columns / 4 }, (_, v) => v);
  const sums = Array.from({ length: tile.height }, (_, row) =>
    vectors.map((v) => ({ row, v, sum: w.v128(v128.load(scales.get, padded(rows) * 4 + 16 * v)) })),
  ).flat();

  // sum[r, j] += Σ over the lane's terms of step[r, k] · q[k, j]
  const from = w.i32(places.a);
  const along = w.i32(tile.weights.get);
  const end = w.i32(i32.add(tile.weights.get, i32.const(tile.step * groups)));
  const load = (v: number): Code => (dot.name === "relaxed" ? v128.load(along.get, 16 * v) : load8x8(along.get, 8 * v));
  const multiply = (q: Code, steps: Code, sum: Code): Code =>
    dot.name === "relaxed" ? dotFours(q, steps, sum) : dotPairs(q, steps, sum);
  w.repeat(
    () => {
      const qs = tile.height === 1 ? [] : vectors.map((v) => w.let(load(v)));
      for (let row = 0; row < tile.height; row++) {
        const steps = w.let(v128.loadSplat(from.get, row * rowA));
        for (const { v, sum } of sums.filter((one) => one.row === row)) {
          w.put(sum.set(multiply(qs[v] ?? load(v), steps, sum.get)));
        }
      }
      w.put(from.set(i32.add(from.get, i32.const(4))));
      w.put(along.set(i32.add(along.get, i32.const(tile.step))));
    },
    () => i32.ne(along.get, end.get),
  );

  // C[r, j] = start + sum[r, j] · (s[j] · s[r])
  for (const { row, v, sum } of sums) {
    const offset = row * rowC + 16 * v;
    const scale = f32x4.mul(v128.load(scales.get, 16 * v), v128.loadSplat(places.rowScales, 4 * row));
    const product = f32x4.mul(f32x4.convert(sum.get), scale);
    const first = start === "add" ? v128.load(c.get, offset) : v128.load(bias.get, 16 * v);
    const result = start === "zero" ? product : f32x4.add(first, product);
    const lanes = tile.lanes - 4 * v;
    if (lanes >= 4) w.put(v128.store(c.get, result, offset));
    else if (lanes > 0) {
      const value = w.let(result);
      for (let l = 0; l < lanes; l++) w.put(v128.storeLane(c.get, value, l, offset + 4 * l));
    }
  }
}
