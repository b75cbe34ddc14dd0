/** The learning rate range test: what it measures, that it leaves no trace, and what it makes of divergence. */
import { describe, expect, test } from "vitest";
import { lstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { windows } from "../data/windows.ts";
import { dense, dropout, embedding, recurrent, sequential } from "../layers/layers.ts";
import { createModel } from "../model/model.ts";
import { crossEntropy } from "./losses.ts";
import { adam, sgd } from "./optimizers.ts";
import { learningRateRange } from "./range.ts";
import { train } from "./train.ts";

const random = generator(1, "ids");
/** After each id comes a certain other: something to learn, from a start of log 6. */
const ids = Uint32Array.from({ length: 400 }, (_, k) => (k % 2 === 0 ? random.integer(3) : 3 + random.integer(2)));
const data = windows(ids, { length: 10, batch: 4, carryState: true });
const make = () =>
  createModel(
    sequential(
      embedding({ vocabulary: 6, size: 4 }),
      recurrent(lstm, { units: 6 }),
      dropout({ rate: 0.2 }),
      dense({ units: 6 }),
    ),
    { seed: 1 },
  );
const options = () => ({ loss: crossEntropy(), optimizer: adam({ learningRate: 1 }), from: 1e-4, to: 10, steps: 40 });

describe("a range test", () => {
  test("takes the rates of one geometric series, and the losses that a training at those rates has", async () => {
    const [tested, trained] = [await make(), await make()];
    const { points } = await learningRateRange(tested, data, { ...options(), seed: 3, smoothing: 0.5 });
    points.forEach(({ learningRate }, k) => {
      expect(learningRate / (1e-4 * 1e5 ** (k / 39))).toBeCloseTo(1, 12);
    });
    const losses: number[] = [];
    const rate = { name: "by hand", at: (step: number) => points[step]!.learningRate };
    await train(trained, data, {
      ...{ loss: crossEntropy(), optimizer: adam({ learningRate: rate }), steps: points.length, seed: 3 },
      onProgress: ({ loss }) => losses.push(loss),
    });
    expect(points.map(({ loss }) => loss)).toEqual(losses);
    let mean = 0;
    points.forEach(({ smoothed }, k) => {
      mean = 0.5 * mean + 0.5 * losses[k]!;
      expect(smoothed).toBeCloseTo(mean / (1 - 0.5 ** (k + 1)), 12);
    });
  });

  test("suggests a rate that learns, a tenth of where the loss was least", async () => {
    const model = await make();
    const { points, suggestion } = await learningRateRange(model, data, options());
    const least = Math.min(...points.map(({ smoothed }) => smoothed));
    const best = points.find(({ smoothed }) => smoothed === least)!;
    expect(suggestion).toBe(best.learningRate / 10);
    expect(suggestion).toBeGreaterThan(1e-3);
    expect(suggestion).toBeLessThan(1);
    const { records } = await train(model, data, {
      ...{ loss: crossEntropy(), optimizer: adam({ learningRate: suggestion! }), epochs: 12 },
    });
    expect(records.at(-1)!.trainLoss).toBeLessThan(records[0]!.trainLoss - 0.3);
  });

  test("leaves no trace: the model has its weights, and a training afterwards the same bits", async () => {
    const [tested, fresh] = [await make(), await make()];
    const before = tested.parameters();
    await learningRateRange(tested, data, options());
    expect(tested.parameters()).toEqual(before);
    const setting = { loss: crossEntropy(), optimizer: adam({ learningRate: 0.01 }), steps: 15 };
    await train(tested, data, setting);
    await train(fresh, data, setting);
    expect(tested.parameters()).toEqual(fresh.parameters());
  });

  test("ends where the loss is no longer finite or has grown fourfold, and puts the weights back then too", async () => {
    const model = await make();
    const before = model.parameters();
    const setting = { ...options(), optimizer: sgd({ learningRate: 1 }), to: 1e12, smoothing: 0 };
    const { points } = await learningRateRange(model, data, setting);
    expect(points.length).toBeLessThan(40);
    expect(points.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(model.parameters()).toEqual(before);
  });

  test("suggests nothing where no rate made the loss fall", async () => {
    const model = await make();
    const setting = { ...options(), optimizer: sgd({ learningRate: 1 }), from: 1e9, to: 1e12, steps: 3, smoothing: 0 };
    expect((await learningRateRange(model, data, setting)).suggestion).toBe(undefined);
  });

  test("is stopped by a signal, with the weights put back", async () => {
    const model = await make();
    const before = model.parameters();
    const setting = { ...options(), signal: AbortSignal.abort() };
    await expect(learningRateRange(model, data, setting)).rejects.toThrow(/abort/);
    expect(model.parameters()).toEqual(before);
  });

  test.each<[object, string]>([
    [{ from: 1, to: 0.1 }, "learningRateRange: options is from 1 to 0.1; expected 0 < from < to."],
    [{ steps: 1 }, "learningRateRange: steps is 1; expected a whole number of at least 2."],
    [{ smoothing: 1 }, "learningRateRange: smoothing is 1; expected a number from 0 up to, not with, 1."],
  ])("refuses %j", async (more, sentence) => {
    await expect(learningRateRange(await make(), data, { ...options(), ...more })).rejects.toThrow(sentence);
  });
});
