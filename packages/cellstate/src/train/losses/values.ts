/** Losses whose outputs are values in the targets' own unit. */
import { type Formula, formula, type Value } from "../../cell/formula.ts";
import type { RowLoss } from "../../model/loss.ts";
import { check, isNumber, noOthers, optionsOf } from "../../options.ts";
import { mendOf } from "./options.ts";

/** The mean of ℓ(d) over all values of the output, d = y − target; `of` gives ℓ and its slope. */
function ofDifference(name: string, title: string, of: (f: Formula, d: Value) => readonly [Value, Value]): RowLoss {
  const f = formula();
  const difference = f.subtract(f.read("x"), f.read("target"));
  const share = f.divide(f.read("weight", "one"), f.size());
  const [loss, slope] = of(f, difference);
  f.write("loss", f.multiply(share, f.sum(loss)), "one");
  f.write("δx", f.multiply(share, slope));
  return { name, targets: "values", schedule: f.schedule(title) };
}

/**
 * Mean squared error over all values of the output; targets are values, shaped like the output. ℓ = mean((y − target)²).
 *
 * @example await evaluate(model, data, { loss: meanSquaredError() });
 */
export function meanSquaredError(): RowLoss {
  return ofDifference("mean squared error", "MeanSquaredError", (f, d) => [f.multiply(d, d), f.add(d, d)]);
}

/**
 * Mean absolute error over all values of the output; targets are values, shaped like the output. What is learned is
 * the median. ℓ = mean(|y − target|); the slope where both are equal is 0, as in PyTorch's `L1Loss`.
 *
 * @example await train(model, data, { loss: meanAbsoluteError(), optimizer, epochs: 5 });
 */
export function meanAbsoluteError(): RowLoss {
  return ofDifference("mean absolute error", "MeanAbsoluteError", (f, d) => [
    f.unary("abs", d),
    f.subtract(f.unary("step", d), f.unary("step", f.unary("negative", d))),
  ]);
}

export interface HuberOptions {
  /** Where squares become lines, in the unit of the targets, above 0. Default 1. */
  readonly delta?: number;
}

/**
 * Huber's loss, the mean over all values of the output: ½ d² up to |d| = δ, from there the line δ (|d| − ½ δ), so that
 * outliers pull no harder than δ. Targets are values, shaped like the output. PyTorch's `HuberLoss`.
 * Huber, "Robust Estimation of a Location Parameter", 1964.
 *
 * @throws {ArgumentError} if `delta` is not above 0
 * @example await train(model, data, { loss: huber({ delta: 1.5 }), optimizer, epochs: 5 });
 */
export function huber(options: HuberOptions = {}): RowLoss {
  const { delta = 1, ...others } = optionsOf("huber", options);
  noOthers("huber", others);
  const expected = "a finite number above 0";
  const mend = "an error that is usual for the data; it has their unit.";
  check(isNumber(delta) && Math.fround(delta) > 0, "huber", "delta", delta, { expected, mend });
  // c = min(|d|, δ): ℓ = c (|d| − c/2)
  return ofDifference("Huber's loss", "Huber", (f, d) => {
    const size = f.unary("abs", d);
    const near = f.min(size, f.number(delta));
    const loss = f.multiply(near, f.subtract(size, f.multiply(f.number(0.5), near)));
    return [loss, f.max(f.min(d, f.number(delta)), f.number(-delta))];
  });
}

export interface QuantileOptions {
  /** Which quantiles, each between 0 and 1, rising: `[0.1, 0.5, 0.9]`. */
  readonly quantiles: readonly number[];
}

/**
 * Quantile ("pinball") loss: as many outputs for each target value as there are quantiles, side by side in their order:
 * with Q quantiles and D target values the model ends in D·Q outputs, and output d·Q + q is quantile q of target d.
 * ℓ = mean over all outputs of max(τ u, (τ − 1) u), u = target − y; the slope at u = 0 is 0.
 * Nothing keeps quantiles from crossing. Koenker & Bassett, "Regression Quantiles", 1978.
 *
 * @throws {ArgumentError} if quantiles are none, not between 0 and 1, or not rising
 * @example
 * const architecture = sequential(recurrent(myCell, { units: 32 }), dense({ units: 3 })); // one target, three quantiles
 * await train(model, data, { loss: quantile({ quantiles: [0.1, 0.5, 0.9] }), optimizer, epochs: 5 });
 */
export function quantile(options: QuantileOptions): RowLoss {
  const { quantiles, ...others } = optionsOf("quantile", options);
  noOthers("quantile", others);
  const isRising =
    Array.isArray(quantiles) &&
    quantiles.length > 0 &&
    quantiles.every((τ, k) => isNumber(τ) && τ < 1 && τ > (k === 0 ? 0 : quantiles[k - 1]!));
  const expected = "a list of rising numbers between 0 and 1";
  const mend = "for a median with a band that holds 80 %: quantiles: [0.1, 0.5, 0.9].";
  check(isRising, "quantile", "quantiles", quantiles, { expected, mend });

  const f = formula();
  const x = f.read("x");
  // one quantile: an output a target, along the outputs' own axis
  const target = quantiles.length === 1 ? f.read("target") : f.expand(f.read("target", "targets"));
  const below = f.vector("below");
  const above = f.subtract(f.number(1), below);
  const u = f.subtract(target, x);
  const over = f.unary("negative", u);
  const share = f.divide(f.read("weight", "one"), f.size());
  const each = f.add(f.multiply(below, f.unary("relu", u)), f.multiply(above, f.unary("relu", over)));
  f.write("loss", f.multiply(share, f.sum(each)), "one");
  const slope = f.subtract(f.multiply(above, f.unary("step", over)), f.multiply(below, f.unary("step", u)));
  f.write("δx", f.multiply(share, slope));
  return {
    name: "quantile loss",
    targets: "values",
    outputs: quantiles.length,
    mend: mendOf("quantile loss", quantiles.length),
    vectors: { below: [...quantiles] },
    schedule: f.schedule("Quantile"),
  };
}
