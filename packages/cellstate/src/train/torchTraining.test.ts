/**
 * Whole trainings of a small LSTM against PyTorch's: optimizers, decay by role, schedules, clipping, accumulation and
 * averages together, every loss on the way and the weights at the end.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lstm } from "../cells/index.ts";
import { batches, type Dataset, windows } from "../data/windows.ts";
import { dense, recurrent, sequential } from "../layers/layers.ts";
import { createModel } from "../model/model.ts";
import { ema, nonMonotone, ntAsgd, polyak } from "./average.ts";
import { meanSquaredError } from "./losses.ts";
import { adam, adamW, rmsProp, sgd } from "./optimizers.ts";
import { plateau } from "./plateau.ts";
import { cosine, linear, oneCycle, type Rate, stepDecay } from "./rates.ts";
import { type Progress, type TrainOptions, train } from "./train.ts";

interface Training {
  readonly name: string;
  readonly data: "ragged" | "carried";
  readonly losses: readonly number[];
  readonly validations: readonly (readonly [number, number])[];
  readonly averagedFrom: number | null;
  readonly after: Readonly<Record<string, readonly number[]>>;
}
type Numbers = readonly number[];
interface Fixture {
  readonly parameters: Readonly<Record<string, { readonly values: Numbers }>>;
  readonly ragged: { readonly x: Numbers; readonly y: Numbers; readonly weights: Numbers; readonly lengths: Numbers };
  readonly carried: { readonly x: Numbers; readonly y: Numbers };
  readonly judged: { readonly x: Numbers; readonly y: Numbers };
  readonly trainings: readonly Training[];
  readonly schedules: readonly { readonly name: string; readonly total: number; readonly rates: Numbers }[];
  readonly plateaus: readonly { readonly name: string; readonly losses: Numbers; readonly rates: Numbers }[];
}
const path = new URL("../../../../tests/fixtures/torch-training.json", import.meta.url);
const fixture = JSON.parse(readFileSync(path, "utf8")) as Fixture;

const shaped = (values: Numbers, shape: number[]) => ({ values: Float64Array.from(values), shape });
const { ragged, carried, judged } = fixture;
const data: Record<Training["data"], Dataset> = {
  ragged: batches({ ...shaped(ragged.x, [7, 6, 2]), lengths: ragged.lengths }, shaped(ragged.y, [7, 6, 1]), {
    batch: 2,
    shuffle: false,
    weights: shaped(ragged.weights, [7, 6]),
  }),
  carried: windows(shaped(carried.x, [24, 2]), {
    ...{ length: 3, batch: 2, carryState: true },
    targets: shaped(carried.y, [24, 1]),
  }),
};
const validation = batches(shaped(judged.x, [3, 6, 2]), shaped(judged.y, [3, 6, 1]), { batch: 3, shuffle: false });

type Settings = Omit<TrainOptions, "loss" | "steps">;
/** What make-torch-training.py has under the same names. */
const settings: Record<string, () => Settings> = {
  "Nesterov, decay of matrices, one cycle, clipped by value and norm": () => ({
    optimizer: sgd({
      learningRate: oneCycle({ peak: 0.5 }),
      ...{ momentum: 0.8, nesterov: true, weightDecay: 0.1 },
    }),
    clipValue: 0.1,
    clipNorm: 0.15,
  }),
  "rmsProp on a plateau": () => ({
    optimizer: rmsProp({
      learningRate: plateau({ learningRate: 0.05, factor: 0.3, patience: 1, cooldown: 1 }),
      alpha: 0.9,
    }),
    validation,
    validateEvery: 2,
  }),
  "adamW by role, step decay": () => ({
    optimizer: adamW({
      learningRate: stepDecay({ learningRate: 0.03, every: 4, factor: 0.3 }),
      weightDecay: { W: 0.2, R: 0.05, b: 0 },
    }),
  }),
  "accumulated over ragged batches, the last update smaller": () => ({
    optimizer: sgd({ learningRate: 0.2, momentum: 0.9 }),
    accumulate: 3,
    clipNorm: 0.5,
  }),
  "accumulated with carried states": () => ({ optimizer: adam({ learningRate: 0.03 }), accumulate: 2 }),
  "mean of weights": () => ({
    ...{ optimizer: sgd({ learningRate: 0.3 }), average: polyak({ from: 4 }) },
    ...{ validation, validateEvery: 3 },
  }),
  "moving average": () => ({
    ...{ optimizer: adam({ learningRate: 0.05 }), average: ema({ decay: 0.7 }) },
    ...{ validation, validateEvery: 3 },
  }),
  "non-monotone": () => ({ ...ntAsgd({ learningRate: 0.15, checks: 2 }), validation, validateEvery: 5 }),
};

const far = (found: ArrayLike<number>, expected: Numbers): number =>
  Math.max(...expected.map((value, k) => Math.abs(found[k]! - value)));

