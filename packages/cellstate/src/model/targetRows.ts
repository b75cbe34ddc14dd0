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

/** Puts them in place, each row's weight as its share of the mean; returns the sum of weights. */
export function putTargets(
  memory: Float32Array | Float64Array,
  into: TargetRows,
  packing: Packing,
  targets: Sequences,
  weights: Sequences | Float32Array | undefined,
): number {
  const { isLast } = into;
  const count = isLast ? packing.rows.batch : packing.total;
  checkTargets(into, targets, packing);
  const width = into.loss.targets === "ids" ? 1 : into.size;
  if (isLast) packSequences(memory, into.target, packing.order, targets.values, width);
  else packRows(memory, into.target, packing, targets.values, packing.rows.steps, width);
  if (into.loss.targets === "ids") checkIds(into, memory, count);
  else checkFinite(into, memory, count);
  const total = packWeights(memory, into, packing, weights);
  for (let k = 0; k < count; k++) memory[into.weight.address + k]! /= total === 0 ? 1 : total;
  return total;
}

function checkTargets(head: TargetRows, targets: Sequences, { rows }: Packing): void {
  const { where, isLast } = head;
  const ids = head.loss.targets === "ids";
  const expected = [`B=${rows.batch}`, ...(isLast ? [] : [`T=${rows.steps}`]), ...(ids ? [] : [`O=${head.size}`])];
  const wanted = [rows.batch, ...(isLast ? [] : [rows.steps]), ...(ids ? [] : [head.size])];
  const given = [...targets.shape];
  // One value a row needs no axis of its own.
  if (!ids && head.size === 1 && given.length === wanted.length - 1) given.push(1);
  checkSequences(targets, where, "targets", [given.length, targets.shape.length]);
  if (given.length === wanted.length && given.every((n, k) => n === wanted[k])) return;
  const mend = ids
    ? "one id for each output of the model."
    : "as many values as the model's output has, for each output.";
  throw new ShapeError({ where, argument: "targets", given: targets.shape, expected, mend });
}

function checkIds({ target, size, where }: TargetRows, memory: ArrayLike<number>, count: number): void {
  for (let k = 0; k < count; k++) {
    const id = memory[target.address + k]!;
    if (Number.isInteger(id) && id >= 0 && id < size) continue;
    const expected = `a whole number from 0 to ${size - 1}`;
    const mend = `the output has ${size} values; target ids count from 0.`;
    throw new ArgumentError({ where, argument: "targets", given: id, expected, mend });
  }
}

function checkFinite({ target, size, where }: TargetRows, memory: ArrayLike<number>, count: number): void {
  for (let k = 0; k < count; k++) {
    for (let u = 0; u < size; u++) {
      const given = memory[target.address + k * target.stride + u]!;
      if (Number.isFinite(given)) continue;
      const mend = "fill in what is missing, or give its step the weight 0 and any number.";
      throw new ArgumentError({ where, argument: "targets", given, expected: "finite numbers", mend });
    }
  }
}

/** Weights into rows; returns their sum. */
function packWeights(
  memory: { [n: number]: number },
  { weight: into, where, isLast }: TargetRows,
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
