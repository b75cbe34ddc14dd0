/** How what a person types becomes a model's input: characters, words or rows of numbers, by what the model takes. */
import { ArgumentError, encode, type Model, type Sequences, sequences, wordsOf } from "cellstate";

/** What a model reads at each step. */
export type Reading =
  | { readonly kind: "characters"; readonly tokens: readonly string[] }
  /** `isText`: cut as the library cuts texts into words, with a sign for those that the model does not know. */
  | { readonly kind: "words"; readonly tokens: readonly string[]; readonly isText: boolean }
  /** Each symbol has a value of its own that is 1; single characters. */
  | { readonly kind: "symbols"; readonly tokens: readonly string[] }
  /** Symbols without a vocabulary: their ids are typed. */
  | { readonly kind: "ids"; readonly count: number }
  | { readonly kind: "values"; readonly size: number };

/** Steps that one look takes at most; more would not be readable, and the ledger grows with their square. */
export const MOST_STEPS = 1000;

export interface Input {
  readonly x: Sequences;
  /** As shown under the steps. */
  readonly tokens: readonly string[];
  /** Missing where the model takes values. */
  readonly ids?: Uint32Array;
  /** What the model does not know, each once; it is left out, or a word like any other unknown one. */
  readonly unknown: readonly string[];
  /** Steps past the limit, left out. */
  readonly cut: number;
}

/** @throws {ArgumentError} if the model has several inputs */
export function readingOf(model: Model, inputSize: number | undefined): Reading {
  const [first] = model.architecture.layers;
  if (first?.kind === "embedding") {
    const { characters, words } = (model.facts["vocabulary"] ?? {}) as Record<string, unknown>;
    const isFor = (list: unknown): list is string[] =>
      Array.isArray(list) && list.length === first.vocabulary && list.every((one) => typeof one === "string");
    if (isFor(characters) && characters.every((one) => [...one].length === 1)) {
      return { kind: "characters", tokens: characters };
    }
    if (isFor(words)) return { kind: "words", tokens: words, isText: words.includes("<unk>") };
    return { kind: "ids", count: first.vocabulary };
  }
  if (first?.kind === "recurrent" && inputSize !== undefined) {
    const symbols = model.facts["symbols"];
    const isList = Array.isArray(symbols) && symbols.length === inputSize;
    if (isList && symbols.every((one) => typeof one === "string" && [...one].length === 1)) {
      return { kind: "symbols", tokens: symbols };
    }
    return { kind: "values", size: inputSize };
  }
  throw new ArgumentError({
    where: "explorer",
    argument: "model",
    given: first?.kind,
    described: `a model that begins with ${first?.kind ?? "nothing"}`,
    expected: "one input: an embedding, or a recurrent layer",
    mend: "a model with several inputs can be trained and run by the library; the explorer shows those with one.",
  });
}

/** @throws {ArgumentError} if nothing is left to read, or a number is none */
export function inputFrom(reading: Reading, text: string): Input {
  switch (reading.kind) {
    case "symbols":
    case "characters": {
      const known = new Set(reading.tokens);
      const all = [...text.replace(/\r\n?/g, "\n")];
      const kept = all.filter((one) => known.has(one));
      const unknown = [...new Set(all.filter((one) => !known.has(one)))];
      const shown = kept.slice(0, MOST_STEPS);
      const ids = shown.length === 0 ? [] : encode(shown.join(""), { characters: reading.tokens });
      const input = symbols(Uint32Array.from(ids), shown, unknown, kept.length - shown.length);
      return reading.kind === "symbols" ? { ...input, x: oneHot(ids, reading.tokens.length) } : input;
    }
    case "words": {
      if (reading.isText) return inputFromText(reading.tokens, text);
      const places = new Map(reading.tokens.map((word, id) => [word, id]));
      const all = text.toLowerCase().match(/[\p{L}\p{N}'’-]+|[^\s\p{L}\p{N}]/gu) ?? [];
      const kept = all.filter((one) => places.has(one));
      const unknown = [...new Set(all.filter((one) => !places.has(one)))];
      const shown = kept.slice(0, MOST_STEPS);
      return symbols(
        Uint32Array.from(shown, (one) => places.get(one)!),
        shown,
        unknown,
        kept.length - shown.length,
      );
    }
    case "ids": {
      const all = numbersIn(text);
      const fits = (id: number) => Number.isInteger(id) && id >= 0 && id < reading.count;
      const kept = all.filter(fits);
      const shown = kept.slice(0, MOST_STEPS);
      const unknown = [...new Set(all.filter((id) => !fits(id)).map(String))];
      return symbols(Uint32Array.from(shown), shown.map(String), unknown, kept.length - shown.length);
    }
    case "values": {
      const lines = text.split(/[\r\n;]+/).filter((line) => line.trim() !== "");
      // a single line of numbers is a step each where a step has one value
      const rows =
        lines.length === 1 && reading.size === 1 ? numbersIn(lines[0]!).map((v) => [v]) : lines.map(numbersIn);
      const wrong = rows.find((row) => row.length !== reading.size);
      if (rows.length === 0 || wrong) throw nothing(wrong ?? [], `a line of ${reading.size} numbers for each step`);
      const shown = rows.slice(0, MOST_STEPS);
      const tokens = shown.map((row) => row.map(short).join(" "));
      return { x: sequences([shown]), tokens, unknown: [], cut: rows.length - shown.length };
    }
  }
}

/** As a model learned it; unknown words are read as one. */
function inputFromText(words: readonly string[], text: string): Input {
  const all = wordsOf(text.replace(/\r\n?/g, "\n"));
  const known = new Set(words);
  const unknown = [...new Set(all.filter((word) => !known.has(word)))];
  const ids = encode(text, { words }, { unixLineEnds: true });
  const shown = ids.slice(0, MOST_STEPS);
  return symbols(
    shown,
    Array.from(shown, (id) => words[id]!),
    unknown,
    ids.length - shown.length,
  );
}

function symbols(ids: Uint32Array, tokens: readonly string[], unknown: readonly string[], cut: number): Input {
  if (ids.length === 0) throw nothing(unknown, "at least one symbol that the model knows");
  return { x: { values: ids, shape: [1, ids.length] }, tokens, ids, unknown, cut };
}

/** `[1, T, I]`: at each step the value of its symbol is 1. */
function oneHot(ids: ArrayLike<number>, size: number): Sequences {
  const values = new Float32Array(ids.length * size);
  Array.from(ids).forEach((id, t) => {
    values[t * size + id] = 1;
  });
  return { values, shape: [1, ids.length, size] };
}

function numbersIn(text: string): number[] {
  return text
    .split(/[\s,]+/)
    .filter((part) => part !== "")
    .map((part) => {
      const value = Number(part);
      if (Number.isFinite(value)) return value;
      throw nothing(part, "numbers between blanks or commas");
    });
}

const short = (value: number): string => String(Math.round(value * 100) / 100);

const nothing = (given: unknown, expected: string): ArgumentError =>
  new ArgumentError({
    where: "explorer",
    argument: "text",
    given,
    expected,
    mend: "the card of the model says what it reads.",
  });
