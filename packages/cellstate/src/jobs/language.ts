/**
 * A model of a text's characters or words, the whole job in one call and without a file system: vocabulary, split, baseline,
 * training with the best weights kept, and a model that carries everything it needs to write.
 */
import type { Cell } from "../cell/cell.ts";
import { lstm } from "../cells/lstm.ts";
import { type Level, tokensOf, unknownId, type Vocabulary } from "../data/text.ts";
import { windows } from "../data/windows.ts";
import { ArgumentError } from "../errors.ts";
import { inParts } from "../model/breathe.ts";
import { createModel, type Model } from "../model/model.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import { crossEntropy } from "../train/losses.ts";
import { adam } from "../train/optimizers.ts";
import { cosine } from "../train/rates.ts";
import { type History, type Progress, train } from "../train/train.ts";
import { countBaseline, type TextBaseline, usualOrder } from "./baseline.ts";
import { type Corpus, corpusOf, type VocabularyOptions } from "./corpus.ts";
import { languageArchitecture } from "./languageArchitecture.ts";
import {
  type LanguageOptions,
  type LanguageSettings,
  languageSettings,
  splitOf,
  type TextSplit,
} from "./languageSettings.ts";
import { baselineLimitWithin, checkSeconds, measurePace, optionsWithin, type Pace } from "./pace.ts";

export type { LanguageOptions, LanguageSettings, TextSplit } from "./languageSettings.ts";

/** What `trainLanguage` is asked for; everything has a default. */
export interface LanguageTraining extends LanguageOptions, VocabularyOptions {
  /** Default: the LSTM. */
  readonly cell?: Cell;
  /** What the text is called, for the model's facts. */
  readonly name?: string;
  /**
   * Instead of `steps` or `epochs`: as many updates as fit into so many seconds on this machine. Some are made first,
   * timed and thrown away; `settings.steps` then says how many there will be, and `settings` as options give the same
   * model anywhere. Not together with `resume`.
   */
  readonly seconds?: number;
}

/** What a model is judged on: predictions of the validation part, each from all that comes before. */
export interface JudgedText {
  /** How many characters or words are predicted. */
  readonly tokens: number;
  /** How many characters these are: a loss times `tokens / characters` is nats a character. */
  readonly characters: number;
  /** How many of them are not in the vocabulary. */
  readonly unknown: number;
}

/** What is known before the first update. */
export interface LanguageStart {
  /** All options, filled in. */
  readonly settings: LanguageSettings;
  /** How much of the text goes where. */
  readonly split: TextSplit;
  /** What will be judged on. */
  readonly judged: JudgedText;
  /** What counting reaches on the validation part. */
  readonly baseline: TextBaseline;
  /** The characters that the model will know. */
  readonly vocabulary: Vocabulary;
  /** With its start values; `generateText` works. */
  readonly model: Model;
  /** How fast this machine was before the start, where `seconds` asked for it. */
  readonly pace?: Pace;
}

/** What `trainLanguage` tells while it works. */
export interface LanguageEvents {
  /** Before the first update. Training waits. */
  readonly onStart?: (start: LanguageStart) => void | Promise<void>;
  /** After every update. The model has the latest weights, and may be used before this returns. */
  readonly onProgress?: (event: Progress, model: Model) => void;
  /** A validation was the best so far: the model to put away, its facts included. Training waits. */
  readonly onBest?: (model: Model) => void | Promise<void>;
  /** Where training can go on from. Comes after `onBest`; training waits. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void | Promise<void>;
  /** Where to go on, with the text and the options of then. */
  readonly resume?: Checkpoint;
  /** Stops after the update under way. */
  readonly signal?: AbortSignal;
}

/** What `trainLanguage` ends with. */
export interface LanguageResult {
  /** The best validated weights; the latest, if training was stopped. */
  readonly model: Model;
  /** The characters that the model knows. */
  readonly vocabulary: Vocabulary;
  /** Losses on the way, and why it ended. */
  readonly history: History;
  /** All options, filled in. */
  readonly settings: LanguageSettings;
  /** How much of the text went where. */
  readonly split: TextSplit;
  /** What was judged on. */
  readonly judged: JudgedText;
  /** What counting reaches on the same part. */
  readonly baseline: TextBaseline;
}

/**
 * Trains a recurrent network to go on with a text.
 *
 * @param text - the text, or a corpus from `corpusBuilder` where it is long, which says itself what it is cut into
 * @throws {ArgumentError} if the text is too short, has one character or word only, or an option is out of its range
 * @throws {TrainingError} if training diverges again and again
 * @example
 * const { model } = await trainLanguage(text, { units: 128, steps: 1000, seed: 1 });
 * const passage = [...generateText(model, { prompt: "The king" })].join("");
 */
