/**
 * Text as ids. A character is a Unicode code point, so that an emoji is one character and not two halves.
 * A vocabulary is plain data and goes into model files as it is.
 */
import { ArgumentError } from "../errors.ts";

/** The characters a model knows, in the order of their code points; a character's id is its place. */
export interface Vocabulary {
  /** Each character at the place that is its id. */
  readonly characters: readonly string[];
}

export interface TextOptions {
  /** true: Windows (`\r\n`) and old Mac (`\r`) line ends become `\n`. Default false. */
  readonly unixLineEnds?: boolean;
}

export interface EncodeOptions extends TextOptions {
  /**
   * What to do with a character outside the vocabulary: `"error"` (the default), `"drop"`, or
   * `{ replaceBy: "?" }` with a character of the vocabulary.
   */
  readonly unknown?: "error" | "drop" | { readonly replaceBy: string };
}

const withUnixLineEnds = (text: string): string => text.replace(/\r\n?/g, "\n");

/**
 * The vocabulary of a text: each of its characters once, sorted by code point.
 *
 * @param text - whose characters it is to hold
 * @throws {ArgumentError} if the text is empty
 * @example vocabularyOf("hello").characters; // ["e", "h", "l", "o"]
 */
export function vocabularyOf(text: string, { unixLineEnds = false }: TextOptions = {}): Vocabulary {
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
 * The ids of a text's characters, `[T]`.
 *
 * @param text - what to encode
 * @param vocabulary - whose places are wanted
 * @throws {ArgumentError} that names the characters outside the vocabulary, unless `unknown` says otherwise
 * @example encode("hole", vocabularyOf("hello")); // Uint32Array [1, 3, 2, 0]
 */
export function encode(text: string, vocabulary: Vocabulary, options: EncodeOptions = {}): Uint32Array<ArrayBuffer> {
  const { unknown = "error", unixLineEnds = false } = options;
  const idOf = new Map(vocabulary.characters.map((character, id) => [character, id]));
  const replacement = replacementId(unknown, idOf);
  const source = unixLineEnds ? withUnixLineEnds(text) : text;
  const ids = new Uint32Array(source.length);
  const strangers = new Set<string>();
  let length = 0;
  for (const character of source) {
    const id = idOf.get(character) ?? replacement;
    if (id !== undefined) ids[length++] = id;
    else if (unknown === "error") strangers.add(character);
  }
  if (strangers.size > 0) {
    throw new ArgumentError({
      where: "encode",
      argument: "text",
      given: [...strangers],
      described: `not all in the vocabulary: ${named([...strangers])}`,
      expected: `only its ${vocabulary.characters.length} characters`,
      mend: 'leave them out with { unknown: "drop" }, or put another in their place with { unknown: { replaceBy: "?" } }.',
    });
  }
  return ids.slice(0, length);
}

function replacementId(unknown: EncodeOptions["unknown"], idOf: ReadonlyMap<string, number>): number | undefined {
  if (unknown === "error" || unknown === "drop") return undefined;
  const replaceBy = typeof unknown === "object" && unknown !== null ? unknown.replaceBy : undefined;
  if (replaceBy === undefined) {
    throw new ArgumentError({
      where: "encode",
      argument: "unknown",
      given: unknown,
      expected: '"error", "drop" or { replaceBy: character }',
      mend: 'the default is "error".',
    });
  }
  const id = idOf.get(replaceBy);
  if (id === undefined) {
    throw new ArgumentError({
      where: "encode",
      argument: "unknown.replaceBy",
      given: replaceBy,
      expected: "a character of the vocabulary",
      mend: `it has ${idOf.size}, among them ${[...idOf.keys()].slice(0, 8).map(quoted).join(" ")}.`,
    });
  }
  return id;
}

/**
 * The text of ids.
 *
 * @param ids - places in the vocabulary, `[T]`
 * @param vocabulary - whose places they are
 * @throws {ArgumentError} if an id is outside the vocabulary
 * @example decode([1, 3, 2, 0], vocabularyOf("hello")); // "hole"
 */
export function decode(ids: ArrayLike<number>, vocabulary: Vocabulary): string {
  const parts: string[] = [];
  for (let t = 0; t < ids.length; t++) {
    const character = vocabulary.characters[ids[t]!];
    if (character === undefined) {
      throw new ArgumentError({
        where: "decode",
        argument: `ids[${t}]`,
        given: ids[t],
        expected: `a whole number from 0 to ${vocabulary.characters.length - 1}`,
        mend: "decode with the vocabulary that the ids were made with.",
      });
    }
    parts.push(character);
  }
  return parts.join("");
}

const quoted = (character: string): string => JSON.stringify(character);

/** `"é" (U+00E9), "\r" (U+000D) and 3 more`. */
function named(characters: readonly string[]): string {
  const few = characters.slice(0, 8).map((character) => {
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    return `${quoted(character)} (U+${code})`;
  });
  const more = characters.length - few.length;
  return few.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
