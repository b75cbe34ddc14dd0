/**
 * Exact resume: a training stopped after any update, its checkpoint sent through bytes, goes on in another model to
 * the same weights and records, bit for bit.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { gru, lstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { batches, type Dataset, windows } from "../data/windows.ts";
import { activityRegularization } from "../layers/deep.ts";
import { type Architecture, dense, dropout, embedding, recurrent, sequential } from "../layers/layers.ts";
import type { Loss } from "../model/loss.ts";
import { createModel, type Model } from "../model/model.ts";
import { ema, nonMonotone, polyak } from "./average.ts";
import { type Checkpoint, checkpointFromBytes, checkpointToBytes } from "./checkpoint.ts";
import { crossEntropy, meanSquaredError } from "./losses.ts";
import { adam, adamW, type Optimizer, rmsProp, sgd } from "./optimizers.ts";
import { plateau } from "./plateau.ts";
import { cosine, oneCycle, stepDecay } from "./rates.ts";
import { type History, type TrainOptions, train } from "./train.ts";

interface Setting {
  readonly name: string;
  readonly architecture: Architecture;
  readonly input?: number;
  readonly data: Dataset;
  readonly validation: Dataset;
  readonly loss: () => Loss;
  /** A new one for each training: an optimizer may remember. */
  readonly optimizer: () => Optimizer;
  readonly clipNorm?: number;
  /** In an epoch; default 4. */
  readonly updates?: number;
  /** Validations; default 5, in the middle of an epoch. */
  readonly every?: number;
  readonly more?: Pick<TrainOptions, "average" | "accumulate" | "clipValue">;
}

const ids = (seed: number, count: number): Uint32Array => {
  const random = generator(seed, "ids");
  return Uint32Array.from({ length: count }, () => Math.floor(random.uniform() * 7));
};
const numbers = (seed: number, count: number): Float32Array => {
  const random = generator(seed, "numbers");
  return Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
};

const language = sequential(
  embedding({ vocabulary: 7, size: 4 }),
  dropout({ rate: 0.1 }),
  recurrent(lstm, { units: 5, layers: 2, dropout: 0.3 }),
  dense({ units: 7 }),
);
/** Three lanes, four windows an epoch, the last one shorter, lanes of unequal length. */
const carried = {
  architecture: language,
  data: windows(ids(1, 54), { length: 5, batch: 3, carryState: true }),
  validation: windows(ids(2, 20), { length: 6, batch: 2, carryState: true }),
  loss: crossEntropy,
};
const LENGTHS = [6, 2, 4, 6, 1, 3, 5];
const series = { values: numbers(3, 7 * 6 * 2), shape: [7, 6, 2], lengths: LENGTHS };
/** Shuffled, ragged, the last batch smaller: four an epoch. */
const shuffled = {
  architecture: sequential(
    recurrent(gru, { units: 5, direction: "both", output: "last" }),
    dropout({ rate: 0.4 }),
    dense({ units: 2 }),
  ),
  input: 2,
  data: batches(series, { values: numbers(4, 14), shape: [7, 2] }, { batch: 2 }),
  validation: batches(series, { values: numbers(5, 14), shape: [7, 2] }, { batch: 7 }),
  loss: meanSquaredError,
};

