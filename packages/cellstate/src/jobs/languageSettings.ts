/**
 * The settings of a language training: what was asked for, the rest filled in from the text. Plain data, so that a
 * run can store them and go on with exactly these.
 */
import type { Level } from "../data/text.ts";
import { ArgumentError } from "../errors.ts";
import type { Mode } from "../model/core.ts";
import type { Threads } from "../model/threads.ts";
import { checkLevel } from "./corpus.ts";
import { MOST_COUNTED } from "./kneserNey/counting.ts";
import { type DeepOptions, deepSettings } from "./languageArchitecture.ts";

/** What may be said about a language training; all of it may be left out. */
export interface LanguageOptions extends DeepOptions {
  /** What the text is cut into: `"character"`, the default, or `"word"`. */
  readonly level?: Level;
  /** Hidden units of each layer. Default 128. */
  readonly units?: number;
  /** Default 1. */
  readonly layers?: number;
  /** How long each character's or word's vector is. Default 64, of words 128; with `tied`, as many as units. */
  readonly embedding?: number;
  /** Between the layers and before the output, while training. Default 0; of words 0.2. */
  readonly dropout?: number;
  /** Sizes of the cell's own axes: `{ projection: 64 }`. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Lanes read side by side. Default 32, fewer for a short text. */
  readonly batch?: number;
  /** Characters or words that back-propagation looks back. Default 64; of words 32. */
  readonly window?: number;
  /** Updates. Default: until 7 million characters or 50 epochs are read; 2 million words or 8 epochs. */
  readonly steps?: number;
  /** Passes over the text, instead of `steps`. */
  readonly epochs?: number;
  /** The highest, after the warm-up. Default 8e-3, of words 4e-3, up to 128 units; less for more. */
  readonly learningRate?: number;
  /** Updates. Default 50. */
  readonly warmUp?: number;
  /** Default 1. */
  readonly clipNorm?: number;
  /** The part at the end that is kept to judge on. Default 0.1. */
  readonly validation?: number;
  /** At most so many of its characters or words are read each time. Default 200,000; of words 50,000. */
  readonly validationLimit?: number;
  /** The baseline's n-grams are counted in at most so many of the training part's last characters. Default 2,000,000. */
  readonly baselineLimit?: number;
  /** Updates between validations. Default a tenth of all, at most 500. */
  readonly validateEvery?: number;
  /** Stop after so many validations without a better one. Default: never. */
  readonly patience?: number;
  /** Default 0. */
  readonly seed?: number;
  /** As in `createModel`. Default `"strict"`. */
  readonly mode?: Mode;
  /** As in `createModel`; no setting of the run, since nothing depends on it. Default `"auto"`. */
  readonly threads?: Threads;
}

/** The options that always have a value. */
type Filled = Required<Omit<LanguageOptions, "epochs" | "patience" | "mode" | "threads" | keyof DeepOptions>>;

/** The options with everything filled in, so that a run can store them and go on with exactly these. */
export interface LanguageSettings extends Filled, DeepOptions {
  /** Validations without a better loss until it stops; never, if omitted. */
  readonly patience?: number;
  /** `"strict"` or `"fast"`, as in `createModel`. */
  readonly mode?: Mode;
}

/** What is left of a text to train and to judge on, by its length in characters or words. */
export interface TextSplit {
  /** Characters to train on. */
  readonly training: number;
  /** Characters held back. */
  readonly validation: number;
  /** How many of the validation's characters or words are read. */
  readonly judged: number;
}

/** Fewer characters or words are no text to learn from. */
const LEAST = 100;

/** What fits a level; `read` and `epochs` say how long it trains. The words' were tried on tiny Shakespeare. */
const USUAL = {
  character: { embedding: 64, dropout: 0, window: 64, learningRate: 8e-3, validationLimit: 200_000 },
  word: { embedding: 128, dropout: 0.2, window: 32, learningRate: 4e-3, validationLimit: 50_000 },
} as const;
const LONG = { character: { read: 7_000_000, epochs: 50 }, word: { read: 2_000_000, epochs: 8 } } as const;

export function splitOf(length: number, { validation, validationLimit }: LanguageSettings): TextSplit {
  const training = Math.floor(length * (1 - validation) + 1e-9);
  return { training, validation: length - training, judged: Math.min(length - training, validationLimit) };
}

