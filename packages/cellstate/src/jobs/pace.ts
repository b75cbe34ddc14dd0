/**
 * How much training fits into a time: some updates are made on a model of their own, timed and thrown away, and what
 * was measured becomes a number of updates. From there on it is a training like any other, with the same bits for the
 * same number of updates; a training that looked at the clock all the time could never be repeated.
 */
import type { Dataset } from "../data/windows.ts";
import { ArgumentError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { evaluate } from "../train/evaluate.ts";
import { crossEntropy } from "../train/losses.ts";
import { adam } from "../train/optimizers.ts";
import { train } from "../train/train.ts";
import { MOST_COUNTED } from "./kneserNey/counting.ts";
import type { LanguageOptions } from "./languageSettings.ts";

/** How fast a machine was with a model. */
export interface Pace {
  /** How many updates were timed. */
  readonly updates: number;
  /** Of the timed updates, on average. */
  readonly secondsPerUpdate: number;
  /** Judging alone, without training. */
  readonly judgedPerSecond: number;
}

/** What is timed. */
export interface Timed {
  /** Is trained, and closed. */
  readonly model: Model;
  readonly training: Dataset;
  /** So many characters to judge on. */
  readonly judged: (characters: number) => Dataset;
  readonly signal?: AbortSignal | undefined;
}

const LEAST_UPDATES = 4;
/** The part of the time that is spent on timing, and the most, seconds: shorter ones may miss what else a machine does. */
const SHARE = 0.08;
const MOST_SECONDS = 3;
/** Validations in a training, and the part of the time that they take together at most. */
const VALIDATIONS = 20;
const JUDGING = 0.1;
const PROBE = 4096; // characters
const LEAST_JUDGED = 1000; // characters

/** N-grams counted for each second of the training: a fiftieth of it here, a tenth on a phone. */
const COUNTED = 30_000;

/** How many symbols a baseline may count, so that counting hardly takes from the time. */
export const baselineLimitWithin = (seconds: number): number =>
  Math.min(MOST_COUNTED, Math.max(1000, Math.floor(seconds * COUNTED) || 0));

/** @returns undefined if the signal came first */
export async function measurePace(
  seconds: number,
  { model, training, judged, signal }: Timed,
): Promise<Pace | undefined> {
  const limit = Math.min(MOST_SECONDS, seconds * SHARE) * 1000;
  const enough = new AbortController();
  const loss = crossEntropy();
  const begin = performance.now();
  const times = [begin];
  try {
    await train(model, training, {
      loss,
      optimizer: adam({ learningRate: 1e-6 }),
      steps: Number.MAX_SAFE_INTEGER,
      signal: enough.signal,
      onProgress() {
        times.push(performance.now());
        const isLong = times.at(-1)! - begin > limit && times.length > LEAST_UPDATES;
        if (isLong || signal?.aborted) enough.abort();
      },
    });
    if (signal?.aborted) return undefined;
    // the first updates compile, and start threads: the second half counts
    const from = Math.floor(times.length / 2);
    const updates = times.length - 1 - from;
    await evaluate(model, judged(PROBE / 8), { loss });
    const start = performance.now();
    const { count } = await evaluate(model, judged(PROBE), { loss });
    return {
      updates,
      secondsPerUpdate: (times.at(-1)! - times[from]!) / updates / 1000,
      judgedPerSecond: (1000 * count) / Math.max(1e-3, performance.now() - start),
    };
  } finally {
    model.close();
  }
}

/** Options for a training that takes about so many seconds from now on; what they say already stays. */
export function optionsWithin(seconds: number, options: LanguageOptions, pace: Pace): LanguageOptions {
  const affordable = Math.round((pace.judgedPerSecond * seconds * JUDGING) / VALIDATIONS);
  const { validationLimit = Math.max(LEAST_JUDGED, Math.min(200_000, affordable)), validateEvery } = options;
  const validation = validationLimit / pace.judgedPerSecond;
  const updates =
    validateEvery === undefined
      ? (seconds - VALIDATIONS * validation) / pace.secondsPerUpdate
      : seconds / (pace.secondsPerUpdate + validation / validateEvery);
  const steps = Math.max(1, Math.floor(updates));
  return { ...options, validationLimit, steps, validateEvery: validateEvery ?? Math.ceil(steps / VALIDATIONS) };
}

/** @throws {ArgumentError} if the time is no number above 0, or how long is said in another way too */
export function checkSeconds(seconds: number, { steps, epochs }: LanguageOptions, resume: unknown): void {
  const facts = { where: "trainLanguage", argument: "seconds", given: seconds };
  if (!(seconds > 0 && Number.isFinite(seconds))) {
    throw new ArgumentError({ ...facts, expected: "a number above 0", mend: "120 trains for two minutes." });
  }
  const [beside] = Object.entries({ steps, epochs, resume }).find(([, said]) => said !== undefined) ?? [];
  if (beside === undefined) return;
  const mend =
    beside === "resume"
      ? "give the settings of the training that goes on, which have its steps."
      : "leave out steps and epochs, or seconds.";
  const described = `${seconds}, beside ${beside}`;
  throw new ArgumentError({ ...facts, described, expected: "one way to say how long", mend });
}
