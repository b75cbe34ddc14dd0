/** Text as words: where it is cut, that nothing is lost, and that it does not matter in which pieces it comes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { segmenter } from "./segments.ts";
import { decode, encode, wordsOf } from "./text.ts";
import { JOINER, SPACE, wordReader, wordWriter } from "./words.ts";

const J = JOINER;
const written = (tokens: readonly string[]): string => tokens.map(wordWriter()).join("");

describe("a text is cut", () => {
  test.each([
    [
      "words keep apostrophes and what makes them one",
      "Don't l’homme rock'n'roll a_b",
      ["Don't", "l’homme", "rock'n'roll", "a_b"],
    ],
    ["hyphens are signs of their own, and imply no spaces", "mother-in-law", ["mother", "-", "in", "-", "law"]],
    [
      "numbers keep points and commas between digits",
      "3.14, 1,000.5 and 7.",
      ["3.14", ",", "1,000.5", "and", "7", "."],
    ],
    [
      "Chinese, Japanese and Thai: a character a token",
      "我去东京。カード ราคา",
      ["我", "去", "东", "京", "。", "カ", "ー", "ド", SPACE, "ร", "า", "ค", "า"],
    ],
    ["Korean has spaces and words", "나는 간다", ["나는", "간다"]],
    ["emoji with their modifiers, joiners and flags", "👍🏽 👩‍🚀❤️ 🇵🇱 #️⃣", ["👍🏽", "👩‍🚀", J, "❤️", "🇵🇱", "#️⃣"]],
    ["combining marks stay on their letter", "cafe\u0301 n\u0303o", ["cafe\u0301", "n\u0303o"]],
    [
      "right to left, with vowels, quotes inside and joiners",
      "שָׁלוֹם צה״ל می\u200cخواهم",
      ["שָׁלוֹם", "צה״ל", "می\u200cخواهم"],
    ],
    [
      "signs stand where the rule has them",
      "“Yes,” (he) said: $5!",
      ["“", "Yes", ",", "”", "(", "he", ")", "said", ":", "$", "5", "!"],
    ],
    [
      "straight quotes open and close",
      'He said "go" and "stay".',
      ["He", "said", '"', "go", '"', "and", '"', "stay", '"', "."],
    ],
    ["a quotation mark behind a space opens, whatever is due", 'x "y "z', ["x", '"', "y", SPACE, '"', "z"]],
    [
      "lines, and spaces that the rule does not have",
      " a  b\n c , d",
      [SPACE, "a", SPACE, "b", "\n", SPACE, "c", SPACE, ",", "d"],
    ],
    ["no space where the rule has one", "a+b 5kg x:y", ["a", J, "+", J, "b", "5kg", "x", ":", J, "y"]],
    ["what looks like the sign for the unknown", "<unk> <join>", ["<", "unk", ">", "<", "join", ">"]],
  ] as const)("%s", (_, text, tokens) => {
    expect(wordsOf(text)).toEqual(tokens);
    expect(written(tokens)).toBe(text);
  });

  test("a megabyte of letters, marks or hyphens is no token", () => {
    for (const part of ["a", "é", "e\u0301", "字", "\u0301", "-", "1.", "a'", "👩‍"]) {
      const text = part.repeat(20_000);
      const tokens = wordsOf(text);
      expect(Math.max(...tokens.map((token) => token.length))).toBeLessThan(1500);
      expect(written(tokens)).toBe(text);
    }
  });
});

/** Everything that a rule looks at, more often than it is in any text. */
const nasty = fc.oneof(
  fc.constantFrom(..." \n\t'\"-.,!?()[]“”‘’«»—/<>$&*#_:;%…"),
  fc.constantFrom(
    "a",
    "The",
    "don't",
    "x1",
    "3.14",
    "1,0",
    "é",
    "e\u0301",
    "\u0301",
    "\uFE0F",
    "\u200D",
    "\u200C",
    "\u00A0",
    "\u2028",
  ),
  fc.constantFrom(
    "👍🏽",
    "👩‍🚀",
    "🇵",
    "🇵🇱",
    "🏽",
    "❤️",
    "1️⃣",
    "字",
    "ー",
    "か゛",
    "ไทย",
    "한",
    "ש",
    "״",
    "𝒳",
    "𠀀",
    "\ud800",
    "\udc00",
    "\0",
    "\u202E",
  ),
  fc.constantFrom('"', ' "', '" ', "'", " '", "' "),
  fc.constantFrom("<unk>", "<join>", "  ", "\r", "\r\n", "th' ", " 'tis"),
  fc.string({ unit: "binary", maxLength: 3 }),
);
const text = fc.array(nasty, { maxLength: 40 }).map((parts) => parts.join(""));

