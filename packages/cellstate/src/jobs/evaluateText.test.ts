/** The figures of a text: those of the training, those of PyTorch's definitions written out, at characters and words. */
import { beforeAll, describe, expect, test } from "vitest";
import { tokensOf } from "../data/text.ts";
import { AbortedError } from "../errors.ts";
import { modelFrom } from "../model/bytes.ts";
import { quantize } from "../model/quantize.ts";
import { corpusOf } from "./corpus.ts";
import { evaluateText } from "./evaluateText.ts";
import { evaluateWithCache } from "./evaluateWithCache.ts";
import { vocabularyFrom } from "./generate.ts";
import { type LanguageResult, type LanguageTraining, trainLanguage } from "./language.ts";

const animals = ["cat", "dog", "cow", "goose", "mouse"];
const verbs = ["sat", "ran", "slept", "sang"];
/** Sentences that are not all the same, with words that come once. */
const text = Array.from({ length: 260 }, (_, k) => {
  const rare = k % 13 === 5 ? ` with Mr. X${k}` : "";
  return `the ${animals[(k * k) % 5]} ${verbs[(k * 7 + k * k * k) % 4]}${rare}, and the ${animals[(3 * k + 1) % 5]} ran.\n`;
}).join("");
const options: LanguageTraining = { units: 13, embedding: 7, batch: 4, window: 16, steps: 150, seed: 3, dropout: 0 };

const results: Record<string, LanguageResult> = {};
beforeAll(async () => {
  results["character"] = await trainLanguage(text, options);
  results["word"] = await trainLanguage(text, { ...options, level: "word" });
});

