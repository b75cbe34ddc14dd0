/** Metrics over predictions and targets that lie ready. */
import { ArgumentError, ShapeError } from "../../errors.ts";
import { checkSequences, type Sequences, type Values } from "../../model/sequences.ts";
import { areMetrics, begun, checkMetrics, type Measured, type Metrics } from "./metric.ts";

/** What counts. */
export interface MeasureOptions {
  /** How much each step, `[B, T]`, or each sequence, `[B]`, counts: numbers of at least 0. All 1 if omitted. */
  readonly weights?: Sequences | ArrayLike<number>;
  /** Targets of this id count in nothing. */
  readonly ignoreIndex?: number;
}

const where = "measure";

/**
 * Judges predictions by any number of metrics. Padding past a row's length counts nowhere.
 *
 * @param metrics - by names of your own: `{ accuracy: accuracy(), f1: f1({ average: "macro" }) }`
 * @param predictions - `[B, T, O]`, or `[B, O]` of whole sequences: what `model.predict` gives
 * @param targets - ids have an axis less, `[B, T]` or `[B]`; values as many as the predictions, `[B, T, D]` or `[B, D]`,
 *   where O is D or a multiple of it (an axis of 1 may be left out if O is 1)
 * @returns what each metric tells, by the same names
 * @throws {ShapeError | ArgumentError} if they do not fit one another, or an id is no class
 * @example const { r2: share } = measure({ r2: r2() }, await model.predict(x), targets);
 */
export function measure<M extends Metrics>(
  metrics: M,
  predictions: Sequences,
  targets: Sequences,
  { weights, ignoreIndex }: MeasureOptions = {},
): Measured<M> {
  checkMetrics(areMetrics(metrics), where, metrics, "metrics by names of your own");
  const own = checkSequences(predictions, where, "predictions");
  const rank = predictions.shape.length;
  const outputs = predictions.shape[rank - 1]!;
  const batch = predictions.shape[0]!;
  const steps = rank === 3 ? predictions.shape[1]! : 1;
  const given = checkSequences(targets, where, "targets", [rank - 1, rank]);
  const ids = targets.shape.length < rank && outputs > 1;
  const width = targets.shape.length < rank ? 1 : targets.shape[rank - 1]!;
  checkShape(predictions, targets, ids ? 1 : width);
  // of [B, O] the second axis is no time
  const lengths = rank === 2 ? new Uint32Array(batch).fill(1) : predictions.lengths ? own : given;
  if (rank === 3 && predictions.lengths && targets.lengths && own.some((length, b) => length !== given[b])) {
    const mend = "both must have the same steps.";
    throw new ShapeError({ where, argument: "targets.lengths", given: [...given], expected: [...own], mend });
  }
  const weightAt = weightsOf(weights, batch, steps);
  const tally = begun(metrics, { targets: ids ? "ids" : "values", outputs, width, where });
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < lengths[b]!; t++) {
      const row = b * steps + t;
      const weight = weightAt(b, row);
      const wanted = part(targets.values, row * width, width);
      if (weight === 0 || (ids && wanted[0] === ignoreIndex)) continue;
      if (ids) checkId(wanted[0]!, outputs);
      tally.add(part(predictions.values, row * outputs, outputs), wanted, weight);
    }
  }
  return tally.result();
}

const part = (values: Values, from: number, count: number): ArrayLike<number> =>
  Array.isArray(values) ? values.slice(from, from + count) : values.subarray(from, from + count);

function checkShape({ shape }: Sequences, targets: Sequences, width: number): void {
  const before = shape.slice(0, -1);
  const outputs = shape.at(-1)!;
  const isFine = before.every((n, axis) => n === targets.shape[axis]) && outputs % width === 0;
  if (isFine) return;
  const mend = "ids have the predictions' axes but the last; values all, and the last divides the predictions'.";
  const expected = [...before, `D, a divisor of ${outputs}`];
  throw new ShapeError({ where, argument: "targets", given: targets.shape, expected, mend });
}

function checkId(given: number, outputs: number): void {
  if (Number.isInteger(given) && given >= 0 && given < outputs) return;
  const expected = `a whole number from 0 to ${outputs - 1}`;
  const mend = `the predictions have ${outputs} values; ignoreIndex leaves out steps without a target.`;
  throw new ArgumentError({ where, argument: "targets", given, expected, mend });
}

function weightsOf(
  weights: MeasureOptions["weights"],
  batch: number,
  steps: number,
): (b: number, row: number) => number {
  if (weights === undefined) return () => 1;
  const values = "shape" in weights ? weights.values : weights;
  const isPerStep = values.length === batch * steps;
  if (!isPerStep && values.length !== batch) {
    const mend = "one weight for each sequence, or one for each step.";
    throw new ShapeError({
      where,
      argument: "weights",
      given: [values.length],
      expected: [`B=${batch}`, `T=${steps}`],
      mend,
    });
  }
  return (b, row) => {
    const weight = values[isPerStep ? row : b]!;
    if (weight >= 0 && weight < Number.POSITIVE_INFINITY) return weight;
    const expected = "a finite number of at least 0";
    throw new ArgumentError({ where, argument: "weights", given: weight, expected, mend: "0 leaves a row out." });
  };
}
