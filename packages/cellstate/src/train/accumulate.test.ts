/** Batches whose gradients make one update together: what they add up to is one large batch. */
import { describe, expect, test } from "vitest";
import { gru, lstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { batches, type Dataset, windows } from "../data/windows.ts";
import { type Architecture, dense, dropout, embedding, heads, recurrent, sequential } from "../layers/layers.ts";
import type { Losses } from "../model/loss.ts";
import { createModel, type Model } from "../model/model.ts";
import { crossEntropy, meanSquaredError } from "./losses.ts";
import { adam, sgd } from "./optimizers.ts";
import { type Progress, type TrainOptions, train } from "./train.ts";

const numbers = (seed: number, count: number): Float32Array => {
  const random = generator(seed, "numbers");
  return Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
};
const ids = (seed: number, count: number, most: number): Uint32Array => {
  const random = generator(seed, "ids");
  return Uint32Array.from({ length: count }, () => random.integer(most));
};
const weightsOf = (model: Model): Record<string, number[]> =>
  Object.fromEntries(model.parameters().map(({ name, values }) => [name, [...values]]));

interface Case {
  readonly name: string;
  readonly architecture: Architecture;
  readonly input?: number;
  readonly loss: Losses;
  data(batch: number): Dataset;
}
const LENGTHS = [6, 2, 4, 6, 1, 3, 5, 5, 2, 6, 4];
const COUNT = LENGTHS.length;
const x = { values: numbers(1, COUNT * 6 * 2), shape: [COUNT, 6, 2], lengths: LENGTHS };
const stepWeights = { values: numbers(2, COUNT * 6).map(Math.abs), shape: [COUNT, 6] };

/** Two heads, one that is judged at every step and one at the last: their means are over different numbers of rows. */
const twoHeads = (batch: number): Dataset => {
  const one = batches(x, { values: numbers(3, COUNT * 6), shape: [COUNT, 6, 1] }, { batch, weights: stepWeights });
  const two = batches(x, { values: ids(4, COUNT, 3), shape: [COUNT] }, { batch, weights: stepWeights });
  return {
    ...one,
    batch: (epoch, step, seed) => {
      const [a, b] = [one.batch(epoch, step, seed), two.batch(epoch, step, seed)];
      return { ...a, targets: { level: a.targets, kind: b.targets } as never };
    },
  };
};
const cases: Case[] = [
  {
    name: "ragged sequences, weighed step by step",
    architecture: sequential(recurrent(lstm, { units: 5, direction: "both" }), dense({ units: 1 })),
    input: 2,
    loss: meanSquaredError(),
    data: (batch) =>
      batches(x, { values: numbers(3, COUNT * 6), shape: [COUNT, 6, 1] }, { batch, weights: stepWeights }),
  },
  {
    name: "two heads of different counts",
    architecture: sequential(
      recurrent(gru, { units: 5 }),
      heads({
        level: sequential(dense({ units: 1 })),
        kind: sequential(recurrent(lstm, { units: 4, output: "last" }), dense({ units: 3 })),
      }),
    ),
    input: 2,
    loss: { level: meanSquaredError(), kind: crossEntropy() },
    data: twoHeads,
  },
  {
    name: "a vocabulary of which each batch asks for other entries",
    architecture: sequential(
      embedding({ vocabulary: 9000, size: 4 }),
      recurrent(lstm, { units: 5 }),
      dense({ units: 3 }),
    ),
    loss: crossEntropy(),
    data: (batch) => windows(ids(5, 54, 9000), { length: 5, batch, targets: ids(6, 54, 3) }),
  },
];

async function run({ architecture, input, loss }: Case, data: Dataset, options: Partial<TrainOptions>) {
  const model = await createModel(architecture, { seed: 1, ...(input !== undefined && { input }) });
  const events: Progress[] = [];
  const history = await train(model, data, {
    ...{
      loss,
      optimizer: sgd({ learningRate: 0.5, momentum: 0.5 }),
      epochs: 3,
      seed: 5,
      clipNorm: 0.4,
      clipValue: 0.1,
    },
    ...options,
    onProgress: (event) => events.push(event),
  });
  const weights = weightsOf(model);
  model.close();
  return { weights, events, history };
}

describe.each(cases)("$name", (one) => {
  test("three batches of two an update train like batches of six, the shorter end of an epoch too", async () => {
    const large = await run(one, one.data(6), {});
    const small = await run(one, one.data(2), { accumulate: 3 });
    const updates = 3 * Math.ceil(one.data(2).steps / 3);
    expect(small.history.steps).toBe(updates);
    expect(small.history.records.map(({ step, epoch }) => [step, epoch])).toEqual(
      large.history.records.map(({ step, epoch }) => [step, epoch]),
    );
    expect(small.events).toHaveLength(updates);
    small.events.forEach((event, k) => {
      const { loss, gradientNorm, rows, ...rest } = event;
      const expected = large.events[k]!;
      // sums of the same terms in another order, in float32
      expect(Math.abs(loss - expected.loss)).toBeLessThan(1e-5 * expected.loss);
      expect(Math.abs(gradientNorm - expected.gradientNorm)).toBeLessThan(1e-4 * expected.gradientNorm);
      expect(Math.abs(rows - expected.rows)).toBeLessThan(1e-9 * expected.rows);
      expect([rest.step, rest.steps, rest.epoch, rest.isClipped]).toEqual([
        expected.step,
        expected.steps,
        expected.epoch,
        expected.isClipped,
      ]);
    });
    for (const [name, values] of Object.entries(large.weights)) {
      const worst = Math.max(...values.map((v, k) => Math.abs(v - small.weights[name]![k]!)));
      expect(worst, name).toBeLessThan(1e-5);
    }
  });

  test("one batch an update is a training as ever, to the last bit", async () => {
    const data = one.data(4);
    expect((await run(one, data, { accumulate: 1 })).weights).toEqual((await run(one, data, {})).weights);
  });
});

test("noise is another in each batch of an update, and none comes twice", async () => {
  const stream = new Float32Array(41).fill(1);
  const data = windows(stream, { length: 1, batch: 10, targets: new Float32Array(41).fill(3) });
  const noisy: Case = {
    name: "",
    architecture: sequential(dropout({ rate: 0.5 }), dense({ units: 1 })),
    input: 1,
    loss: meanSquaredError(),
    data: () => data,
  };
  // with a rate of almost nothing, the losses tell how many inputs were dropped
  const options = { optimizer: sgd({ learningRate: 1e-12 }), clipNorm: 1 };
  const alone = await run(noisy, data, { ...options, accumulate: 1, epochs: 4 });
  const together = await run(noisy, data, { ...options, accumulate: 2, epochs: 4 });
  const pairs = [0, 1, 2].map((n) => (alone.events[2 * n]!.loss + alone.events[2 * n + 1]!.loss) / 2);
  const found = together.events.map(({ loss }) => loss);
  pairs.forEach((loss, n) => n < 2 && expect(Math.abs(found[n]! - loss)).toBeLessThan(1e-6));
  expect(new Set(found.map((loss) => loss.toFixed(6))).size).toBeGreaterThan(3);
});

test("progress counts updates, and validations and schedules go by them", async () => {
  const [one] = cases as [Case];
  const asked: [number, number][] = [];
  const at = (step: number, total: number): number => {
    asked.push([step, total]);
    return 0.1;
  };
  const rate = { name: "by hand", at };
  const data = one.data(2); // six batches an epoch
  const { events, history } = await run(one, data, {
    ...{ optimizer: adam({ learningRate: rate }), accumulate: 4, epochs: 2, validation: data, validateEvery: 3 },
  });
  expect(events.map(({ step, epoch, epochs }) => [step, epoch, epochs])).toEqual([
    [1, 1, 2],
    [2, 1, 2],
    [3, 2, 2],
    [4, 2, 2],
  ]);
  expect(asked).toEqual([0, 1, 2, 3].map((step) => [step, 4]));
  expect(history.records.map(({ step }) => step)).toEqual([3, 4]);
  expect(history.checkpoint.counters).toMatchObject({ step: 4, epoch: 2, epochStep: 0 });
});

test("a checkpoint from within a longer epoch is refused in words", async () => {
  const [one] = cases as [Case];
  const controller = new AbortController();
  const model = await createModel(one.architecture, { seed: 1, input: 2 });
  const setting: TrainOptions = { loss: one.loss, optimizer: sgd({ learningRate: 0.1 }), steps: 9, accumulate: 2 };
  const { checkpoint: resume } = await train(model, one.data(1), {
    ...{ ...setting, signal: controller.signal },
    onProgress: ({ step }) => step === 4 && controller.abort(),
  });
  expect(resume.counters.epochStep).toBe(8);
  await expect(train(model, one.data(2), { ...setting, resume })).rejects.toThrow("dataset.batch: step is 8;");
});

test.each<[string, Partial<TrainOptions>]>([
  ["accumulate is 0; expected a whole number of at least 1.", { accumulate: 0 }],
  ["clipValue is 0; expected a number above 0.", { clipValue: 0 }],
  ["average is 0.9; expected an average of weights.", { average: 0.9 as never }],
])("train refuses: %s", async (sentence, options) => {
  const [one] = cases as [Case];
  await expect(run(one, one.data(2), options)).rejects.toThrow(`train: ${sentence}`);
});
