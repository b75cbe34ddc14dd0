/** The whole job: what it learns, what it carries along, what it writes, what it refuses. */
import { beforeAll, describe, expect, test } from "vitest";
import { tokensOf } from "../data/text.ts";
import { modelFrom } from "../model/bytes.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import { generateText, unknownTokens, vocabularyFrom } from "./generate.ts";
import { type LanguageResult, type LanguageTraining, trainLanguage } from "./language.ts";
import { languageSettings } from "./languageSettings.ts";

const text = "the cat sat on the mat, and the dog ran.\n".repeat(100);
const options: LanguageTraining = { units: 24, embedding: 8, batch: 8, window: 16, steps: 400, seed: 3 };
const written = (model: LanguageResult["model"], more = {}): string =>
  [...generateText(model, { length: 60, seed: 1, ...more })].join("");

let result: LanguageResult;
beforeAll(async () => {
  result = await trainLanguage(text, options);
});

describe("trainLanguage", () => {
  test("learns a sentence by heart, far below the pairs", () => {
    const { baseline, history } = result;
    expect(history.stopped).toBe("finished");
    expect(history.best!.validationLoss).toBeLessThan(baseline.bigram / 4);
    expect(baseline.bigram).toBeLessThan(baseline.unigram);
    expect(written(result.model, { prompt: "the dog", temperature: 0 })).toContain("ran.\nthe cat sat on the mat");
  });

  test("puts all that is needed into the model, which writes the same after it was stored", async () => {
    expect(result.model.facts).toMatchObject({
      task: "language",
      vocabulary: result.vocabulary,
      data: { characters: text.length },
      split: { training: 3690, validation: 410 },
      training: { bestStep: result.history.best!.step, validationLoss: result.history.best!.validationLoss },
    });
    const again = await modelFrom(result.model.toBytes());
    expect(written(again)).toBe(written(result.model));
    expect(unknownTokens(again, "the zoo, é")).toEqual(["z", "é"]);
  });

  test("goes on from a checkpoint bit for bit, and hands out the best model each time", async () => {
    let half: Checkpoint | undefined;
    const best: number[] = [];
    const controller = new AbortController();
    const stopped = await trainLanguage(text, options, {
      onProgress: ({ step }) => step === 177 && controller.abort(),
      onCheckpoint: (checkpoint) => void (half = checkpoint),
      onBest: (model) =>
        void best.push((model.facts as { training: { validationLoss: number } }).training.validationLoss),
      signal: controller.signal,
    });
    expect(stopped.history).toMatchObject({ stopped: "aborted", steps: 177 });
    expect(best.length).toBeGreaterThan(1);
    expect(best).toEqual([...best].sort((a, b) => b - a));
    const rest = await trainLanguage(text, options, { resume: half! });
    expect(rest.history.records).toEqual(result.history.records);
    expect(Buffer.from(rest.model.toBytes()).equals(Buffer.from(result.model.toBytes()))).toBe(true);
  });

  test("refuses a text that is too short or always the same, in words", async () => {
    await expect(trainLanguage("hello")).rejects.toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: trainLanguage: text is 5 characters long; expected at least 100.
        a model needs some thousand characters to learn anything, and a million to write well.]
    `);
    await expect(trainLanguage("a".repeat(200))).rejects.toThrow("the same character 200 times");
    await expect(trainLanguage(text, { batch: 4000 })).rejects.toThrow(/batch is 4000; expected at most/);
  });
});

describe("the settings", () => {
  test("are filled in once: filled in again they stay", () => {
    for (const length of [100, 5000, 1_115_394, 200_000_000]) {
      const settings = languageSettings(length, { epochs: 2 });
      expect(languageSettings(length, settings)).toEqual(settings);
    }
  });

  test("read 7 million characters by default, 50 epochs at most, and give a short text smaller batches", () => {
    expect(languageSettings(1_115_394)).toMatchObject({
      steps: 3418,
      batch: 32,
      window: 64,
      learningRate: 8e-3,
      validateEvery: 342,
    });
    expect(languageSettings(1000)).toMatchObject({ batch: 3, steps: 250 });
    expect(languageSettings(1_115_394, { units: 256 }).learningRate).toBe(4e-3);
  });
});

describe("generateText", () => {
  test("is the same for a seed, whoever reads how far", () => {
    const whole = written(result.model, { temperature: 1.5 });
    expect(written(result.model, { temperature: 1.5 })).toBe(whole);
    expect(written(result.model, { temperature: 1.5, seed: 2 })).not.toBe(whole);
    let begun = "";
    for (const character of generateText(result.model, { length: 60, seed: 1, temperature: 1.5 })) {
      begun += character;
      if (begun.length === 10) break;
    }
    expect(begun).toBe(whole.slice(0, 10));
  });

  test("draws as often as the probabilities say, within four standard deviations", async () => {
    const model = result.model;
    const characters = tokensOf(vocabularyFrom(model));
    const ids = Uint32Array.of(characters.indexOf("t"), characters.indexOf("h"));
    const { values } = await model.predict({ values: ids, shape: [1, 2] });
    const scores = Array.from(values.slice(-characters.length), (z) => Number(z) / 3);
    const sum = scores.reduce((total, z) => total + Math.exp(z), 0);
    const draws = 4000;
    const counts = new Map<string, number>();
    for (let seed = 0; seed < draws; seed++) {
      const [c] = generateText(model, { prompt: "th", length: 1, temperature: 3, seed });
      counts.set(c!, (counts.get(c!) ?? 0) + 1);
    }
    characters.forEach((c, k) => {
      const p = Math.exp(scores[k]!) / sum;
      expect(Math.abs((counts.get(c) ?? 0) - draws * p)).toBeLessThanOrEqual(4 * Math.sqrt(draws * p * (1 - p)) + 1);
    });
  });

  test("cuts to the likeliest: k of them, or those that have p together", () => {
    const draw = (more: object): Set<string> =>
      new Set(
        Array.from(
          { length: 300 },
          (_, seed) =>
            [...generateText(result.model, { prompt: "the ", length: 1, temperature: 5, seed, ...more })][0]!,
        ),
      );
    expect(draw({ topK: 3 }).size).toBe(3);
    expect(draw({ topP: 1e-6 }).size).toBe(1);
    expect(draw({}).size).toBeGreaterThan(8);
  });

  test("ends before a stop, also one that begins and does not come", () => {
    const whole = written(result.model, { prompt: "the", temperature: 0 });
    expect(written(result.model, { prompt: "the", temperature: 0, stop: "the mat" })).toBe(
      whole.slice(0, whole.indexOf("the mat")),
    );
    expect(written(result.model, { prompt: "the", temperature: 0, stop: ["the mouse", "zzz"] })).toBe(whole);
  });

  test("refuses what it cannot do, in words", () => {
    expect(() => written(result.model, { prompt: "é" })).toThrow(/not all in the vocabulary: "é"/);
    expect(() => written(result.model, { temperature: -1 })).toThrow(
      /temperature is -1; expected a number from 0 to 100/,
    );
    expect(() => written(result.model, { topP: 0 })).toThrow(/topP is 0/);
    const other = result.model.withFacts({ task: "forecast", vocabulary: null });
    expect(() => written(other)).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: generateText: model is made for the task "forecast"; expected a model with a vocabulary of characters or words in its facts.
        train one with trainLanguage, or \`cellstate train TEXT\`.]
    `);
  });
});
