/**
 * Cuts a cell's text into equations and each equation into names, numbers and signs. An equation goes on
 * over the ends of lines inside parentheses; comments become its caption or, on lines of their own, its
 * heading. The limits on a text's size stand here, before anything is built.
 */
import { type Fail, splitLines } from "./errors.ts";
import type { Place } from "./syntax.ts";

/** `parts`: names, numbers and signs. What is built from them costs their square: at most half a second. */
export const limits = { bytes: 65_536, lines: 200, levels: 64, parts: 3000 };

export interface Token {
  /** "end" closes every equation, so that there is always a place to point at. */
  readonly kind: "name" | "number" | "sign" | "end";
  readonly text: string;
  readonly at: Place;
}

/** One equation: a line of text, or several where parentheses stand open. */
export interface Equation {
  readonly tokens: readonly Token[];
  readonly caption?: string;
  readonly heading?: string;
}

/** What people paste from papers, and what to write for it. */
const instead: Readonly<Record<string, string>> = {
  "−": "-",
  "–": "-",
  "·": "*",
  "×": "*",
  "⊙": "*",
  "∘": "*",
  "÷": "/",
  "{": "(",
  "}": ")",
  σ: "sigmoid",
  ";": "a new line",
  "^": "a product: a * a",
};

/** A name, a number or a sign, from where `lastIndex` stands. */
const piece = /(?:([A-Za-z_][A-Za-z0-9_]*)|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([-+*/@()[\],:=~]))/y;

/** The equations of a text, in its order. */
export function tokenize(text: string, fail: Fail): Equation[] {
  // A character has at least one byte: a text of gigabytes is refused before it is encoded.
  if (text.length > limits.bytes || new TextEncoder().encode(text).length > limits.bytes) {
    fail(undefined, "the text is longer than 64 KB", "write one cell only");
  }
  const lines = splitLines(text);
  if (lines.filter((line) => line.trim()).length > limits.lines) {
    fail(undefined, `the text has more than ${limits.lines} lines`, "write one cell only");
  }
  const equations: Equation[] = [];
  const open: Token[] = [];
  let tokens: Token[] = [];
  let captions: string[] = [];
  let headings: string[] = [];
  lines.forEach((line, index) => {
    const { found, comment } = cutLine(line, index + 1, fail);
    if (tokens.length + found.length === 0) {
      if (comment) headings.push(comment);
      else headings = [];
      return;
    }
    for (const token of found) {
      follow(token, open, fail);
      tokens.push(token);
    }
    if (comment) captions.push(comment);
    if (open.length > 0) return;
    const last = tokens[tokens.length - 1];
    const end = { line: last.at.line, column: last.at.column + last.at.length, length: 1 };
    tokens.push({ kind: "end", text: "the end of the line", at: end });
    const caption = captions.join(" ");
    const heading = headings.join(" ");
    equations.push({ tokens, ...(caption && { caption }), ...(heading && { heading }) });
    tokens = [];
    captions = [];
    headings = [];
  });
  const never = open[open.length - 1];
  if (never) fail(never.at, "this parenthesis is not closed");
  return equations;
}

/** Keeps account of the parentheses; "=" and "~" stand outside all of them. */
function follow(token: Token, open: Token[], fail: Fail): void {
  if (token.text === "(") open.push(token);
  const last = open[open.length - 1];
  if (token.text === ")" && !open.pop()) fail(token.at, "nothing opens this parenthesis");
  if (last && (token.text === "=" || token.text === "~")) fail(last.at, "this parenthesis is not closed");
}

function cutLine(line: string, number: number, fail: Fail): { found: Token[]; comment: string } {
  const found: Token[] = [];
  let column = 0;
  while (column < line.length) {
    const sign = line[column];
    if (/\s/.test(sign)) {
      column++;
      continue;
    }
    if (sign === "#") return { found, comment: line.slice(column + 1).trim() };
    piece.lastIndex = column;
    const match = piece.exec(line);
    if (!match) {
      const whole = String.fromCodePoint(line.codePointAt(column) as number);
      const at = { line: number, column: column + 1, length: whole.length };
      const mend = Object.hasOwn(instead, whole) ? `write ${instead[whole]}` : undefined;
      return fail(at, `"${whole}" has no meaning here`, mend);
    }
    const text = match[0];
    const at = { line: number, column: column + 1, length: text.length };
    const kind = match[1] !== undefined ? "name" : match[2] !== undefined ? "number" : "sign";
    if (kind === "number") {
      const next = line[column + text.length] ?? "";
      const after = { line: number, column: at.column + at.length, length: 1 };
      if (/[A-Za-z_.]/.test(next)) fail(after, `"${next}" cannot follow ${text}`, "a product is written 2 * x");
      if (!Number.isFinite(Number(text))) fail(at, `${text} is too large a number`, "the largest is about 1e308");
    }
    found.push({ kind, text, at });
    column += text.length;
  }
  return { found, comment: "" };
}
