/**
 * Text from a trained model, character by character or word by word. The same model, options and seed give the same
 * text on every machine.
 */
import { exp } from "../data/numbers.ts";
import { generator, type Generator as RandomNumbers } from "../data/random.ts";
import { encode, tokensOf, unknownId, type Vocabulary, wordsOf } from "../data/text.ts";
import { UNKNOWN_WORD, wordWriter } from "../data/words.ts";
import { ArgumentError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { type CacheOptions, neuralCache } from "./neuralCache.ts";

/** How a text is written. */
export interface GenerateOptions {
  /** What the text goes on from; not part of the result. A new line if omitted. */
  readonly prompt?: string;
  /** Characters, default 400; or words, signs and line ends, default 100. */
  readonly length?: number;
  /** Below 1 the likely becomes likelier; 0 always takes the likeliest. Default 0.8. */
  readonly temperature?: number;
  /** Draws from so many of the likeliest characters or words only; 0, the default: from all. */
  readonly topK?: number;
  /** Draws from the likeliest that together have this probability only; 1, the default: from all. */
  readonly topP?: number;
  /** Ends before any of these. */
  readonly stop?: string | readonly string[];
  /** Mixes in a cache of what was read and written last, as `neuralCache`. Default: none. */
  readonly cache?: CacheOptions;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Writes text: a character at a time, or a word at a time with the space before it. What stands for the unknown is
 * never written. Stop reading whenever you like.
 *
 * @param model - a language model: one with a vocabulary in its facts
 * @throws {ArgumentError} if the model is no language model, an option is out of its range, or the prompt has
 *   characters that the model does not know (`unknownTokens` tells which); a word is read as `<unk>` then
 * @example for (const character of generateText(model, { prompt: "The king", seed: 1 })) process.stdout.write(character);
 */
export function* generateText(model: Model, options: GenerateOptions = {}): Generator<string, void, void> {
  const where = "generateText";
  const vocabulary = vocabularyFrom(model, where);
  const isWords = "words" in vocabulary;
  const { prompt = "", length = isWords ? 100 : 400, temperature = 0.8, topK = 0, topP = 1, seed = 0 } = options;
  checkWhole("length", length, "400 is a long paragraph.");
  check("temperature", temperature, temperature >= 0 && temperature <= 100, "a number from 0 to 100", "0.8 is usual.");
  checkWhole("topK", topK, "0 draws from all.");
  check("topP", topP, topP > 0 && topP <= 1, "a number above 0, at most 1", "1 draws from all.");
  const tokens = tokensOf(vocabulary);
  // the space at a prompt's end belongs to the word that comes
  const isSpaced = isWords && prompt.endsWith(" ");
  const ids = encode(isSpaced ? prompt.slice(0, -1) : prompt, vocabulary, { unixLineEnds: true });
  const choose = chooser({ temperature, topK, topP }, generator(seed, "generate"), unknownId(vocabulary));
  const stops = (typeof options.stop === "string" ? [options.stop] : (options.stop ?? [])).filter(
    (stop) => stop !== "",
  );
  const pieces = isWords ? (text: string) => (text === "" ? [] : [text]) : (text: string) => text;

  const write = isWords ? wordWriter() : (character: string) => character;
  for (const id of ids) write(tokens[id]!);
  let isFirst = true;
  const written = (id: number): string => {
    const text = write(tokens[id]!);
    if (!isFirst || text === "") return text;
    isFirst = false;
    return isSpaced && text.startsWith(" ") ? text.slice(1) : text;
  };

  const stream = options.cache === undefined ? model.stream() : neuralCache(model, options.cache);
  try {
    let scores: ArrayLike<number> = stream.step(ids[0] ?? firstId(tokens));
    for (let t = 1; t < ids.length; t++) scores = stream.step(ids[t]!);
    let held = ""; // may become a stop
    for (let n = 0; n < length; n++) {
      const id = choose(scores);
      held += written(id);
      const found = stops.map((stop) => held.indexOf(stop)).filter((at) => at >= 0);
      if (found.length > 0) {
        yield* pieces(held.slice(0, Math.min(...found)));
        return;
      }
      const safe = held.length - longestStart(held, stops);
      yield* pieces(held.slice(0, safe));
      held = held.slice(safe);
      if (n + 1 < length) scores = stream.step(id);
    }
    yield* pieces(held);
  } finally {
    stream.close();
  }
}

/**
 * The characters or words of a text that a language model does not know, each once.
 *
 * @param model - a language model
 * @param text - what it might be asked to go on from
 * @throws {ArgumentError} if the model has no vocabulary
 * @example unknownTokens(model, "long live ☃"); // ["☃"]
 */
export function unknownTokens(model: Model, text: string): string[] {
  const vocabulary = vocabularyFrom(model, "unknownTokens");
  const known = new Set(tokensOf(vocabulary));
  const lines = text.replace(/\r\n?/g, "\n");
  return [...new Set("words" in vocabulary ? wordsOf(lines) : lines)].filter((token) => !known.has(token));
}

/**
 * The vocabulary that a language model carries in its facts: its characters, or its words.
 *
 * @param model - a language model
 * @param where - the call that errors name
 * @throws {ArgumentError} if it has none, or one that does not fit its output
 * @example const ids = encode("the king", vocabularyFrom(model));
 */
export function vocabularyFrom(model: Model, where = "vocabularyFrom"): Vocabulary {
  const { characters, words } = (model.facts["vocabulary"] ?? {}) as { characters?: unknown; words?: unknown };
  const first = model.architecture.layers[0];
  const fits = (list: unknown): list is string[] => {
    const isList = Array.isArray(list) && list.every((token) => typeof token === "string" && token !== "");
    return isList && first?.kind === "embedding" && first.vocabulary === list.length;
  };
  if (fits(characters) && characters.every((c) => [...c].length === 1)) return { characters };
  if (fits(words) && words.includes(UNKNOWN_WORD)) return { words };
  throw new ArgumentError({
    where,
    argument: "model",
    given: model.facts["task"],
    described:
      typeof model.facts["task"] === "string" ? `made for the task "${model.facts["task"]}"` : "no language model",
    expected: "a model with a vocabulary of characters or words in its facts",
    mend: "train one with trainLanguage, or `cellstate train TEXT`.",
  });
}

/** Without a prompt the text begins as after a line's end, or after a sentence's. */
function firstId(tokens: readonly string[]): number {
  return Math.max(0, tokens.indexOf(["\n", ".", " "].find((token) => tokens.includes(token)) ?? tokens[0]!));
}

/** How much of the text's end could be the beginning of a stop. */
function longestStart(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let n = Math.min(stop.length - 1, text.length); n > longest; n--) {
      if (text.endsWith(stop.slice(0, n))) longest = n;
    }
  }
  return longest;
}

