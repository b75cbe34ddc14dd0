/**
 * The schedule: what `schedule` makes of a cell's graph and its derivative, and what every engine runs.
 * Five operations and a loop over time: product, gradient, map, sum, gather/scatter. An engine
 * that can run these can run every cell, dense layer, loss and optimizer; none of them is named here.
 *
 * Rows. A batch of B sequences, longest first, has `active[t]` rows at step t; they are stored packed,
 * step after step, so that row (t, b) is row `start[t] + b` and padding does not exist.
 */

/** "input", "units", "blocks", …; "one" is a value per row. */
export type Axis = string;

/**
 * `always`: the same at every step (a vector parameter, a scalar of the run) · `first`: a state's first
 * value, B rows · `before`: step t−1, for a state, whose value before step 0 is its first · `now`: step t.
 */
export type Time = "always" | "first" | "before" | "now";

export interface At {
  readonly name: string;
  readonly time: Time;
}

/**
 * A named value and where it lies.
 * - `always`: one row · `step`: B rows, overwritten at every step · `rows`: every row of every step ·
 *   `state`: every row, with B rows of first values in front · `carried`: B rows that go from step to
 *   step in place (the adjoint of a state).
 * - `given`: the caller binds its storage (`x`, the adjoint of the output, ids, targets) ·
 *   `result`: the caller reads it after the run, or binds storage to it.
 * - `storage` and `part`: values side by side in one matrix of rows; two values in the same part follow
 *   one another in place (a value over its hoisted sum, an adjoint over the value).
 */
export interface Buffer {
  readonly name: string;
  readonly axis: Axis;
  readonly rows: "always" | "step" | "rows" | "state" | "carried";
  readonly role: "given" | "kept" | "scratch" | "result";
  readonly storage: string;
  readonly part: number;
}

/** Matrices with one operand and one destination, side by side; each is `[rows, columns]`. */
export interface Panel {
  readonly parameters: readonly string[];
  readonly rows: Axis;
  readonly columns: Axis;
  /** The axis that counts the square blocks on the diagonal, where there is nothing else. */
  readonly blockdiagonal?: Axis;
}

export type Unary =
  | "negative"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "softplus"
  | "exp"
  | "log"
  | "logsigmoid"
  | "sqrt"
  | "abs"
  /** 1 where v > 0, else 0. */
  | "step";
export type Binary = "add" | "subtract" | "multiply" | "divide" | "min" | "max";

/**
 * One step of a map, in single assignment: `a` and `b` are positions of earlier instructions.
 * `axis` is the axis of the value; "one" is a value per row and goes with any axis.
 */
export type Instruction = { readonly axis: Axis } & (
  | { readonly op: "number"; readonly value: number }
  /** How long an axis is, as a number. */
  | { readonly op: "size"; readonly of: Axis }
  | { readonly op: "read"; readonly from: number }
  | { readonly op: "unary"; readonly function: Unary; readonly a: number }
  | { readonly op: "binary"; readonly function: Binary; readonly a: number; readonly b: number }
  /** Along the row, down to one value ("one") or to one value per block (`axis`). */
  | { readonly op: "sum"; readonly a: number }
  /** The largest along the row; axis "one". */
  | { readonly op: "largest"; readonly a: number }
  /** A value per block, repeated for each of the block's cells; `axis` is the longer axis. */
  | { readonly op: "expand"; readonly a: number }
  /** The lane's own index, 0 … n−1. */
  | { readonly op: "lane" }
  /** 1 where a = b, else 0. */
  | { readonly op: "equal"; readonly a: number; readonly b: number }
  /**
   * Uniform in [0, 1), from a counter: the run's `noise` key (two 32-bit words, an always value), the
   * `purpose`, the row's index and the lane's. See `engine/noise.ts`. `by`: the position of a read whose value, a
   * whole number a row, stands in place of the row's index: the number of its sequence, or an id.
   */
  | { readonly op: "noise"; readonly purpose: number; readonly by?: number }
  | { readonly op: "write"; readonly to: number; readonly a: number }
);

export interface MapOp {
  readonly op: "map";
  readonly reads: readonly At[];
  readonly writes: readonly At[];
  readonly code: readonly Instruction[];
  /** lane: no lane needs another's; row: there is a sum, a largest or an expand along the row. */
  readonly needs: "lane" | "row";
}

export type Op =
  /**
   * into = start + from · panelᵀ, or transposed: into = start + from · panel, where `from` is the first of
   * the panel's parts side by side. `biases`: one vector parameter (or nothing) for each matrix.
   * Terms are added one by one, in the order of the operand's lanes.
   */
  | {
      readonly op: "product";
      readonly into: At;
      readonly from: At;
      readonly panel: Panel;
      readonly transposed: boolean;
      readonly start: "zero" | "add" | { readonly biases: readonly (string | undefined)[] };
    }
  /** The panel's gradient += rightᵀ · left over all rows, in their order; `right` is the first of its parts. */
  | { readonly op: "gradient"; readonly panel: Panel; readonly left: At; readonly right: At }
  | MapOp
  /** The vector parameter's gradient += the value that `code` leaves last, summed down the rows in their order. */
  | {
      readonly op: "sum";
      readonly reads: readonly At[];
      readonly code: readonly Instruction[];
      readonly into: string;
    }
  /** rows = table[ids], or scatter: the table's gradient[ids] += rows, in their order. */
  | { readonly op: "gather" | "scatter"; readonly table: string; readonly ids: At; readonly rows: At };

/** `before` and `after` run once over all rows, `each` at every step, `first` once over the B first values. */
export interface Pass {
  /** Forward: before everything. Backward: after everything. */
  readonly first: readonly Op[];
  readonly before: readonly Op[];
  readonly each: readonly Op[];
  readonly after: readonly Op[];
  readonly direction: 1 | -1;
}

/** One parameter as the schedule uses it; `table` is a matrix that is only looked up, `[rows, columns]`. */
export interface Parameter {
  readonly name: string;
  readonly kind: "matrix" | "vector" | "table";
  readonly rows: Axis;
  readonly columns: Axis;
  readonly blockdiagonal?: Axis;
}

/** What a cell becomes: its values, its parameters, and the operations of both passes. `printSchedule` shows it. */
export interface Schedule {
  /** The cell's name. */
  readonly name: string;
  /** Every named value, and where it lies. */
  readonly buffers: readonly Buffer[];
  /** In storage order: a panel's matrices, and the biases of one product, are neighbours. */
  readonly parameters: readonly Parameter[];
  /** The values that are carried from step to step. */
  readonly states: readonly string[];
  /** The name of the output. */
  readonly output: string;
  /** What computes the values. */
  readonly forward: Pass;
  /** Missing where nothing has been asked to be differentiated. */
  readonly backward?: Pass;
  /** States with s = a * s[t-1] + b: for scan, ledger and time scale. */
  readonly linear: Readonly<Record<string, { readonly a: string; readonly b: string }>>;
}

/**
 * The buffer with each row's sequence, as a number, where noise is drawn once a sequence; given by the caller. No cell
 * can name it.
 */
export const SEQUENCE = "the sequence";

/** How long each axis is. */
export type Sizes = Readonly<Record<Axis, number>>;

/** Which rows there are: `active[t]` of the `batch` sequences, longest first, at each of `steps` steps. */
export interface Rows {
  readonly batch: number;
  readonly steps: number;
  readonly active: Uint32Array;
}
