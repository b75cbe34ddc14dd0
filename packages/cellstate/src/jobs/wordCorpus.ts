/**
 * A text as the ids of its words, taken in piece by piece. The vocabulary is counted in the part that is trained on: a
 * word that only the validation part has is unknown there, as it will be elsewhere.
 */
import { JOINER, SPACE, UNKNOWN_WORD, type WordVocabulary, wordReader } from "../data/words.ts";
import type { CorpusBuilder, CorpusOptions } from "./corpus.ts";
import { idBlocks } from "./idBlocks.ts";
import { givenTokens, minCountFor, refuseEmpty } from "./vocabularySize.ts";

/** In every vocabulary, in this order. */
const ALWAYS = [UNKNOWN_WORD, JOINER, SPACE];
const USUAL = { minCount: 2, maxVocabulary: 10_000, taken: ALWAYS.length };
const MOST = 1 << 21;

/** @param most - more different words, and the rarest are given up: noise must not fill the memory */
export function wordBuilder(most = MOST): CorpusBuilder<WordVocabulary> {
  /** Word → the order in which words came first. */
  const idOf = new Map<string, number>();
  const counts: number[] = [];
  const blocks = idBlocks();
  const lengths = idBlocks();
  const given = { different: 0, characters: 0, damaged: 0, lineEnds: 0 };
  let isAfterCr = false;

  const giveUp = (): void => {
    for (let count = 1; idOf.size > most / 2; count++) {
      for (const [word, id] of idOf) if (counts[id]! <= count) idOf.delete(word);
    }
  };
  const reader = wordReader((token, characters) => {
    let id = idOf.get(token);
    if (id === undefined) {
      id = counts.push(0) - 1;
      // letter by letter: a cut-out piece would keep the whole text in memory
      idOf.set(token.length < 13 ? token : [...token].join(""), id);
      given.different++;
      if (idOf.size > most) giveUp();
    }
    counts[id]!++;
    blocks.put(id);
    lengths.put(characters);
    given.characters += characters;
  });

  /** The words that the vocabulary keeps, the most frequent first, and how often they were seen at least. */
  const chosen = (options: CorpusOptions): { words: readonly string[]; minCount: number } => {
    if (options.vocabulary !== undefined) return { words: givenTokens(options.vocabulary, "word"), minCount: 0 };
    const { validation = 0.1 } = options;
    const learned = new Uint32Array(counts.length);
    blocks.each(Math.floor(blocks.length * (1 - validation) + 1e-9), (id) => learned[id]!++);
    const own = [...idOf].filter(([word, id]) => !ALWAYS.includes(word) && (learned[id]! > 0 || word === "\n"));
    const seen = own.map(([, id]) => learned[id]!);
    const minCount = minCountFor(seen, options, USUAL);
    const kept = own.filter(([word, id]) => learned[id]! >= minCount || word === "\n");
    kept.sort(([a, x], [b, y]) => learned[y]! - learned[x]! || (a < b ? -1 : 1));
    return { words: [...ALWAYS, ...kept.map(([word]) => word)], minCount };
  };

  return {
    get length() {
      return given.characters;
    },
    add(piece) {
      const text = isAfterCr && piece.startsWith("\n") ? piece.slice(1) : piece;
      if (piece !== "") isAfterCr = piece.endsWith("\r");
      if (text.includes("\uFFFD")) given.damaged += text.split("\uFFFD").length - 1;
      if (!text.includes("\r")) return reader.add(text);
      given.lineEnds += text.split("\r").length - 1;
      reader.add(text.replace(/\r\n?/g, "\n"));
    },
    finish(options = {}) {
      reader.finish();
      if (blocks.length === 0) refuseEmpty();
      const { words, minCount } = chosen(options);
      const placeOf = new Map(words.map((word, place) => [word, place]));
      const elsewhere = placeOf.get(UNKNOWN_WORD)!;
      const places = new Int32Array(counts.length).fill(elsewhere);
      for (const [word, id] of idOf) places[id] = placeOf.get(word) ?? elsewhere;
      const unknown = { different: given.different, occurrences: 0 };
      places.forEach((place, id) => {
        if (place !== elsewhere) unknown.different--;
        else unknown.occurrences += counts[id]!;
      });
      const ids = blocks.finish(words.length, (id) => places[id]!);
      const { characters, lineEnds, damaged } = given;
      return {
        vocabulary: options.vocabulary === undefined ? { words } : (options.vocabulary as WordVocabulary),
        ids,
        lengths: lengths.finish(),
        characters,
        sha256: options.sha256 ?? "",
        lineEnds,
        unknown,
        minCount,
        damaged,
      };
    },
  };
}
