/** Targets and weights as a loss runner's rows, checked. */
import { ArgumentError, ShapeError } from "../errors.ts";
import type { RowLoss } from "./loss.ts";
import { type Matrix, type Packing, packRows, packSequences } from "./rows.ts";
import { checkSequences, type Sequences } from "./sequences.ts";

/** Where the rows of one output's targets and weights lie. */
export interface TargetRows {
  readonly loss: RowLoss;
  readonly target: Matrix;
  readonly weight: Matrix;
  /** How many values the output has. */
  readonly size: number;
  /** One row for each sequence, not for each step. */
  readonly isLast: boolean;
  /** The call, for messages. */
  readonly where: string;
}

/** How many targets a row has, ids or values. */
export const targetsOf = ({ targets, outputs = 1 }: RowLoss, size: number): number =>
  targets === "ids" ? 1 : size / outputs;

/** @throws {ShapeError} if an output of `size` values is none that the loss can judge */
export function checkOutput({ outputs = 1, size: wanted, mend = "" }: RowLoss, size: number, where: string): void {
  if (size % outputs === 0 && (wanted ?? size) === size) return;
  const expected = [`O=${wanted ?? `${outputs}·D`}`];
  throw new ShapeError({ where, argument: "the model's output", given: [size], expected, mend });
}

/** Puts them in place, each row's weight as its share of the mean (over `among`, if given); returns the sum of weights. */
export function putTargets(
  memory: Float32Array | Float64Array,
  into: TargetRows,
  packing: Packing,
  targets: Sequences,
  weights: Sequences | Float32Array | undefined,
  among?: number,
): number {
  const { isLast } = into;
  const count = isLast ? packing.rows.batch : packing.total;
  checkTargets(into, targets, packing);
  const width = targetsOf(into.loss, into.size);
  if (isLast) packSequences(memory, into.target, packing.order, targets.values, width);
  else packRows(memory, into.target, packing, targets.values, packing.rows.steps, width);
  if (into.loss.targets === "ids") checkIds(into, memory, count);
  else checkValues(into, memory, count);
  let total = packWeights(memory, into, packing, weights);
  const { ignored, vectors } = into.loss;
  if (ignored !== undefined || vectors?.classWeights) total = weighIds(memory, into, count);
  const whole = among ?? total;
  for (let k = 0; k < count; k++) memory[into.weight.address + k]! /= whole === 0 ? 1 : whole;
  return total;
}

function checkTargets(head: TargetRows, targets: Sequences, { rows }: Packing): void {
  const { where, isLast } = head;
  const ids = head.loss.targets === "ids";
  const width = targetsOf(head.loss, head.size);
  const values = `${width === head.size ? "O" : "D"}=${width}`;
  const expected = [`B=${rows.batch}`, ...(isLast ? [] : [`T=${rows.steps}`]), ...(ids ? [] : [values])];
  const wanted = [rows.batch, ...(isLast ? [] : [rows.steps]), ...(ids ? [] : [width])];
  const given = [...targets.shape];
  // One value a row needs no axis of its own.
  if (!ids && width === 1 && given.length === wanted.length - 1) given.push(1);
  checkSequences(targets, where, "targets", [given.length, targets.shape.length]);
  if (given.length === wanted.length && given.every((n, k) => n === wanted[k])) return;
  const mend = ids
    ? "one id for each output of the model."
    : (head.loss.mend ?? "as many values as the model's output has, for each output.");
  throw new ShapeError({ where, argument: "targets", given: targets.shape, expected, mend });
}

function checkIds({ loss, target, size, where }: TargetRows, memory: ArrayLike<number>, count: number): void {
  const { ignored } = loss;
  for (let k = 0; k < count; k++) {
    const id = memory[target.address + k]!;
    if ((Number.isInteger(id) && id >= 0 && id < size) || id === ignored) continue;
    const expected = `a whole number from 0 to ${size - 1}${ignored === undefined ? "" : `, or ${ignored}, which is ignored`}`;
    const mend = `the output has ${size} values; target ids count from 0.`;
    throw new ArgumentError({ where, argument: "targets", given: id, expected, mend });
  }
}

/** What the loss has to say of rows by their ids: ignored ones get the weight 0 and id 0. Returns the sum of weights. */
function weighIds(memory: Float32Array | Float64Array, { loss, target, weight }: TargetRows, count: number): number {
  let total = 0;
  for (let k = 0; k < count; k++) {
    const id = memory[target.address + k]!;
    if (id === loss.ignored) memory[weight.address + k] = memory[target.address + k] = 0;
    else total += memory[weight.address + k]! * (loss.vectors?.classWeights?.[id] ?? 1);
  }
  return total;
}

function checkValues({ loss, target, size, where }: TargetRows, memory: ArrayLike<number>, count: number): void {
  const { range } = loss;
  const [least, most] = range ?? [-Number.MAX_VALUE, Number.MAX_VALUE];
  const width = targetsOf(loss, size);
  for (let k = 0; k < count; k++) {
    for (let u = 0; u < width; u++) {
      const given = memory[target.address + k * target.stride + u]!;
      if (given >= least && given <= most) continue;
      const expected = range ? `numbers from ${least} to ${most}` : "finite numbers";
      const mend = (range && loss.mend) || "fill in what is missing, or give its step the weight 0 and any number.";
      throw new ArgumentError({ where, argument: "targets", given, expected, mend });
    }
  }
}

/** Weights into rows as they were given; returns their sum. */
export function packWeights(
  memory: { [n: number]: number },
  { weight: into, where, isLast }: Pick<TargetRows, "weight" | "where" | "isLast">,
  packing: Packing,
  weights: Sequences | Float32Array | undefined,
): number {
  const { rows, order, starts, lengths } = packing;
  const values = weights === undefined ? undefined : "shape" in weights ? weights.values : weights;
  const isPerStep = values !== undefined && values.length === rows.batch * rows.steps && !(isLast && rows.steps === 1);
  if (values !== undefined && !isPerStep && values.length !== rows.batch) {
    const expected = isLast ? [`B=${rows.batch}`] : [`B=${rows.batch}`, `T=${rows.steps}`];
    const mend = "one weight for each sequence, or one for each step.";
    throw new ShapeError({ where, argument: "weights", given: [values.length], expected, mend });
  }
  let total = 0;
  const put = (row: number, weight: number): void => {
    memory[into.address + row] = checkWeight(weight, where);
    total += weight;
  };
  lengths.forEach((length, place) => {
    const b = order[place]!;
    if (isLast) {
      put(place, values === undefined ? 1 : values[isPerStep ? b * rows.steps + length - 1 : b]!);
      return;
    }
    for (let t = 0; t < length; t++) {
      put(starts[t]! + place, values === undefined ? 1 : values[isPerStep ? b * rows.steps + t : b]!);
    }
  });
  return total;
}

/** @throws {ArgumentError} if it is negative or not finite */
export function checkWeight(given: number, where: string): number {
  if (given >= 0 && given < Number.POSITIVE_INFINITY) return given;
  const expected = "a finite number of at least 0";
  throw new ArgumentError({ where, argument: "weights", given, expected, mend: "0 leaves a row out." });
}
