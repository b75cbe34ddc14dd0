/** Losses inside whole models: what is ignored leaves no trace, likelihoods are learned, and what does not fit is told. */
import { describe, expect, test } from "vitest";
import { simpleRnn } from "../../cells/index.ts";
import { generator } from "../../data/random.ts";
import { batches, windows } from "../../data/windows.ts";
import { ArgumentError, ShapeError } from "../../errors.ts";
import { dense, embedding, recurrent, sequential } from "../../layers/layers.ts";
import type { Loss } from "../../model/loss.ts";
import { createModel, type Model } from "../../model/model.ts";
import { evaluate } from "../evaluate.ts";
import { binaryCrossEntropy, crossEntropy, gaussian, huber, meanAbsoluteError, quantile, studentT } from "../losses.ts";
import { adam } from "../optimizers.ts";
import { cosine } from "../rates.ts";
import { train } from "../train.ts";

const V = 5;
const from = generator(9, "losses");
const ids = (count: number): Int32Array => Int32Array.from({ length: count }, () => from.integer(V));
const language = (): Promise<Model> =>
  createModel(
    sequential(embedding({ vocabulary: V, size: 4 }), recurrent(simpleRnn, { units: 7 }), dense({ units: V })),
    {
      seed: 2,
    },
  );
const numbers = (model: Model): number[] => model.parameters().flatMap(({ values }) => [...values]);

describe("an ignored target", () => {
  const x = { values: ids(26), shape: [2, 13] };
  const missing = { values: ids(26).map((id, k) => (k % 3 === 1 ? -100 : id)), shape: [2, 13] };
  const ignoring = crossEntropy({ ignoreIndex: -100 });

  test("gives the same loss and gradients, bit for bit, as the weight 0", async () => {
    const model = await language();
    const weights = Float32Array.from(missing.values, (id) => Number(id >= 0));
    const filled = { ...missing, values: missing.values.map((id) => Math.max(id, 0)) };
    const found = await model.gradients(x, missing, ignoring);
    const expected = await model.gradients(x, filled, crossEntropy(), { weights });
    expect(found.loss).toBe(expected.loss);
    expect(found.parameters).toEqual(expected.parameters);
    expect(found.loss).toBeGreaterThan(1);
    model.close();
  });

  test("goes through windows of a stream with its targets", async () => {
    const model = await language();
    const data = windows(x.values, { length: 4, batch: 2, targets: missing.values });
    const { loss, count } = await evaluate(model, data, { loss: ignoring });
    expect(count).toBe(missing.values.filter((id) => id >= 0).length);
    expect(loss).toBeGreaterThan(1);
    model.close();
  });

  test("all of a batch: no loss, no gradient, no NaN, and training goes on", async () => {
    const model = await language();
    const none = { values: new Int32Array(26).fill(-100), shape: [2, 13] };
    const nothing = await model.gradients(x, none, crossEntropy({ ignoreIndex: -100, labelSmoothing: 0.2 }));
    expect(nothing.loss).toBe(0);
    expect(nothing.parameters.every(({ values }) => values.every((v) => v === 0))).toBe(true);
    // the mean of nothing is no number, and never the best
    expect(await evaluate(model, batches(x, none, { batch: 2 }), { loss: ignoring })).toEqual({
      loss: Number.NaN,
      count: 0,
    });
    const half = {
      values: Int32Array.from([...none.values.subarray(0, 13), ...x.values.subarray(13)]),
      shape: [2, 13],
    };
    const before = numbers(model);
    const data = batches(x, half, { batch: 1 });
    const { records } = await train(model, data, {
      loss: ignoring,
      optimizer: adam({ learningRate: 0.02 }),
      epochs: 30,
    });
    expect(numbers(model).every(Number.isFinite)).toBe(true);
    expect(numbers(model)).not.toEqual(before);
    expect(records.at(-1)!.trainLoss).toBeLessThan(records[0]!.trainLoss);
    model.close();
  });
});

test("class weights of 1 and no smoothing are the plain loss, but for float32's rounding", async () => {
  const model = await language();
  const x = { values: ids(20), shape: [2, 10] };
  const targets = { values: ids(20), shape: [2, 10] };
  const plain = await model.gradients(x, targets, crossEntropy());
  const weighted = await model.gradients(x, targets, crossEntropy({ classWeights: new Array<number>(V).fill(1) }));
  expect(Math.abs(weighted.loss - plain.loss)).toBeLessThan(1e-6);
  const twice = await model.gradients(x, targets, crossEntropy({ classWeights: new Array<number>(V).fill(2) }));
  expect(Math.abs(twice.loss - plain.loss)).toBeLessThan(1e-6);
  model.close();
});

