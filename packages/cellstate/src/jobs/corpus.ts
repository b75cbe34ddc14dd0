/**
 * A long text as ids, taken in piece by piece: one narrow number a character and no second copy of the text, so
 * that 200 MB stay 200 MB. Line ends become `\n`; characters too rare to learn become one, U+FFFD.
 */
import type { Vocabulary } from "../data/text.ts";
import { ArgumentError } from "../errors.ts";
import { sha256 } from "../model/sha256.ts";

/** A text as ids, with its vocabulary, and what was changed on the way. */
export interface Corpus {
  /** The characters that the model will know. */
  readonly vocabulary: Vocabulary;
  /** Each character's place in the vocabulary, in the narrowest array that holds it, `[T]`. */
  readonly ids: Uint8Array | Uint16Array | Uint32Array;
  /** SHA-256 of the text as it was given. */
  readonly sha256: string;
  /** How many `\r\n` and `\r` became `\n`. */
  readonly lineEnds: number;
  /** What became U+FFFD: characters seen fewer than `minCount` times. */
  readonly rare: { readonly characters: number; readonly occurrences: number; readonly minCount: number };
  /** How many U+FFFD stood in the text itself: bytes that were no valid UTF-8, as a rule. */
  readonly damaged: number;
}

/** Which characters a vocabulary keeps. */
export interface CorpusOptions {
  /** Characters seen fewer times become U+FFFD. Default: 1, or as many as it takes to stay below `maxVocabulary`. */
  readonly minCount?: number;
  /** Default 4000. */
  readonly maxVocabulary?: number;
  /** The digest, where it is known already. */
  readonly sha256?: string;
}

/** Takes a text in, piece by piece; pieces may end anywhere between two characters. */
export interface CorpusBuilder {
  /**
   * Takes in the next piece.
   *
   * @param piece - any part of the text, also a single character
   */
  add(piece: string): void;
  /** Characters so far. */
  readonly length: number;
  /** @throws {ArgumentError} if there was no character */
  finish(options?: CorpusOptions): Corpus;
}

/** What stands for every character that is not in a vocabulary. */
export const UNKNOWN = "\uFFFD";

const BLOCK = 1 << 20; // characters
const CR = 13;
const LF = 10;

/**
 * A text as ids, with its vocabulary.
 *
 * @param text - any text; line ends become `\n`
 * @throws {ArgumentError} if the text is empty
 * @example const { ids, vocabulary } = corpusOf(text); // ids: [T]
 */
export function corpusOf(text: string, options: CorpusOptions = {}): Corpus {
  const builder = corpusBuilder();
  const digest = options.sha256 === undefined ? sha256() : undefined;
  const encoder = new TextEncoder();
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + BLOCK);
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
 * @example
 * const builder = corpusBuilder();
 * for await (const piece of stream) builder.add(piece);
 * const { ids, vocabulary } = builder.finish();
 */
export function corpusBuilder(): CorpusBuilder {
  /** Code point → the order in which characters came first; −1: not yet. */
  const near = new Int32Array(0x10000).fill(-1);
  const far = new Map<number, number>();
  const points: number[] = [];
  const counts: number[] = [];
  const full: (Uint8Array | Uint16Array | Uint32Array | undefined)[] = [];
  const block = new Uint32Array(BLOCK);
  let filled = 0;
  let length = 0;
  let lineEnds = 0;
  let isAfterCr = false;
  let high = 0;

  const put = (point: number): void => {
    let id = point < 0x10000 ? near[point]! : (far.get(point) ?? -1);
    if (id < 0) {
      id = points.push(point) - 1;
      counts.push(0);
      if (point < 0x10000) near[point] = id;
      else far.set(point, id);
    }
    counts[id]!++;
    block[filled++] = id;
    length++;
    if (filled < BLOCK) return;
    full.push(narrow(points.length, block));
    filled = 0;
  };

  return {
    get length() {
      return length;
    },
    add(piece) {
      for (let at = 0; at < piece.length; at++) {
        const unit = piece.charCodeAt(at);
        if (high !== 0) {
          const isPair = isLow(unit);
          put(isPair ? (high - 0xd800) * 0x400 + (unit - 0xdc00) + 0x10000 : 0xfffd);
          high = 0;
          if (isPair) continue;
        }
        const wasAfterCr = isAfterCr;
        isAfterCr = unit === CR;
        if (isAfterCr) {
          lineEnds++;
          put(LF);
        } else if (isHigh(unit)) high = unit;
        else if (!(wasAfterCr && unit === LF)) put(isLow(unit) ? 0xfffd : unit);
      }
    },
    finish(options = {}) {
      if (high !== 0) put(0xfffd);
      high = 0;
      if (length === 0) {
        const expected = "at least one character";
        const mend = "give the text that the model shall learn from.";
        throw new ArgumentError({ where: "trainLanguage", argument: "text", given: "", expected, mend });
      }
      const damaged = near[0xfffd]! < 0 ? 0 : counts[near[0xfffd]!]!;
      const minCount = options.minCount ?? enough(counts, options.maxVocabulary ?? 4000);
      const kept = [...points.keys()].filter((id) => counts[id]! >= minCount || points[id] === 0xfffd);
      const rare = { characters: points.length - kept.length, occurrences: 0, minCount };
      const known = kept.map((id) => points[id]!);
      if (rare.characters > 0 && !known.includes(0xfffd)) known.push(0xfffd);
      known.sort((a, b) => a - b);
      const placeOf = new Map(known.map((point, place) => [point, place]));
      const places = Uint32Array.from(points, (point) => placeOf.get(point) ?? placeOf.get(0xfffd) ?? 0);
      points.forEach((point, id) => {
        if (!placeOf.has(point)) rare.occurrences += counts[id]!;
      });
      const ids = zeros(known.length, length);
      let to = 0;
      full.push(block.subarray(0, filled));
      for (let k = 0; k < full.length; k++) {
        for (const id of full[k]!) ids[to++] = places[id]!;
        full[k] = undefined; // given back as it is copied
      }
      const characters = known.map((point) => String.fromCodePoint(point));
      return { vocabulary: { characters }, ids, sha256: options.sha256 ?? "", lineEnds, rare, damaged };
    },
  };
}

/** The least count that leaves at most so many characters, U+FFFD among them. */
function enough(counts: readonly number[], most: number): number {
  if (counts.length <= most) return 1;
  return [...counts].sort((a, b) => b - a)[most - 1]! + 1;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

function zeros(choices: number, length: number): Uint8Array | Uint16Array | Uint32Array {
  if (choices <= 0x100) return new Uint8Array(length);
  return choices <= 0x10000 ? new Uint16Array(length) : new Uint32Array(length);
}

function narrow(choices: number, ids: Uint32Array): Uint8Array | Uint16Array | Uint32Array {
  const copy = zeros(choices, ids.length);
  copy.set(ids);
  return copy;
}
