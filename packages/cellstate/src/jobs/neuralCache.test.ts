/** The cache beside its formula, written down again over traces, and what it is worth on a text with a name of its own. */
import { beforeAll, describe, expect, test } from "vitest";
import { gru, lstm, lstmp } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { encode } from "../data/text.ts";
import { windows } from "../data/windows.ts";
import { dense, dropout, embedding, recurrent, sequential } from "../layers/layers.ts";
import { createModel, type Model } from "../model/model.ts";
import { quantize } from "../model/quantize.ts";
import { sequences } from "../model/sequences.ts";
import { evaluate } from "../train/evaluate.ts";
import { crossEntropy } from "../train/losses.ts";
import { evaluateWithCache } from "./evaluateWithCache.ts";
import { generateText } from "./generate.ts";
import { trainLanguage } from "./language.ts";
import { neuralCache } from "./neuralCache.ts";

const V = 7;
const random = generator(4, "ids");
const ids = Array.from({ length: 23 }, () => random.integer(V));
const top = (cell: typeof lstm, sizes: object, layers = 1) =>
  sequential(
    embedding({ vocabulary: V, size: 5 }),
    recurrent(cell, { units: 13, layers, ...sizes } as never),
    dropout({ rate: 0.5 }),
    dense({ units: V }),
  );

/** Every log probability by the formula, in float64, from a trace of the whole text at once. */
async function byHand(model: Model, layer: string, size: number, theta: number, lambda: number): Promise<number[][]> {
  const { values: scores } = await model.predict(sequences([ids]));
  const { values: h, shape } = (await model.trace(sequences([ids]))).get("h", { layer });
  const H = shape[2];
  const stateAt = (t: number): number[] => Array.from(h.subarray(t * H, (t + 1) * H));
  return ids.map((_, t) => {
    const row = Array.from(scores.subarray(t * V, (t + 1) * V));
    const sum = row.reduce((all, z) => all + Math.exp(z), 0);
    const model = row.map((z) => Math.exp(z) / sum);
    const from = Math.max(0, t - size);
    const weights = ids.slice(from, t).map((_, n) => {
      const dot = stateAt(from + n).reduce((all, x, k) => all + x * stateAt(t)[k]!, 0);
      return { id: ids[from + n + 1]!, weight: Math.exp(theta * dot) };
    });
    const total = weights.reduce((all, { weight }) => all + weight, 0);
    return model.map((p, w) => {
      if (weights.length === 0) return Math.log(p);
      const mass = weights.reduce((all, { id, weight }) => all + (id === w ? weight : 0), 0);
      return Math.log((1 - lambda) * p + (lambda * mass) / total);
    });
  });
}

describe("neuralCache", () => {
  test.each([
    ["one layer", lstm, {}, 1, "recurrent.0", "wasm"],
    ["two layers: the upper one's states", lstm, {}, 2, "recurrent.1", "wasm"],
    ["a projection: what is shown of the cell, not all of it", lstmp, { projection: 6 }, 1, "recurrent.0", "wasm"],
    ["another cell, in float64", gru, {}, 1, "recurrent.0", "reference"],
  ] as const)("mixes as the formula says: %s", async (_, cell, sizes, layers, layer, engine) => {
    const model = await createModel(top(cell as typeof lstm, sizes, layers), { seed: 3, engine });
    for (const [size, theta, lambda] of [
      [100, 0.8, 0.3],
      [5, 2, 0.5],
      [1, 0, 0.9],
    ] as const) {
      const expected = await byHand(model, layer, size, theta, lambda);
      const stream = neuralCache(model, { size, theta, lambda });
      ids.forEach((id, t) => {
        const given = stream.step(id);
        // scores and states are float32, of some ulp's size between 1 and 8
        expected[t]!.forEach((p, w) => expect(given[w]).toBeCloseTo(p, 5));
        expect(given.reduce((sum, p) => sum + Math.exp(p), 0)).toBeCloseTo(1, 12);
      });
      stream.close();
    }
    model.close();
  });

  test("works over 8-bit matrices, with states near those of the whole numbers", async () => {
    const model = await createModel(top(lstm, {}), { seed: 3 });
    const small = await quantize(model);
    const [a, b] = [neuralCache(model, { lambda: 0.4, theta: 1 }), neuralCache(small, { lambda: 0.4, theta: 1 })];
    let apart = 0;
    for (const id of ids) {
      const [x, y] = [a.step(id), b.step(id)];
      x.forEach((p, w) => {
        apart = Math.max(apart, Math.abs(p - y[w]!));
      });
    }
    expect(apart).toBeGreaterThan(0);
    expect(apart).toBeLessThan(0.05); // 8 bits of ±1 in each of two products
    small.close();
    model.close();
  });

  test("has forgotten everything after a reset, and takes no harm from an id that the model does not know", async () => {
    const model = await createModel(top(lstm, {}), { seed: 3 });
    const [used, fresh] = [neuralCache(model, { size: 4 }), neuralCache(model, { size: 4 })];
    for (const id of ids) used.step(id);
    used.reset();
    for (const id of ids.slice(3)) {
      expect(() => used.step(V)).toThrow(`x is ${V}; expected an id, a whole number from 0 to ${V - 1}`);
      expect([...used.step(id)]).toEqual([...fresh.step(id)]);
    }
    model.close();
  });

  test("says what is wrong", async () => {
    const model = await createModel(top(lstm, {}), { seed: 3 });
    expect(() => neuralCache(model, { size: 0 })).toThrow("neuralCache: size is 0; expected a whole number from 1");
    expect(() => neuralCache(model, { theta: -1 })).toThrow("theta is -1; expected a number of at least 0");
    expect(() => neuralCache(model, { lambda: 1 })).toThrow("lambda is 1; expected a number from 0 up to, not with, 1");
    await expect(evaluateWithCache(model, ids, { choose: 1 })).rejects.toThrow("choose is 1; expected a number from 0");
    await expect(evaluateWithCache(model, [1])).rejects.toThrow("ids is 1 long; expected a text");
    await expect(evaluateWithCache(model, [1, 2, V])).rejects.toThrow(`x is ${V}`);
    const other = await createModel(sequential(recurrent(lstm, { units: 3 }), dense({ units: 2 })), { input: 2 });
    expect(() => neuralCache(other)).toThrow("model is one that reads values; expected a language model");
    const uneven = await createModel(sequential(embedding({ vocabulary: 5, size: 3 }), recurrent(lstm, { units: 4 })));
    expect(() => neuralCache(uneven)).toThrow("model is one with 4 outputs for 5 ids; expected");
    for (const one of [model, other, uneven]) one.close();
  });
});

