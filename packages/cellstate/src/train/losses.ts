/**
 * Losses as maps over rows: each reads the model's output, a target and the row's share of the mean, and writes
 * the row's loss and its adjoint in one go.
 */
import { formula } from "../cell/formula.ts";
import type { RowLoss } from "../model/loss.ts";

/**
 * Cross-entropy of a softmax over the output, in nats; targets are ids. Stable for logits of any size.
 * ℓ = log Σ exp(z − max z) − (z_target − max z); ∂ℓ/∂z = softmax(z) − 1[target].
 *
 * @example await train(model, data, { loss: crossEntropy(), optimizer: adam({ learningRate: 8e-3 }), epochs: 5 });
 */
export function crossEntropy(): RowLoss {
  const f = formula();
  const z = f.read("x");
  const weight = f.read("weight", "one");
  const hit = f.equal(f.lane(), f.read("target", "one"));
  const shifted = f.subtract(z, f.largest(z));
  const e = f.unary("exp", shifted);
  const sum = f.sum(e);
  const own = f.sum(f.multiply(hit, shifted));
  f.write("loss", f.multiply(weight, f.subtract(f.unary("log", sum), own)), "one");
  f.write("δx", f.multiply(weight, f.subtract(f.divide(e, sum), hit)));
  return { name: "cross-entropy", targets: "ids", schedule: f.schedule("CrossEntropy") };
}

/**
 * Mean squared error over all values of the output; targets are values, shaped like the output. ℓ = mean((y − target)²).
 *
 * @example await evaluate(model, data, { loss: meanSquaredError() });
 */
export function meanSquaredError(): RowLoss {
  const f = formula();
  const difference = f.subtract(f.read("x"), f.read("target"));
  const share = f.divide(f.read("weight", "one"), f.size());
  f.write("loss", f.multiply(share, f.sum(f.multiply(difference, difference))), "one");
  f.write("δx", f.multiply(f.multiply(f.number(2), share), difference));
  return { name: "mean squared error", targets: "values", schedule: f.schedule("MeanSquaredError") };
}
