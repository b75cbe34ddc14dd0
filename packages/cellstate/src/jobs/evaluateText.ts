/**
 * How good a language model is on a text: loss, perplexity, bits a character and how often it is right, beside what
 * counting alone reaches. The text is read as one stream, each prediction from all that comes before.
 */
import { exp, log } from "../data/numbers.ts";
import { tokensOf, unknownId } from "../data/text.ts";
import { AbortedError, ArgumentError } from "../errors.ts";
import { inParts } from "../model/breathe.ts";
import type { Model } from "../model/model.ts";
import type { States } from "../model/states.ts";
import { countBaseline, type TextBaseline, usualOrder } from "./baseline.ts";
import { type Corpus, corpusOf } from "./corpus.ts";
import { type CacheEvaluation, type CacheEvaluationOptions, evaluateWithCache } from "./evaluateWithCache.ts";
import { vocabularyFrom } from "./generate.ts";
import type { Ids } from "./idBlocks.ts";
import { type JudgedText, judgedText } from "./language.ts";
import type { TextSplit } from "./languageSettings.ts";
import type { CacheOptions } from "./neuralCache.ts";

/** Which part of a text to judge, and beside what. */
export interface EvaluateTextOptions {
  /**
   * `"all"`, the default; or `"validation"`, where the text is the one that the model was trained on: the part that was
   * kept to judge on, as it was judged while training.
   */
  readonly part?: "all" | "validation";
  /** The text that the model was trained on, for the baseline: its training part is counted. */
  readonly trainedOn?: string | Corpus;
  /** Judges a neural cache beside the model too, as `evaluateWithCache`. Default: none. */
  readonly cache?: CacheOptions & Pick<CacheEvaluationOptions, "choose">;
  /** Called now and then with how many predictions are made, of how many. */
  readonly onProgress?: (done: number, all: number) => void;
  /** Ends it with an `AbortedError`. */
  readonly signal?: AbortSignal;
}

/** What `evaluateText` finds. */
export interface TextEvaluation extends JudgedText {
  /** What a prediction is of. */
  readonly level: "character" | "word";
  /** Characters that the model has no sign for, not even one for the unknown: they are not read. */
  readonly leftOut: number;
  /** Nats a character or word. */
  readonly loss: number;
  /** e to the loss: among how many equally likely ones it chooses, as it were. */
  readonly perplexity: number;
  /** The loss in bits, shared out over all characters: comparable between characters and words. */
  readonly bitsPerCharacter: number;
  /** The part of predictions whose likeliest is right, 0 to 1; what is unknown never is. */
  readonly accuracy: number;
  /** The part of predictions that are right with one of the five likeliest. */
  readonly top5Accuracy: number;
  /** What guessing reaches, and where the training part could be counted, what counting does; nats. */
  readonly baseline: Pick<TextBaseline, "uniform"> & Partial<TextBaseline>;
  /** The same with the cache, where one was asked for. */
  readonly cached?: Pick<TextEvaluation, "loss" | "perplexity" | "bitsPerCharacter"> & {
    readonly cache: Required<CacheOptions>;
    /** On how many predictions, at the beginning, θ and λ were chosen; the others are judged. 0 if they were given. */
    readonly chosenOn: number;
    /** Nats of the judged ones without the cache. */
    readonly without: number;
  };
}

/**
 * The perplexity of a mean loss in nats: e to it.
 *
 * @param nats - the mean loss
 * @example perplexityOf(1.5).toFixed(2); // "4.48"
 */
export const perplexityOf = (nats: number): number => exp(nats);

/** Scores that are in memory at once. */
const SCORES = 1 << 20;

/**
 * Judges a language model on a text, as it is: 8-bit models by their own arithmetic.
 *
 * @param model - a language model
 * @param text - the text, or a corpus with the model's vocabulary (`builder.finish({ vocabulary: vocabularyFrom(model)
 *   })`)
 * @throws {ArgumentError} if the model is no language model, the text has fewer than two characters or words, or
 *   `part` is none or asks for the validation part of another text
 * @throws {AbortedError} if the signal stops it
 * @example
 * const { loss, perplexity, baseline } = await evaluateText(model, text, { part: "validation" });
 * if (loss > baseline.bigram!) throw new Error("no better than counting pairs");
 */