describe("what a model learns of noise whose size changes", () => {
  // x = ±1 says how wide the noise around 3x is
  const uniform = generator(4, "noise");
  const count = 1200;
  const x = Float64Array.from({ length: count }, () => (uniform.uniform() < 0.5 ? -1 : 1));
  const y = x.map((v) => {
    const normal = Array.from({ length: 12 }, () => uniform.uniform()).reduce((a, b) => a + b, -6);
    return 3 * v + normal * (v > 0 ? 1 : 0.25);
  });
  const fit = async (loss: Loss, units: number, targets = y): Promise<number[][]> => {
    const model = await createModel(sequential(dense({ units: 8, activation: "tanh" }), dense({ units })), {
      seed: 1,
      input: 1,
    });
    const shape = [count / 10, 10, 1];
    const data = batches({ values: x, shape }, { values: targets, shape }, { batch: 20 });
    await train(model, data, {
      loss,
      optimizer: adam({ learningRate: cosine({ peak: 0.03, end: 0 }) }),
      epochs: 100,
      seed: 2,
    });
    const { values } = await model.predict({ values: [-1, 1], shape: [1, 2, 1] });
    model.close();
    return [[...values.slice(0, units)], [...values.slice(units)]];
  };
  const softplus = (v: number): number => Math.log1p(Math.exp(v));

  // the best that can be said of each side is what its sample says
  const sides = [-1, 1].map((sign) => [...y.filter((_, k) => x[k] === sign)].sort((a, b) => a - b));
  const meanOf = (side: number[]): number => side.reduce((a, b) => a + b, 0) / side.length;
  const deviationOf = (side: number[]): number => {
    const mean = meanOf(side);
    return Math.sqrt(meanOf(side.map((v) => (v - mean) ** 2)));
  };

  test("gaussian finds each side's mean and deviation", async () => {
    const found = await fit(gaussian(), 2);
    sides.forEach((side, k) => {
      const [mean, raw] = found[k]!;
      // what batches leave open at the end of the schedule
      expect(Math.abs(mean! - meanOf(side)) / deviationOf(side)).toBeLessThan(0.02);
      expect(Math.abs(softplus(raw!) / deviationOf(side) - 1)).toBeLessThan(0.02);
    });
  });

  test("studentT is not moved by outliers, and explains them better than gaussian", async () => {
    // each tenth value lies far above
    const strange = y.map((v, k) => (k % 10 === 0 ? v + 15 : v));
    const [t, normal] = [await fit(studentT(), 3, strange), await fit(gaussian(), 2, strange)];
    sides.forEach((side, k) => {
      expect(Math.abs(t[k]![0]! - meanOf(side)) / deviationOf(side)).toBeLessThan(0.4);
      expect(Math.abs(normal[k]![0]! - meanOf(side)) / deviationOf(side)).toBeGreaterThan(1);
      expect(softplus(t[k]![1]!)).toBeLessThan(softplus(normal[k]![1]!) / 3);
    });
  });

  test("quantile finds each side's quantiles", async () => {
    const quantiles = [0.1, 0.5, 0.9];
    const found = await fit(quantile({ quantiles }), 3);
    sides.forEach((side, k) => {
      quantiles.forEach((share, q) => {
        const below = side.filter((v) => v < found[k]![q]!).length / side.length;
        expect(Math.abs(below - share), `${share}`).toBeLessThan(0.02);
      });
    });
  });
});

