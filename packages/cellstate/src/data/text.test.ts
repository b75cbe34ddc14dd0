import { expect, test } from "vitest";
import { decode, encode, vocabularyOf } from "./text.ts";

test("characters are sorted by code point, beyond the basic plane too", () => {
  // U+FF21 sorts after U+1F600 by UTF-16 units (D83D < FF21) but before it by code point
  expect(vocabularyOf("b😀aＡ\nb").characters).toEqual(["\n", "a", "b", "Ａ", "😀"]);
});

test("a text comes back from its ids, character for character", () => {
  const text = "zażółć 😀👍🏽\r\n\ud800 e\u0301";
  const vocabulary = JSON.parse(JSON.stringify(vocabularyOf(text)));
  const ids = encode(text, vocabulary);
  expect(ids.length).toBe([...text].length);
  expect(decode(ids, vocabulary)).toBe(text);
});

test("Windows and old Mac line ends become \\n only when asked", () => {
  const text = "a\r\nb\rc\n";
  expect(vocabularyOf(text).characters).toContain("\r");
  const vocabulary = vocabularyOf(text, { unixLineEnds: true });
  expect(vocabulary.characters).toEqual(["\n", "a", "b", "c"]);
  expect(decode(encode(text, vocabulary, { unixLineEnds: true }), vocabulary)).toBe("a\nb\nc\n");
});

const vocabulary = vocabularyOf("abc?");

test("unknown characters are named once each, with code points", () => {
  expect(() => encode("aé😀é\tb", vocabulary)).toThrowErrorMatchingInlineSnapshot(`
    [ArgumentError: encode: text is not all in the vocabulary: "é" (U+00E9), "😀" (U+1F600), "\\t" (U+0009); expected only its 4 characters.
      leave them out with { unknown: "drop" }, or put another in their place with { unknown: { replaceBy: "?" } }.]
  `);
  expect(() => encode("αβγδεζηθικλ", vocabulary)).toThrow("and 3 more");
});

test("unknown characters are dropped or replaced when asked", () => {
  expect(decode(encode("aéb😀", vocabulary, { unknown: "drop" }), vocabulary)).toBe("ab");
  expect(decode(encode("aéb😀", vocabulary, { unknown: { replaceBy: "?" } }), vocabulary)).toBe("a?b?");
  expect(encode("é", vocabulary, { unknown: "drop" }).length).toBe(0);
});

test("a replacement outside the vocabulary, a wrong choice, a wrong id and an empty text are refused", () => {
  expect(() => encode("a", vocabulary, { unknown: { replaceBy: "!" } })).toThrow(
    'encode: unknown.replaceBy is "!"; expected one of the vocabulary.',
  );
  expect(() => encode("a", vocabulary, { unknown: "skip" as "drop" })).toThrow('expected "error", "drop" or');
  expect(() => decode([0, 4], vocabulary)).toThrow("decode: ids[1] is 4; expected a whole number from 0 to 3.");
  expect(() => decode([0.5], vocabulary)).toThrow("ids[0] is 0.5");
  expect(() => vocabularyOf("")).toThrow("at least one character");
});
