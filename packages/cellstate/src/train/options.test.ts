/**
 * Options as people who write no types give them: a misspelt name, a number as text, NaN, nothing at all. Each is told
 * with a typed error that names it; none is left out without a word.
 */
import { expect, test } from "vitest";
import { simpleRnn } from "../cells/index.ts";
import { windows } from "../data/windows.ts";
import { ArgumentError } from "../errors.ts";
import { dense, recurrent, sequential } from "../layers/layers.ts";
import * as metrics from "../metrics.ts";
import { createModel } from "../model/model.ts";
import * as averages from "./average.ts";
import { ctc } from "./ctc/ctc.ts";
import { evaluate } from "./evaluate.ts";
import * as losses from "./losses.ts";
import * as optimizers from "./optimizers.ts";
import { plateau } from "./plateau.ts";
import { learningRateRange } from "./range.ts";
import * as rates from "./rates.ts";
import { train } from "./train.ts";

type Make = (options?: unknown) => unknown;
const { adam, meanSquaredError } = { ...optimizers, ...losses };
const rate = { learningRate: 0.1 };

/** Every call with options, some that are right, and its options that are no number. */
const calls: Record<string, readonly [Make, object, (readonly string[])?]> = Object.fromEntries(
  Object.entries({
    adam: [optimizers.adam, { ...rate, beta1: 0.5, beta2: 0.9, epsilon: 1e-6 }],
    adamW: [optimizers.adamW, { ...rate, weightDecay: 0.1 }],
    sgd: [optimizers.sgd, { ...rate, momentum: 0.9, weightDecay: 0.1 }],
    rmsProp: [optimizers.rmsProp, { ...rate, alpha: 0.9, epsilon: 1, momentum: 0.1, weightDecay: 0.1 }],
    ntAsgd: [averages.ntAsgd, { ...rate, checks: 1 }],
    cosine: [rates.cosine, { peak: 1, warmUp: 5, end: 0.1 }],
    linear: [rates.linear, { peak: 1, warmUp: 5, end: 0.1 }],
    oneCycle: [rates.oneCycle, { peak: 1, rise: 0.1, start: 0.1, end: 0.1 }],
    stepDecay: [rates.stepDecay, { ...rate, every: 5, factor: 0.5 }],
    plateau: [plateau, { ...rate, factor: 0.5, patience: 1, threshold: 0.1, cooldown: 1, least: 0.01 }],
    polyak: [averages.polyak, { from: 0.5 }],
    ema: [averages.ema, { decay: 0.9 }],
    nonMonotone: [averages.nonMonotone, { checks: 1 }],
    crossEntropy: [losses.crossEntropy, { labelSmoothing: 0.1, ignoreIndex: 1, classWeights: [1, 2] }],
    binaryCrossEntropy: [losses.binaryCrossEntropy, { labelSmoothing: 0.1, positiveWeights: 2 }],
    huber: [losses.huber, { delta: 1 }],
    quantile: [losses.quantile, { quantiles: [0.1] }],
    gaussian: [losses.gaussian, { floor: 1 }],
    studentT: [losses.studentT, { floor: 1 }],
    ctc: [ctc, { blank: 1 }],
    topKRecall: [metrics.topKRecall, { k: 1 }],
    f1: [metrics.f1, { average: "macro" }],
    mse: [metrics.mse, {}],
    adjustedR2: [metrics.adjustedR2, { predictors: 1 }],
  }),
) as never;
const named = Object.entries(calls).map(([name, [make, options]]) => [name, make, options] as const);

test.each(named)("%s tells of a misspelt option, and of options that are none", (name, make, options) => {
  expect(() => make(options)).not.toThrow();
  expect(() => make({ ...options, lerningRate: 1 })).toThrow(
    `${name === "ntAsgd" ? "sgd" : name}: lerningRate is 1; expected an option's name.`,
  );
  for (const none of [null, 0.9, "0.9"]) {
    expect(() => make(none)).toThrow(`${name}: options is ${JSON.stringify(none)}; expected an object of options.`);
  }
});

test.each(
  named
    .flatMap(([name, make, options]) =>
      Object.entries(options).flatMap(([option, right]) =>
        [String(right), Number.NaN, null].map((wrong) => [name, option, wrong, make, options] as const),
      ),
    )
    .filter(([, option, wrong]) => !(option === "average" && wrong === "macro")),
)("%s tells of %s: %j", (_name, option, wrong, make, options) => {
  expect(() => make({ ...options, [option]: wrong })).toThrow(ArgumentError);
});

test("a rate that is none is told where it is given", () => {
  for (const learningRate of [undefined, "0.1", [0.1], {}, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => adam({ learningRate } as never)).toThrow(
      /^adam: learningRate is .*; expected a number above 0, or a sch/,
    );
  }
  expect(() => rates.constant(Number.NaN)).toThrow("constant: learningRate is NaN; expected a number above 0.");
});

const data = windows(
  Float32Array.from({ length: 40 }, (_, t) => Math.sin(t)),
  { length: 5, batch: 3 },
);
const make = () => createModel(sequential(recurrent(simpleRnn, { units: 5 }), dense({ units: 1 })), { input: 1 });
const base = { loss: meanSquaredError(), optimizer: adam({ learningRate: 0.01 }), epochs: 1, validation: data };

test.each<[object, string]>([
  [{ epoch: 5 }, "train: epoch is 5; expected an option's name."],
  [{ clipnorm: 1 }, "train: clipnorm is 1; expected an option's name."],
  [{ clipNorm: "1" }, 'train: clipNorm is "1"; expected a number above 0.'],
  [{ patience: Number.NaN }, "train: patience is NaN; expected a whole number of at least 1."],
  [{ validateEvery: 0 }, "train: validateEvery is 0; expected a whole number of at least 1."],
  [{ validation: [1, 2] }, "train: validation is [1, 2]; expected a dataset."],
  [
    { optimizer: adam({ learningRate: { name: "mine", at: () => Number.NaN } }) },
    "train: learningRate is NaN; expected",
  ],
])("train refuses %j, and the model keeps its weights", async (more, sentence) => {
  const model = await make();
  const before = model.parameters();
  await expect(train(model, data, { ...base, ...more })).rejects.toThrow(sentence);
  expect(model.parameters()).toEqual(before);
  model.close();
});

test("train, evaluate and the range test tell of data that are none, and of a missing optimizer", async () => {
  const model = await make();
  const { optimizer: _, ...without } = base;
  for (const [call, given] of [
    [train, base],
    [evaluate, { loss: base.loss }],
    [learningRateRange, base],
  ] as const) {
    const none = (call as typeof train)(model, [1, 2] as never, given as never);
    await expect(none).rejects.toThrow(`${call.name}: data is [1, 2]; expected a dataset.`);
  }
  await expect(learningRateRange(model, data, without as never)).rejects.toThrow(
    "learningRateRange: optimizer is undefined",
  );
  model.close();
});