describe("what does not fit is told", () => {
  const series = { values: new Float64Array(6).fill(0.5), shape: [2, 3, 1] };
  const judge = async (units: number, loss: Loss, targets: { values: number[]; shape: number[] }) => {
    const model = await createModel(sequential(dense({ units })), { input: 1 });
    return model.gradients(series, targets, loss).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
  };
  const one = { values: [0, 1, 0.5, 0, 1, 1], shape: [2, 3, 1] };

  test.each<[string, number, Loss, typeof one, string]>([
    [
      "an id beyond the classes",
      4,
      crossEntropy({ ignoreIndex: -1 }),
      { values: [0, 1, 4, 0, -1, 1], shape: [2, 3] },
      "model.gradients: targets is 4; expected a whole number from 0 to 3, or -1, which is ignored.\n  the output has 4 values; target ids count from 0.",
    ],
    [
      "weights of other classes",
      4,
      crossEntropy({ classWeights: [1, 2, 3] }),
      { values: [0, 1, 2, 0, 1, 1], shape: [2, 3] },
      "model.gradients: the model's output is [4]; expected [O=3].\n  classWeights has 3 numbers, one for each value of the output.",
    ],
    [
      "too few outputs for quantiles",
      4,
      quantile({ quantiles: [0.1, 0.5, 0.9] }),
      one,
      "model.gradients: the model's output is [4]; expected [O=3·D].\n  quantile loss has 3 outputs for each target value, side by side: dense({ units: 3 }) for one target.",
    ],
    [
      "a target for each output of a likelihood",
      4,
      gaussian(),
      { values: new Array(24).fill(0), shape: [2, 3, 4] },
      "model.gradients: targets is [2, 3, 4]; expected [B=2, T=3, D=2].\n  Gaussian likelihood has 2 outputs for each target value, side by side: dense({ units: 2 }) for one target.",
    ],
    [
      "a probability above 1",
      1,
      binaryCrossEntropy(),
      { values: [0, 1, 1.5, 0, 1, 1], shape: [2, 3, 1] },
      "model.gradients: targets is 1.5; expected numbers from 0 to 1.\n  targets are probabilities, one for each output; 0 and 1 are no and yes.",
    ],
    [
      "a target that is no number",
      3,
      studentT(),
      { values: [0, 1, Number.NaN, 0, 1, 1], shape: [2, 3, 1] },
      "model.gradients: targets is NaN; expected finite numbers.\n  fill in what is missing, or give its step the weight 0 and any number.",
    ],
    [
      "positive weights of other outputs",
      1,
      binaryCrossEntropy({ positiveWeights: [1, 2] }),
      one,
      "model.gradients: the model's output is [1]; expected [O=2].\n  positiveWeights has 2 numbers, one for each value of the output.",
    ],
  ])("%s", async (_, units, loss, targets, sentence) => {
    const error = await judge(units, loss, targets);
    expect(error).toBeInstanceOf(sentence.includes("expected [") ? ShapeError : ArgumentError);
    expect(error!.message).toBe(sentence);
  });

  test("one target value a step needs no axis of its own, also where it has several outputs", async () => {
    expect(await judge(2, gaussian(), { ...one, shape: [2, 3] })).toBeUndefined();
    expect(await judge(3, quantile({ quantiles: [0.1, 0.5, 0.9] }), { ...one, shape: [2, 3] })).toBeUndefined();
  });

  test.each<[string, () => Loss, string]>([
    [
      "smoothing beyond 1",
      () => crossEntropy({ labelSmoothing: 1.5 }),
      "crossEntropy: labelSmoothing is 1.5; expected a number from 0 to 1.",
    ],
    [
      "smoothing that is no number",
      () => binaryCrossEntropy({ labelSmoothing: Number.NaN }),
      "binaryCrossEntropy: labelSmoothing is NaN; expected a number from 0 to 1.",
    ],
    [
      "half an index",
      () => crossEntropy({ ignoreIndex: 0.5 }),
      "crossEntropy: ignoreIndex is 0.5; expected a whole number from -16777216 to 16777216.",
    ],
    [
      "a negative class weight",
      () => crossEntropy({ classWeights: [1, -1] }),
      "crossEntropy: classWeights is [1, -1]; expected finite numbers of at least 0, not all 0.",
    ],
    [
      "no class that counts",
      () => crossEntropy({ classWeights: [0, 0] }),
      "crossEntropy: classWeights is [0, 0]; expected",
    ],
    [
      "a negative positive weight",
      () => binaryCrossEntropy({ positiveWeights: -1 }),
      "binaryCrossEntropy: positiveWeights is -1; expected a finite number of at least 0, or a list of such.",
    ],
    ["a corner at 0", () => huber({ delta: 0 }), "huber: delta is 0; expected a finite number above 0."],
    [
      "no quantiles",
      () => quantile({ quantiles: [] }),
      "quantile: quantiles is []; expected a list of rising numbers between 0 and 1.",
    ],
    ["quantiles in percent", () => quantile({ quantiles: [10, 50] }), "quantile: quantiles is [10, 50]; expected"],
    ["quantiles that fall", () => quantile({ quantiles: [0.5, 0.1] }), "quantile: quantiles is [0.5, 0.1]; expected"],
    [
      "the same quantile twice",
      () => quantile({ quantiles: [0.5, 0.5] }),
      "quantile: quantiles is [0.5, 0.5]; expected",
    ],
    ["a floor of 0", () => gaussian({ floor: 0 }), "gaussian: floor is 0; expected a finite number above 0."],
    ["an endless floor", () => studentT({ floor: Number.POSITIVE_INFINITY }), "studentT: floor is Infinity; expected"],
  ])("%s", (_, call, sentence) => {
    expect(call).toThrow(sentence);
  });
});

test("every loss is plain data", () => {
  const all = [
    crossEntropy({ labelSmoothing: 0.1, ignoreIndex: -100, classWeights: [1, 2] }),
    ...[binaryCrossEntropy({ positiveWeights: [1, 2] }), meanAbsoluteError(), huber(), gaussian(), studentT()],
    quantile({ quantiles: [0.1, 0.9] }),
  ];
  for (const loss of all) expect(JSON.parse(JSON.stringify(loss))).toEqual(loss);
});
