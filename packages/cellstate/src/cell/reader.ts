/**
 * Goes over the tokens of one equation: what is next, take it, or say what should have stood there.
 */
import type { Fail } from "./errors.ts";
import { isParameter, type Place } from "./syntax.ts";
import type { Equation, Token } from "./tokens.ts";

export interface Reader {
  readonly fail: Fail;
  /** The next token, or one further ahead. */
  peek(ahead?: number): Token;
  is(sign: string): boolean;
  take(): Token;
  /** The place of the last token taken. */
  last(): Place;
  /** Takes the sign if it is next. */
  accept(sign: string): boolean;
  expect(sign: string): Token;
  name(wanted: string): Token;
  unexpected(wanted: string): never;
  /** Refuses what is left of the line. */
  end(): void;
}

export function createReader({ tokens }: Equation, fail: Fail): Reader {
  let next = 0;
  const is = (sign: string): boolean => tokens[next].kind === "sign" && tokens[next].text === sign;
  const take = (): Token => tokens[tokens[next].kind === "end" ? next : next++];
  const unexpected = (wanted: string): never => {
    const { kind, text, at } = tokens[next];
    return fail(at, kind === "end" ? `${wanted} is missing here` : `"${text}" stands where ${wanted} should`);
  };
  return {
    fail,
    is,
    take,
    unexpected,
    peek: (ahead = 0) => tokens[Math.min(next + ahead, tokens.length - 1)],
    last: () => tokens[Math.max(0, next - 1)].at,
    accept: (sign) => is(sign) && take() !== undefined,
    expect: (sign) => (is(sign) ? take() : unexpected(`"${sign}"`)),
    name: (wanted) => (tokens[next].kind === "name" ? take() : unexpected(wanted)),
    end: () => {
      const { kind, text, at } = tokens[next];
      if (kind === "end") return;
      if (text === "=") fail(at, 'there is a second "=" on this line', "write one equation a line");
      const isOperand = kind !== "sign" || text === "(";
      fail(at, `"${text}" cannot follow here`, isOperand ? "a product is written a * b, or W_a @ b" : undefined);
    },
  };
}

export function checkName({ text, at }: Token, fail: Fail): void {
  if (/^_|_$/.test(text)) fail(at, `"${text}" is no name`, "a parameter has its role before its underscore: b_f");
  checkWord(text, at, fail);
}

export function checkAxis({ text, at }: Token, fail: Fail): void {
  if (isParameter(text)) fail(at, `"${text}" is no axis`, "the name of an axis has no underscore");
  checkWord(text, at, fail);
}

/** Names become keys of plain objects, in which "constructor" and its like are there from the start. */
function checkWord(text: string, at: Place, fail: Fail): void {
  if (text in {}) fail(at, `"${text}" cannot be a name`, "it has a meaning in JavaScript; take another name");
}