interface Choice {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
}

/** Draws from softmax(scores / temperature), cut to the likeliest; `never` is left out. */
function chooser(
  { temperature, topK, topP }: Choice,
  random: RandomNumbers,
  never: number,
): (scores: ArrayLike<number>) => number {
  let weights = new Float64Array(0);
  return (scores) => {
    const count = scores.length;
    let best = never === 0 && count > 1 ? 1 : 0;
    for (let k = 0; k < count; k++) if (k !== never && scores[k]! > scores[best]!) best = k;
    if (temperature === 0) return best;
    if (weights.length !== count) weights = new Float64Array(count);
    for (let k = 0; k < count; k++) weights[k] = k === never ? 0 : exp((scores[k]! - scores[best]!) / temperature);
    let order: number[] | undefined;
    if ((topK > 0 && topK < count) || topP < 1) {
      order = Array.from(weights.keys()).sort((a, b) => weights[b]! - weights[a]! || a - b);
      if (topK > 0) order.length = Math.min(count, topK);
      const enough = topP * sumOf(order, weights);
      let sum = 0;
      let kept = 0;
      while (kept < order.length && (kept === 0 || sum < enough)) sum += weights[order[kept++]!]!;
      order.length = kept;
    }
    const likely = order ?? weights.keys();
    let left = random.uniform() * sumOf(order ?? weights.keys(), weights);
    for (const k of likely) {
      left -= weights[k]!;
      if (left < 0) return k;
    }
    return best; // only by rounding
  };
}

function sumOf(places: Iterable<number>, weights: Float64Array): number {
  let sum = 0;
  for (const k of places) sum += weights[k]!;
  return sum;
}

const checkWhole = (argument: string, given: number, mend: string): void =>
  check(argument, given, Number.isSafeInteger(given) && given >= 0, "a whole number of at least 0", mend);

function check(argument: string, given: unknown, isFine: boolean, expected: string, mend: string): void {
  if (!isFine) throw new ArgumentError({ where: "generateText", argument, given, expected, mend });
}
