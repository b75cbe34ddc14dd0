/**
 * The one narrow door between models and the machine: schedules and numbers in, results out.
 * `reference` runs schedules in plain float64 loops, `wasm` in float32 SIMD; both lie behind this.
 */
import type { Op, Rows, Schedule, Sizes } from "../cell/operations.ts";

/** Which engine runs a model. */
export type EngineName = "reference" | "wasm";
export type Floats = Float32Array | Float64Array;

/** A stretch of a space's memory, counted in numbers (not bytes), aligned to 8. */
export interface Region {
  readonly address: number;
  readonly length: number;
}

/** One engine's memory for one model: parameters, gradients and the runs' buffers. */
export interface Space {
  readonly engine: EngineName;
  /** Zeroed memory. Views taken earlier may be detached by it. */
  allocate(length: number): Region;
  free(region: Region): void;
  /** A view of the region, valid until the next `allocate`. */
  floats(region: Region): Floats;
  compile(schedule: Schedule, sizes: Sizes, options?: CompileOptions): Program;
  /** How many bytes the memory holds now. */
  readonly bytes: number;
  /** How many threads may work on it at most. */
  readonly threads: number;
  /** How many would take part in work that is asked for now. */
  readonly ready: number;
  /** Says that there will be much to do: threads come, and end when the last has left. */
  join(): void;
  /** `lingering`: more of the same may follow soon. */
  leave(lingering?: boolean): Promise<void>;
  close(): void;
}

/** The numbers of a matrix: float32, or 8-bit integers with a scale for each row. Vectors are float32. */
export type Weights = "f32" | "i8";

export interface CompileOptions {
  /** i8: products read integers, and round the rows that they multiply with them; there is no backward pass. */
  readonly weights?: Weights;
}

/** A schedule compiled for its sizes, for any number of rows and steps. */
export interface Program {
  readonly schedule: Schedule;
  readonly sizes: Sizes;
  /**
   * i8: a region of `length` numbers for the matrices' integers, made from the parameters after every change of them,
   * to be placed as `packed`. Missing where the engine reads the parameters themselves.
   */
  readonly packed?: { readonly length: number; write(parameters: Region, into: Region): Parts };
  /** Plans all buffers for up to `batch` sequences and `rows` rows in all. */
  bind(capacity: { readonly batch: number; readonly rows: number }, options?: BindOptions): Run;
}

export interface BindOptions {
  /** false: no memory for the backward pass. */
  readonly backward?: boolean;
}

export interface CompileOptions {
  /** Operations outside the loop that a run may leave out. */
  readonly apart?: ReadonlySet<Op>;
}

export interface PassOptions {
  /** The first values have been put in place by the caller, the cell's own are not wanted. */
  readonly givenFirst?: boolean;
  /** Operations set apart that are left out, since the caller does their work in another way. */
  readonly without?: ReadonlySet<Op>;
}

export interface ForwardOptions extends PassOptions {
  /** The row of the storages with which the run begins, of a program without a loop. Default 0. */
  readonly from?: number;
}

export interface BackwardOptions extends PassOptions {
  readonly givenAdjoints?: boolean;
}

/** Work in parts of a few milliseconds: who asked for it goes through them all, and may let others run between two. */
export type Parts<R = void> = Generator<void, R, void>;

/** All parts in one go. */
export function atOnce<R>(parts: Parts<R>): R {
  for (;;) {
    const { done, value } = parts.next();
    if (done) return value;
  }
}

/** A program with its memory. */
export interface Run {
  /** Gives storage to `parameters`, `packed`, `gradients`, a given buffer or a result. */
  place(name: string, region: Region): void;
  /** Where a buffer lies: its row 0 begins `offset` numbers into the region, and rows are `stride` apart. */
  where(name: string): { readonly region: Region; readonly offset: number; readonly stride: number };
  /** The two words that key this run's noise. */
  setNoise(low: number, high: number): void;
  forward(rows: Rows, options?: ForwardOptions): Parts;
  /**
   * Adds into `gradients`. Each call needs a forward run of its own before it, since adjoints take the place of values
   * that nobody reads any more. The adjoints of the last states (`δh[t+1]`) start at 0, or with `givenAdjoints` from
   * what the caller put there; after the run they are the adjoints of the first states.
   */
  backward(rows: Rows, options?: BackwardOptions): Parts;
  /** Every sequence's last state becomes its first value. */
  carry(rows: Rows): void;
  /** One step of so many sequences from the first values that are in place, in one go, with the carry if wanted. */
  step(batch: number, carries: boolean): void;
  close(): void;
}