describe.each([
  // losses and weights leave as float32: half a unit in the last place of numbers up to 4; float64 inside
  { engine: "reference", tolerance: 2.5e-7 },
  // float32 inside: up to 40 updates of some ten roundings each
  { engine: "wasm", tolerance: 3e-6 },
] as const)("on $engine", ({ engine, tolerance }) => {
  test.each(fixture.trainings.map((one) => [one.name, one] as const))(
    "%s: is PyTorch's training",
    async (name, one) => {
      const model = await createModel(sequential(recurrent(lstm, { units: 3 }), dense({ units: 1 })), {
        ...{ input: 2, engine, seed: 1 },
      });
      model.setParameters(Object.fromEntries(Object.entries(fixture.parameters).map(([key, p]) => [key, p.values])));
      const events: Progress[] = [];
      const options = settings[name]!();
      const history = await train(model, data[one.data], {
        ...options,
        loss: meanSquaredError(),
        steps: one.losses.length,
        onProgress: (event) => events.push(event),
      });
      const losses = events.map(({ loss }) => loss);
      expect(far(losses, one.losses)).toBeLessThan(tolerance);
      const validations = history.records.map(
        ({ step, validationLoss = Number.NaN }) => [step, validationLoss] as const,
      );
      if (options.validation) expect(validations.map(([step]) => step)).toEqual(one.validations.map(([step]) => step));
      expect(far(validations.map(([, v]) => v), one.validations.map(([, v]) => v))).toBeLessThan(tolerance); // biome-ignore format: a line
      const { counters, now, best } = history.checkpoint;
      const from = one.averagedFrom;
      expect(counters.averaged).toBe(from === null ? 0 : one.losses.length - from + 1);
      // the last weights, or their average: the best ones may be others
      const last = from === null ? now.parameters : now.moments["average"]!;
      for (const [key, values] of Object.entries(one.after)) {
        expect(far(last[key]!, values), key).toBeLessThan(tolerance);
      }
      const kept = best ?? last;
      for (const { name: key, values } of model.parameters()) expect([...values], key).toEqual([...kept[key]!]);
      model.close();
    },
  );
});

describe("schedules", () => {
  const rates: Record<string, Rate> = {
    oneCycle: oneCycle({ peak: 0.8 }),
    "oneCycle, linear": oneCycle({ peak: 0.8, shape: "linear" }),
    "oneCycle, other numbers": oneCycle({ peak: 0.8, rise: 0.4, start: 0.08, end: 0.0008 }),
    "oneCycle, three updates": oneCycle({ peak: 0.8 }),
    "stepDecay every 5": stepDecay({ learningRate: 0.7, every: 5, factor: 0.6 }),
    "stepDecay at": stepDecay({ learningRate: 0.7, at: [3, 4, 15] }),
    linear: linear({ peak: 0.5, end: 0.05 }),
    "linear, the warm-up": linear({ peak: 0.5, warmUp: 8 }),
    cosine: cosine({ peak: 0.5, end: 0.01 }),
  };
  test.each(fixture.schedules.map((one) => [one.name, one] as const))(
    "%s is PyTorch's",
    (name, { total, rates: all }) => {
      all.forEach((rate, step) => {
        // PyTorch goes from one rate to the next, and so adds up roundings
        expect(Math.abs(rates[name]!.at(step, total) - rate), `update ${step}`).toBeLessThanOrEqual(1e-15 * total);
      });
    },
  );

  const plateaus: Record<string, Rate> = {
    plateau: plateau({ learningRate: 0.5, factor: 0.5, patience: 2 }),
    "plateau with a cooldown and a least rate": plateau({
      ...{ learningRate: 0.5, factor: 0.3, patience: 0, cooldown: 2, least: 0.02 },
    }),
    "plateau with a large threshold": plateau({ learningRate: 0.5, factor: 0.5, patience: 1, threshold: 0.3 }),
  };
  test.each(fixture.plateaus.map((one) => [one.name, one] as const))(
    "%s is PyTorch's",
    (name, { losses, rates: all }) => {
      const records = losses.map((validationLoss, k) => ({
        ...{ step: 10 * k, epoch: k, trainLoss: 1, validationLoss, learningRate: 1, gradientNorm: 1, clippedShare: 0 },
      }));
      const found = all.map((_, k) => plateaus[name]!.at(10 * k, 1000, records.slice(0, k)));
      expect(found).toEqual(all);
      expect(new Set(all).size).toBeGreaterThan(2);
    },
  );
});

test("averaging begins at the first validation worse than the best of those more than n before it", () => {
  const records = (losses: Numbers) =>
    losses.map((validationLoss, k) => ({
      ...{
        step: 5 * (k + 1),
        epoch: 1,
        trainLoss: 1,
        validationLoss,
        learningRate: 1,
        gradientNorm: 1,
        clippedShare: 0,
      },
    }));
  const from = (losses: Numbers, checks: number) => nonMonotone({ checks }).from(records(losses), 100);
  expect(from([3, 2, 2.5], 1)).toBe(undefined); // 2.5 is worse than 2, but only 3 is more than one before
  expect(from([3, 2, 2.5, 2.6], 1)).toBe(20);
  expect(from([3, 2, 2.5, 2.6], 0)).toBe(15);
  expect(from([3, 4, 5, 2, 9], 5)).toBe(undefined);
  expect(from([3, 2, 3.5, 1, 1], 1)).toBe(15); // and never ends
});
