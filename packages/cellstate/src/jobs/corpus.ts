/**
 * A long text as ids, taken in piece by piece: one narrow number a character or word and no second copy of the text,
 * so that 200 MB stay 200 MB. Line ends become `\n`; what is too rare to learn becomes one, U+FFFD or `<unk>`.
 */
import type { CharacterVocabulary, Level, Vocabulary } from "../data/text.ts";
import type { WordVocabulary } from "../data/words.ts";
import { ArgumentError } from "../errors.ts";
import { sha256 } from "../model/sha256.ts";
import { characterBuilder } from "./characterCorpus.ts";
import type { Ids } from "./idBlocks.ts";
import { wordBuilder } from "./wordCorpus.ts";

/** A text as ids, with its vocabulary, and what was changed on the way. */
export interface Corpus<V extends Vocabulary = Vocabulary> {
  /** The characters or words that the model will know. */
  readonly vocabulary: V;
  /** Each character's or word's place in the vocabulary, in the narrowest array that holds it, `[T]`. */
  readonly ids: Ids;
  /** Of words: how many characters each stands for, with the space that the rule puts before it, `[T]`. */
  readonly lengths?: Ids;
  /** How many characters the text has. */
  readonly characters: number;
  /** SHA-256 of the text as it was given. */
  readonly sha256: string;
  /** How many `\r\n` and `\r` became `\n`. */
  readonly lineEnds: number;
  /**
   * What is not in the vocabulary, and became U+FFFD or `<unk>`; with a given vocabulary without U+FFFD, it is left
   * out. Of a text with millions of different words, words seen once may be counted again.
   */
  readonly unknown: { readonly different: number; readonly occurrences: number };
  /** How often a character or word was seen at least, to be in the vocabulary; 0 if that was given. */
  readonly minCount: number;
  /** How many U+FFFD stood in the text itself: bytes that were no valid UTF-8, as a rule. */
  readonly damaged: number;
}

/** Which characters or words a vocabulary keeps. */
export interface VocabularyOptions {
  /**
   * What is seen fewer times is unknown. Default: 1, of words 2, or as many as it takes to stay within
   * `maxVocabulary`; given without that, it decides alone.
   */
  readonly minCount?: number;
  /** Default 4000 characters, 10,000 words. */
  readonly maxVocabulary?: number;
}

/** How a text becomes ids. */
export interface CorpusOptions extends VocabularyOptions {
  /** The part at the end whose words do not count, because a model is judged on it. Default 0.1. */
  readonly validation?: number;
  /** The vocabulary, where a model has one already; nothing is counted then. */
  readonly vocabulary?: Vocabulary;
  /** The digest, where it is known already. */
  readonly sha256?: string;
}

/** Takes a text in, piece by piece; pieces may end anywhere. */
export interface CorpusBuilder<V extends Vocabulary = Vocabulary> {
  /**
   * Takes in the next piece.
   *
   * @param piece - any part of the text, also a single character
   */
  add(piece: string): void;
  /** Characters so far; the last few may still be missing. */
  readonly length: number;
  /** @throws {ArgumentError} if there was no character, or an option is out of its range */
  finish(options?: CorpusOptions): Corpus<V>;
}

const PIECE = 1 << 20; // UTF-16 units

/**
 * A text as ids, with its vocabulary.
 *
 * @param text - any text; line ends become `\n`
 * @param options.level - `"character"`, the default, or `"word"`
 * @throws {ArgumentError} if the text is empty, an option out of its range, or a given vocabulary of another level
 * @example
 * const { ids, vocabulary } = corpusOf(text); // ids: [T]
 * const words = corpusOf(text, { level: "word", maxVocabulary: 5000 }).vocabulary.words; // ["<unk>", "<join>", " ", "the", …]
 */
export function corpusOf(text: string, options: CorpusOptions & { readonly level: "word" }): Corpus<WordVocabulary>;
export function corpusOf(
  text: string,
  options?: CorpusOptions & { readonly level?: "character" },
): Corpus<CharacterVocabulary>;
export function corpusOf(text: string, options?: CorpusOptions & { readonly level?: Level }): Corpus;
export function corpusOf(text: string, options: CorpusOptions & { readonly level?: Level } = {}): Corpus {
  const builder = corpusBuilder(options.level);
  const digest = options.sha256 === undefined ? sha256() : undefined;
  const encoder = new TextEncoder();
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + PIECE);
    // a pair of surrogates stays in one piece
    if (end < text.length && isHigh(text.charCodeAt(end - 1))) end++;
    const piece = text.slice(at, end);
    digest?.update(encoder.encode(piece));
    builder.add(piece);
    at = end;
  }
  return builder.finish({ ...options, sha256: options.sha256 ?? digest!.hex() });
}

/**
 * Takes in a text that comes in pieces, without ever holding all of it.
 *
 * @param level - what it is cut into; characters if omitted
 * @throws {ArgumentError} if there is no such level
 * @example
 * const builder = corpusBuilder();
 * for await (const piece of stream) builder.add(piece);
 * const { ids, vocabulary } = builder.finish();
 */
export function corpusBuilder(level: "word"): CorpusBuilder<WordVocabulary>;
export function corpusBuilder(level?: "character"): CorpusBuilder<CharacterVocabulary>;
export function corpusBuilder(level?: Level): CorpusBuilder;
export function corpusBuilder(level: Level = "character"): CorpusBuilder {
  checkLevel(level, "corpusBuilder");
  return level === "word" ? wordBuilder() : characterBuilder();
}

/** @throws {ArgumentError} if a text cannot be cut into that */
export function checkLevel(level: Level, where: string): void {
  if (level === "character" || level === "word") return;
  const mend = 'leave it out for "character".';
  throw new ArgumentError({ where, argument: "level", given: level, expected: '"character" or "word"', mend });
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
