/**
 * What a metric is: something that sees row after row of outputs, targets and weights, keeps sums in float64 and no
 * rows, and tells its number in the end. Rows of weight 0 and ignored ones never reach it.
 */
import { ArgumentError } from "../../errors.ts";
import { check } from "../../options.ts";

/** What the rows are that a metric will see. */
export interface Seen {
  /** Ids of classes, or values. */
  readonly targets: "ids" | "values";
  /** How many values the output has. */
  readonly outputs: number;
  /** How many targets a row has; 1 for ids. */
  readonly width: number;
  /** The call, for messages. */
  readonly where: string;
  /** The metric's name in it. */
  readonly argument: string;
}

/** A metric at work. */
export interface Tally<R> {
  /**
   * `outputs` and `targets` are views that the next row may overwrite; `weight` is above 0.
   *
   * @param outputs - the model's, `[O]`
   * @param targets - what should have come, `[width]`
   * @param weight - how much the row counts
   */
  add(outputs: ArrayLike<number>, targets: ArrayLike<number>, weight: number): void;
  /** The number of all rows so far. */
  result(): R;
}

/** As `accuracy()`, `f1()` … make it; `R` is what it tells. */
export interface Metric<R> {
  /**
   * A tally at 0.
   *
   * @param seen - what the rows will be
   */
  begin(seen: Seen): Tally<R>;
}

/** Metrics by names that the caller chooses. */
export type Metrics = Readonly<Record<string, Metric<unknown>>>;

/** What metrics tell, by the same names. */
export type Measured<M> = { readonly [K in keyof M]: M[K] extends Metric<infer R> ? R : Measured<M[K]> };

/** @throws {ArgumentError} if the targets are of the other kind */
export function wants(targets: Seen["targets"], { targets: given, where, argument }: Seen, mend: string): void {
  if (given === targets) return;
  throw new ArgumentError({
    where,
    argument,
    given,
    described: `about ${targets}, and the targets are ${given}`,
    expected: `targets that are ${targets}`,
    mend,
  });
}

const isMetric = (one: unknown): one is Metric<unknown> =>
  typeof (one as Metric<unknown> | undefined)?.begin === "function";

/** Metrics, and nothing else? */
export const areMetrics = (given: unknown): given is Metrics =>
  typeof given === "object" && given !== null && Object.values(given).every(isMetric);

/** @throws {ArgumentError} unless `isFine` */
export function checkMetrics(isFine: boolean, where: string, given: unknown, expected: string): asserts isFine {
  const mend = "for example { accuracy: accuracy() }, from cellstate/metrics.";
  check(isFine, where, "metrics", given, { expected, mend });
}

/** All of them at once. */
export function begun<M extends Metrics>(metrics: M, seen: Omit<Seen, "argument">): Tally<Measured<M>> {
  const tallies = Object.entries(metrics).map(
    ([name, metric]) => [name, metric.begin({ ...seen, argument: `metrics.${name}` })] as const,
  );
  return {
    add(outputs, targets, weight) {
      for (const [, tally] of tallies) tally.add(outputs, targets, weight);
    },
    result: () => Object.fromEntries(tallies.map(([name, tally]) => [name, tally.result()])) as Measured<M>,
  };
}

/** A weighted mean of what `of` gives for each row; NaN of no rows. */
export function meanOf(of: (outputs: ArrayLike<number>, targets: ArrayLike<number>) => number): Tally<number> {
  let sum = 0;
  let count = 0;
  return {
    add(outputs, targets, weight) {
      sum += weight * of(outputs, targets);
      count += weight;
    },
    result: () => sum / count,
  };
}
