/**
 * Between arrays as people give them, `[B, T, …]` padded, and rows as engines run them: packed, step after
 * step, the longest sequences first. And the moves of rows between stages.
 */
import type { Rows } from "../cell/operations.ts";
import type { Floats } from "../engine/engine.ts";
import { lastRows, startsOf } from "../engine/loop.ts";

/** A batch's rows, and which sequence lies at which place. */
export interface Packing {
  readonly rows: Rows;
  /** `order[place]` is the sequence's index in the given arrays. */
  readonly order: Int32Array;
  readonly starts: Int32Array;
  readonly total: number;
  /** Steps of each sequence, by place. */
  readonly lengths: Uint32Array;
}

export function packingOf(lengths: Uint32Array, steps: number): Packing {
  const batch = lengths.length;
  const order = Int32Array.from({ length: batch }, (_, b) => b);
  if (lengths.some((l) => l !== steps)) order.sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const sorted = Uint32Array.from(order, (b) => lengths[b]!);
  const active = new Uint32Array(steps);
  for (let t = 0; t < steps; t++) {
    let count = batch;
    while (count > 0 && sorted[count - 1]! <= t) count--;
    active[t] = count;
  }
  const rows = { batch, steps, active };
  return { rows, order, ...startsOf(rows), lengths: sorted };
}

/** Steps of each sequence, in the order of the given arrays. */
export function lengthsOf({ order, lengths }: Packing): Uint32Array<ArrayBuffer> {
  const given = new Uint32Array(order.length);
  order.forEach((b, place) => {
    given[b] = lengths[place]!;
  });
  return given;
}

/** One row for each sequence, in the packing's order. */
export const lastPacking = (packing: Packing): Rows => ({
  batch: packing.rows.batch,
  steps: 1,
  active: Uint32Array.of(packing.rows.batch),
});

/** For each row of a sequence, its row when time runs the other way; its own inverse. */
export function reversedRows({ lengths, starts, total }: Packing): Int32Array {
  const index = new Int32Array(total);
  lengths.forEach((length, b) => {
    for (let t = 0; t < length; t++) index[starts[t]! + b] = starts[length - 1 - t]! + b;
  });
  return index;
}

export const lastIndex = (packing: Packing): Int32Array => lastRows(packing.rows);

/** A matrix of rows in memory, in numbers. */
export interface Matrix {
  readonly address: number;
  readonly stride: number;
}

export interface Move {
  readonly from: Matrix;
  readonly into: Matrix;
  readonly width: number;
  readonly count: number;
  /** Row k of `into` is row `index[k]` of `from`. */
  readonly index?: Int32Array;
  /** The other way round: row k of `from` goes to row `index[k]` of `into`. */
  readonly scatter?: boolean;
  readonly add?: boolean;
}

export function moveRows(
  memory: Floats,
  { from, into, width, count, index, scatter = false, add = false }: Move,
): void {
  const isWhole = width === from.stride && width === into.stride;
  for (let k = 0; k < count; k++) {
    const other = index === undefined ? k : index[k]!;
    const source = from.address + (scatter ? k : other) * from.stride;
    const target = into.address + (scatter ? other : k) * into.stride;
    if (add) for (let u = 0; u < width; u++) memory[target + u]! += memory[source + u]!;
    else {
      // whole rows that are neighbours and stay so go as one
      let more = 0;
      if (isWhole) while (k + more + 1 < count && (index?.[k + more + 1] ?? k + more + 1) === other + more + 1) more++;
      memory.copyWithin(target, source, source + (more + 1) * width);
      k += more;
    }
  }
}

/** Given arrays, `[B, T, size]`, into packed rows. */
export function packRows(
  memory: Floats,
  into: Matrix,
  { order, starts, lengths }: Packing,
  values: ArrayLike<number>,
  steps: number,
  size: number,
): void {
  lengths.forEach((length, place) => {
    const first = order[place]! * steps * size;
    for (let t = 0; t < length; t++) {
      const target = into.address + (starts[t]! + place) * into.stride;
      for (let i = 0; i < size; i++) memory[target + i] = values[first + t * size + i]!;
    }
  });
}

/** Packed rows back to `[B, T, size]`; past a sequence's length stands 0. */
export function unpackRows(memory: Floats, from: Matrix, packing: Packing, size: number): Float32Array {
  const { order, starts, lengths, rows } = packing;
  const values = new Float32Array(rows.batch * rows.steps * size);
  lengths.forEach((length, place) => {
    for (let t = 0; t < length; t++) {
      const source = from.address + (starts[t]! + place) * from.stride;
      const target = (order[place]! * rows.steps + t) * size;
      for (let i = 0; i < size; i++) values[target + i] = memory[source + i]!;
    }
  });
  return values;
}

/** One row for each sequence: `[B, size]` from rows by place, and the other way round. */
export function unpackSequences(memory: Floats, from: Matrix, order: Int32Array, size: number): Float32Array {
  const values = new Float32Array(order.length * size);
  order.forEach((b, place) => {
    for (let i = 0; i < size; i++) values[b * size + i] = memory[from.address + place * from.stride + i]!;
  });
  return values;
}

export function packSequences(
  memory: Floats,
  into: Matrix,
  order: Int32Array,
  values: ArrayLike<number>,
  size: number,
): void {
  order.forEach((b, place) => {
    for (let i = 0; i < size; i++) memory[into.address + place * into.stride + i] = values[b * size + i]!;
  });
}
