/** A text taken in piece by piece is the text: pairs, line ends and rare characters across any cut. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode, vocabularyOf } from "../data/text.ts";
import { corpusBuilder, corpusOf } from "./corpus.ts";

describe("corpusOf", () => {
  test("gives the ids that vocabularyOf and encode give", () => {
    const text = "the king 🙂 and the queen\nof the 𝒳 north\n".repeat(20);
    const { vocabulary, ids } = corpusOf(text);
    expect(vocabulary).toEqual(vocabularyOf(text));
    expect([...ids]).toEqual([...encode(text, vocabulary)]);
    expect(ids).toBeInstanceOf(Uint8Array);
  });

  test("is the same however the text is cut, also inside a pair and between \\r and \\n", () => {
    const piece = fc.array(fc.constantFrom("a", "b", "\r", "\n", "🙂", "é", "𝒳"), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(piece, fc.array(fc.nat(80), { maxLength: 6 }), (characters, cuts) => {
        const text = characters.join("");
        const builder = corpusBuilder();
        const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        for (let k = 1; k < at.length; k++) builder.add(text.slice(at[k - 1], at[k]));
        const { ids, vocabulary } = builder.finish();
        expect(decode(ids, vocabulary)).toBe(text.replace(/\r\n?/g, "\n"));
      }),
      { seed: 1 },
    );
  });

  test("counts line ends, and takes half a pair for U+FFFD", () => {
    expect(corpusOf("a\r\nb\rc\n").lineEnds).toBe(2);
    const { vocabulary, ids, damaged } = corpusOf("a\ud83db\ude42");
    expect(decode(ids, vocabulary)).toBe("a\uFFFDb\uFFFD");
    expect(damaged).toBe(2);
  });

  test("puts rare characters together, by count or to stay below a size", () => {
    const byCount = corpusOf("aaaabbbccd", { minCount: 3 });
    expect(byCount.vocabulary.characters).toEqual(["a", "b", "\uFFFD"]);
    expect(byCount).toMatchObject({ unknown: { different: 2, occurrences: 3 }, minCount: 3 });
    const bySize = corpusOf("aaaabbbccd", { maxVocabulary: 3 });
    expect(bySize.vocabulary.characters).toEqual(["a", "b", "\uFFFD"]);
    expect(corpusOf("aaaabbbccd", { maxVocabulary: 4 }).unknown.different).toBe(0);
  });

  test("needs one byte a character up to 256 different ones, two beyond", () => {
    const letters = (count: number): string =>
      Array.from({ length: count }, (_, k) => String.fromCodePoint(0x4e00 + k)).join("");
    expect(corpusOf(letters(256)).ids).toBeInstanceOf(Uint8Array);
    expect(corpusOf(letters(257)).ids).toBeInstanceOf(Uint16Array);
  });

  test("has the text's SHA-256, over more than one block too", () => {
    expect(corpusOf("abc").sha256).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const million = "a".repeat(1_000_000) + "é".repeat(100_000);
    expect(corpusOf(million).sha256).toBe(createHash("sha256").update(million).digest("hex"));
    expect(corpusOf(million).ids).toHaveLength(1_100_000);
  });

  test("refuses no text", () => {
    expect(() => corpusOf("")).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: trainLanguage: text is ""; expected at least one character.
        give the text that the model shall learn from.]
    `);
  });
});