export async function evaluateText(
  model: Model,
  text: string | Corpus,
  options: EvaluateTextOptions = {},
): Promise<TextEvaluation> {
  const { part = "all", trainedOn, onProgress, signal } = options;
  if (part !== "all" && part !== "validation") {
    const facts = { where: "evaluateText", argument: "part", given: part, expected: '"all" or "validation"' };
    throw new ArgumentError({ ...facts, mend: 'leave it out for "all".' });
  }
  const vocabulary = vocabularyFrom(model, "evaluateText");
  const level = "words" in vocabulary ? "word" : "character";
  const corpus = encoded(model, text);
  const split: TextSplit =
    part === "validation"
      ? splitOfRun(model, corpus, "text")
      : { training: 0, validation: corpus.ids.length, judged: corpus.ids.length };
  const ids = corpus.ids.subarray(split.training, split.training + split.judged);
  if (ids.length < 2) {
    throw new ArgumentError({
      where: "evaluateText",
      argument: "text",
      given: ids.length,
      described: ids.length === 0 ? "empty, as far as the model knows it" : `1 ${level} long`,
      expected: `at least two ${level}s`,
      mend: `the first is read, and each that follows predicted.`,
    });
  }
  const source = part === "validation" ? corpus : trainedOn === undefined ? undefined : encoded(model, trainedOn);
  const counted = source?.ids.subarray(
    0,
    splitOfRun(model, source, part === "validation" ? "text" : "trainedOn").training,
  );
  const size = tokensOf(vocabulary).length;

  const unknown = unknownId(vocabulary);
  const check = (): void => {
    if (signal?.aborted) throw new AbortedError("evaluateText", signal.reason);
  };
  const sums = { loss: 0, first: 0, five: 0 };
  const steps = Math.max(1, Math.floor(SCORES / size));
  let from: States | undefined;
  for (let at = 0; at < ids.length - 1; at += steps) {
    check();
    const values = Uint32Array.from(ids.subarray(at, Math.min(at + steps, ids.length - 1)));
    const predicted = await model.predict({ values, shape: [1, values.length] }, from === undefined ? {} : { from });
    from = predicted.states;
    for (let t = 0; t < values.length; t++) {
      const scores = predicted.values.subarray(t * size, (t + 1) * size);
      judge(scores, ids[at + t + 1]!, unknown, sums);
    }
    onProgress?.(at + values.length, ids.length - 1);
  }
  const judged = judgedText(corpus, split);
  const inWords = (loss: number) => ({
    loss,
    perplexity: perplexityOf(loss),
    bitsPerCharacter: (loss * judged.tokens) / judged.characters / log(2),
  });
  const { cache } = options;
  const withCache = cache && (await evaluateWithCache(model, ids, { ...cache, ...(signal && { signal }) }));
  return {
    level,
    ...judged,
    leftOut: unknown < 0 ? corpus.unknown.occurrences : 0,
    ...inWords(sums.loss / judged.tokens),
    accuracy: sums.first / judged.tokens,
    top5Accuracy: sums.five / judged.tokens,
    baseline: counted === undefined ? { uniform: log(size) } : await counting(model, counted, ids, check),
    ...(withCache && { cached: { ...inWords(withCache.cachedLoss), ...told(withCache) } }),
  };
}

const told = ({ cache, chosenOn, loss }: CacheEvaluation) => ({ cache, chosenOn, without: loss });

/** What was reached while training, on another text. */
async function counting(model: Model, counted: Ids, ids: Ids, check: () => void): Promise<TextBaseline> {
  const vocabulary = vocabularyFrom(model);
  const { settings } = (model.facts["training"] ?? {}) as { settings?: { baselineLimit?: unknown } };
  const limit = settings?.baselineLimit;
  const order = usualOrder("words" in vocabulary ? "word" : "character");
  const options = { order, ...(typeof limit === "number" && { limit }) };
  const judge = await inParts(countBaseline(counted, tokensOf(vocabulary).length, options), check);
  return inParts(judge(ids), check);
}

interface Sums {
  loss: number;
  first: number;
  five: number;
}

/** −log softmax(scores)[target], and how many known ones are likelier than the target. */
function judge(scores: Float32Array, target: number, unknown: number, sums: Sums): void {
  const own = scores[target]!;
  let largest = own;
  let likelier = 0;
  for (let k = 0; k < scores.length; k++) {
    const score = scores[k]!;
    if (score > largest) largest = score;
    // of equals the first counts as likelier
    if (k !== unknown && (score > own || (score === own && k < target))) likelier++;
  }
  let sum = 0;
  for (let k = 0; k < scores.length; k++) sum += exp(scores[k]! - largest);
  sums.loss += log(sum) + largest - own;
  if (target === unknown) return;
  if (likelier < 1) sums.first++;
  if (likelier < 5) sums.five++;
}

function encoded(model: Model, text: string | Corpus): Corpus {
  const vocabulary = vocabularyFrom(model, "evaluateText");
  const level = "words" in vocabulary ? "word" : "character";
  if (typeof text === "string") return corpusOf(text, { level, vocabulary });
  const [own, given] = [tokensOf(vocabulary), tokensOf(text.vocabulary)];
  if (own.length === given.length && own.every((token, id) => token === given[id])) return text;
  throw new ArgumentError({
    where: "evaluateText",
    argument: "text",
    given: given.length,
    described: `a corpus with another vocabulary (${given.length})`,
    expected: `the model's ${own.length} ${level}s`,
    mend: `make it with corpusBuilder("${level}") and finish({ vocabulary: vocabularyFrom(model) }).`,
  });
}

/** How the text that the model was trained on was split. */
function splitOfRun(model: Model, { sha256, ids }: Corpus, argument: "text" | "trainedOn"): TextSplit {
  const { data, split } = model.facts as { data?: { sha256?: unknown }; split?: Partial<TextSplit> };
  const { training, validation, judged } = split ?? {};
  const areCounts = [training, validation, judged].every((n) => Number.isSafeInteger(n) && n! > 0);
  const isWhole = areCounts && training! + validation! === ids.length && judged! <= validation!;
  if (isWhole && data?.sha256 === sha256) return { training: training!, validation: validation!, judged: judged! };
  const short = (digest: unknown): string => (typeof digest === "string" ? `${digest.slice(0, 12)}…` : "none");
  throw new ArgumentError({
    where: "evaluateText",
    argument,
    given: sha256,
    described: `another text than the model was trained on (SHA-256 ${short(sha256)})`,
    expected: `the one with SHA-256 ${short(data?.sha256)}`,
    mend:
      argument === "text"
        ? 'its validation part is known only there; another text is judged whole, with part: "all".'
        : "leave it out: guessing is then all that there is to compare with.",
  });
}
