/**
 * The worker against the same calls on this thread. The page's end runs from the sources, the host in a thread of
 * Node's as its users have it. Whole programs and browsers: `tests/worker.test.ts`.
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Installed, installLibrary } from "../../../tests/installed.ts";
import {
  ArgumentError,
  adam,
  adamW,
  type Batch,
  batches,
  binaryCrossEntropy,
  CellstateError,
  type Checkpoint,
  constant,
  cosine,
  createModel,
  crossEntropy,
  ctc,
  type Dataset,
  dense,
  ema,
  embedding,
  evaluate,
  FileError,
  gaussian,
  generator,
  huber,
  labelsOf,
  learningRateRange,
  linear,
  lstm,
  meanAbsoluteError,
  meanSquaredError,
  modelFrom,
  ntAsgd,
  oneCycle,
  type Progress,
  plateau,
  polyak,
  quantile,
  type Rate,
  recurrent,
  rmsProp,
  ShapeError,
  sequences,
  sequential,
  sgd,
  stepDecay,
  studentT,
  type TrainOptions,
  train,
  windows,
} from "./index.ts";
import {
  accuracy,
  adjustedR2,
  bitsPerCharacter,
  confusionMatrix,
  f1,
  mae,
  mse,
  perplexity,
  r2,
  rmse,
  topKRecall,
} from "./metrics.ts";
import { adding, copy, embeddedReber, temporalOrder } from "./tasks.ts";
import { openWorker, type RemoteWorker } from "./worker.ts";

let installed: Installed;
beforeAll(async () => {
  installed = await installLibrary();
});
afterAll(() => installed.remove());

const V = 11;
const random = generator(3, "worker");
const ids = Uint32Array.from({ length: 600 }, (_, n) => (n % 3 === 0 ? random.integer(V) : (n * 5) % V));
const characters = () =>
  sequential(
    embedding({ vocabulary: V, size: 5, dropout: 0.1 }),
    recurrent(lstm, { units: 9, layers: 2, dropout: 0.3, zoneout: 0.1, recurrentDropout: 0.2, weightDrop: 0.3 }),
    dense({ units: V }),
  );
const data = () => windows(ids.subarray(0, 500), { length: 8, batch: 4, carryState: true });
const validation = () => windows(ids.subarray(500), { length: 8, batch: 2 });
const options = (): TrainOptions => ({
  loss: crossEntropy(),
  optimizer: adam({ learningRate: cosine({ peak: 2e-2, warmUp: 3 }), beta2: 0.99 }),
  clipNorm: 1,
  epochs: 3,
  seed: 7,
  validation: validation(),
});
const x = sequences([
  [1, 2, 3, 4, 5],
  [6, 7, 8],
]);
const targets = sequences([
  [2, 3, 4, 5, 6],
  [7, 8, 9],
]);

const openHost = () => new Worker(join(installed.dist, "workerHost.js"), { execArgv: [] });

describe("a worker", () => {
  let remote: RemoteWorker;
  beforeEach(() => {
    remote = openWorker({ worker: openHost() });
  });
  afterEach(() => remote.close());

  test("trains to the same bits as this thread, with the same events", async () => {
    const here = await createModel(characters(), { seed: 5 });
    const there = await remote.createModel(characters(), { seed: 5 });
    const events: Record<"here" | "there", Progress[]> = { here: [], there: [] };
    const own = await train(here, data(), { ...options(), onProgress: (event) => events.here.push(event) });
    const history = await there.train(data(), { ...options(), onProgress: (event) => events.there.push(event) });
    expect(history).toEqual(own);
    expect(events.there).toEqual(events.here);
    expect(events.there).toHaveLength(history.steps);
    expect(await there.parameters()).toEqual(here.parameters());
    expect(await there.toBytes()).toEqual(here.toBytes());
    expect(await there.toBytes({ precision: "f16" })).toEqual(here.toBytes({ precision: "f16" }));
    const judged = { loss: crossEntropy() };
    expect(await there.evaluate(validation(), judged)).toEqual(await evaluate(here, validation(), judged));
    here.close();
  });

  test("trains on labels without a place in time, and judges by them, to the same bits", async () => {
    const architecture = sequential(recurrent(lstm, { units: 5, direction: "both" }), dense({ units: 4 }));
    const frames = {
      values: Float32Array.from({ length: 5 * 6 * 2 }, () => random.normal()),
      shape: [5, 6, 2],
      lengths: [6, 4, 1, 5, 6],
    };
    const labels = labelsOf([[0, 1, 1], [2], [], [1, 0], [0, 0, 2]]);
    const heard = batches(frames, labels, { batch: 2 });
    const loss = ctc({ blank: 3 });
    const here = await createModel(architecture, { seed: 5, input: 2 });
    const there = await remote.createModel(architecture, { seed: 5, input: 2 });
    const settings = { loss, optimizer: adam({ learningRate: 1e-2 }), epochs: 2 };
    expect(await there.train(heard, settings)).toEqual(await train(here, heard, settings));
    expect(await there.parameters()).toEqual(here.parameters());
    expect(await there.evaluate(heard, { loss })).toEqual(await evaluate(here, heard, { loss }));
    expect(await there.gradients(frames, labels, loss)).toEqual(await here.gradients(frames, labels, loss));
    await expect(there.gradients(frames, labels, ctc())).rejects.toThrow("without the blank, 0");
    here.close();
  });

  test("takes every loss, and makes every metric anew as it was", async () => {
    const classes = { accuracy: accuracy(), top: topKRecall({ k: 2 }), f1: f1({ average: "weighted" }) };
    const told = { ...classes, taken: confusionMatrix(), perplexity: perplexity(), bits: bitsPerCharacter() };
    const errors = { mse: mse(), rmse: rmse(), mae: mae(), r2: r2(), adjusted: adjustedR2({ predictors: 2 }) };
    const classWeights = Array.from({ length: V }, (_, k) => 1 + (k % 3));
    const smoothed = crossEntropy({ labelSmoothing: 0.1, ignoreIndex: 3, classWeights });
    const series = windows(
      Float64Array.from({ length: 60 }, (_, n) => ((n * 5) % 9) / 9),
      { length: 6, batch: 2 },
    );
    const values = [1, 2, 3].map((units) => sequential(recurrent(lstm, { units: 4 }), dense({ units })));
    const all = [
      [characters(), validation(), smoothed, told],
      [values[0]!, series, binaryCrossEntropy({ positiveWeights: [2] }), errors],
      [values[0]!, series, meanAbsoluteError(), errors],
      [values[0]!, series, huber({ delta: 0.2 }), errors],
      [values[1]!, series, gaussian(), errors],
      [values[2]!, series, studentT({ floor: 0.01 }), errors],
      [values[2]!, series, quantile({ quantiles: [0.1, 0.5, 0.9] }), { mse: mse({ output: 1 }) }],
    ] as const;
    for (const [architecture, set, loss, metrics] of all) {
      const start = { seed: 2, ...(set === series && { input: 1 }) };
      const here = await createModel(architecture, start);
      const there = await remote.createModel(architecture, start);
      const own = await evaluate(here, set, { loss, metrics });
      expect(Object.values(own.metrics).every((one) => Array.isArray(one) || Number.isFinite(one))).toBe(true);
      expect(await there.evaluate(set, { loss, metrics })).toEqual(own);
      const given = { loss, optimizer: adam({ learningRate: 0.01 }), epochs: 1 };
      expect(await there.train(set, given)).toEqual(await train(here, set, given));
      here.close();
    }
  });

  test("makes every other optimizer, rate and average anew too, and tests rates as on this thread", async () => {
    const by = (learningRate: Rate, more: Partial<TrainOptions> = {}) => ({
      optimizer: rmsProp({ learningRate, alpha: 0.9, momentum: 0.5, centered: true, weightDecay: { W: 0.1, R: 0.2 } }),
      ...more,
    });
    const all: Partial<TrainOptions>[] = [
      by(linear({ peak: 0.1, warmUp: 2 }), { average: ema({ decay: 0.5 }) }),
      by(oneCycle({ peak: 0.1, shape: "linear" }), { average: polyak({ from: 2 }), accumulate: 3 }),
      by(stepDecay({ learningRate: 0.1, every: 2 }), { clipValue: 0.01 }),
      by(plateau({ learningRate: 0.1, patience: 0, factor: 0.5 })),
      ntAsgd({ learningRate: 1, checks: 0, momentum: 0.5, nesterov: true, weightDecay: 0.1 }),
    ];
    for (const more of all) {
      const given: TrainOptions = { ...options(), validateEvery: 4, ...more };
      const here = await createModel(characters(), { seed: 5 });
      const there = await remote.createModel(characters(), { seed: 5 });
      expect(await there.train(data(), given)).toEqual(await train(here, data(), given));
      here.close();
    }
    const here = await createModel(characters(), { seed: 5 });
    const there = await remote.createModel(characters(), { seed: 5 });
    const range = { loss: crossEntropy(), optimizer: adam({ learningRate: 1 }), from: 1e-4, to: 1, steps: 20 };
    const found = await there.learningRateRange(data(), range);
    expect(found).toEqual(await learningRateRange(here, data(), range));
    expect(found.points.length).toBeGreaterThan(10);
    expect(await there.parameters()).toEqual(here.parameters());
    const aborted = there.learningRateRange(data(), { ...range, signal: AbortSignal.abort("enough") });
    await expect(aborted).rejects.toBe("enough");
    here.close();
  });

  test("makes every dataset, optimizer and rate anew as it was", async () => {
    const values = sequences([
      [[1], [2], [3]],
      [[0], [0.5], [-1]],
      [[2], [2], [1]],
    ]);
    const weighted = batches(values, values, { batch: 2, weights: [1, 2, 0.5] });
    const stream = { values: Float64Array.from({ length: 40 }, (_, n) => (n % 9) / 9), shape: [20, 2] };
    const single = Float32Array.from({ length: 20 }, (_, n) => (n % 4) / 4);
    const all: [Dataset, TrainOptions["optimizer"], number][] = [
      [weighted, sgd({ learningRate: 0.1, momentum: 0.9 }), 1],
      [batches(values, values, { batch: 2, shuffle: false }), sgd({ learningRate: constant(0.1) }), 1],
      [windows(stream, { length: 4, batch: 2, targets: single }), adamW({ learningRate: 0.01, weightDecay: 0.2 }), 2],
      [windows(single, { length: 4, batch: 2 }), adam({ learningRate: 0.01, epsilon: 1e-4, beta1: 0.5 }), 1],
    ];
    for (const [set, optimizer, input] of all) {
      const architecture = sequential(recurrent(lstm, { units: 4 }), dense({ units: 1 }));
      const given: TrainOptions = { loss: meanSquaredError(), optimizer, epochs: 2, seed: 3 };
      const here = await createModel(architecture, { seed: 2, input });
      const there = await remote.createModel(architecture, { seed: 2, input });
      expect(await there.train(set, given)).toEqual(await train(here, set, given));
      expect(await there.parameters()).toEqual(here.parameters());
      here.close();
    }
  });

  test.each([
    adding({ length: 7 }),
    temporalOrder({ length: 11 }),
    embeddedReber({ strings: 2 }),
    copy({ length: 3, symbols: 4, blanks: 5 }),
  ])("makes the training of $name anew as it was", async (task) => {
    const layers = [recurrent(lstm, { units: 4, output: task.output }), dense({ units: task.outputs.length })] as const;
    const loss = task.targets === "ids" ? crossEntropy() : meanSquaredError();
    const given: TrainOptions = { loss, optimizer: adam({ learningRate: 0.01 }), epochs: 2, seed: 3 };
    const training = task.training({ batch: 3, steps: 4 });
    const start = { seed: 2, input: task.inputs.length };
    const here = await createModel(sequential(...layers), start);
    const there = await remote.createModel(sequential(...layers), start);
    expect(await there.train(training, given)).toEqual(await train(here, training, given));
    const judged = task.draw(9);
    expect(await task.judge(there, judged)).toEqual(await task.judge(here, judged));
    here.close();
  });

  test("answers like the model on this thread", async () => {
    const here = await createModel(characters(), { seed: 5, facts: { task: "none" } });
    const there = await remote.createModel(characters(), { seed: 5, facts: { task: "none" } });
    expect(there).toMatchObject({ engine: "wasm", facts: { task: "none" }, architecture: here.architecture });
    const from = { "recurrent.0.forward.h": Float32Array.from({ length: 18 }, (_, n) => Math.sin(n)) };
    expect(await there.predict(x, { from })).toEqual(await here.predict(x, { from }));
    expect(await there.gradients(x, targets, crossEntropy(), { from })).toEqual(
      await here.gradients(x, targets, crossEntropy(), { from }),
    );
    const query = { layer: "recurrent.1" };
    const [hereTrace, thereTrace] = [await here.trace(x), await there.trace(x)];
    expect(thereTrace.get("f", query)).toEqual(hereTrace.get("f", query));
    const { inputs, firstStates } = hereTrace;
    expect({ inputs: thereTrace.inputs, firstStates: thereTrace.firstStates }).toEqual({ inputs, firstStates });
    expect(thereTrace.get("x", query).shape).toEqual([2, 5, 9]);
    expect(await there.parameterCount()).toBe(here.parameterCount);

    const values = new Float32Array(V).fill(0.25);
    here.setParameters({ "dense.0.b": values });
    await there.setParameters({ "dense.0.b": values });
    const clamped = await there.with({ f: 1 }, { layer: "recurrent.0" });
    expect(await clamped.predict(x)).toEqual(await here.with({ f: 1 }, { layer: "recurrent.0" }).predict(x));

    const again = await remote.modelFrom(await there.toBytes());
    expect((await again.withFacts({ more: 1 })).facts).toEqual({ task: "none", more: 1 });
    expect(await again.predict(x)).toEqual(await here.predict(x));
    here.close();
  });

  test("streams step by step, each result the caller's own", async () => {
    const here = (await createModel(characters(), { seed: 5 })).stream();
    const there = await (await remote.createModel(characters(), { seed: 5 })).stream();
    const wanted = [3, 1, 4, 1].map((id) => here.step(id).slice());
    const steps = await Promise.all([3, 1, 4].map((id) => there.step(id)));
    expect(steps.map((step) => step.buffer.byteLength)).toEqual([4 * V, 4 * V, 4 * V]);
    const into = new Float32Array(V);
    expect(await there.step(1, into)).toBe(into);
    expect([...steps, into]).toEqual(wanted);
    expect(await there.features()).toEqual(here.features());
    const features = new Float32Array(here.features().length);
    expect(await there.features(features)).toBe(features);
    expect(features).toEqual(here.features());
    const state = await there.state();
    expect(state).toEqual(here.state());
    const sixth = await there.step(5);
    await there.setState(state);
    expect(await there.step(5)).toEqual(sixth);
    await there.reset();
    expect(await there.step(3)).toEqual(wanted[0]);
    await expect(there.step(3, new Float32Array(2))).rejects.toBeInstanceOf(ShapeError);
    await expect(there.features(new Float32Array(2))).rejects.toBeInstanceOf(ShapeError);
    await there.close();
    await expect(there.step(3)).rejects.toMatchObject({ code: "closed" });
  });

  test("leaves the caller's arrays in place", async () => {
    const model = await remote.createModel(characters());
    const buffer = new Uint32Array(1000);
    const part = buffer.subarray(10, 15);
    await model.predict({ values: part, shape: [1, 5] });
    expect([buffer.length, part.length]).toEqual([1000, 5]);
    const shared = new Uint32Array(new SharedArrayBuffer(64)).subarray(0, 3);
    expect((await model.predict({ values: shared, shape: [1, 3] })).shape).toEqual([1, 3, V]);
  });

  test("is stopped by a signal, and goes on from the checkpoint to the same bits", async () => {
    const whole = await createModel(characters(), { seed: 5 });
    await train(whole, data(), options());
    const there = await remote.createModel(characters(), { seed: 5 });
    const stop = new AbortController();
    const kept: Checkpoint[] = [];
    const history = await there.train(data(), {
      ...options(),
      signal: stop.signal,
      onCheckpoint: async (checkpoint) => {
        stop.abort();
        kept.push(checkpoint);
      },
    });
    expect(history.stopped).toBe("aborted");
    expect(history.steps).toBe(data().steps);
    expect(kept).toHaveLength(2); // at the record, and where it stopped
    expect(kept[1]).toEqual(history.checkpoint);
    const resumed = await there.train(data(), { ...options(), resume: kept[0]! });
    expect(resumed.stopped).toBe("finished");
    expect(await there.parameters()).toEqual(whole.parameters());
    whole.close();
  });

  test("is stopped in the middle of an epoch, or before the first step", async () => {
    const there = await remote.createModel(characters(), { seed: 5 });
    const stop = new AbortController();
    const { epochs: _, ...endless } = { ...options(), steps: 1_000_000, signal: stop.signal };
    const history = await there.train(data(), { ...endless, onProgress: ({ step }) => step === 5 && stop.abort() });
    expect(history.stopped).toBe("aborted");
    expect(history.steps).toBeGreaterThanOrEqual(5);
    expect(await there.train(data(), endless)).toMatchObject({ stopped: "aborted", steps: 0 });
    const judged = there.evaluate(data(), { loss: crossEntropy(), signal: AbortSignal.abort("enough") });
    await expect(judged).rejects.toBe("enough");
  });

  test("ends a training with what a hook throws", async () => {
    const there = await remote.createModel(characters(), { seed: 5 });
    const error = new Error("the disk is full");
    const fail = () => {
      throw error;
    };
    await expect(there.train(data(), { ...options(), onProgress: fail })).rejects.toBe(error);
    await expect(there.train(data(), { ...options(), onCheckpoint: fail })).rejects.toBe(error);
    await expect(there.train(data(), { ...options(), onCheckpoint: async () => fail() })).rejects.toBe(error);
    expect((await there.train(data(), options())).stopped).toBe("finished");
  });

  test("holds several models, and one answers while another trains", async () => {
    const [one, two] = [
      await remote.createModel(characters(), { seed: 1 }),
      await remote.createModel(characters(), { seed: 2 }),
    ];
    let trained = false;
    const training = one.train(data(), { ...options(), epochs: 40 }).then(() => {
      trained = true;
    });
    const before = await two.predict(x);
    expect(trained).toBe(false);
    await training;
    expect(await two.predict(x)).toEqual(before);
    expect(await one.predict(x)).not.toEqual(before);
    const twin = await one.with({ f: 1 });
    const stream = await twin.stream();
    await one.close();
    for (const late of [one.predict(x), twin.predict(x), stream.step(1)]) {
      // forgotten by the worker too, so that their memory can go
      await expect(late).rejects.toMatchObject({ code: "closed", message: expect.stringMatching(/or its stream/) });
    }
    expect(await two.predict(x)).toEqual(before);
  });

  test("throws the errors of this thread: class, sentence and fields", async () => {
    const here = await createModel(characters());
    const there = await remote.createModel(characters());
    const wrong = { values: [1, 2, 3], shape: [1, 3, 1] };
    const bytes = here.toBytes();
    bytes[bytes.length - 1]! ^= 1;
    const loss = {} as never;
    const pairs: [() => Promise<unknown>, () => Promise<unknown>, abstract new (...given: never[]) => Error][] = [
      [() => there.predict(wrong), () => here.predict(wrong), ShapeError],
      [() => there.predict(sequences([[99]])), () => here.predict(sequences([[99]])), ArgumentError],
      [() => remote.modelFrom(bytes), () => modelFrom(bytes), FileError],
      [() => there.evaluate(data(), { loss }), () => evaluate(here, data(), { loss }), ArgumentError],
    ];
    const errorOf = (call: () => Promise<unknown>): Promise<Error> =>
      call().then(
        () => new Error("none"),
        (error) => error,
      );
    for (const [remotely, locally, kind] of pairs) {
      const [got, wanted] = [await errorOf(remotely), await errorOf(locally)];
      expect(got).toBeInstanceOf(kind);
      expect(got).toBeInstanceOf(Error);
      expect(got).toMatchObject({ ...wanted, name: wanted.name, message: wanted.message });
    }
    const trace = await there.trace(x);
    expect(() => trace.get("q" as never)).toThrow(ArgumentError);
    expect(() => trace.get("f")).toThrow(/recurrent\.0.*recurrent\.1/);
    here.close();
  });

  test("refuses what was put together by hand, and says which and how to mend it", async () => {
    const there = await remote.createModel(characters());
    const byHand: Dataset = { ...data() };
    class Own {
      readonly steps = 1;
      readonly carryState = false;
      batch(): Batch {
        return data().batch(0, 0, 0);
      }
    }
    const optimizer = adam({ learningRate: { name: "mine", at: () => 0.1 } });
    const refused = await there.train(byHand, options()).catch((error) => error);
    expect(refused).toBeInstanceOf(ArgumentError);
    expect(refused.message).toMatchInlineSnapshot(`
      "model.train: data is made by hand; expected plain data, or made by a call of the library's: windows, batches, a task's training, adam, cosine, ema ….
        functions cannot cross into a worker: batches(x, targets, { batch }) serves any sequences; or train on this thread: train(model, data, options)."
    `);
    const argumentOf = async (set: Dataset, more: Partial<TrainOptions> = {}) =>
      (await there.train(set, { ...options(), ...more }).catch((error) => error)).argument;
    expect(await argumentOf(new Own())).toBe("data");
    expect(await argumentOf(data(), { validation: byHand })).toBe("options.validation");
    expect(await argumentOf(data(), { optimizer })).toBe("options.optimizer.learningRate");
    expect(await argumentOf(data(), { optimizer: { ...adam({ learningRate: 1 }) } })).toBe("options.optimizer");
  });

  test("rejects calls under way and later ones when it is closed, or ends by itself", async () => {
    const there = await remote.createModel(characters());
    const training = there.train(data(), { ...options(), epochs: 1000 });
    const ended = expect(training).rejects.toMatchObject({ code: "closed" });
    await remote.close();
    await ended;
    await expect(there.predict(x)).rejects.toBeInstanceOf(CellstateError);

    const host = openHost();
    const other = openWorker({ worker: host });
    const model = await other.createModel(characters());
    const lost = expect(model.train(data(), { ...options(), epochs: 1000 })).rejects.toMatchObject({ code: "worker" });
    await host.terminate();
    await lost;
    await expect(other.createModel(characters())).rejects.toMatchObject({ code: "worker" });
  });
});

test("a host that is not there rejects the calls, with a mend", async () => {
  const missing = openWorker({ worker: new Worker(join(installed.dist, "missing.js"), { execArgv: [] }) });
  await expect(missing.createModel(characters())).rejects.toThrow(/The worker has ended: .*missing\.js/);
});