const settings: Setting[] = [
  { name: "carried states, adam, clipped", ...carried, optimizer: () => adam({ learningRate: 0.03 }), clipNorm: 0.5 },
  {
    name: "carried states, adamW on a cosine",
    ...carried,
    optimizer: () => adamW({ learningRate: cosine({ peak: 0.05, warmUp: 3 }), weightDecay: 0.1 }),
  },
  {
    name: "carried states, sgd with momentum",
    ...carried,
    optimizer: () => sgd({ learningRate: 0.3, momentum: 0.9 }),
    clipNorm: 1,
  },
  {
    name: "a vocabulary larger than a batch, adam",
    ...carried,
    architecture: sequential(
      embedding({ vocabulary: 900, size: 4 }),
      recurrent(lstm, { units: 5 }),
      dense({ units: 900 }),
    ),
    data: windows(
      ids(1, 54).map((id) => id * 128 + (id % 3)),
      { length: 5, batch: 3, carryState: true },
    ),
    optimizer: () => adam({ learningRate: 0.03 }),
    clipNorm: 0.5,
  },
  {
    name: "tied, residual, normed and regularised, adam",
    ...carried,
    architecture: sequential(
      embedding({ vocabulary: 7, size: 5 }),
      recurrent(lstm, { units: 5, layers: 2, dropout: 0.3, residual: true, layerNorm: true }),
      activityRegularization({ temporal: 1 }),
      dropout({ rate: 0.2 }),
      activityRegularization({ l2: 2 }),
      dense({ units: 7, tied: "embedding.0" }),
    ),
    optimizer: () => adam({ learningRate: 0.03 }),
    clipNorm: 0.5,
  },
  {
    name: "carried states, rmsProp on a plateau, an exponential average",
    ...carried,
    optimizer: () =>
      rmsProp({
        learningRate: plateau({ learningRate: 0.05, factor: 0.5, patience: 0 }),
        ...{ momentum: 0.6, centered: true, weightDecay: { W: 0.1, R: 0.02 } },
      }),
    more: { average: ema({ decay: 0.8 }), clipValue: 0.02 },
  },
  {
    name: "carried states, two batches an update, a mean of the weights",
    ...carried,
    data: windows(ids(1, 120), { length: 5, batch: 3, carryState: true }),
    updates: 4,
    optimizer: () => adamW({ learningRate: oneCycle({ peak: 0.05 }), weightDecay: 0.2 }),
    more: { average: polyak({ from: 4 }), accumulate: 2 },
    clipNorm: 0.5,
  },
  {
    name: "shuffled ragged batches, three an update, averaged once validations get worse",
    ...shuffled,
    data: batches(series, { values: numbers(4, 14), shape: [7, 2] }, { batch: 1 }),
    updates: 3,
    optimizer: () =>
      sgd({ learningRate: stepDecay({ learningRate: 1, every: 5, factor: 0.7 }), momentum: 0.7, nesterov: true }),
    more: { average: nonMonotone({ checks: 0 }), accumulate: 3 },
    every: 2,
  },
  {
    name: "all noise at once, carried states, two batches an update, adam",
    ...carried,
    data: windows(ids(1, 120), { length: 5, batch: 3, carryState: true }),
    updates: 4,
    more: { accumulate: 2 },
    architecture: sequential(
      embedding({ vocabulary: 7, size: 4, dropout: 0.2 }),
      dropout({ rate: 0.1 }),
      recurrent(lstm, { units: 5, layers: 2, dropout: 0.3, zoneout: 0.2, recurrentDropout: 0.3, weightDrop: 0.4 }),
      dense({ units: 7 }),
    ),
    optimizer: () => adam({ learningRate: 0.03 }),
    clipNorm: 0.5,
  },
  {
    name: "all noise at once, shuffled ragged batches in both directions, two an update, sgd",
    ...shuffled,
    updates: 2,
    more: { accumulate: 2 },
    architecture: sequential(
      recurrent(gru, {
        units: 5,
        direction: "both",
        output: "last",
        zoneout: 0.2,
        recurrentDropout: 0.3,
        weightDrop: 0.4,
      }),
      dropout({ rate: 0.4 }),
      dense({ units: 2 }),
    ),
    optimizer: () => sgd({ learningRate: 0.2, momentum: 0.9 }),
  },
  { name: "shuffled ragged batches, adam", ...shuffled, optimizer: () => adam({ learningRate: 0.03 }) },
  { name: "shuffled ragged batches, sgd", ...shuffled, optimizer: () => sgd({ learningRate: 0.2 }), clipNorm: 0.3 },
];

const STEPS = 12;
const make = ({ architecture, input }: Setting, seed: number): Promise<Model> =>
  createModel(architecture, { seed, ...(input !== undefined && { input }) });
const optionsOf = (setting: Setting): TrainOptions => ({
  loss: setting.loss(),
  optimizer: setting.optimizer(),
  steps: STEPS,
  seed: 77,
  validation: setting.validation,
  validateEvery: setting.every ?? 5,
  ...setting.more,
  ...(setting.clipNorm !== undefined && { clipNorm: setting.clipNorm }),
});
const weightsOf = (model: Model): [string, number[]][] =>
  model.parameters().map(({ name, values }) => [name, [...values]]);

describe.each(settings)("$name", (setting) => {
  let whole: Model;
  let expected: History;
  beforeAll(async () => {
    whole = await make(setting, 1);
    expected = await train(whole, setting.data, optionsOf(setting));
  });

  test("takes twelve steps in three epochs or four", () => {
    expect(Math.ceil(setting.data.steps / (setting.more?.accumulate ?? 1))).toBe(setting.updates ?? 4);
    if (setting.more?.average) expect(expected.checkpoint.counters.averaged).toBeGreaterThan(3);
  });

  test.each(Array.from({ length: STEPS - 1 }, (_, k) => k + 1))(
    "stopped after step %i it goes on bit for bit",
    async (stop) => {
      const first = await make(setting, 1);
      const controller = new AbortController();
      const onProgress = ({ step }: { step: number }) => step === stop && controller.abort();
      const stopped = await train(first, setting.data, {
        ...optionsOf(setting),
        signal: controller.signal,
        onProgress,
      });
      expect(stopped.stopped).toBe("aborted");
      expect(stopped.steps).toBe(stop);
      const resume = checkpointFromBytes(checkpointToBytes(stopped.checkpoint));
      expect(resume).toEqual(stopped.checkpoint);

      const second = await make(setting, 999);
      const finished = await train(second, setting.data, { ...optionsOf(setting), resume });
      expect(finished.stopped).toBe("finished");
      expect(finished.records).toEqual(expected.records);
      expect(finished.best).toEqual(expected.best);
      expect(finished.checkpoint).toEqual(expected.checkpoint);
      expect(weightsOf(second)).toEqual(weightsOf(whole));
      for (const model of [first, second]) model.close();
    },
  );
});

