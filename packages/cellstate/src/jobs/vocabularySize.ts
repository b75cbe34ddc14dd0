/** How often a character or word must be seen to be worth a place in a vocabulary. */
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

/** @throws {ArgumentError} always: a text without a character */
export function refuseEmpty(): never {
  const expected = "at least one character";
  const mend = "give the text that the model shall learn from.";
  throw new ArgumentError({ where: "trainLanguage", argument: "text", given: "", expected, mend });
}
