/** Metrics of values: how far predictions lie from targets, and how much of the targets' variance they explain. */
import { wholeFrom } from "../../errors.ts";
import { check, noOthers, optionsOf } from "../../options.ts";
import { recorded } from "../../recipe.ts";
import { type Metric, meanOf, type Seen, type Tally, wants } from "./metric.ts";

/** Where the prediction stands among the outputs. */
export interface PredictionOptions {
  /**
   * Which of a target's outputs is the prediction, where the loss has several: 0, the default, is the mean of
   * `gaussian()` and the location of `studentT()`; of `quantile({ quantiles })` the place of the median in the list.
   */
  readonly output?: number;
}

/** The prediction of target d. */
type Pick = (outputs: ArrayLike<number>, d: number) => number;

function pickOf(seen: Seen, { output = 0 }: PredictionOptions): Pick {
  wants("values", seen, "for ids: accuracy(), topKRecall({ k }), f1({ average }), perplexity().");
  const each = seen.outputs / seen.width;
  wholeFrom(0, seen.where, `${seen.argument}.output`, output, each - 1);
  return (outputs, d) => outputs[d * each + output]!;
}

const overTargets = (seen: Seen, options: PredictionOptions, of: (difference: number) => number): Tally<number> => {
  const pick = pickOf(seen, options);
  return meanOf((outputs, targets) => {
    let sum = 0;
    for (let d = 0; d < seen.width; d++) sum += of(pick(outputs, d) - targets[d]!);
    return sum / seen.width;
  });
};
/** The metric of this name; `begin` has the metric's own work. */
function ofPrediction(name: string, options: PredictionOptions, begin: (seen: Seen) => Tally<number>): Metric<number> {
  const { output, ...others } = optionsOf(name, options);
  noOthers(name, others);
  return recorded(name, [options], { begin });
}

const square = (difference: number): number => difference * difference;

/**
 * Mean squared error: the weighted mean over rows of the mean over a row's targets. NaN without rows.
 *
 * @example const { metrics } = await evaluate(model, data, { loss: huber(), metrics: { mse: mse() } });
 */
export function mse(options: PredictionOptions = {}): Metric<number> {
  return ofPrediction("mse", options, (seen) => overTargets(seen, options, square));
}

/**
 * The root of the mean squared error over all targets together, in the targets' unit. NaN without rows.
 *
 * @example const { metrics } = await evaluate(model, data, { loss: meanSquaredError(), metrics: { rmse: rmse() } });
 */
export function rmse(options: PredictionOptions = {}): Metric<number> {
  return ofPrediction("rmse", options, (seen) => {
    const { add, result } = overTargets(seen, options, square);
    return { add, result: () => Math.sqrt(result()) };
  });
}

/**
 * Mean absolute error, in the targets' unit. NaN without rows.
 *
 * @example measure({ mae: mae() }, await model.predict(x), targets).mae;
 */
export function mae(options: PredictionOptions = {}): Metric<number> {
  return ofPrediction("mae", options, (seen) => overTargets(seen, options, Math.abs));
}

interface Explained {
  readonly r2: number;
  /** Rows. */
  readonly count: number;
}

function explained(seen: Seen, options: PredictionOptions): Tally<Explained> {
  const pick = pickOf(seen, options);
  const [mean, around, squared] = Array.from({ length: 3 }, () => new Float64Array(seen.width)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let weights = 0;
  let count = 0;
  return {
    add(outputs, targets, weight) {
      weights += weight;
      count++;
      for (let d = 0; d < seen.width; d++) {
        // Σ w (y − ȳ)² as rows come, without cancelling (West, 1979)
        const before = targets[d]! - mean[d]!;
        mean[d]! += before * (weight / weights); // the first row's own, to the last bit
        around[d]! += weight * before * (targets[d]! - mean[d]!);
        squared[d]! += weight * square(pick(outputs, d) - targets[d]!);
      }
    },
    result() {
      if (count < 2) return { r2: Number.NaN, count };
      let sum = 0;
      around.forEach((all, d) => {
        const left = squared[d]!;
        sum += all > 0 ? 1 - left / all : left === 0 ? 1 : Number.isNaN(left) ? left : 0;
      });
      return { r2: sum / seen.width, count };
    },
  };
}

/**
 * R², the share of the targets' variance that predictions explain: 1 − Σ w (y − ŷ)² / Σ w (y − ȳ)², the mean over the
 * targets of a row. 1 is perfect, 0 as good as the mean, and there is no lower end. Where a target is the same in all
 * rows it counts as 1 if every prediction is exact, else as 0, as in scikit-learn; NaN of fewer than two rows.
 *
 * @example const { metrics } = await evaluate(model, data, { loss: meanSquaredError(), metrics: { r2: r2() } });
 */
export function r2(options: PredictionOptions = {}): Metric<number> {
  return ofPrediction("r2", options, (seen) => {
    const { add, result } = explained(seen, options);
    return { add, result: () => result().r2 };
  });
}

/**
 * R² with a price for predictors: 1 − (1 − R²)(n − 1)/(n − p − 1), n rows of a weight above 0. NaN if n < p + 2.
 *
 * @param options.predictors - p, how many explaining variables the model has, 0 or more
 * @throws {ArgumentError} if `predictors` is no whole number of at least 0
 * @example const { metrics } = await evaluate(model, data, { loss, metrics: { adjusted: adjustedR2({ predictors: 3 }) } });
 */
export function adjustedR2(options: PredictionOptions & { readonly predictors: number }): Metric<number> {
  const { predictors, output, ...others } = optionsOf("adjustedR2", options);
  noOthers("adjustedR2", others);
  const expected = "a whole number of at least 0";
  const mend = "how many explaining variables the model has: adjustedR2({ predictors: 3 }).";
  const isCount = Number.isSafeInteger(predictors) && predictors >= 0;
  check(isCount, "adjustedR2", "predictors", predictors, { expected, mend });
  return recorded("adjustedR2", [options], {
    begin(seen) {
      const { add, result } = explained(seen, { output });
      return {
        add,
        result() {
          const { r2: plain, count } = result();
          return count < predictors + 2 ? Number.NaN : 1 - ((1 - plain) * (count - 1)) / (count - predictors - 1);
        },
      };
    },
  });
}
