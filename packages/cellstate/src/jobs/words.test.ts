/** The whole job word by word: what is learned, carried along, written, and refused. */
import { beforeAll, describe, expect, test } from "vitest";
import { modelFrom } from "../model/bytes.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import { corpusOf } from "./corpus.ts";
import { generateText, unknownTokens, vocabularyFrom } from "./generate.ts";
import { type LanguageResult, type LanguageTraining, trainLanguage } from "./language.ts";
import { languageSettings } from "./languageSettings.ts";

const text = 'the cat sat on the mat, and the dog ran. "Go!" said Mr. X.\n'.repeat(80) + "a zebra came\n".repeat(9);
const options: LanguageTraining = { level: "word", units: 16, embedding: 8, batch: 4, window: 16, steps: 200, seed: 3 };
const pieces = (model: LanguageResult["model"], more = {}): string[] => [
  ...generateText(model, { length: 40, seed: 1, ...more }),
];

let result: LanguageResult;
beforeAll(async () => {
  result = await trainLanguage(text, { ...options, dropout: 0 });
});

describe("trainLanguage by words", () => {
  test("learns sentences by heart, and tells how much of what it is judged on it cannot know", () => {
    const { history, baseline, judged, vocabulary, split } = result;
    expect(history.best!.validationLoss).toBeLessThan(baseline.unigram);
    expect(vocabulary).toEqual(corpusOf(text, { level: "word" }).vocabulary);
    expect(vocabulary).not.toMatchObject({ words: expect.arrayContaining(["zebra"]) });
    const unknown = 9 * 3; // a zebra came
    const characters = [...text].length;
    expect(judged).toMatchObject({ tokens: split.judged - 1, unknown });
    expect(judged.characters / characters).toBeCloseTo(0.1, 1);
  });

  test("puts all that is needed into the model, which writes the same after it was stored", async () => {
    const { model, judged, vocabulary } = result;
    expect(model.facts).toMatchObject({
      task: "language",
      level: "word",
      vocabulary,
      judged,
      data: { characters: text.length, words: expect.any(Number) },
      training: { settings: { level: "word" } },
    });
    const again = await modelFrom(model.toBytes());
    expect(vocabularyFrom(again)).toEqual(vocabulary);
    expect(pieces(again)).toEqual(pieces(model));
  });

  test("goes on from a checkpoint bit for bit", async () => {
    let half: Checkpoint | undefined;
    const controller = new AbortController();
    const withDropout = { ...options, dropout: 0.3 };
    await trainLanguage(text, withDropout, {
      onProgress: ({ step }) => step === 77 && controller.abort(),
      onCheckpoint: (checkpoint) => void (half = checkpoint),
      signal: controller.signal,
    });
    const rest = await trainLanguage(text, withDropout, { resume: half! });
    const whole = await trainLanguage(text, withDropout);
    expect(rest.history.records).toEqual(whole.history.records);
    expect(Buffer.from(rest.model.toBytes()).equals(Buffer.from(whole.model.toBytes()))).toBe(true);
  });

  test("has settings of its own, that filled in again stay", () => {
    const settings = languageSettings(294_000, { level: "word" });
    expect(settings).toMatchObject({ level: "word", embedding: 128, window: 32, validationLimit: 50_000 });
    expect(languageSettings(294_000, settings)).toEqual(settings);
    expect(languageSettings(294_000)).toMatchObject({ level: "character", embedding: 64, window: 64 });
  });

  test("refuses another level, a corpus of another, and texts with nothing to tell apart", async () => {
    await expect(trainLanguage(text, { level: "line" as "word" })).rejects.toThrow(
      'level is "line"; expected "character" or "word"',
    );
    await expect(trainLanguage(corpusOf(text), options)).rejects.toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: trainLanguage: level is "word"; expected "character", as the corpus was cut.
        make it with corpusBuilder("word"), or leave out the level.]
    `);
    await expect(trainLanguage(`${"spam ".repeat(199)}spam`, options)).rejects.toThrow("the same word 200 times");
    const once = Array.from({ length: 200 }, (_, k) => `word${k}`).join(" ");
    await expect(trainLanguage(once, options)).rejects.toThrow("200 words, none of which is seen 2 times");
    await expect(trainLanguage("only a few words", options)).rejects.toThrow(
      "text is 4 words long; expected at least 100",
    );
  });
});

describe("generateText by words", () => {
  test("goes on from the prompt with the right spaces, a word a piece", () => {
    const from = (prompt: string, length = 6): string[] => pieces(result.model, { prompt, temperature: 0, length });
    expect(from("the cat sat on")).toEqual([" the", " mat", ",", " and", " the", " dog"]);
    // a space at the prompt's end is the next word's
    expect(from("the cat sat on ")).toEqual(["the", " mat", ",", " and", " the", " dog"]);
    expect(from("and the dog ran.", 4)).toEqual([' "', "Go", "!", '"']);
    expect(from("the mat ", 1)).toEqual([","]);
    expect(from("", 1)).toEqual(["the"]);
  });

  test("never writes <unk>, though the prompt may have some", () => {
    expect(unknownTokens(result.model, "the zebra sat, sat X2.")).toEqual(["zebra", "X2"]);
    for (let seed = 0; seed < 40; seed++) {
      const written = pieces(result.model, { prompt: "a zebra", temperature: 4, seed }).join("");
      expect(written).not.toMatch(/unk|join/);
      expect(written.length).toBeGreaterThan(20);
    }
  });

  test("ends before a stop that falls into the middle of a word or over several", () => {
    const whole = pieces(result.model, { prompt: "the", temperature: 0 }).join("");
    for (const stop of ["at, a", "og", "ran."]) {
      const cut = pieces(result.model, { prompt: "the", temperature: 0, stop }).join("");
      expect(cut).toBe(whole.slice(0, whole.indexOf(stop)));
    }
  });

  test("is the same for a seed, whoever reads how far", () => {
    const whole = pieces(result.model, { temperature: 2 });
    const begun: string[] = [];
    for (const piece of generateText(result.model, { length: 40, seed: 1, temperature: 2 })) {
      begun.push(piece);
      if (begun.length === 7) break;
    }
    expect(begun).toEqual(whole.slice(0, 7));
    expect(pieces(result.model, { temperature: 2, seed: 2 })).not.toEqual(whole);
  });

  test("refuses a vocabulary of words without <unk>, or of another size", () => {
    const { words } = vocabularyFrom(result.model) as { words: string[] };
    const none = { words: words.map((word) => (word === "<unk>" ? "other" : word)) };
    expect(() => pieces(result.model.withFacts({ vocabulary: none }))).toThrow("a vocabulary of characters or words");
    const short = { words: words.slice(0, -1) };
    expect(() => pieces(result.model.withFacts({ vocabulary: short }))).toThrow("a vocabulary of characters or words");
  });
});