export async function trainLanguage(
  text: string | Corpus,
  given: LanguageTraining = {},
  events: LanguageEvents = {},
): Promise<LanguageResult> {
  const { onStart, onProgress, onBest, onCheckpoint, resume, signal } = events;
  const begin = performance.now();
  const corpus = typeof text === "string" ? corpusOf(text, given) : text;
  const { vocabulary } = corpus;
  const level: Level = "words" in vocabulary ? "word" : "character";
  const { seconds } = given;
  const options = { level, ...(seconds !== undefined && { baselineLimit: baselineLimitWithin(seconds) }), ...given };
  // what is wrong with the options is said before anything is measured
  const asked = languageSettings(corpus.ids.length, options);
  if (asked.level !== level) {
    const mend = `make it with corpusBuilder("${asked.level}"), or leave out the level.`;
    const facts = { where: "trainLanguage", argument: "level", given: asked.level };
    throw new ArgumentError({ ...facts, expected: `"${level}", as the corpus was cut`, mend });
  }
  if (seconds !== undefined) checkSeconds(seconds, options, resume);
  const size = tokensOf(vocabulary).length;
  checkVariety(corpus, level);
  const cell = options.cell ?? lstm;
  const { batch, window, seed, mode } = asked;
  const create = (facts: Model["facts"] = {}): Promise<Model> =>
    createModel(languageArchitecture(cell, size, asked), {
      seed,
      ...(mode && { mode }),
      threads: options.threads ?? "auto",
      facts,
    });
  const training = corpus.ids.subarray(0, splitOf(corpus.ids.length, asked).training);
  const rest = corpus.ids.subarray(training.length);
  const data = stream(training, { length: window, batch });
  const judgedOn = (tokens: number) => stream(rest.subarray(0, tokens), { length: 256, batch: 1 });
  const pace =
    seconds === undefined || signal?.aborted
      ? undefined
      : await measurePace(seconds, { model: await create(), training: data, judged: judgedOn, signal });
  const judge = await inParts(countBaseline(training, size, { order: usualOrder(level), limit: asked.baselineLimit }));
  const settings =
    seconds === undefined || pace === undefined
      ? asked
      : languageSettings(corpus.ids.length, optionsWithin(seconds - (performance.now() - begin) / 1000, options, pace));
  const split = splitOf(corpus.ids.length, settings);
  const judged = judgedText(corpus, split);
  const baseline = await inParts(judge(rest.subarray(0, split.judged)));
  const factsAt = (record?: Progress["record"]) => ({
    task: "language",
    level,
    vocabulary,
    data: {
      ...(options.name !== undefined && { name: options.name }),
      characters: corpus.characters,
      ...(level === "word" && { words: corpus.ids.length }),
      sha256: corpus.sha256,
    },
    split: { ...split, rule: "the last part, read as one stream with its state carried" },
    judged,
    baseline,
    training: {
      settings,
      ...(record && { bestStep: record.step, trainLoss: record.trainLoss, validationLoss: record.validationLoss }),
    },
  });
  const model = await create(factsAt());
  await onStart?.({ settings, split, judged, baseline, vocabulary, model, ...(pace && { pace }) });

  let latest: Progress["record"];
  const history = await train(model, data, {
    loss: crossEntropy(),
    optimizer: adam({
      learningRate: cosine({ peak: settings.learningRate, warmUp: settings.warmUp, end: settings.learningRate / 1000 }),
    }),
    clipNorm: settings.clipNorm,
    steps: settings.steps,
    seed,
    validation: judgedOn(split.judged),
    validateEvery: settings.validateEvery,
    ...(settings.patience !== undefined && { patience: settings.patience }),
    onProgress(event) {
      latest = event.record;
      onProgress?.(event, model);
    },
    async onCheckpoint(checkpoint) {
      if (latest?.isBest) await onBest?.(model.withFacts(factsAt(latest)));
      latest = undefined;
      await onCheckpoint?.(checkpoint);
    },
    ...(resume && { resume }),
    ...(signal && { signal }),
  });
  const best = history.stopped === "aborted" ? undefined : history.records.find((r) => r.step === history.best?.step);
  const trained = model.withFacts(factsAt(best && { ...best, isBest: true }));
  return { model: trained, vocabulary, history, settings, split, judged, baseline };
}

/** @throws {ArgumentError} if there is nothing to tell apart */
function checkVariety({ ids, vocabulary, minCount }: Corpus, level: Level): void {
  const [first] = ids;
  if (ids.some((id) => id !== first)) return;
  const isUnknown = level === "word" && first === unknownId(vocabulary);
  const facts = isUnknown
    ? {
        described: `${ids.length} words, none of which is seen ${minCount} times`,
        mend: "give more text, or a smaller minCount.",
      }
    : { described: `the same ${level} ${ids.length} times`, mend: "check that it is the right text." };
  const given = { where: "trainLanguage", argument: "text", given: tokensOf(vocabulary)[first!] };
  throw new ArgumentError({ ...given, ...facts, expected: `at least two different ${level}s` });
}

/** The first token of the part is no prediction: nothing comes before it. */
export function judgedText({ ids, lengths, vocabulary }: Corpus, { training, judged }: TextSplit): JudgedText {
  const unknown = unknownId(vocabulary);
  const counts = { tokens: judged - 1, characters: 0, unknown: 0 };
  for (let t = training + 1; t < training + judged; t++) {
    counts.characters += lengths === undefined ? 1 : lengths[t]!;
    if (ids[t] === unknown) counts.unknown++;
  }
  return counts;
}

/** One stream with carried states. Narrow ids serve as well as wide ones; only the type does not say so yet. */
const stream = (ids: Corpus["ids"], options: { length: number; batch: number }) =>
  windows(ids, { ...options, carryState: true });
