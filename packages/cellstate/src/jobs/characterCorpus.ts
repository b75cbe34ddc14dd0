/** A text as the ids of its characters, taken in piece by piece. Half pairs of surrogates become U+FFFD. */
import type { CharacterVocabulary } from "../data/text.ts";
import type { CorpusBuilder, CorpusOptions } from "./corpus.ts";
import { idBlocks } from "./idBlocks.ts";
import { givenTokens, minCountFor, refuseEmpty } from "./vocabularySize.ts";

const CR = 13;
const LF = 10;
const UNKNOWN = 0xfffd;

export function characterBuilder(): CorpusBuilder<CharacterVocabulary> {
  /** Code point → the order in which characters came first; −1: not yet. */
  const near = new Int32Array(0x10000).fill(-1);
  const far = new Map<number, number>();
  const points: number[] = [];
  const counts: number[] = [];
  const blocks = idBlocks();
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
    blocks.put(id);
  };

  /** The points that the vocabulary keeps, and how often they were seen at least. */
  const chosen = (options: CorpusOptions): { known: number[]; minCount: number } => {
    if (options.vocabulary !== undefined) {
      const characters = givenTokens(options.vocabulary, "character");
      return { known: characters.map((character) => character.codePointAt(0)!), minCount: 0 };
    }
    const minCount = minCountFor(counts, options, { minCount: 1, maxVocabulary: 4000, taken: 0 });
    const known = points.filter((point, id) => counts[id]! >= minCount || point === UNKNOWN);
    if (known.length < points.length && !known.includes(UNKNOWN)) known.push(UNKNOWN);
    return { known: known.sort((a, b) => a - b), minCount };
  };

  return {
    get length() {
      return blocks.length;
    },
    add(piece) {
      for (let at = 0; at < piece.length; at++) {
        const unit = piece.charCodeAt(at);
        if (high !== 0) {
          const isPair = isLow(unit);
          put(isPair ? (high - 0xd800) * 0x400 + (unit - 0xdc00) + 0x10000 : UNKNOWN);
          high = 0;
          if (isPair) continue;
        }
        const wasAfterCr = isAfterCr;
        isAfterCr = unit === CR;
        if (isAfterCr) {
          lineEnds++;
          put(LF);
        } else if (isHigh(unit)) high = unit;
        else if (!(wasAfterCr && unit === LF)) put(isLow(unit) ? UNKNOWN : unit);
      }
    },
    finish(options = {}) {
      if (high !== 0) put(UNKNOWN);
      high = 0;
      if (blocks.length === 0) refuseEmpty();
      const { length: characters } = blocks;
      const damaged = near[UNKNOWN]! < 0 ? 0 : counts[near[UNKNOWN]!]!;
      const { known, minCount } = chosen(options);
      const placeOf = new Map(known.map((point, place) => [point, place]));
      const elsewhere = placeOf.get(UNKNOWN) ?? -1;
      const places = Int32Array.from(points, (point) => placeOf.get(point) ?? elsewhere);
      const unknown = { different: 0, occurrences: 0 };
      points.forEach((point, id) => {
        if (placeOf.has(point)) return;
        unknown.different++;
        unknown.occurrences += counts[id]!;
      });
      const ids = blocks.finish(known.length, (id) => places[id]!);
      const vocabulary = { characters: known.map((point) => String.fromCodePoint(point)) };
      return { vocabulary, ids, characters, sha256: options.sha256 ?? "", lineEnds, unknown, minCount, damaged };
    },
  };
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
