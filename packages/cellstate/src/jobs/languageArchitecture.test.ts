/** The layers of a language model as its settings ask for them, and what they cannot ask for. */
import { expect, test } from "vitest";
import { lstm, lstmp } from "../cells/index.ts";
import { trainLanguage } from "./language.ts";
import { languageArchitecture } from "./languageArchitecture.ts";
import { type LanguageOptions, languageSettings } from "./languageSettings.ts";

const layersOf = (options: LanguageOptions, cell: typeof lstm | typeof lstmp = lstm): string[] =>
  languageArchitecture(cell, 9, languageSettings(5000, options)).layers.map((layer) => {
    const { cell: _, start: __, ...rest } = layer as unknown as Record<string, unknown>;
    return JSON.stringify(rest);
  });

test("a plain one has the layers that it always had, and settings that say no word of others", () => {
  expect(Object.keys(languageSettings(5000)).filter((key) => /tied|residual|layerNorm|activity/.test(key))).toEqual([]);
  expect(languageSettings(5000, { tied: false, activity: {} })).toEqual(languageSettings(5000));
  expect(layersOf({ units: 8, embedding: 4, dropout: 0.2 })).toEqual([
    '{"kind":"embedding","vocabulary":9,"size":4}',
    '{"kind":"recurrent","sizes":{"units":8},"layers":1,"direction":"forward","output":"every","dropout":0.2}',
    '{"kind":"dropout","rate":0.2}',
    '{"kind":"dense","units":9,"activation":"none"}',
  ]);
});

test("a deep, tied, regularised one: changes are watched before dropout, sizes behind it", () => {
  const options = { units: 8, layers: 2, dropout: 0.2, tied: true, residual: true, layerNorm: true };
  expect(layersOf({ ...options, activity: { l2: 2, temporal: 1 } })).toEqual([
    '{"kind":"embedding","vocabulary":9,"size":8}',
    '{"kind":"recurrent","sizes":{"units":8},"layers":2,"direction":"forward","output":"every","dropout":0.2,"residual":true,"layerNorm":true}',
    '{"kind":"activityRegularization","l2":0,"temporal":1}',
    '{"kind":"dropout","rate":0.2}',
    '{"kind":"activityRegularization","l2":2,"temporal":0}',
    '{"kind":"dense","units":9,"activation":"none","tied":"embedding.0"}',
  ]);
});

test("where sizes differ a tied output has a layer in between, whatever the cell gives", () => {
  const kinds = (options: LanguageOptions, cell?: typeof lstmp) =>
    layersOf({ tied: true, ...options }, cell).map((text) => JSON.parse(text).units ?? JSON.parse(text).kind);
  expect(kinds({ units: 8, embedding: 4 })).toEqual(["embedding", "recurrent", 4, 9]);
  expect(kinds({ units: 8, embedding: 4, sizes: { projection: 4 } }, lstmp)).toEqual(["embedding", "recurrent", 9]);
  expect(kinds({ units: 8, sizes: { projection: 4 } }, lstmp)).toEqual(["embedding", "recurrent", 8, 9]);
});

test("noise goes to the layers that draw it", () => {
  const noise = { zoneout: 0.1, recurrentDropout: 0.2, weightDrop: 0.3 };
  const layers = layersOf({ ...noise, embeddingDropout: 0.4 }).map((text) => JSON.parse(text));
  expect(layers[0]).toMatchObject({ kind: "embedding", dropout: 0.4 });
  expect(layers[1]).toMatchObject({ kind: "recurrent", ...noise });
  expect(languageSettings(5000, { ...noise, embeddingDropout: 0 })).toMatchObject(noise);
  expect(languageSettings(5000, { zoneout: 0, embeddingDropout: 0 })).toEqual(languageSettings(5000));
});

test("what is no such option is refused in words", () => {
  const refused = (options: unknown) => () => languageSettings(5000, options as LanguageOptions);
  expect(refused({ tied: "yes" })).toThrow('trainLanguage: tied is "yes"; expected true or false.');
  expect(refused({ residual: 1 })).toThrow("residual is 1; expected true or false");
  expect(refused({ weightDrop: 1 })).toThrow("weightDrop is 1; expected a number from 0 up to, not with, 1");
  expect(refused({ zoneout: "0.1" })).toThrow("zoneout is");
  expect(refused({ activity: { l2: -1 } })).toThrow("l2 is -1; expected a number of at least 0");
});

test("trained, it learns a sentence as others do, and says what it was trained with", async () => {
  const text = "the cat sat on the mat, and the dog ran.\n".repeat(60);
  const activity = { l2: 0.01, temporal: 0.01 };
  const options = { units: 24, layers: 2, batch: 8, window: 16, steps: 150, seed: 3, activity };
  const penalties: (number | undefined)[] = [];
  const { model, history, settings, baseline } = await trainLanguage(
    text,
    { ...options, tied: true, residual: true, layerNorm: true },
    { onProgress: ({ penalty }) => penalties.push(penalty) },
  );
  expect(history.best!.validationLoss).toBeLessThan(baseline.bigram / 2);
  expect(settings).toMatchObject({ tied: true, residual: true, layerNorm: true, activity, embedding: 24 });
  expect(model.facts["training"]).toMatchObject({ settings: { tied: true, activity } });
  expect(model.parameters().some(({ name }) => name === "dense.0.W")).toBe(false);
  expect(penalties.every((penalty) => penalty! > 0)).toBe(true);
  model.close();
});