/**
 * The options of `trainLanguage` with everything filled in, for a text of this length.
 *
 * @param length - characters of the text
 * @throws {ArgumentError} if the text is too short or an option out of its range
 * @example const { steps, batch } = languageSettings(1_000_000, { epochs: 2 });
 */
export function languageSettings(length: number, options: LanguageOptions = {}): LanguageSettings {
  const { level = "character", units = 128, layers = 1, sizes = {}, validation = 0.1 } = options;
  checkLevel(level, "trainLanguage");
  const usual = USUAL[level];
  const {
    embedding = options.tied ? units : usual.embedding,
    dropout = usual.dropout,
    window = usual.window,
  } = options;
  whole("units", units);
  whole("layers", layers);
  whole("embedding", embedding);
  whole("window", window);
  const isPart = validation > 0 && validation <= 0.5;
  check("validation", validation, isPart, "a number above 0, at most 0.5", "0.1 keeps the last tenth.");
  if (length < LEAST) {
    const mend = `a model needs some thousand ${level}s to learn anything, and a million to write well.`;
    const facts = {
      given: length,
      described: `${length} ${level}s long`,
      expected: `at least ${LEAST}`,
      mend,
    };
    throw new ArgumentError({ where: "trainLanguage", argument: "text", ...facts });
  }
  const training = Math.floor(length * (1 - validation) + 1e-9);
  // a lane of a short text still has some windows, so that an epoch is not a single update
  const batch = options.batch ?? Math.max(1, Math.min(32, Math.floor(training / (4 * window))));
  whole("batch", batch);
  const most = Math.floor(training / 4);
  check(
    "batch",
    batch,
    batch <= most,
    `at most ${most} for ${training} ${level}s to train on`,
    "take a smaller batch or more text.",
  );
  const { steps = stepsFor(training, batch, window, options.epochs, level), clipNorm = 1, warmUp = 50 } = options;
  whole("steps", steps);
  const { learningRate = usual.learningRate * Math.min(1, 128 / units) } = options;
  const { validateEvery = Math.min(500, Math.ceil(steps / 10)) } = options;
  const isRate = learningRate > 0 && Number.isFinite(learningRate);
  check("learningRate", learningRate, isRate, "a number above 0", "for example 8e-3.");
  check("clipNorm", clipNorm, clipNorm > 0, "a number above 0", "1 is usual.");
  check("warmUp", warmUp, Number.isSafeInteger(warmUp) && warmUp >= 0, "a whole number of at least 0", "50 is usual.");
  check("dropout", dropout, dropout >= 0 && dropout < 1, "a number from 0 up to, not with, 1", "0.2 drops a fifth.");
  whole("validateEvery", validateEvery);
  const { validationLimit = usual.validationLimit, baselineLimit = MOST_COUNTED, seed = 0, patience, mode } = options;
  check("validationLimit", validationLimit, validationLimit >= 2, `at least 2 ${level}s`, "leave it out.");
  const isCount = Number.isSafeInteger(baselineLimit) && baselineLimit > 0;
  check("baselineLimit", baselineLimit, isCount, "a whole number of at least 1", "leave it out.");
  if (patience !== undefined) whole("patience", patience);
  return {
    level,
    ...deepSettings(options, "trainLanguage"),
    units,
    layers,
    embedding,
    dropout,
    sizes,
    batch,
    window,
    steps,
    learningRate,
    warmUp: Math.min(warmUp, Math.floor(steps / 4)),
    clipNorm,
    validation,
    validationLimit,
    baselineLimit,
    validateEvery,
    ...(patience !== undefined && { patience }),
    seed,
    ...(mode !== undefined && { mode }),
  };
}

function stepsFor(training: number, batch: number, window: number, epochs: number | undefined, level: Level): number {
  const perEpoch = Math.ceil((training - 1) / batch / window);
  if (epochs !== undefined) {
    check("epochs", epochs, epochs > 0 && Number.isFinite(epochs), "a number above 0", "for example 5.");
    return Math.max(1, Math.round(epochs * perEpoch));
  }
  const { read, epochs: most } = LONG[level];
  return Math.min(most * perEpoch, Math.ceil(read / (batch * window)));
}

const whole = (argument: string, given: unknown): void =>
  check(
    argument,
    given,
    Number.isSafeInteger(given) && (given as number) > 0,
    "a whole number of at least 1",
    `for example ${argument}: 32.`,
  );

function check(argument: string, given: unknown, isFine: boolean, expected: string, mend: string): void {
  if (!isFine) throw new ArgumentError({ where: "trainLanguage", argument, given, expected, mend });
}
