/**
 * A cell: its name, its equations as text, and what they say. Plain data, frozen; the text alone makes it
 * again. From a literal text the compiler reads the names it defines and the axes that need a size.
 */
import { inferAxes } from "./axes.ts";
import { check, type Facts } from "./check.ts";
import { parse } from "./parse.ts";
import type { Syntax } from "./syntax.ts";

export type { Facts, ParameterFact } from "./check.ts";

/** A cell: its name, its equations, and what they say. Plain data, frozen; `cell(name, text)` makes it. */
export interface Cell<T extends string = string> {
  /** What errors, printed equations and model files call it. */
  readonly name: string;
  /** The equations as they were typed. */
  readonly text: T;
  /** The equations, parsed. */
  readonly syntax: Syntax;
  /** What follows from them: states, parameters, axes. */
  readonly facts: Facts;
}

/**
 * Makes a cell from its equations.
 *
 * @param name - what errors, printed equations and model files call it
 * @param text - the equations; at most 64 KB, 200 lines, 3,000 names, numbers and signs
 * @throws {CellError} with line, column, caret and mend, if the text is not a cell
 * @example
 * const leaky = cell("Leaky", `
 *   h = 0.9 * h[t-1] + tanh(W_h @ x + b_h)   # a tenth fades at every step
 * `);
 */
export function cell<const T extends string>(name: string, text: T): Cell<T> {
  const syntax = parse(name, text);
  const facts = check(name, text, syntax);
  inferAxes({ name, text, syntax }); // mixed axes are an error here, not where the cell is first used
  return freeze({ name, text, syntax, facts });
}

/** Everything in it too; the tree is at most 64 levels deep. */
function freeze<V>(value: V): V {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}

/** The text of a cell's type. */
export type TextOf<C extends Cell> = C["text"];

/** The names that a text defines: "f" | "i" | …; `string` if the text is not a literal. */
export type Names<T extends string> = string extends T ? string : NamesIn<T>;

/** The axes of a text that need a size besides `units`: "projection", "blocks", "heads", …; `string` likewise. */
export type AxesOf<T extends string> = string extends T ? string : Exclude<AxesIn<T>, "input" | "units" | "one">;

/** A size for each axis that needs one. */
export type AxisSizes<T extends string> = { readonly [A in AxesOf<T>]: number };

type Trim<S extends string> = S extends `    ${infer R}`
  ? Trim<R>
  : S extends ` ${infer R}` | `\t${infer R}` | `\r${infer R}` | `\n${infer R}`
    ? Trim<R>
    : S extends `${infer R}    `
      ? Trim<R>
      : S extends `${infer R} ` | `${infer R}\t` | `${infer R}\r` | `${infer R}\n`
        ? Trim<R>
        : S;

type Code<Line extends string> = Line extends `${infer C}#${string}` ? C : Line;

/** Line by line; each case looks only at what stands before the first "=". */
type NamesIn<T extends string, Found = never> = T extends `${infer Line}\n${infer Rest}`
  ? NamesIn<Rest, Found | NamesOfLine<Code<Line>>>
  : Found | NamesOfLine<Code<T>>;
type NamesOfLine<C extends string> = C extends `${infer Left}=${string}`
  ? Left extends `${string}[${string}`
    ? never
    : Split<Left extends `${infer N}:${string}` ? N : Left>
  : never;
type Split<S extends string> = S extends `${infer First},${infer Rest}` ? Trim<First> | Split<Rest> : Trim<S>;

type AxesIn<
  T extends string,
  Values = NamesIn<T> | "x",
  Found = never,
  All extends string = "",
> = T extends `${infer Line}\n${infer Rest}`
  ? AxesIn<Rest, Values, Found | AxisOfLine<Code<Line>>, `${All} ${Code<Line>}`>
  : Found | AxisOfLine<Code<T>> | AxesOfSums<`${All} ${Code<T>}`, Values>;
/** `h : projection = …`, `x : units`, `R : blockdiagonal(heads)`. */
type AxisOfLine<C extends string> = (C extends `${infer Left}=${string}` ? Left : C) extends `${string}:${infer A}`
  ? Trim<A> extends `blockdiagonal(${infer Heads})${string}`
    ? Trim<Heads>
    : Trim<A> extends `dropped(${string}`
      ? never
      : Trim<A>
  : never;
/** `sum(v, blocks)`: what stands between a comma and the next parenthesis, and is no value. */
type AxesOfSums<C extends string, Values, Found = never> = C extends `${string}sum(${infer Rest}`
  ? AxesOfSums<Rest, Values, Found | AxisOfSum<Rest extends `${infer Sum}=${string}` ? Sum : Rest, Values>>
  : Found;
type AxisOfSum<C extends string, Values, Found = never> = C extends `${string},${infer Rest}`
  ? AxisOfSum<Rest, Values, Found | (Rest extends `${infer A})${string}` ? OnlyAxis<Trim<A>, Values> : never)>
  : Found;
type OnlyAxis<A extends string, Values> = A extends "" | "sequence" | Values | `${number}` | `${string}${Sign}${string}`
  ? never
  : A;
type Sign = " " | "," | "(" | "[" | "+" | "-" | "*" | "/" | "@" | "_";