describe.each(["character", "word"] as const)("of a model of %ss", (level) => {
  const model = () => results[level]!.model;

  test("the validation part has the loss and the baseline that training told", async () => {
    const { history, baseline, judged } = results[level]!;
    const found = await evaluateText(model(), text, { part: "validation" });
    // the kernel's float32 sums
    expect(found.loss).toBeCloseTo(history.best!.validationLoss, 5);
    expect(found.baseline).toEqual(baseline);
    expect(found).toMatchObject({ ...judged, level });
    expect(found.perplexity).toBeCloseTo(Math.exp(found.loss), 9);
    expect(found.bitsPerCharacter).toBeCloseTo((found.loss * judged.tokens) / judged.characters / Math.LN2, 9);
  });

  test("is the definitions, written out over one prediction of the whole text", async () => {
    const part = "the goose ran with Mr. X5, and the zebra slept.\n\nthe cat";
    const corpus = corpusOf(part, { level, vocabulary: vocabularyFrom(model()) });
    const ids = [...corpus.ids];
    const V = tokensOf(corpus.vocabulary).length;
    const unknown = level === "word" ? 0 : -1;
    const { values } = await model().predict({
      values: Uint32Array.from(ids.slice(0, -1)),
      shape: [1, ids.length - 1],
    });
    const rows = ids.slice(1).map((target, t) => ({ target, z: Array.from(values.slice(t * V, (t + 1) * V)) }));
    const nats = rows.map(({ target, z }) => Math.log(z.reduce((sum, x) => sum + Math.exp(x), 0)) - z[target]!);
    const rank = ({ target, z }: (typeof rows)[number]) =>
      target === unknown ? 99 : z.filter((x, k) => k !== unknown && x > z[target]!).length;
    const share = (most: number) => rows.filter((row) => rank(row) < most).length / rows.length;
    const found = await evaluateText(model(), part);
    expect(found.loss).toBeCloseTo(nats.reduce((sum, x) => sum + x, 0) / nats.length, 6);
    expect(found.accuracy).toBe(share(1));
    expect(found.top5Accuracy).toBe(share(5));
    expect(found.accuracy).toBeGreaterThan(0);
    expect(found.top5Accuracy).toBeLessThan(1);
    expect(found.tokens).toBe(ids.length - 1);
    expect(found.unknown).toBe(level === "word" ? 2 : 0);
    // "the" or "t" is read; no z and no b is known
    expect(found.characters).toBe(part.length - 3);
    expect(found.leftOut).toBe(level === "word" ? 0 : 2);
    expect(found.baseline).toEqual({ uniform: Math.log(V) });
  });

  test("counts the training part where it is given, for another text too", async () => {
    const other = "the dog sang, and the mouse ran.\n".repeat(3);
    const { baseline } = await evaluateText(model(), other, { trainedOn: text });
    expect(baseline.bigram).toBeLessThan(baseline.unigram!);
    expect(baseline.unigram).toBeLessThan(baseline.uniform);
  });

  test("tells what a cache is worth, as evaluateWithCache finds it", async () => {
    const corpus = corpusOf(text.slice(0, 900), { level, vocabulary: vocabularyFrom(model()) });
    const cache = { size: 50, theta: 0.2, lambda: 0.3 };
    const { loss, cached, tokens, characters } = await evaluateText(model(), corpus, { cache });
    const other = await evaluateWithCache(model(), corpus.ids, cache);
    expect(loss).toBeCloseTo(other.loss, 5);
    expect(cached).toMatchObject({ loss: other.cachedLoss, cache });
    expect(cached!.loss).not.toBe(loss);
    expect(cached).toMatchObject({ chosenOn: 0, without: other.loss });
    const chosen = await evaluateText(model(), corpus, { cache: { size: 50, choose: 0.4 } });
    const { cachedLoss, ...rest } = await evaluateWithCache(model(), corpus.ids, { size: 50, choose: 0.4 });
    expect(rest.chosenOn).toBe(Math.floor(0.4 * tokens));
    const { cache: found, chosenOn, loss: without } = rest;
    expect(chosen.cached).toMatchObject({ loss: cachedLoss, cache: found, chosenOn, without });
    expect(cached!.bitsPerCharacter).toBeCloseTo((cached!.loss * tokens) / characters / Math.LN2, 9);
  });

  test("carries the state over what is judged at once, tells how far it is, and stops when asked", async () => {
    const long = text.repeat(level === "word" ? 22 : 4);
    const steps: [number, number][] = [];
    const found = await evaluateText(model(), long, { onProgress: (done, all) => void steps.push([done, all]) });
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.at(-1)).toEqual([found.tokens, found.tokens]);
    // in one go: one step that has lost its state would show in the sixth digit
    const { ids, vocabulary } = corpusOf(long, { level, vocabulary: vocabularyFrom(model()) });
    const V = tokensOf(vocabulary).length;
    const { values } = await model().predict({
      values: Uint32Array.from(ids.slice(0, -1)),
      shape: [1, ids.length - 1],
    });
    let loss = 0;
    for (let t = 0; t + 1 < ids.length; t++) {
      const z = values.subarray(t * V, (t + 1) * V);
      let sum = 0;
      for (let k = 0; k < V; k++) sum += Math.exp(z[k]!);
      loss += Math.log(sum) - z[ids[t + 1]!]!;
    }
    expect(found.loss).toBeCloseTo(loss / found.tokens, 9);
    for (const cache of [undefined, { size: 9 }]) {
      const stop = new AbortController();
      // when all is predicted: what comes then, counting and cache, stops as well
      const onProgress = (done: number, all: number): void => void (done === all && stop.abort());
      const options = { onProgress, signal: stop.signal, ...(cache ? { cache } : { trainedOn: text }) };
      await expect(evaluateText(model(), long, options)).rejects.toBeInstanceOf(AbortedError);
    }
    await expect(evaluateText(model(), long, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(AbortedError);
  });

  test("judges an 8-bit model by its own arithmetic, a little off", async () => {
    const small = await quantize(model());
    const [one, other] = [await evaluateText(model(), text), await evaluateText(small, text)];
    expect(other.loss).not.toBe(one.loss);
    expect(Math.abs(other.loss / one.loss - 1)).toBeLessThan(0.05);
    small.close();
  });

  test("refuses a text of nothing or of one, another text's validation part, and a model that is none", async () => {
    const one = level === "word" ? "cat" : "c";
    await expect(evaluateText(model(), one)).rejects.toThrow(
      `text is 1 ${level} long; expected at least two ${level}s`,
    );
    await expect(evaluateText(model(), "")).rejects.toThrow("expected at least one character");
    await expect(evaluateText(model(), `${text}.`, { part: "validation" })).rejects.toThrow(
      /text is another text than the model was trained on \(SHA-256 .*…\); expected the one with SHA-256/,
    );
    await expect(evaluateText(model(), text, { trainedOn: `${text}.` })).rejects.toThrow(/trainedOn is another text/);
    await expect(evaluateText(model(), corpusOf(text, { level, maxVocabulary: 9 }))).rejects.toThrow(
      /a corpus with another vocabulary/,
    );
    await expect(evaluateText(model(), text, { part: "val" as "all" })).rejects.toThrow(
      'part is "val"; expected "all" or "validation"',
    );
    const none = model().withFacts({ task: "forecast", vocabulary: null });
    await expect(evaluateText(none, text)).rejects.toThrow('model is made for the task "forecast"');
  });
});

test("<unk> is never right, and stands in nobody's way, also where it is the likeliest", async () => {
  const { model } = results["word"]!;
  const sure = await modelFrom(model.toBytes());
  const bias = sure
    .parameters()
    .find(({ name }) => name === "dense.0.b")!
    .values.slice();
  bias[0] = 50;
  sure.setParameters({ "dense.0.b": bias });
  const strangers = await evaluateText(sure, "zebra lion tiger bear");
  expect(strangers).toMatchObject({ tokens: 3, unknown: 3, accuracy: 0, top5Accuracy: 0 });
  expect(strangers.loss).toBeLessThan(1e-6);
  const { accuracy, top5Accuracy } = await evaluateText(model, text);
  expect(accuracy).toBeGreaterThan(0);
  expect(await evaluateText(sure, text)).toMatchObject({ accuracy, top5Accuracy });
  sure.close();
});
