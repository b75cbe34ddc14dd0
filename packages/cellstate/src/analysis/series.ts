/** Values over steps, as a trace has them, and which of their steps are asked about. */
import { ArgumentError, ShapeError } from "../errors.ts";

/** A traced value is one; so is anything else over rows, steps and units. */
export interface Series {
  /** `[B, T, units]`, row-major. */
  readonly values: ArrayLike<number>;
  /** Rows, steps, units. */
  readonly shape: readonly [number, number, number];
  /** Steps of each row, `[B]`; all T if omitted. */
  readonly lengths?: ArrayLike<number>;
}

/** Steps of one row, both ends included. */
export interface Span {
  /** From 0. */
  readonly row?: number;
  /** The first step, from 0. */
  readonly from: number;
  /** The last step. */
  readonly to: number;
}

/**
 * Which steps are inside: spans, or a number for every step, `[B, T]`: 1 inside, 0 outside, −1 neither. What lies past a
 * row's length is neither.
 */
export type Mask = ArrayLike<number> | readonly Span[];

/** All steps of all rows that there are: their places in `[B, T]`. */
export function stepsOf({ values, shape, lengths }: Series, where: string): Int32Array {
  const [batch, T, units] = shape;
  const count = batch * T * units;
  if (values.length !== count) {
    const mend = "give a traced value as it is: trace.get(name).";
    throw new ShapeError({ where, argument: "values", given: [values.length], expected: [`B×T×units=${count}`], mend });
  }
  const steps: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < (lengths?.[b] ?? T); t++) steps.push(b * T + t);
  }
  return Int32Array.from(steps);
}

/** The steps inside and outside, as places in `[B, T]`. */
export interface Sides {
  readonly inside: Int32Array;
  readonly outside: Int32Array;
}

/** @throws {ArgumentError | ShapeError} if the mask is of another size, a span not in its row, or a side empty */
export function sidesOf(series: Series, mask: Mask, where: string): Sides {
  const marks = marksOf(series, mask, where);
  const steps = stepsOf(series, where);
  const inside = steps.filter((s) => marks[s]! > 0);
  const outside = steps.filter((s) => marks[s]! === 0);
  if (inside.length > 0 && outside.length > 0) return { inside, outside };
  const described = `${inside.length} steps inside and ${outside.length} outside`;
  const mend = "there is nothing to compare; mark some of the steps, and leave some unmarked.";
  throw new ArgumentError({ where, argument: "mask", given: mask, described, expected: "at least one of each", mend });
}

function marksOf({ shape, lengths }: Series, mask: Mask, where: string): ArrayLike<number> {
  const [batch, T] = shape;
  if (!areSpans(mask)) {
    if (mask.length === batch * T) return mask;
    const mend = "one number for each step of each row.";
    throw new ShapeError({ where, argument: "mask", given: [mask.length], expected: [`B×T=${batch * T}`], mend });
  }
  const marks = new Int8Array(batch * T);
  for (const span of mask) {
    const { row, from, to } = placed({ shape, lengths }, span, where, "mask");
    marks.fill(1, row * T + from, row * T + to + 1);
  }
  return marks;
}

/**
 * A span with its row.
 *
 * @throws {ArgumentError} if its steps are not there
 */
export function placed(
  { shape, lengths }: Pick<Series, "shape" | "lengths">,
  span: Span,
  where: string,
  argument: string,
): Required<Span> {
  const [batch, T] = shape;
  const { row = 0, from, to } = span;
  const length = lengths?.[row] ?? T;
  const isWhole = [row, from, to].every(Number.isInteger);
  if (isWhole && row >= 0 && row < batch && from >= 0 && from <= to && to < length) return { row, from, to };
  const described = `row ${row}, steps ${from} to ${to}`;
  const expected = row >= 0 && row < batch ? `steps from 0 to ${length - 1}` : `a row from 0 to ${batch - 1}`;
  throw new ArgumentError({ where, argument, given: span, described, expected, mend: "counts start at 0." });
}

const areSpans = (mask: Mask): mask is readonly Span[] => Array.isArray(mask) && typeof mask[0] !== "number";

/** One unit's values at these places. */
export function column({ values, shape }: Series, unit: number, steps: Int32Array): Float64Array {
  const units = shape[2];
  return Float64Array.from(steps, (s) => values[s * units + unit]!);
}

export const meanOf = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length;
