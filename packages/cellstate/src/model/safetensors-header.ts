/**
 * The header of a safetensors file: a JSON object that names each tensor's type, shape and place. It comes from
 * strangers, so it has a parser of its own that is stricter than `JSON.parse`: no duplicate keys (which keep the
 * last value silently), no lone surrogates, no deep nesting; objects become Maps, where `__proto__` is a name.
 */

export type Json = string | number | boolean | null | Json[] | Map<string, Json>;

/** What is wrong and where, for the caller to turn into a FileError. */
export class HeaderProblem extends Error {
  readonly given: string;
  readonly expected: string;

  constructor(given: string, expected: string) {
    super(`${given}; expected ${expected}`);
    this.given = given;
    this.expected = expected;
  }
}

/** Objects and lists inside one another. Tensors need 3; the format's own reader allows so many. */
const DEPTH = 127;

/**
 * Parses strict JSON.
 *
 * @throws {HeaderProblem} at the first character that does not fit
 */
export function parseHeader(text: string): Json {
  let at = 0;

  const fail = (expected: string, place = at): never => {
    const character = text.codePointAt(place);
    const met = character === undefined ? "the end" : JSON.stringify(String.fromCodePoint(character));
    throw new HeaderProblem(`${met} at character ${place}`, expected);
  };
  const skipSpace = (): void => {
    while (at < text.length && " \t\n\r".includes(text[at]!)) at += 1;
  };
  const take = (character: string): boolean => {
    skipSpace();
    if (text[at] !== character) return false;
    at += 1;
    return true;
  };

  const value = (depth: number): Json => {
    skipSpace();
    const character = text[at];
    if (depth >= DEPTH && (character === "{" || character === "[")) fail(`at most ${DEPTH} levels of nesting`);
    if (character === "{") return object(depth);
    if (character === "[") return list(depth);
    if (character === '"') return string();
    for (const [word, meaning] of WORDS) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    }
    return number();
  };

  const object = (depth: number): Map<string, Json> => {
    const entries = new Map<string, Json>();
    at += 1;
    if (take("}")) return entries;
    do {
      skipSpace();
      const place = at;
      if (text[at] !== '"') fail("a key in quotes");
      const key = string();
      if (entries.has(key))
        throw new HeaderProblem(`a second key ${JSON.stringify(key)} at character ${place}`, "each key once");
      if (!take(":")) fail("a colon");
      entries.set(key, value(depth + 1));
    } while (take(","));
    if (!take("}")) fail("a comma or }");
    return entries;
  };

  const list = (depth: number): Json[] => {
    const entries: Json[] = [];
    at += 1;
    if (take("]")) return entries;
    do entries.push(value(depth + 1));
    while (take(","));
    if (!take("]")) fail("a comma or ]");
    return entries;
  };

  // a scan and no regular expression, which would run out of stack on a string of many megabytes
  const string = (): string => {
    const place = at;
    for (at += 1; text[at] !== '"'; at++) {
      if (at >= text.length || text.charCodeAt(at) < 0x20) fail("a string's closing quote");
      if (text[at] !== "\\") continue;
      at += 1;
      if (text[at] === "u" && /^[0-9a-fA-F]{4}$/.test(text.slice(at + 1, at + 5))) at += 4;
      else if (text[at] === undefined || !'"\\/bfnrt'.includes(text[at]!)) fail("a valid escape");
    }
    at += 1;
    const content = JSON.parse(text.slice(place, at)) as string;
    if (LONE_SURROGATE.test(content)) fail("no half of a surrogate pair", place);
    return content;
  };

  const number = (): number => {
    NUMBER.lastIndex = at;
    const found = NUMBER.exec(text)?.[0];
    if (found === undefined) return fail("a value");
    if (!Number.isFinite(Number(found))) return fail("a number that float64 has");
    at += found.length;
    // a number that is not written as a plain whole number is no size: NaN fails every check that follows
    return /^\d+$/.test(found) ? Number(found) : Number.NaN;
  };

  const result = value(0);
  skipSpace();
  if (at < text.length) fail("nothing after the header's closing brace but spaces");
  return result;
}

const WORDS: readonly (readonly [string, boolean | null])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** With the u flag a pair is one character, so only halves match. */
export const LONE_SURROGATE = /[\ud800-\udfff]/u;
