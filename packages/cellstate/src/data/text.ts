/**
 * Text as ids, character by character or word by word. A character is a Unicode code point, so that an emoji is one
 * character and not two halves. A vocabulary is plain data and goes into model files as it is.
 */
import { ArgumentError } from "../errors.ts";
import { UNKNOWN_WORD, type WordVocabulary, wordReader, wordWriter } from "./words.ts";

/** The characters a model knows, in the order of their code points; a character's id is its place. */
export interface CharacterVocabulary {
  /** Each character at the place that is its id. */
  readonly characters: readonly string[];
}

/** What a model knows of a text: characters or words; an id is a place in its list. */
export type Vocabulary = CharacterVocabulary | WordVocabulary;

/** What a text is cut into. */
export type Level = "character" | "word";

/**
 * The characters or words of a vocabulary, in the order of their ids.
 *
 * @param vocabulary - of characters or of words
 * @example const V = tokensOf(vocabulary).length;
 */
export const tokensOf = (vocabulary: Vocabulary): readonly string[] =>
  "words" in vocabulary ? vocabulary.words : vocabulary.characters;

/** Stands for every character outside a vocabulary, where the vocabulary has it. */
export const UNKNOWN_CHARACTER = "\uFFFD";

/** What stands for everything outside a vocabulary; its id, or −1 where it has none. */
export const unknownId = (vocabulary: Vocabulary): number =>
  tokensOf(vocabulary).indexOf("words" in vocabulary ? UNKNOWN_WORD : UNKNOWN_CHARACTER);

export interface TextOptions {
  /** true: Windows (`\r\n`) and old Mac (`\r`) line ends become `\n`. Default false. */
  readonly unixLineEnds?: boolean;
}

export interface EncodeOptions extends TextOptions {
  /**
   * What to do with what is outside the vocabulary: `"error"`, the default for characters; `"drop"`; or
   * `{ replaceBy: "?" }` with a token of the vocabulary, by default `<unk>` for words.
   */
  readonly unknown?: "error" | "drop" | { readonly replaceBy: string };
}

const withUnixLineEnds = (text: string): string => text.replace(/\r\n?/g, "\n");

/**
 * The vocabulary of a text: each of its characters once, sorted by code point. One of words: `corpusOf`.
 *
 * @param text - whose characters it is to hold
 * @throws {ArgumentError} if the text is empty
 * @example vocabularyOf("hello").characters; // ["e", "h", "l", "o"]
 */
export function vocabularyOf(text: string, { unixLineEnds = false }: TextOptions = {}): CharacterVocabulary {
  const characters = new Set(unixLineEnds ? withUnixLineEnds(text) : text);
  if (characters.size === 0) {
    throw new ArgumentError({
      where: "vocabularyOf",
      argument: "text",
      given: text,
      expected: "at least one character",
      mend: "give the text that the model shall learn from.",
    });
  }
  return { characters: [...characters].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!) };
}

/**
 * The ids of a text's characters or words, `[T]`.
 *
 * @param text - what to encode
 * @param vocabulary - whose places are wanted
 * @throws {ArgumentError} that names what is outside the vocabulary, unless `unknown` says otherwise
 * @example encode("hole", vocabularyOf("hello")); // Uint32Array [1, 3, 2, 0]
 */
export function encode(text: string, vocabulary: Vocabulary, options: EncodeOptions = {}): Uint32Array<ArrayBuffer> {
  const isWords = "words" in vocabulary;
  const { unknown = isWords ? { replaceBy: UNKNOWN_WORD } : "error", unixLineEnds = false } = options;
  const idOf = new Map(tokensOf(vocabulary).map((token, id) => [token, id]));
  const replacement = replacementId(unknown, idOf);
  const source = unixLineEnds ? withUnixLineEnds(text) : text;
  const tokens = isWords ? wordsOf(source) : source;
  const ids = new Uint32Array(tokens.length);
  const strangers = new Set<string>();
  let length = 0;
  for (const token of tokens) {
    const id = idOf.get(token) ?? replacement;
    if (id !== undefined) ids[length++] = id;
    else if (unknown === "error") strangers.add(token);
  }
  if (strangers.size === 0) return ids.slice(0, length);
  throw new ArgumentError({
    where: "encode",
    argument: "text",
    given: [...strangers],
    described: `not all in the vocabulary: ${named([...strangers])}`,
    expected: `only its ${idOf.size} ${isWords ? "words" : "characters"}`,
    mend: 'leave them out with { unknown: "drop" }, or put another in their place with { unknown: { replaceBy: "?" } }.',
  });
}

/**
 * The words, numbers, signs and line ends of a text, with `<join>` and " " where its spaces are not as the rule has
 * them.
 *
 * @param text - any text
 * @example wordsOf("Don't panic!\n"); // ["Don't", "panic", "!", "\n"]
 */
export function wordsOf(text: string): string[] {
  const tokens: string[] = [];
  const reader = wordReader((token) => tokens.push(token));
  reader.add(text);
  reader.finish();
  return tokens;
}

function replacementId(unknown: EncodeOptions["unknown"], idOf: ReadonlyMap<string, number>): number | undefined {
  if (unknown === "error" || unknown === "drop") return undefined;
  const replaceBy = typeof unknown === "object" && unknown !== null ? unknown.replaceBy : undefined;
  if (replaceBy === undefined) {
    throw new ArgumentError({
      where: "encode",
      argument: "unknown",
      given: unknown,
      expected: '"error", "drop" or { replaceBy: token }',
      mend: 'the default is "error" for characters, <unk> for words.',
    });
  }
  const id = idOf.get(replaceBy);
  if (id === undefined) {
    throw new ArgumentError({
      where: "encode",
      argument: "unknown.replaceBy",
      given: replaceBy,
      expected: "one of the vocabulary",
      mend: `it has ${idOf.size}, among them ${[...idOf.keys()].slice(0, 8).map(quoted).join(" ")}.`,
    });
  }
  return id;
}

/**
 * The text of ids. Of words, `<unk>` is written as it is.
 *
 * @param ids - places in the vocabulary, `[T]`
 * @param vocabulary - whose places they are
 * @throws {ArgumentError} if an id is outside the vocabulary
 * @example decode([1, 3, 2, 0], vocabularyOf("hello")); // "hole"
 */
export function decode(ids: ArrayLike<number>, vocabulary: Vocabulary): string {
  const tokens = tokensOf(vocabulary);
  const write = "words" in vocabulary ? wordWriter() : (character: string) => character;
  const parts: string[] = [];
  for (let t = 0; t < ids.length; t++) {
    const token = tokens[ids[t]!];
    if (token === undefined) {
      throw new ArgumentError({
        where: "decode",
        argument: `ids[${t}]`,
        given: ids[t],
        expected: `a whole number from 0 to ${tokens.length - 1}`,
        mend: "decode with the vocabulary that the ids were made with.",
      });
    }
    parts.push(write(token));
  }
  return parts.join("");
}

const quoted = (token: string): string => JSON.stringify(token);

/** `"é" (U+00E9), "\r" (U+000D), "thrice" and 3 more`. */
function named(tokens: readonly string[]): string {
  const few = tokens.slice(0, 8).map((token) => {
    if ([...token].length > 1) return quoted(token);
    const code = token.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    return `${quoted(token)} (U+${code})`;
  });
  const more = tokens.length - few.length;
  return few.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
