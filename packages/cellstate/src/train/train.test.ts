/** Training as a whole: what is learned, what is kept, when it stops, what it tells, and what does not count. */
import { describe, expect, test } from "vitest";
import { gru, lstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { batches, type Dataset, windows } from "../data/windows.ts";
import { dense, dropout, embedding, heads, inputs, recurrent, sequential } from "../layers/layers.ts";
import { createModel, type Model } from "../model/model.ts";
import { evaluate } from "./evaluate.ts";
import { crossEntropy, meanSquaredError } from "./losses.ts";
import { adam, sgd } from "./optimizers.ts";
import { cosine } from "./rates.ts";
import { type Progress, type TrainOptions, train } from "./train.ts";

const random = (seed: number, count: number): Float32Array => {
  const from = generator(seed, "values");
  return Float32Array.from({ length: count }, () => 2 * from.uniform() - 1);
};
const ids = (seed: number, count: number): Uint32Array => {
  const from = generator(seed, "ids");
  return Uint32Array.from({ length: count }, () => Math.floor(from.uniform() * 6));
};
const language = () =>
  sequential(embedding({ vocabulary: 6, size: 4 }), recurrent(lstm, { units: 6 }), dense({ units: 6 }));
const weightsOf = (model: Model): Record<string, number[]> =>
  Object.fromEntries(model.parameters().map(({ name, values }) => [name, [...values]]));
const basic = (): TrainOptions => ({
  loss: crossEntropy(),
  optimizer: adam({ learningRate: 0.02 }),
  epochs: 3,
  seed: 5,
});

describe("the best weights", () => {
  const training = windows(ids(1, 60), { length: 10, batch: 2 });
  const validation = windows(ids(2, 60), { length: 10, batch: 2 });

  test("are kept: afterwards the model judges as the best record says, to the last bit", async () => {
    const model = await createModel(language(), { seed: 1 });
    // ids without a rule: what is learned by heart makes the validation worse
    const history = await train(model, training, {
      ...basic(),
      optimizer: adam({ learningRate: 0.1 }),
      epochs: 12,
      validation,
    });
    const losses = history.records.map((r) => r.validationLoss!);
    expect(losses).toHaveLength(12);
    const best = Math.min(...losses);
    expect(losses.at(-1)).toBeGreaterThan(best);
    expect(history.best).toEqual({ step: 3 * (losses.indexOf(best) + 1), validationLoss: best });
    expect((await evaluate(model, validation, { loss: crossEntropy() })).loss).toBe(best);
  });

  test("come early with patience: it stops after so many validations without a better one", async () => {
    const model = await createModel(language(), { seed: 1 });
    const options = { ...basic(), optimizer: adam({ learningRate: 0.1 }), epochs: 50, validation, patience: 3 };
    const history = await train(model, training, options);
    const losses = history.records.map((r) => r.validationLoss!);
    expect(history.stopped).toBe("early");
    expect(losses).toHaveLength(losses.indexOf(Math.min(...losses)) + 1 + 3);
    expect((await evaluate(model, validation, { loss: crossEntropy() })).loss).toBe(Math.min(...losses));
  });

  test("come as early after a resume: patience that was lost before stays lost", async () => {
    const options = { ...basic(), optimizer: adam({ learningRate: 0.1 }), epochs: 50, validation, patience: 3 };
    const model = await createModel(language(), { seed: 1 });
    const history = await train(model, training, options);
    const other = await createModel(language(), { seed: 2 });
    const again = await train(other, training, { ...options, resume: history.checkpoint });
    expect([again.stopped, again.steps, again.records]).toEqual(["early", history.steps, history.records]);
    expect(weightsOf(other)).toEqual(weightsOf(model));
    const patient = await train(other, training, { ...options, patience: 5, resume: history.checkpoint });
    expect(patient.steps).toBeGreaterThan(history.steps);
  });

  test("are the last ones where nothing validates", async () => {
    const model = await createModel(language(), { seed: 1 });
    const history = await train(model, training, basic());
    expect(history.best).toBeUndefined();
    expect(history.checkpoint.now.parameters).toEqual(
      Object.fromEntries(model.parameters().map(({ name, values }) => [name, values])),
    );
  });
});

describe("a seed", () => {
  const data = windows(ids(3, 90), { length: 6, batch: 3 });
  const noisy = () =>
    sequential(
      embedding({ vocabulary: 6, size: 4 }),
      dropout({ rate: 0.3 }),
      recurrent(gru, { units: 5 }),
      dense({ units: 6 }),
    );
  const after = async (modelSeed: number, seed: number) => {
    const model = await createModel(noisy(), { seed: modelSeed });
    await train(model, data, { ...basic(), seed });
    return weightsOf(model);
  };

  test("decides everything: the same gives the same bits, another gives other weights", async () => {
    const first = await after(1, 7);
    expect(await after(1, 7)).toEqual(first);
    expect(await after(1, 8)).not.toEqual(first);
    expect(await after(2, 7)).not.toEqual(first);
    expect(await after(1, 2 ** 32 + 7)).not.toEqual(first);
  });

  test("changes dropout too, not only the order of the data", async () => {
    const straight = (seed: number): Dataset => ({ ...data, batch: (epoch, step) => data.batch(epoch, step, seed) });
    const run = async (seed: number) => {
      const model = await createModel(noisy(), { seed: 1 });
      await train(model, straight(0), { ...basic(), seed });
      return weightsOf(model);
    };
    expect(await run(1)).not.toEqual(await run(2));
  });

  test("leaves prediction alone: dropout is for training only", async () => {
    const model = await createModel(noisy(), { seed: 1 });
    const x = { values: ids(1, 12), shape: [2, 6] };
    expect((await model.predict(x)).values).toEqual((await model.predict(x)).values);
    const plain = await createModel(
      sequential(embedding({ vocabulary: 6, size: 4 }), recurrent(gru, { units: 5 }), dense({ units: 6 })),
      { seed: 9 },
    );
    plain.setParameters(Object.fromEntries(model.parameters().map((p) => [p.name, p.values])));
    expect((await plain.predict(x)).values).toEqual((await model.predict(x)).values);
  });
});

describe("what it tells", () => {
  test("an event for every update, with a record where a stretch ends", async () => {
    const model = await createModel(language(), { seed: 1 });
    const data = windows(ids(1, 45), { length: 6, batch: 2 });
    const events: Progress[] = [];
    const rate = cosine({ peak: 0.05, warmUp: 4 });
    const options = { ...basic(), optimizer: adam({ learningRate: rate }), epochs: 3, clipNorm: 0.7, validateEvery: 5 };
    const history = await train(model, data, { ...options, onProgress: (event) => events.push(event) });
    expect(data.steps).toBe(4);
    expect(events.map((e) => e.step)).toEqual(Array.from({ length: 12 }, (_, k) => k + 1));
    expect(events.map((e) => e.epoch)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
    expect(events.every((e) => e.steps === 12 && e.epochs === 3)).toBe(true);
    expect(events.map((e) => e.learningRate)).toEqual(events.map((_, k) => rate.at(k, 12)));
    expect(events.filter((e) => e.record).map((e) => e.step)).toEqual([5, 10, 12]);
    expect(history.records.map((r) => r.step)).toEqual([5, 10, 12]);
    expect(events.reduce((sum, e) => sum + e.rows, 0)).toBe(3 * 44);
    // a record's loss is the mean over all rows since the one before
    const stretch = events.slice(0, 5);
    const mean = stretch.reduce((s, e) => s + e.loss * e.rows, 0) / stretch.reduce((s, e) => s + e.rows, 0);
    expect(history.records[0]!.trainLoss).toBeCloseTo(mean, 12);
    expect(history.records[0]!.clippedShare).toBe(stretch.filter((e) => e.isClipped).length / 5);
    expect(events.every((e) => e.isClipped === e.gradientNorm > 0.7)).toBe(true);
  });

  test("that a signal stopped it, also one that was given before the start", async () => {
    const data = windows(ids(1, 45), { length: 6, batch: 2 });
    const model = await createModel(language(), { seed: 1 });
    const before = weightsOf(model);
    const history = await train(model, data, { ...basic(), signal: AbortSignal.abort() });
    expect([history.stopped, history.steps, history.records]).toEqual(["aborted", 0, []]);
    expect(weightsOf(model)).toEqual(before);
  });
});

test("an update is the clipped gradient times the rate, as PyTorch's clip_grad_norm_ and SGD have it", async () => {
  const x = { values: random(1, 3 * 5 * 2), shape: [3, 5, 2], lengths: [5, 2, 4] };
  const targets = { values: random(2, 3 * 5 * 2), shape: [3, 5, 2] };
  const data = batches(x, targets, { batch: 3, shuffle: false });
  for (const clipNorm of [undefined, 1e-2, 100]) {
    const model = await createModel(sequential(recurrent(lstm, { units: 4 }), dense({ units: 2 })), {
      seed: 2,
      input: 2,
    });
    const before = weightsOf(model);
    const { parameters } = await model.gradients(x, targets, meanSquaredError());
    const norm = Math.hypot(...parameters.flatMap(({ values }) => [...values]));
    const [event] = await progress(model, data, {
      loss: meanSquaredError(),
      optimizer: sgd({ learningRate: 0.5 }),
      steps: 1,
      ...(clipNorm && { clipNorm }),
    });
    const scale = Math.min(1, (clipNorm ?? 1e9) / (norm + 1e-6));
    expect(Math.abs(event!.gradientNorm - norm) / norm).toBeLessThan(1e-6); // float32 against float64
    const after = weightsOf(model);
    for (const { name, values } of parameters) {
      values.forEach((g, k) => {
        // one rounding of the step and one of the weight
        expect(Math.abs(after[name]![k]! - (before[name]![k]! - 0.5 * scale * g))).toBeLessThan(1.5e-7);
      });
    }
  }
});

async function progress(model: Model, data: Dataset, options: TrainOptions): Promise<Progress[]> {
  const events: Progress[] = [];
  await train(model, data, { ...options, onProgress: (event) => events.push(event) });
  return events;
}

test("windows with carried states have the loss of one long pass, whatever their length", async () => {
  const model = await createModel(language(), { seed: 4 });
  const stream = ids(9, 61);
  const lossOf = async (length: number, carryState: boolean) =>
    (await evaluate(model, windows(stream, { length, batch: 1, carryState }), { loss: crossEntropy() })).loss;
  const whole = await lossOf(60, true);
  // a mean over other stretches rounds otherwise: float32 shares, float64 sums
  for (const length of [1, 7, 20, 59]) expect(Math.abs((await lossOf(length, true)) - whole)).toBeLessThan(1e-6);
  expect(Math.abs((await lossOf(7, false)) - whole)).toBeGreaterThan(1e-4);
});

test("states are carried to the sequence they belong to, also where batches order their rows otherwise", async () => {
  const model = await createModel(sequential(recurrent(lstm, { units: 5 }), dense({ units: 1 })), {
    seed: 3,
    input: 2,
  });
  const rows = [random(1, 18), random(2, 18), random(3, 18)]; // nine steps of two values
  const aims = [random(4, 9), random(5, 9), random(6, 9)];
  const cuts = [
    [2, 6, 4],
    [5, 1, 5],
  ];
  const part = (k: number) => {
    const from = (b: number) => (k === 0 ? 0 : cuts[0]![b]!);
    const x = new Float32Array(3 * 6 * 2);
    const y = new Float32Array(3 * 6);
    cuts[k]!.forEach((length, b) => {
      x.set(rows[b]!.subarray(from(b) * 2, (from(b) + length) * 2), b * 12);
      y.set(aims[b]!.subarray(from(b), from(b) + length), b * 6);
    });
    const lengths = cuts[k]!;
    return {
      x: { values: x, shape: [3, 6, 2], lengths },
      targets: { values: y, shape: [3, 6, 1] },
      firstStep: k === 0,
    };
  };
  const data: Dataset = { steps: 2, carryState: true, batch: (_, step) => part(step) };
  let sum = 0;
  for (let b = 0; b < 3; b++) {
    const steps = cuts[0]![b]! + cuts[1]![b]!;
    const { values } = await model.predict({ values: rows[b]!.slice(0, steps * 2), shape: [1, steps, 2] });
    for (let t = 0; t < steps; t++) sum += (values[t]! - aims[b]![t]!) ** 2;
  }
  const count = cuts.flat().reduce((a, b) => a + b, 0);
  const { loss } = await evaluate(model, data, { loss: meanSquaredError() });
  expect(Math.abs(loss - sum / count)).toBeLessThan(1e-6);
  const events = await progress(model, data, {
    loss: meanSquaredError(),
    optimizer: sgd({ learningRate: 1e-12 }),
    steps: 2,
  });
  const trained = events.reduce((total, e) => total + e.loss * e.rows, 0) / count;
  expect(Math.abs(trained - sum / count)).toBeLessThan(1e-6);
});

test("several inputs and several heads are trained together", async () => {
  const architecture = sequential(
    inputs({
      word: sequential(embedding({ vocabulary: 6, size: 3 })),
      features: sequential(dense({ units: 3, activation: "tanh" })),
    }),
    recurrent(gru, { units: 12 }),
    heads({
      next: sequential(dense({ units: 6 })),
      level: sequential(recurrent(lstm, { units: 6 }), dense({ units: 1 })),
    }),
  );
  const model = await createModel(architecture, { seed: 1, input: { features: 2 } });
  const word = { values: ids(1, 32), shape: [4, 8] };
  const features = { values: random(1, 64), shape: [4, 8, 2] };
  // both can be known: the word itself, and a sum of features
  const level = Float32Array.from(
    { length: 32 },
    (_, k) => (features.values[2 * k]! + features.values[2 * k + 1]!) / 2,
  );
  const targets = { next: word, level: { values: level, shape: [4, 8, 1] } };
  const data = {
    steps: 1,
    carryState: false,
    batch: () => ({ x: { word, features }, targets, firstStep: true }),
  } as unknown as Dataset;
  const loss = { next: crossEntropy(), level: meanSquaredError() };
  const events = await progress(model, data, { loss, optimizer: adam({ learningRate: 0.02 }), steps: 150 });
  expect(events[0]!.loss).toBeGreaterThan(1.5); // log 6 and a little
  expect(events.at(-1)!.loss).toBeLessThan(0.1);
  const { outputs } = await model.predict({ word, features });
  expect(Object.keys(outputs)).toEqual(["next", "level"]);
  const found = outputs["level"]!.values;
  expect(Math.max(...[...level].map((v, k) => Math.abs(v - found[k]!)))).toBeLessThan(0.4);
});