test("the checkpoints handed out on the way go on bit for bit too, and leave the training as it is", async () => {
  const [setting] = settings as [Setting];
  const whole = await make(setting, 1);
  const saved: Uint8Array[] = [];
  const expected = await train(whole, setting.data, {
    ...optionsOf(setting),
    onCheckpoint: async (checkpoint) => {
      await Promise.resolve();
      saved.push(checkpointToBytes(checkpoint));
    },
  });
  expect(saved).toHaveLength(3); // after 5, 10 and 12 steps
  const plain = await make(setting, 1);
  await train(plain, setting.data, optionsOf(setting));
  expect(weightsOf(plain)).toEqual(weightsOf(whole));
  for (const bytes of saved) {
    const model = await make(setting, 5);
    const finished = await train(model, setting.data, { ...optionsOf(setting), resume: checkpointFromBytes(bytes) });
    expect(finished.records).toEqual(expected.records);
    expect(weightsOf(model)).toEqual(weightsOf(whole));
  }
});

test("a finished training resumed changes nothing", async () => {
  const [setting] = settings as [Setting];
  const model = await make(setting, 1);
  const { checkpoint, records } = await train(model, setting.data, optionsOf(setting));
  const other = await make(setting, 2);
  const again = await train(other, setting.data, { ...optionsOf(setting), resume: checkpoint });
  expect(again.records).toEqual(records);
  expect(weightsOf(other)).toEqual(weightsOf(model));
});

test("a checkpoint of another model, optimizer or seed is refused with a sentence, and the model keeps its weights", async () => {
  const [setting, , momentum] = settings as [Setting, Setting, Setting];
  const model = await make(setting, 1);
  const controller = new AbortController();
  const onProgress = ({ step }: { step: number }) => step === 2 && controller.abort();
  const options = { ...optionsOf(setting), signal: controller.signal, onProgress };
  const { checkpoint } = await train(model, setting.data, options);
  const other = await createModel(
    sequential(embedding({ vocabulary: 7, size: 4 }), recurrent(gru, { units: 5 }), dense({ units: 7 })),
    { seed: 4 },
  );
  const wider = await createModel(
    sequential(
      embedding({ vocabulary: 7, size: 4 }),
      dropout({ rate: 0.1 }),
      recurrent(lstm, { units: 6, layers: 2 }),
      dense({ units: 7 }),
    ),
    { seed: 4 },
  );
  const refusals: [string, Model, TrainOptions][] = [
    ["another model", other, { ...optionsOf(setting), resume: checkpoint }],
    ["other sizes", wider, { ...optionsOf(setting), resume: checkpoint }],
    ["another optimizer", model, { ...optionsOf(momentum), resume: checkpoint }],
    ["an average", model, { ...optionsOf(setting), average: ema(), resume: checkpoint }],
    ["another seed", model, { ...optionsOf(setting), seed: 3, resume: checkpoint }],
  ];
  for (const [what, target, more] of refusals) {
    const before = weightsOf(target);
    const error = await train(target, setting.data, more).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error, what).toBeInstanceOf(Error);
    expect((error as Error).message, what).toMatch(/checkpoint|seed/);
    expect(weightsOf(target), what).toEqual(before);
  }
});

test("a checkpoint from before there were averages goes on as ever", async () => {
  const [setting] = settings as [Setting];
  const whole = await make(setting, 1);
  const expected = await train(whole, setting.data, optionsOf(setting));
  const controller = new AbortController();
  const onProgress = ({ step }: { step: number }) => step === 7 && controller.abort();
  const first = await make(setting, 1);
  const { checkpoint } = await train(first, setting.data, {
    ...optionsOf(setting),
    signal: controller.signal,
    onProgress,
  });
  const { averaged, goodAveraged, ...counters } = checkpoint.counters;
  expect([averaged, goodAveraged]).toEqual([0, 0]);
  const old = checkpointToBytes({ ...checkpoint, counters: counters as Checkpoint["counters"] });
  const second = await make(setting, 2);
  const history = await train(second, setting.data, { ...optionsOf(setting), resume: checkpointFromBytes(old) });
  expect(history.checkpoint).toEqual(expected.checkpoint);
  expect(weightsOf(second)).toEqual(weightsOf(whole));
});

test("a validation of NaN, as one in which nothing counts has, is read back from a checkpoint's bytes", async () => {
  const [setting] = settings as [Setting];
  const model = await make(setting, 1);
  const { checkpoint } = await train(model, setting.data, optionsOf(setting));
  const records = checkpoint.records.map((record, k) => ({ ...record, ...(k > 0 && { validationLoss: Number.NaN }) }));
  expect(checkpointFromBytes(checkpointToBytes({ ...checkpoint, records })).records).toEqual(records);
});
