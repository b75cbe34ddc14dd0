/** What goes wrong in trainings: divergence, extreme data, rows that do not count, memory, others at work meanwhile. */
import { describe, expect, test } from "vitest";
import { gru, lstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { batches, type Dataset, windows } from "../data/windows.ts";
import { TrainingError } from "../errors.ts";
import { dense, embedding, recurrent, sequential } from "../layers/layers.ts";
import { createModel, internalsOf, type Model } from "../model/model.ts";
import { ema } from "./average.ts";
import { evaluate } from "./evaluate.ts";
import { crossEntropy, meanSquaredError } from "./losses.ts";
import { adam, adamW, type Optimizer, rmsProp, sgd } from "./optimizers.ts";
import { plateau } from "./plateau.ts";
import { createSession } from "./session.ts";
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
const regression = () =>
  createModel(sequential(recurrent(lstm, { units: 4 }), dense({ units: 1 })), { seed: 1, input: 1 });
const hasFiniteWeights = (model: Model): boolean =>
  model.parameters().every(({ values }) => values.every(Number.isFinite));

async function failure(model: Model, data: Dataset, options: Partial<TrainOptions>) {
  const events: Progress[] = [];
  const error = await train(model, data, {
    loss: meanSquaredError(),
    optimizer: sgd({ learningRate: 0.1 }),
    steps: 200,
    onProgress: (event) => events.push(event),
    ...options,
  }).then(
    () => undefined,
    (e: unknown) => e,
  );
  return { error, events };
}

describe("a training that diverges", () => {
  const x = random(1, 40);
  const data = batches(
    { values: x, shape: [4, 10, 1] },
    { values: x.map((v) => v * 3), shape: [4, 10, 1] },
    { batch: 2 },
  );

  test.each<[string, () => Optimizer]>([
    ["sgd", () => sgd({ learningRate: 1e30 })],
    ["sgd with momentum", () => sgd({ learningRate: 1e20, momentum: 0.9 })],
    [
      "sgd with Nesterov's momentum",
      () => sgd({ learningRate: 1e20, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
    ],
    ["rmsProp", () => rmsProp({ learningRate: 1e38, momentum: 0.5, centered: true })],
    ["adam", () => adam({ learningRate: 1e38 })],
    ["adamW", () => adamW({ learningRate: 1e38, weightDecay: 0.1 })],
  ])("with an absurd rate of %s names layer and parameter, and leaves finite weights", async (_, optimizer) => {
    const model = await regression();
    const { error, events } = await failure(model, data, { optimizer: optimizer() });
    expect(error).toBeInstanceOf(TrainingError);
    const { layer, parameter, message } = error as TrainingError;
    expect(model.parameters().map(({ name }) => name)).toContain(`${layer}.${parameter}`);
    expect(message).toContain(`${layer}.${parameter}`);
    expect(hasFiniteWeights(model)).toBe(true);
    const retreats = events.filter((event) => event.retreat);
    expect(retreats.length).toBe(3);
    const { values } = await model.predict({ values: x, shape: [4, 10, 1] });
    expect(values.every(Number.isFinite)).toBe(true);
  });

  test.each<[string, Partial<TrainOptions>]>([
    ["an average", { average: ema({ decay: 0.5 }) }],
    ["two batches an update", { accumulate: 2 }],
    ["clipping by value", { clipValue: 1 }],
    ["a rate that falls on plateaus", { optimizer: sgd({ learningRate: plateau({ learningRate: 1e30 }) }) }],
  ])("with %s: goes back three times, and ends with finite weights", async (_, more) => {
    const model = await regression();
    // a clipped step is at most the rate, so that the weights and not the step must be too large
    const { error, events } = await failure(model, data, { optimizer: sgd({ learningRate: 1e30 }), ...more });
    expect(error).toBeInstanceOf(TrainingError);
    expect(events.filter((event) => event.retreat)).toHaveLength(3);
    expect(hasFiniteWeights(model)).toBe(true);
  });

  test("goes back to weights that an update has shown to be good, not to those just made", async () => {
    const model = await regression();
    // the hundredth update breaks the weights; what shows it is the one after
    const rate = { name: "spike", at: (step: number) => (step === 99 ? 1e38 : 0.1) };
    const { error, events } = await failure(model, data, { optimizer: sgd({ learningRate: rate }), steps: 110 });
    expect(error).toBe(undefined);
    expect(events.filter((event) => event.retreat).map(({ step }) => step)).toEqual([100]);
    expect(hasFiniteWeights(model)).toBe(true);
  });

  test("halves its rate at each return, and goes on if that is enough", async () => {
    const model = await regression();
    // the first batches after a return are what they were: the loss of three values is too steep for this rate
    const large = batches(
      { values: x, shape: [4, 10, 1] },
      { values: x.map((v) => v * 1e17), shape: [4, 10, 1] },
      { batch: 4 },
    );
    const { error, events } = await failure(model, large, { optimizer: sgd({ learningRate: 3 }), steps: 12 });
    const rates = [...new Set(events.map((event) => event.learningRate))];
    rates.forEach((rate, k) => expect(rate).toBe(3 * 0.5 ** k));
    if (error === undefined) expect(events.at(-1)!.step).toBe(12);
    expect(hasFiniteWeights(model)).toBe(true);
  });

  test.each([
    ["inputs", 1e38, 1],
    ["targets", 1, 1e38],
    ["both", 3e38, 3e38],
  ])("for %s at the end of what float32 holds ends in a sentence, with finite weights", async (_, input, target) => {
    const model = await regression();
    const extreme = batches(
      { values: x.map((v) => v * input), shape: [4, 10, 1] },
      { values: x.map((v) => v * target), shape: [4, 10, 1] },
      { batch: 2 },
    );
    const { error } = await failure(model, extreme, { steps: 20 });
    if (error !== undefined) expect(error).toBeInstanceOf(TrainingError);
    if (target > 1) expect(error).toBeInstanceOf(TrainingError); // the square of such an error is no float32
    expect(hasFiniteWeights(model)).toBe(true);
  });
});

describe("what has no weight has no influence", () => {
  const [B, T, I] = [4, 6, 3];
  const LENGTHS = [6, 3, 5, 6];
  const base = { values: random(1, B * T * I), shape: [B, T, I], lengths: LENGTHS };
  const aims = { values: random(2, B * T * 2), shape: [B, T, 2] };
  const make = () =>
    createModel(sequential(recurrent(gru, { units: 5, layers: 2 }), dense({ units: 2 })), { seed: 3, input: I });
  type Found = Awaited<ReturnType<Model["gradients"]>>;
  const everything = ({ loss, parameters, firstStates }: Found, without: number[] = []): number[] => [
    loss,
    ...parameters.flatMap(({ values }) => [...values]),
    ...Object.values(firstStates).flatMap(({ values, shape }) =>
      [...values].filter((_, k) => !without.includes(Math.floor(k / shape[1]!))),
    ),
  ];

  test("a row of weight 0: its input, targets and states change neither loss nor any gradient", async () => {
    const model = await make();
    const weights = Float32Array.of(1, 2, 0, 0.5);
    const found = await model.gradients(base, aims, meanSquaredError(), { weights });
    const x = { ...base, values: base.values.slice() };
    const y = { ...aims, values: aims.values.slice() };
    x.values.fill(7, 2 * T * I, 2 * T * I + 5 * I);
    y.values.fill(-9, 2 * T * 2, 3 * T * 2);
    const changed = await model.gradients(x, y, meanSquaredError(), { weights });
    expect(everything(changed)).toEqual(everything(found));
    expect([...found.inputs!.values.subarray(2 * T * I, 3 * T * I)].every((v) => v === 0)).toBe(true);
    for (const { values, shape } of Object.values(found.firstStates)) {
      expect([...values.subarray(2 * shape[1]!, 3 * shape[1]!)].every((v) => v === 0)).toBe(true);
    }
    // as if it were not there: the same terms in the same order
    const kept = [0, 1, 3];
    const pick = (values: Float32Array, size: number) =>
      Float32Array.from(kept.flatMap((b) => [...values.subarray(b * size, (b + 1) * size)]));
    const without = await model.gradients(
      { values: pick(base.values, T * I), shape: [3, T, I], lengths: kept.map((b) => LENGTHS[b]!) },
      { values: pick(aims.values, T * 2), shape: [3, T, 2] },
      meanSquaredError(),
      { weights: Float32Array.of(1, 2, 0.5) },
    );
    const [a, b] = [everything(found, [2]), everything(without)];
    expect(a).toEqual(b);
  });

  test("steps of weight 0 at the end: what comes there changes nothing before", async () => {
    const model = await make();
    const values = new Float32Array(B * T).fill(1);
    for (let b = 0; b < B; b++) values.fill(0, b * T + 2, (b + 1) * T);
    const weights = { values, shape: [B, T] };
    const found = await model.gradients(base, aims, meanSquaredError(), { weights });
    const x = { ...base, values: base.values.slice() };
    for (let b = 0; b < B; b++) x.values.fill(3, (b * T + 2) * I, (b * T + LENGTHS[b]!) * I);
    expect(everything(await model.gradients(x, aims, meanSquaredError(), { weights }))).toEqual(everything(found));
  });

  test("padding: whatever lies behind a row's end, also NaN, is never read", async () => {
    const model = await make();
    const found = await model.gradients(base, aims, meanSquaredError());
    const x = { ...base, values: base.values.slice() };
    const y = { ...aims, values: aims.values.slice() };
    LENGTHS.forEach((length, b) => {
      x.values.fill(Number.NaN, (b * T + length) * I, (b + 1) * T * I);
      y.values.fill(Number.NaN, (b * T + length) * 2, (b + 1) * T * 2);
    });
    expect(everything(await model.gradients(x, y, meanSquaredError()))).toEqual(everything(found));
    expect((await model.predict(x)).values).toEqual((await model.predict(base)).values);
  });

  test("weights of 0 everywhere: no loss, no gradient, and no step into nowhere", async () => {
    const model = await make();
    const found = await model.gradients(base, aims, meanSquaredError(), { weights: new Float32Array(B) });
    expect(everything(found).every((v) => v === 0)).toBe(true);
    const before = model.parameters();
    const history = await train(model, batches(base, aims, { batch: 2, weights: new Float32Array(B) }), {
      loss: meanSquaredError(),
      optimizer: sgd({ learningRate: 0.1 }),
      steps: 3,
    });
    expect(model.parameters()).toEqual(before);
    expect(history.steps).toBe(3);
  });
});

describe("memory", () => {
  test("does not grow by predictions, gradients, traces and streams that are closed", async () => {
    const model = await createModel(language(), { seed: 1 });
    const x = { values: ids(1, 12), shape: [3, 4] };
    const { space } = internalsOf(model).core(x);
    const once = async (): Promise<void> => {
      await model.predict(x);
      await model.gradients(x, x, crossEntropy());
      await model.trace(x);
      const stream = model.stream();
      stream.step(1);
      stream.close();
      await evaluate(model, windows(ids(2, 9), { length: 4, batch: 1 }), { loss: crossEntropy() });
    };
    for (let k = 0; k < 5; k++) await once();
    const before = space.bytes;
    for (let k = 0; k < 300; k++) await once();
    expect(space.bytes).toBe(before);
  });
});

test("predictions, traces and gradients made while a model is judged or trained disturb nothing", async () => {
  const data = windows(ids(3, 1500), { length: 5, batch: 2, carryState: true });
  const x = { values: ids(1, 12), shape: [3, 4] };
  const model = await createModel(language(), { seed: 1 });
  const other = await createModel(language(), { seed: 1 });
  const quiet = await evaluate(model, data, { loss: crossEntropy() });
  const options = (): TrainOptions => ({
    loss: crossEntropy(),
    optimizer: adam({ learningRate: 0.01 }),
    epochs: 1,
    validation: data,
  });
  const expected = await train(other, data, options());

  const made: Promise<unknown>[] = [];
  const disturb = (): void => {
    made.push(model.predict(x), model.trace(x), model.gradients(x, x, crossEntropy()));
  };
  const judging = Promise.all([
    evaluate(model, data, { loss: crossEntropy() }),
    evaluate(model, data, { loss: crossEntropy() }),
  ]);
  disturb();
  const [first, second] = await judging;
  expect([first, second]).toEqual([quiet, quiet]);
  const history = await train(model, data, { ...options(), onProgress: disturb });
  await Promise.all(made);
  expect(made).toHaveLength(3 * (1 + history.steps));
  expect(history.records).toEqual(expected.records);
  expect(model.parameters()).toEqual(other.parameters());
});

test("weights are put back between two calls, never while one is under way", async () => {
  const architecture = sequential(recurrent(lstm, { units: 200 }), dense({ units: 1 }));
  const model = await createModel(architecture, { seed: 1, input: 1, threads: 1 });
  const x = { values: random(2, 40 * 150), shape: [40, 150, 1] };
  const session = createSession(internalsOf(model).core(), meanSquaredError(), sgd({ learningRate: 0.1 }));
  const before = session.mark();
  const old = await session.parameters();
  const some = { values: random(1, 10), shape: [1, 10, 1] };
  const batch = batches(some, some, { batch: 1 }).batch(0, 0, 0);
  await session.step([batch], { step: 0, seed: 1, learningRate: 0.1, carry: false });
  const now = session.mark();
  const { values } = await model.predict(x);
  for (const put of [() => session.goBack(before), () => session.setParameters(old)]) {
    await session.goBack(now);
    const call = model.predict(x);
    const written = put();
    expect(await call).toMatchObject({ values });
    await written;
    expect(await session.parameters()).toEqual(old);
  }
  session.close();
  model.close();
});
