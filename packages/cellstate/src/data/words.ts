/**
 * Text as words: each word, number, sign or line end is a token, and so are the places where spaces are not as the rule
 * of `data/spacing.ts` has them. Nothing is lost: what was read can be written again, character for character.
 */
import { segmenter } from "./segments.ts";
import { spacing } from "./spacing.ts";

/**
 * Stands for every word outside a vocabulary. No text has a token like it: `<unk>` in a text is the three tokens `<`,
 * `unk` and `>`.
 */
export const UNKNOWN_WORD = "<unk>";
/** No space here, where the rule has one. */
export const JOINER = "<join>";
/** One more space than the rule has. */
export const SPACE = " ";

/** The words a model knows; a word's id is its place. `<unk>`, `<join>` and the space are always among them. */
export interface WordVocabulary {
  /** Each word at the place that is its id. */
  readonly words: readonly string[];
}

/** Takes a text in that comes in pieces, cut anywhere. */
export interface WordReader {
  add(piece: string): void;
  finish(): void;
}

/**
 * Reads a text as tokens.
 *
 * @param take - gets each token, and how many of the text's characters it stands for: its own, and the space that the
 *   rule puts before it
 */
export function wordReader(take: (token: string, characters: number) => void): WordReader {
  const rule = spacing();
  let spaces = 0;
  const extra = (count: number): void => {
    for (let k = 0; k < count; k++) take(SPACE, 1);
  };
  const segments = segmenter((segment) => {
    if (segment === " ") {
      spaces++;
      return;
    }
    const expected = rule.isExpected(segment) ? 1 : 0;
    if (spaces < expected) take(JOINER, 0);
    else extra(spaces - expected);
    take(segment, lengthOf(segment) + Math.min(spaces, expected));
    rule.pass(segment, spaces > 0);
    spaces = 0;
  });
  return {
    add: (piece) => segments.add(piece),
    finish() {
      segments.finish();
      extra(spaces);
      spaces = 0;
    },
  };
}

/** Writes tokens as text, one after the other: what each adds. */
export function wordWriter(): (token: string) => string {
  const rule = spacing();
  let isJoined = false;
  let hasSpace = false;
  return (token) => {
    if (token === JOINER) {
      isJoined = true;
      return "";
    }
    if (token === SPACE) {
      hasSpace = true;
      return " ";
    }
    const isSpaced = !isJoined && rule.isExpected(token);
    rule.pass(token, isSpaced || hasSpace);
    isJoined = false;
    hasSpace = false;
    return isSpaced ? ` ${token}` : token;
  };
}

/** Code points; a plain word has as many as UTF-16 units. */
function lengthOf(segment: string): number {
  let count = segment.length;
  for (let k = 1; k < segment.length; k++) {
    const isLow = (segment.charCodeAt(k) & 0xfc00) === 0xdc00;
    if (isLow && (segment.charCodeAt(k - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
}
