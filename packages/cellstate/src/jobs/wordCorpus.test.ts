/** A text taken in as words: what the vocabulary keeps, what becomes unknown, and that nothing depends on the pieces. */
import { expect, test } from "vitest";
import { decode, encode } from "../data/text.ts";
import { corpusBuilder, corpusOf } from "./corpus.ts";
import { wordBuilder } from "./wordCorpus.ts";

const line = "the cat sat on the mat, and the dog ran.\n";

test("words seen twice are kept, the most frequent first; signs for the unknown and for spaces always", () => {
  const { vocabulary, ids, unknown, minCount, characters } = corpusOf("b a b a b c\n", {
    level: "word",
    validation: 0,
  });
  expect(vocabulary.words).toEqual(["<unk>", "<join>", " ", "b", "a", "\n"]);
  expect([...ids]).toEqual([3, 4, 3, 4, 3, 0, 5]);
  expect({ unknown, minCount, characters }).toEqual({
    unknown: { different: 1, occurrences: 1 },
    minCount: 2,
    characters: 12,
  });
});

test("gives the ids that encode gives with its vocabulary, however the text comes", () => {
  const text = `${line.repeat(30)}a zoo 🙂 (new)\n${line.repeat(4)}`;
  const whole = corpusOf(text, { level: "word" });
  expect([...whole.ids]).toEqual([...encode(text, whole.vocabulary)]);
  for (const size of [1, 7, 64]) {
    const builder = corpusBuilder("word");
    for (let at = 0; at < text.length; at += size) builder.add(text.slice(at, at + size));
    expect(builder.finish({ sha256: whole.sha256 })).toEqual(whole);
  }
});

test("only the part that is trained on counts for the vocabulary", () => {
  const text = line.repeat(90) + "zebra zebra zebra zebra\n".repeat(5);
  expect(corpusOf(text, { level: "word", validation: 0.1 }).vocabulary.words).not.toContain("zebra");
  expect(corpusOf(text, { level: "word", validation: 0.01 }).vocabulary.words).toContain("zebra");
});

test("at most so many words: as many counts as it takes are left out, never a part of those with the same", () => {
  const text = "a a a a b b b c c d d e\n".repeat(10);
  const words = (maxVocabulary: number): readonly string[] =>
    corpusOf(text, { level: "word", validation: 0, maxVocabulary }).vocabulary.words.slice(3);
  expect(words(20)).toEqual(["a", "b", "c", "d", "\n", "e"]);
  expect(words(8)).toEqual(["a", "b", "c", "d", "\n"]);
  expect(words(6)).toEqual(["a", "b", "\n"]);
  // the count that was found gives the same again, whatever the size
  const { minCount, vocabulary } = corpusOf(text, { level: "word", validation: 0, maxVocabulary: 6 });
  expect(corpusOf(text, { level: "word", validation: 0, minCount }).vocabulary).toEqual(vocabulary);
});

test("with a vocabulary that a model has, nothing is counted", () => {
  const { vocabulary } = corpusOf(line.repeat(9), { level: "word" });
  const other = corpusOf("the dog sat. A cow ran.\n", { level: "word", vocabulary });
  expect(other.vocabulary).toBe(vocabulary);
  expect(decode(other.ids, vocabulary)).toBe("the dog sat. <unk> <unk> ran.\n");
  expect(other).toMatchObject({ unknown: { different: 2, occurrences: 2 }, minCount: 0 });
});

test("a vocabulary of another level, or of words without <unk>, is refused", () => {
  const { vocabulary } = corpusOf("the cat");
  expect(() => corpusOf("a b", { level: "word", vocabulary })).toThrow(
    "corpusOf: vocabulary is one of characters; expected one of words, <unk> among them.",
  );
  expect(() => corpusOf("a b c", { level: "word", vocabulary: { words: ["a", "b"] } })).toThrow(
    "vocabulary is one of words without <unk>; expected",
  );
  expect(() => corpusOf("a b", { vocabulary: { words: ["<unk>"] } })).toThrow(
    "vocabulary is one of words; expected one of characters.",
  );
});

test("lengths are the text's, unknown words and line ends included", () => {
  const text = "naïve 🙂 (x)\r\nend  .";
  const { lengths, characters, lineEnds } = corpusOf(text, { level: "word", validation: 0 });
  expect([...lengths!]).toEqual([5, 2, 2, 1, 1, 1, 3, 1, 1, 1]);
  expect(characters).toBe(18);
  expect(lineEnds).toBe(1);
});

test("different words do not pile up without end: the rarest are given up, the frequent stay", () => {
  const builder = wordBuilder(1000);
  let noise = 0;
  for (let k = 0; k < 40; k++) {
    builder.add("king queen ".repeat(5));
    for (let n = 0; n < 100; n++) builder.add(`w${noise++} `);
  }
  const { vocabulary, unknown, ids } = builder.finish();
  expect(vocabulary.words).toEqual(["<unk>", "<join>", " ", "king", "queen"]);
  expect(unknown).toEqual({ different: 4000, occurrences: 4000 });
  expect(ids.filter((id) => id === 3).length).toBe(200);
});

test("refuses no text, no such level, and numbers that are none", () => {
  expect(() => corpusOf("", { level: "word" })).toThrow("at least one character");
  expect(() => corpusOf("a", { level: "syllable" as "word" })).toThrowErrorMatchingInlineSnapshot(`
    [ArgumentError: corpusBuilder: level is "syllable"; expected "character" or "word".
      leave it out for "character".]
  `);
  expect(() => corpusOf(line, { level: "word", minCount: 0 })).toThrow(
    "minCount is 0; expected a whole number of at least 1",
  );
  expect(() => corpusOf(line, { level: "word", maxVocabulary: 3 })).toThrow(
    "maxVocabulary is 3; expected a whole number of at least 4",
  );
});
