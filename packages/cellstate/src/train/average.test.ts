/** Averages of weights: what is judged, kept and shown, and what the guard does to them. */
import { describe, expect, test } from "vitest";
import { lstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { batches, type Dataset, windows } from "../data/windows.ts";
import { dense, embedding, recurrent, sequential } from "../layers/layers.ts";
import { createModel, type Model } from "../model/model.ts";
import { type Average, ema, nonMonotone, ntAsgd, polyak } from "./average.ts";
import { evaluate } from "./evaluate.ts";
import { crossEntropy, meanSquaredError } from "./losses.ts";
import { adam, sgd } from "./optimizers.ts";
import { type TrainOptions, train } from "./train.ts";

const ids = (seed: number, count: number): Uint32Array => {
  const random = generator(seed, "ids");
  return Uint32Array.from({ length: count }, () => random.integer(6));
};
const make = () =>
  createModel(sequential(embedding({ vocabulary: 6, size: 4 }), recurrent(lstm, { units: 6 }), dense({ units: 6 })), {
    seed: 1,
  });
const weightsOf = (model: Model): Record<string, Float32Array> =>
  Object.fromEntries(model.parameters().map(({ name, values }) => [name, values]));
const data = windows(ids(1, 60), { length: 10, batch: 2 });
const validation = windows(ids(2, 60), { length: 10, batch: 2 });
const options = (): TrainOptions => ({
  ...{ loss: crossEntropy(), optimizer: adam({ learningRate: 0.1 }), steps: 11, seed: 5 },
});

describe.each<[string, () => Average, number]>([
  ["polyak from the fourth update", () => polyak({ from: 4 }), 4],
  ["polyak from three quarters on", () => polyak(), 9],
  ["ema", () => ema({ decay: 0.6 }), 1],
])("%s", (_, average, first) => {
  test("is the mean of the weights after each update, and changes none of them", async () => {
    const [plain, averaged] = [await make(), await make()];
    const seen: Record<string, Float32Array>[] = [];
    const onProgress = () => seen.push(weightsOf(plain));
    await train(plain, data, { ...options(), onProgress });
    const { checkpoint } = await train(averaged, data, { ...options(), average: average() });
    expect(checkpoint.now.parameters).toEqual(seen.at(-1));
    expect(checkpoint.counters.averaged).toBe(11 - first + 1);
    for (const [name, found] of Object.entries(weightsOf(averaged))) {
      const mean = seen.slice(first - 1).reduce<number[]>((a, weights, n) => {
        const share = average().share(n + 1);
        return [...weights[name]!].map((w, k) => (a[k] ?? 0) * (1 - share) + share * w);
      }, []);
      // each update rounds the mean of numbers up to 2 twice
      expect(Math.max(...mean.map((v, k) => Math.abs(v - found[k]!))), name).toBeLessThan(1e-6);
    }
  });

  test("is what validations judge, what is kept, and what the model has while it is told of them", async () => {
    const [judged, plain] = [await make(), await make()];
    const shown: [number, Record<string, Float32Array>][] = [];
    const without = await train(plain, data, { ...options(), validation, validateEvery: 4 });
    const history = await train(judged, data, {
      ...{ ...options(), validation, validateEvery: 4, average: average() },
      onProgress: ({ step, record }) => record && shown.push([step, weightsOf(judged)]),
      onCheckpoint: () => expect(weightsOf(judged)).toEqual(shown.at(-1)![1]),
    });
    expect(shown.map(([step]) => step)).toEqual([4, 8, 11]);
    for (const [step, weights] of shown) {
      const other = await make();
      other.setParameters(weights);
      const { loss } = await evaluate(other, validation, { loss: crossEntropy() });
      expect(loss, `update ${step}`).toBe(history.records.find((one) => one.step === step)!.validationLoss);
    }
    const best = shown.find(([step]) => step === history.best!.step)!;
    expect(weightsOf(judged)).toEqual(best[1]);
    expect(history.checkpoint.best).toEqual(best[1]);
    expect(history.checkpoint.now.parameters).toEqual(without.checkpoint.now.parameters);
    expect(history.records.at(-1)!.validationLoss).not.toBe(without.records.at(-1)!.validationLoss);
  });
});

test("a training that is stopped has its own weights, and an average that has not begun is not taken", async () => {
  const [stopped, early] = [await make(), await make()];
  const controller = new AbortController();
  const history = await train(stopped, data, {
    ...{ ...options(), average: ema(), signal: controller.signal },
    onProgress: ({ step }) => step === 5 && controller.abort(),
  });
  expect(weightsOf(stopped)).toEqual(history.checkpoint.now.parameters);
  expect(weightsOf(stopped)).not.toEqual(history.checkpoint.now.moments["average"]);
  const other = await train(early, data, { ...options(), average: polyak({ from: 100 }) });
  expect(other.checkpoint.counters.averaged).toBe(0);
  expect(weightsOf(early)).toEqual(other.checkpoint.now.parameters);
});

test("NT-ASGD is plain SGD and a non-monotone mean", async () => {
  const [one, two] = [await make(), await make()];
  const setting = { ...options(), steps: 30, validation, validateEvery: 2 };
  const first = await train(one, data, { ...setting, ...ntAsgd({ learningRate: 2, checks: 2 }) });
  const second = await train(two, data, {
    ...{ ...setting, optimizer: sgd({ learningRate: 2 }), average: nonMonotone({ checks: 2 }) },
  });
  expect(first.checkpoint).toEqual(second.checkpoint);
  const { averaged } = first.checkpoint.counters;
  expect(averaged).toBeGreaterThan(2);
  // the update whose weights began it was one of the validations
  expect(first.records.map(({ step }) => step)).toContain(30 - averaged + 1);
});

test("when the guard goes back, so does the average, to what it was then", async () => {
  const values = Float32Array.from({ length: 40 }, (_, k) => Math.sin(k));
  const plain = batches({ values, shape: [4, 10, 1] }, { values, shape: [4, 10, 1] }, { batch: 4 });
  const bad = Float32Array.from(values, () => 3e38); // the square of such an error is no float32
  let isBad = false;
  const broken: Dataset = {
    ...plain,
    batch: (epoch, step, seed) => {
      const batch = plain.batch(epoch, step, seed);
      const spoilt = isBad;
      isBad = false;
      return spoilt ? { ...batch, targets: { values: bad, shape: [4, 10, 1] } } : batch;
    },
  };
  const model = await createModel(sequential(recurrent(lstm, { units: 4 }), dense({ units: 1 })), {
    seed: 1,
    input: 1,
  });
  const history = await train(model, broken, {
    ...{ loss: meanSquaredError(), optimizer: sgd({ learningRate: 0.1 }), steps: 130, average: ema({ decay: 0.9 }) },
    onProgress({ step, retreat }) {
      if (step === 120 && !retreat) isBad = true;
    },
  });
  const { counters, good, now } = history.checkpoint;
  expect(counters.retreats).toBe(1);
  expect([counters.averaged, counters.goodAveraged]).toEqual([110, 100]); // updates 101 to 120 are undone
  expect(counters.step).toBe(130);
  const other = await createModel(model.architecture, { seed: 1, input: 1 });
  const until = await train(other, plain, {
    ...{ loss: meanSquaredError(), optimizer: sgd({ learningRate: 0.1 }), steps: 100, average: ema({ decay: 0.9 }) },
  });
  expect(good).toEqual(until.checkpoint.now);
  expect(now.moments["average"]).not.toEqual(good.moments["average"]);
});

test("a non-monotone average without a validation says what it needs before the first update", async () => {
  const model = await make();
  const before = model.parameters();
  await expect(train(model, data, { ...options(), average: nonMonotone() })).rejects.toThrow(
    "train: validation is undefined; expected a dataset.",
  );
  expect(model.parameters()).toEqual(before);
});

test("a validation of NaN neither begins a non-monotone average nor keeps one from beginning", () => {
  const records = [3, Number.NaN, 2, 2.5].map((validationLoss, k) => ({
    ...{ step: 10 * (k + 1), epoch: 1, trainLoss: 1, learningRate: 1, gradientNorm: 1, clippedShare: 0 },
    validationLoss,
  }));
  const average = nonMonotone({ checks: 0 });
  expect([1, 2, 3, 4].map((n) => average.from(records.slice(0, n), 100))).toEqual([
    undefined,
    undefined,
    undefined,
    40,
  ]);
});

test.each<[string, () => unknown, string]>([
  ["polyak", () => polyak({ from: 2.5 }), "polyak: from is 2.5"],
  ["ema", () => ema({ decay: 1 }), "ema: decay is 1"],
  ["nonMonotone", () => nonMonotone({ checks: -1 }), "nonMonotone: checks is -1"],
])("%s refuses what it cannot do", (_, call, sentence) => {
  expect(call).toThrow(sentence);
});