/** Chapters about the same things, each about somebody of its own, whose name no other chapter has. */
function chapters(count: number, seed: number): string {
  const draw = generator(seed, "chapters");
  const letter = (from: string): string => from[draw.integer(from.length)]!;
  const lines: string[] = [];
  for (let n = 0; n < count; n++) {
    const name = Array.from({ length: 3 }, () => letter("bdfgklmnprstvz") + letter("aeiou")).join("");
    for (let k = 0; k < 12; k++) {
      const rest = ["rides to the sea", "sleeps in the old tower", "sells bread in the village"][draw.integer(3)]!;
      lines.push(`then ${name} ${rest}.`);
    }
  }
  return `${lines.join("\n")}\n`;
}

describe("a text with names of its own", () => {
  let model: Model;
  let judged: Uint32Array;
  beforeAll(async () => {
    const settings = { units: 24, embedding: 12, batch: 8, window: 32, steps: 250, learningRate: 1e-2, seed: 1 };
    const trained = await trainLanguage(chapters(120, 1), settings);
    model = trained.model;
    judged = encode(chapters(8, 2), trained.vocabulary);
  });

  test("is predicted better with a cache, chosen on a part that is not judged", async () => {
    const { loss, cachedLoss, cache, chosenOn, count } = await evaluateWithCache(model, judged, {
      size: 300,
      choose: 0.25,
    });
    expect(cachedLoss).toBeLessThan(0.9 * loss);
    expect(cache.lambda).toBeGreaterThan(0);
    expect(chosenOn).toBe(Math.floor((judged.length - 1) / 4));
    expect(chosenOn + count).toBe(judged.length - 1);
  });

  test("is judged as by evaluate, and as by the stream with the cache", async () => {
    const cache = { size: 50, theta: 0.5, lambda: 0.2 };
    const { loss, cachedLoss, count, chosenOn } = await evaluateWithCache(model, judged, cache);
    expect([count, chosenOn]).toEqual([judged.length - 1, 0]);
    const data = windows(judged, { length: 256, batch: 1, carryState: true });
    const plain = await evaluate(model, data, { loss: crossEntropy() });
    expect(loss).toBeCloseTo(plain.loss, 5); // float32 losses
    const stream = neuralCache(model, cache);
    let sum = 0;
    for (let t = 0; t < count; t++) sum -= stream.step(judged[t]!)[judged[t + 1]!]!;
    stream.close();
    expect(cachedLoss).toBeCloseTo(sum / count, 10);
  });

  test("leaves θ and λ to what was chosen, not to the part that is judged", async () => {
    const { cachedLoss, chosenOn, cache, count } = await evaluateWithCache(model, judged, { size: 80, choose: 0.5 });
    const stream = neuralCache(model, cache);
    let sum = 0;
    for (let t = 0; t < chosenOn + count; t++) {
      const loss = stream.step(judged[t]!)[judged[t + 1]!]!;
      if (t >= chosenOn) sum -= loss;
    }
    stream.close();
    expect(cachedLoss).toBeCloseTo(sum / count, 10);
  });

  test("goes on about somebody whose name begins as the one of the prompt does, and the same again for the same seed", () => {
    const prompt = "then pikoza sleeps in the old tower.\n".repeat(4);
    const written = (more = {}): string => [...generateText(model, { prompt, length: 600, seed: 2, ...more })].join("");
    const cache = { size: 300, theta: 1, lambda: 0.5 };
    const named = (text: string): number => text.match(/^then p/gm)?.length ?? 0;
    expect(named(written())).toBeLessThan(2);
    expect(named(written({ cache }))).toBeGreaterThan(3);
    expect(written({ cache })).toBe(written({ cache }));
  });
});
