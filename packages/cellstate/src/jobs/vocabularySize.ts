/** What a vocabulary holds: how often a character or word must be seen to be worth a place, and what is none to take. */
import { type Level, tokensOf, type Vocabulary } from "../data/text.ts";
import { UNKNOWN_WORD } from "../data/words.ts";
import { ArgumentError, wholeFrom } from "../errors.ts";
import type { VocabularyOptions } from "./corpus.ts";

/** What holds where nothing is asked for. */
export interface UsualSize {
  readonly minCount: number;
  readonly maxVocabulary: number;
  /** How many places are taken already. */
  readonly taken: number;
}

/**
 * The least count that keeps at most so many, and only what was seen as often as asked for. A count that is asked for
 * alone decides alone.
 *
 * @throws {ArgumentError} if an option is out of its range
 */
export function minCountFor(counts: readonly number[], options: VocabularyOptions, usual: UsualSize): number {
  const { minCount, maxVocabulary = usual.maxVocabulary } = options;
  if (minCount !== undefined) wholeFrom(1, "trainLanguage", "minCount", minCount);
  wholeFrom(usual.taken + 1, "trainLanguage", "maxVocabulary", maxVocabulary);
  const least = minCount ?? usual.minCount;
  const most = maxVocabulary - usual.taken;
  if (counts.length <= most || (minCount !== undefined && options.maxVocabulary === undefined)) return least;
  const sorted = Float64Array.from(counts).sort();
  return Math.max(least, sorted[counts.length - most]! + 1);
}

/**
 * What a vocabulary that is there already holds.
 *
 * @throws {ArgumentError} if it is not of that level, or of words and has no sign for the unknown
 */
export function givenTokens(vocabulary: Vocabulary, level: Level): readonly string[] {
  const tokens = tokensOf(vocabulary);
  const isWords = "words" in vocabulary;
  const isLacking = isWords && !tokens.includes(UNKNOWN_WORD);
  if (isWords === (level === "word") && !isLacking) return tokens;
  throw new ArgumentError({
    where: "corpusOf",
    argument: "vocabulary",
    given: vocabulary,
    described: `one of ${isWords ? "words" : "characters"}${isLacking ? ` without ${UNKNOWN_WORD}` : ""}`,
    expected: level === "word" ? `one of words, ${UNKNOWN_WORD} among them` : "one of characters",
    mend: "take the model's own, vocabularyFrom(model), and the level that goes with it.",
  });
}

/** @throws {ArgumentError} always: a text without a character */
export function refuseEmpty(): never {
  const expected = "at least one character";
  const mend = "give the text that the model shall learn from.";
  throw new ArgumentError({ where: "trainLanguage", argument: "text", given: "", expected, mend });
}