describe("whatever the text", () => {
  test("its tokens write it again, character for character, and their lengths add up to its own", () => {
    fc.assert(
      fc.property(text, (text) => {
        const tokens: string[] = [];
        let characters = 0;
        const reader = wordReader((token, length) => {
          tokens.push(token);
          characters += length;
        });
        reader.add(text);
        reader.finish();
        expect(written(tokens)).toBe(text);
        expect(characters).toBe([...text].length);
      }),
      { seed: 4, numRuns: 3000 },
    );
  });

  test("it is cut the same however it comes in pieces, also in the middle of a pair", () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(120), { maxLength: 8 }), (text, cuts) => {
        const tokens: string[] = [];
        const reader = wordReader((token) => tokens.push(token));
        const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        for (let k = 1; k < at.length; k++) reader.add(text.slice(at[k - 1], at[k]));
        reader.finish();
        expect(tokens).toEqual(wordsOf(text));
      }),
      { seed: 5, numRuns: 3000 },
    );
  });

  test("decode brings back what encode took, where the vocabulary has its words", () => {
    fc.assert(
      fc.property(text, (text) => {
        const vocabulary = { words: [...new Set(["<unk>", "<join>", " ", ...wordsOf(text)])] };
        expect(decode(encode(text, vocabulary), vocabulary)).toBe(text);
      }),
      { seed: 6, numRuns: 1000 },
    );
  });
});

test("a segment is handed out as soon as nothing behind it can change it", () => {
  const segments: string[] = [];
  const { add, finish } = segmenter((segment) => segments.push(segment));
  add("It isn't ");
  expect(segments).toEqual(["It", " "]);
  add("so, is");
  expect(segments).toEqual(["It", " ", "isn't", " ", "so"]);
  finish();
  expect(segments).toEqual(["It", " ", "isn't", " ", "so", ",", " ", "is"]);
});

describe("ids of words", () => {
  const vocabulary = { words: ["<unk>", "<join>", " ", "the", "king", ".", "\n"] };

  test("unknown words are <unk>, dropped, replaced or named", () => {
    expect([...encode("the queen.", vocabulary)]).toEqual([3, 0, 5]);
    expect(decode(encode("the queen.", vocabulary), vocabulary)).toBe("the <unk>.");
    expect(decode(encode("the old king", vocabulary, { unknown: "drop" }), vocabulary)).toBe("the king");
    expect(decode(encode("the queen", vocabulary, { unknown: { replaceBy: "king" } }), vocabulary)).toBe("the king");
    expect(() => encode("the queen, é", vocabulary, { unknown: "error" })).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: encode: text is not all in the vocabulary: "queen", "," (U+002C), "é" (U+00E9); expected only its 7 words.
        leave them out with { unknown: "drop" }, or put another in their place with { unknown: { replaceBy: "?" } }.]
    `);
  });

  test("<unk> in the text is not the unknown word", () => {
    expect([...encode("<unk>", { words: ["<unk>", "<join>", " ", "<", "unk", ">"] })]).toEqual([3, 4, 5]);
  });

  test("Windows line ends become \\n when asked", () => {
    expect([...encode("the\r\nking", vocabulary, { unixLineEnds: true })]).toEqual([3, 6, 4]);
  });
});
