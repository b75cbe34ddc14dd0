/** Losses whose targets are classes: one of many, or yes and no for each output. */
import { formula, type Value } from "../../cell/formula.ts";
import type { Schedule } from "../../cell/operations.ts";
import { wholeFrom } from "../../errors.ts";
import type { RowLoss } from "../../model/loss.ts";
import { check, isNumber, noOthers, optionsOf } from "../../options.ts";
import { checkSmoothing, checkWeights } from "./options.ts";

export interface CrossEntropyOptions {
  /** How much of the target's probability goes to all classes evenly, 0 … 1. Default 0. */
  readonly labelSmoothing?: number;
  /** Targets of this id count in nothing; it need not be a class, −100 for example. None, if omitted. */
  readonly ignoreIndex?: number;
  /** How much rows of each class count, `[V]`, numbers of at least 0; all 1 if omitted. */
  readonly classWeights?: readonly number[];
}

/**
 * Cross-entropy of a softmax over the output, in nats; targets are ids. Stable for logits of any size.
 * ℓ = log Σ exp(z − max z) − (z_target − max z); ∂ℓ/∂z = softmax(z) − 1[target].
 *
 * With smoothing ε and class weights k the target is spread over the classes, q_c = (1 − ε) k_c 1[c = target] + ε k_c / V,
 * and ℓ = −Σ q_c log softmax(z)_c. The mean divides by the sum of the targets' class weights times the rows' own.
 * All of it is PyTorch's `CrossEntropyLoss`, but for a batch of ignored targets alone, whose loss is 0 and not NaN.
 *
 * @throws {ArgumentError} if an option is out of its range
 * @example await train(model, data, { loss: crossEntropy(), optimizer: adam({ learningRate: 8e-3 }), epochs: 5 });
 */
export function crossEntropy(options: CrossEntropyOptions = {}): RowLoss {
  const where = "crossEntropy";
  const { labelSmoothing = 0, ignoreIndex, classWeights, ...others } = optionsOf(where, options);
  noOthers(where, others);
  checkSmoothing(where, labelSmoothing);
  if (classWeights !== undefined) checkWeights(where, "classWeights", classWeights);
  // what float32 holds exactly
  if (ignoreIndex !== undefined) wholeFrom(-(2 ** 24), where, "ignoreIndex", ignoreIndex, 2 ** 24);
  return {
    name: "cross-entropy",
    targets: "ids",
    schedule: overClasses(labelSmoothing, classWeights),
    ...(ignoreIndex !== undefined && { ignored: ignoreIndex }),
    ...(classWeights && ofSize("classWeights", classWeights)),
  };
}

/**
 * Each class c has the share q_c: ℓ = Σq · log Σ exp(s) − Σ q s, s = z − max z; ∂ℓ/∂z = Σq · softmax(z) − q. Where all
 * lies on the target, Σq is 1 and not multiplied by.
 */
function overClasses(smoothing: number, classWeights: unknown): Schedule {
  const f = formula();
  const z = f.read("x");
  const weight = f.read("weight", "one");
  const hit = f.equal(f.lane(), f.read("target", "one"));
  let q = hit;
  if (smoothing) {
    const even = f.divide(f.number(smoothing), f.size());
    q = f.add(f.multiply(f.number(1 - smoothing), hit), even);
  }
  if (classWeights) q = f.multiply(f.vector("classWeights"), q);
  const all = q === hit ? undefined : f.sum(q);
  const times = (value: Value): Value => (all === undefined ? value : f.multiply(all, value));
  const shifted = f.subtract(z, f.largest(z));
  const e = f.unary("exp", shifted);
  const sum = f.sum(e);
  const own = f.sum(f.multiply(q, shifted));
  f.write("loss", f.multiply(weight, f.subtract(times(f.unary("log", sum)), own)), "one");
  f.write("δx", f.multiply(weight, f.subtract(times(f.divide(e, sum)), q)));
  return f.schedule("CrossEntropy");
}

/** A number for each value of the output. */
const ofSize = (name: string, values: readonly number[]) => ({
  size: values.length,
  vectors: { [name]: [...values] },
  mend: `${name} has ${values.length} numbers, one for each value of the output.`,
});

export interface BinaryCrossEntropyOptions {
  /** How much a target of 1 counts against one of 0: a number, or one for each output, `[O]`; at least 0. Default 1. */
  readonly positiveWeights?: number | readonly number[];
  /** Targets move so far towards ½, 0 … 1: y (1 − ε) + ε/2. Default 0. */
  readonly labelSmoothing?: number;
}

/**
 * Cross-entropy of each output as a yes or no of its own, in nats, the mean over all of them: outputs are logits,
 * targets are probabilities, 0 … 1, shaped like the output. Stable for logits of any size.
 * ℓ = p y softplus(−z) + (1 − y) softplus(z); ∂ℓ/∂z = (1 − y) σ(z) − p y σ(−z). PyTorch's `BCEWithLogitsLoss`.
 *
 * @throws {ArgumentError} if an option is out of its range
 * @example await train(model, data, { loss: binaryCrossEntropy({ positiveWeights: 3 }), optimizer, epochs: 5 });
 */
export function binaryCrossEntropy(options: BinaryCrossEntropyOptions = {}): RowLoss {
  const where = "binaryCrossEntropy";
  const { positiveWeights = 1, labelSmoothing = 0, ...others } = optionsOf(where, options);
  noOthers(where, others);
  checkSmoothing(where, labelSmoothing);
  const isOne = typeof positiveWeights === "number";
  if (!isOne) checkWeights(where, "positiveWeights", positiveWeights);
  const expected = "a finite number of at least 0, or a list of such";
  const mend = "negatives divided by positives makes both count the same.";
  check(!isOne || (isNumber(positiveWeights) && positiveWeights >= 0), where, "positiveWeights", positiveWeights, {
    expected,
    mend,
  });

  const f = formula();
  const z = f.read("x");
  const given = f.read("target");
  const y =
    labelSmoothing === 0 ? given : f.add(f.multiply(given, f.number(1 - labelSmoothing)), f.number(labelSmoothing / 2));
  const opposite = f.unary("negative", z);
  const yes = f.multiply(isOne ? f.number(positiveWeights) : f.vector("positiveWeights"), y);
  const no = f.subtract(f.number(1), y);
  const share = f.divide(f.read("weight", "one"), f.size());
  const each = f.add(f.multiply(yes, f.unary("softplus", opposite)), f.multiply(no, f.unary("softplus", z)));
  f.write("loss", f.multiply(share, f.sum(each)), "one");
  const slope = f.subtract(f.multiply(no, f.unary("sigmoid", z)), f.multiply(yes, f.unary("sigmoid", opposite)));
  f.write("δx", f.multiply(share, slope));
  return {
    name: "binary cross-entropy",
    targets: "values",
    range: [0, 1],
    schedule: f.schedule("BinaryCrossEntropy"),
    mend: "targets are probabilities, one for each output; 0 and 1 are no and yes.",
    ...(!isOne && ofSize("positiveWeights", positiveWeights)),
  };
}
