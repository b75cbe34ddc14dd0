/**
 * Where numbers lie: one layout for every engine that addresses flat memory. Rows are padded to 8 numbers,
 * and padding is always 0, so that kernels need no tails and sums along a row need no care.
 * A matrix lies as the product kernel reads it: panels of 8 rows, `[rows / 8][columns][8]`; its gradient
 * the same, so that an optimizer sees flat memory.
 */
import type { Axis, Buffer, Panel, Parameter, Schedule, Sizes } from "../cell/operations.ts";

export const LANES = 8;

export const padded = (length: number): number => Math.ceil(length / LANES) * LANES;

export const sizeOf = (sizes: Sizes, axis: Axis): number => {
  if (axis === "one") return 1;
  const size = sizes[axis];
  if (size === undefined) throw new Error(`no size for axis ${axis}`);
  return size;
};

/** Numbers from one part of a row to the next. */
export const widthOf = (sizes: Sizes, axis: Axis): number => (axis === "one" ? 1 : padded(sizeOf(sizes, axis)));

/** How many square blocks a matrix has; 1 for a full one. */
export const blocksOf = (sizes: Sizes, shape: Parameter | Panel): number =>
  shape.blockdiagonal === undefined ? 1 : sizeOf(sizes, shape.blockdiagonal);

export interface Storage {
  readonly name: string;
  readonly rows: Buffer["rows"];
  readonly given: boolean;
  /** Numbers from one row to the next. */
  readonly stride: number;
}

export interface ParameterPlace {
  readonly parameter: Parameter;
  /** Numbers from the start of the parameters' region. */
  readonly offset: number;
  readonly length: number;
}

/** Every parameter's place in one region; gradients lie the same way in theirs. */
export function layoutParameters(
  schedule: Schedule,
  sizes: Sizes,
): { places: Map<string, ParameterPlace>; length: number } {
  const places = new Map<string, ParameterPlace>();
  let offset = 0;
  for (const parameter of schedule.parameters) {
    const length = storedLength(parameter, sizes);
    places.set(parameter.name, { parameter, offset, length });
    offset += length;
  }
  return { places, length: offset };
}

function storedLength(parameter: Parameter, sizes: Sizes): number {
  const rows = sizeOf(sizes, parameter.rows);
  if (parameter.kind === "vector") return padded(rows);
  const columns = sizeOf(sizes, parameter.columns);
  if (parameter.kind === "table") return rows * padded(columns);
  const blocks = blocksOf(sizes, parameter);
  return blocks * padded(rows / blocks) * (columns / blocks);
}

/** Position, from the parameter's start, of its number at `row`, `column` (a vector has column 0). */
export function positionIn(parameter: Parameter, sizes: Sizes, row: number, column: number): number {
  if (parameter.kind === "vector") return row;
  const columns = sizeOf(sizes, parameter.columns);
  if (parameter.kind === "table") return row * padded(columns) + column;
  const blocks = blocksOf(sizes, parameter);
  const height = sizeOf(sizes, parameter.rows) / blocks;
  const width = columns / blocks;
  const block = Math.floor(row / height);
  const r = row - block * height;
  return (
    (block * padded(height) + Math.floor(r / LANES) * LANES) * width + (column - block * width) * LANES + (r % LANES)
  );
}

/** The matrices of rows that a schedule's buffers lie in. */
export function layoutStorages(schedule: Schedule, sizes: Sizes): Map<string, Storage> {
  const storages = new Map<string, Storage>();
  const parts = new Map<string, number>();
  for (const buffer of schedule.buffers) {
    parts.set(buffer.storage, Math.max(parts.get(buffer.storage) ?? 0, buffer.part + 1));
  }
  for (const buffer of schedule.buffers) {
    if (storages.has(buffer.storage)) continue;
    storages.set(buffer.storage, {
      name: buffer.storage,
      rows: buffer.rows,
      given: buffer.role === "given",
      stride: (parts.get(buffer.storage) ?? 1) * widthOf(sizes, buffer.axis),
    });
  }
  return storages;
}

/** How many numbers a storage takes for a run of up to `batch` sequences and `rows` rows in all. */
export function storageLength(storage: Storage, batch: number, rows: number): number {
  const count = { always: 1, step: batch, carried: batch, rows, state: batch + rows }[storage.rows];
  return padded(count * storage.stride);
}
