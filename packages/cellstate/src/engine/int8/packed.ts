/**
 * Where the integers of a schedule's matrices lie, and how they get there from the float32 weights. Columns of results
 * come in panels (the last one as wide as it must be, a multiple of 8), `[K / group][columns / 8][8 · group]`: the weights
 * of 8 columns that a lane takes at a time lie side by side, in an order that the dot product wants. Behind a matrix lie
 * its scales, and what an accumulator of each column begins with. A block-diagonal matrix is one such matrix after another.
 */
import type { Parameter, Schedule, Sizes } from "../../cell/operations.ts";
import type { Parts } from "../engine.ts";
import { blocksOf, LANES, layoutParameters, padded, sizeOf, widthOf } from "../layout.ts";
import type { Dot } from "./dots.ts";
import { canBeIntegers, largestOf, scaleOf, stepOf } from "./numbers.ts";
import { rowIn } from "./parameters.ts";

/** One block of a matrix (the whole of most); all in bytes from the start of the packed region. */
export interface PackedBlock {
  readonly weights: number;
  /** `[padded(rows)]` float32 scales, then as many first values of accumulators, int32. */
  readonly scales: number;
}

export interface PackedMatrix {
  readonly blocks: readonly PackedBlock[];
  /** Of one block: results, and terms of each. */
  readonly rows: number;
  readonly columns: number;
}

export interface Packed {
  readonly matrices: ReadonlyMap<string, PackedMatrix>;
  /** In numbers of 4 bytes. */
  readonly length: number;
}

/** Groups of terms, as many as whole turns of the inner loop take. */
export const groupsOf = (columns: number, { group, turn }: Dot): number => Math.ceil(columns / (group * turn)) * turn;

export function layoutPacked(schedule: Schedule, sizes: Sizes, dot: Dot): Packed {
  const matrices = new Map<string, PackedMatrix>();
  let at = 0;
  for (const parameter of schedule.parameters) {
    if (parameter.kind !== "matrix" || !canBeIntegers(sizeOf(sizes, parameter.columns))) continue;
    const count = blocksOf(sizes, parameter);
    // Whole rows of results with their padding, where nothing else follows.
    const rows = count > 1 ? sizeOf(sizes, parameter.rows) / count : widthOf(sizes, parameter.rows);
    const columns = sizeOf(sizes, parameter.columns) / count;
    const blocks = Array.from({ length: count }, (): PackedBlock => {
      const weights = at;
      const scales = weights + padded(rows) * groupsOf(columns, dot) * dot.group;
      at = scales + padded(rows) * 8;
      return { weights, scales };
    });
    matrices.set(parameter.name, { blocks, rows, columns });
  }
  return { matrices, length: at / 4 };
}

/** Makes the integers of all matrices from the parameters. */
export function* pack(
  { schedule, sizes }: { readonly schedule: Schedule; readonly sizes: Sizes },
  dot: Dot,
  parameters: Float32Array,
  into: Float32Array,
): Parts {
  const { places } = layoutParameters(schedule, sizes);
  into.fill(0);
  for (const [name, matrix] of layoutPacked(schedule, sizes, dot).matrices) {
    const { parameter, offset } = places.get(name)!;
    yield* packMatrix(parameter, sizes, matrix, dot, parameters.subarray(offset), into);
  }
}

/** Rows between two pauses: a millisecond or less. */
const STRETCH = 32;

function* packMatrix(
  parameter: Parameter,
  sizes: Sizes,
  { blocks, rows, columns }: PackedMatrix,
  dot: Dot,
  stored: Float32Array,
  into: Float32Array,
): Parts {
  const bytes = new Int8Array(into.buffer, into.byteOffset, into.byteLength);
  const words = new Int32Array(into.buffer, into.byteOffset, into.length);
  const { group, panel, zero, nothing } = dot;
  const height = sizeOf(sizes, parameter.rows) / blocks.length;
  const groups = groupsOf(columns, dot);
  const line = new Float32Array(columns);
  for (const [block, { weights, scales }] of blocks.entries()) {
    words.fill(nothing, weights / 4, scales / 4);
    for (let r = 0; r < height; r++) {
      const { first: from, apart } = rowIn(parameter, sizes, block * height + r);
      for (let k = 0; k < columns; k++) line[k] = stored[from + k * apart]!;
      const scale = scaleOf(largestOf(line));
      const first = Math.floor(r / panel) * panel;
      const wide = Math.min(panel, padded(rows) - first);
      const unit = weights + (first * groups + Math.floor((r - first) / LANES) * LANES) * group;
      const places = Array.from({ length: group }, (_, term) => dot.place(r % LANES, term));
      let sum = 0;
      for (let k = 0; k < columns; k++) {
        const step = stepOf(line[k]!, scale);
        sum += step;
        const term = k % group;
        const [at, plus] = places[term]!;
        bytes[unit + ((k - term) / group) * wide * group + at] = step + plus;
      }
      into[scales / 4 + r] = scale;
      // Σ w (v − zero) = Σ w v − zero Σ w
      words[scales / 4 + padded(rows) + r] = -zero * sum;
      if (r % STRETCH === STRETCH - 1) yield;
    }
  }
}

/** How a block's columns of results are cut: whole panels, then a narrower one. */
export function panelsOf(rows: number, { panel }: Dot): { readonly whole: number; readonly rest: number } {
  const whole = Math.floor(rows / panel);
  return { whole, rest: Math.ceil((rows - whole * panel) / LANES) * LANES };
}
