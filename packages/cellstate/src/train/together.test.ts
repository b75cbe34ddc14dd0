/**
 * Every option of regularisation in one model at once: its gradient, threads, checkpoints after every update, files,
 * streams and 8-bit weights. What each does alone stands in the tests beside its own file.
 */
import { expect, test } from "vitest";
import { checkTrace } from "../analysis/check.ts";
import { gru, lstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { windows } from "../data/windows.ts";
import { activityRegularization, layerNorm, residual } from "../layers/deep.ts";
import { type Architecture, dense, dropout, embedding, recurrent, sequential } from "../layers/layers.ts";
import { modelFrom } from "../model/bytes.ts";
import { createModel, internalsOf, type Model } from "../model/model.ts";
import { quantize } from "../model/quantize.ts";
import { trainingCore } from "../model/training.ts";
import { ema } from "./average.ts";
import { checkpointFromBytes, checkpointToBytes } from "./checkpoint.ts";
import { crossEntropy } from "./losses.ts";
import { adam, sgd } from "./optimizers.ts";
import { createSession } from "./session.ts";
import { type TrainOptions, train } from "./train.ts";

const V = 7;
const random = generator(3, "together");
const ids = (count: number) => Uint32Array.from({ length: count }, () => random.integer(V));

const made = (entries: number, bothWays = false): Architecture => {
  const noise = { dropout: 0.3, zoneout: { c: 0.4, h: 0.1 }, recurrentDropout: 0.2, weightDrop: 0.3 };
  const stack = bothWays ? ({ units: 4, direction: "both" } as const) : { units: 5 };
  return sequential(
    embedding({ vocabulary: V, size: 5, dropout: entries }),
    activityRegularization({ l2: 0.5 }),
    recurrent(lstm, { ...stack, layers: 3, ...noise, residual: true, layerNorm: true }),
    activityRegularization({ temporal: 1 }),
    dropout({ rate: 0.2 }),
    activityRegularization({ l2: 2, temporal: 0.5 }),
    dense({ units: 5 }),
    residual(layerNorm(), recurrent(gru, { units: 5, zoneout: 0.2, weightDrop: 0.1 }), dropout({ rate: 0.1 })),
    dense({ units: V, tied: "embedding.0" }),
  );
};

test.each([
  ["dropped entries", made(0.3)],
  ["a table that is multiplied, both directions", made(0, true)],
])("loss and penalty over two ragged batches have the gradient of central differences: %s", async (_, architecture) => {
  const model = await createModel(architecture, { seed: 5, engine: "reference" });
  const core = await trainingCore(internalsOf(model).core());
  const session = createSession(core, crossEntropy(), sgd({ learningRate: 1 }));
  const batch = (lengths: readonly number[]) => {
    const shape = [lengths.length, 6];
    const [x, targets] = [ids(lengths.length * 6), ids(lengths.length * 6)];
    return { x: { values: x, shape, lengths }, targets: { values: targets, shape, lengths }, firstStep: true };
  };
  const batches = [batch([4, 6, 1]), batch([2, 5])];
  const price = async (): Promise<number> => {
    const options = { step: 3, seed: 8, learningRate: 0, accumulate: 2, carry: false };
    const { loss, penalty } = await session.step(batches, options);
    return loss + penalty;
  };
  await price();
  const { region, gradients } = core.parameters;
  const found = core.space.floats(gradients).slice();
  const weights = core.space.floats(region);
  const places = [...weights.keys()].filter((k) => weights[k] !== 0);
  for (let n = 0; n < 30; n++) {
    const k = places[random.integer(places.length)]!;
    const start = weights[k]!;
    const at = async (by: number): Promise<number> => {
      core.space.floats(region)[k] = start + by;
      const value = await price();
      core.space.floats(region)[k] = start;
      return value;
    };
    const slope = ((await at(1e-5)) - (await at(-1e-5))) / 2e-5;
    // the difference's own error is 1e-10 of curvature and 1e-11 of rounding
    expect(Math.abs(found[k]! - slope), `number ${k} of the parameters`).toBeLessThan(1e-7);
  }
  session.close();
  core.close();
  model.close();
});

const data = windows(ids(54), { length: 5, batch: 3, carryState: true });
const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  loss: crossEntropy(),
  optimizer: adam({ learningRate: 0.03 }),
  clipNorm: 0.5,
  epochs: 3,
  seed: 9,
  accumulate: 2,
  average: ema({ decay: 0.9 }),
  validation: windows(ids(20), { length: 6, batch: 2, carryState: true }),
  validateEvery: 2,
  ...more,
});
const fresh = (threads: number): Promise<Model> => createModel(made(0.2), { seed: 3, threads });
const weightsOf = (model: Model) => model.parameters().map(({ name, values }) => [name, [...values]]);

test("on two threads, and stopped after any update, it trains to the same weights", { timeout: 60_000 }, async () => {
  const shared = options();
  const whole = await fresh(1);
  const { steps } = await train(whole, data, shared);
  expect(steps).toBeGreaterThan(4);
  for (let last = 0; last < steps; last++) {
    const model = await fresh(2);
    let checkpoint: Uint8Array | undefined;
    if (last > 0) {
      const stopped = await fresh(1);
      const stop = new AbortController();
      const onProgress = ({ step }: { step: number }) => void (step === last && stop.abort());
      const history = await train(stopped, data, { ...shared, signal: stop.signal, onProgress });
      expect(history.steps).toBe(last);
      checkpoint = checkpointToBytes(history.checkpoint);
      stopped.close();
    }
    await train(model, data, { ...shared, ...(checkpoint && { resume: checkpointFromBytes(checkpoint) }) });
    expect(weightsOf(model), `after ${last}`).toEqual(weightsOf(whole));
    model.close();
  }
  whole.close();
});

test("files, streams and 8-bit weights give the same predictions, and a trace is that of float64", async () => {
  const model = await fresh(1);
  await train(model, data, options());
  const again = await modelFrom(model.toBytes(), { threads: 2 });
  const small = await quantize(model);
  const smallAgain = await modelFrom(small.toBytes());
  const x = { values: [1, 4, 2, 0, 6, 6, 3, 2, 1, 5], shape: [2, 5] };
  for (const [one, other] of [
    [model, again],
    [small, smallAgain],
  ] as const) {
    const { values } = await one.predict(x);
    expect([...(await other.predict(x)).values]).toEqual([...values]);
    const [alone, together] = [one.stream(), other.streams(2)];
    for (let t = 0; t < 5; t++) {
      const at = (row: number): number[] => [...values.subarray((row * 5 + t) * V, (row * 5 + t + 1) * V)];
      expect([...alone.step(x.values[t]!)]).toEqual(at(0));
      expect([...(await together.step([1, 0], [x.values[5 + t]!, x.values[t]!]))]).toEqual([...at(1), ...at(0)]);
    }
  }
  for (const one of [model, model.with({ f: 1 }), model.with({ zc: 0 }, { layer: "recurrent.1" })]) {
    const { largest, compared } = await checkTrace(one, x);
    expect(compared).toBeGreaterThan(1000);
    expect(largest).toBeLessThan(2e-6); // float32 over ten layers' sums of numbers near 1
  }
  for (const one of [model, again, small, smallAgain]) one.close();
});
