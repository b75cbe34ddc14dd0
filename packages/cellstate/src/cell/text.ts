/** An expression back as text of the language, with no more parentheses than it needs. */
import type { Expression } from "./syntax.ts";

const precedence = { "+": 1, "-": 1, "*": 2, "/": 2 } as const;

/** A piece of an expression's text. */
export interface TextPart {
  readonly text: string;
  /** What it stands for, where it is a value: a name, a number, or what was to stay whole. */
  readonly of?: Expression;
}

export const expressionText = (e: Expression, outer = 0): string =>
  expressionParts(e, () => false, outer)
    .map(({ text }) => text)
    .join("");

/** The text in its pieces; what `isWhole` says of is one piece. */
export function expressionParts(e: Expression, isWhole: (e: Expression) => boolean, outer = 0): TextPart[] {
  if (isWhole(e)) return [{ text: expressionText(e, outer), of: e }];
  const parts = (of: Expression, within = 0): TextPart[] => expressionParts(of, isWhole, within);
  switch (e.kind) {
    case "number": {
      const text = numberText(e.value);
      // A minus of its own binds less tightly than "@".
      return wrapped([{ text, of: e }], e.value < 0 || Object.is(e.value, -0) ? 3 : 6, outer);
    }
    case "name":
      return [{ text: e.previous ? `${e.name}[t-1]` : e.name, of: e }];
    case "negative":
      return wrapped([{ text: "-" }, ...parts(e.of, 3)], 3, outer);
    case "product":
      return wrapped([{ text: `${e.matrix} @ ` }, ...parts(e.of, 5)], 4, outer);
    case "binary": {
      const own = precedence[e.operator];
      // Left to right: what stands right at the same level had its own parentheses.
      return wrapped([...parts(e.left, own), { text: ` ${e.operator} ` }, ...parts(e.right, own + 1)], own, outer);
    }
    case "call": {
      const given = e.arguments.flatMap((a, k) => [...(k === 0 ? [] : [{ text: ", " }]), ...parts(a)]);
      const more = e.perSequence ? "sequence" : e.axis;
      return [{ text: `${e.function}(` }, ...given, { text: more === undefined ? ")" : `, ${more})` }];
    }
  }
}

/** As short as it can be written and read back: `-1e30`, where JavaScript writes `-1e+30`. */
export const numberText = (value: number): string => (Object.is(value, -0) ? "-0" : String(value).replace("e+", "e"));

const wrapped = (parts: TextPart[], own: number, outer: number): TextPart[] =>
  own < outer ? [{ text: "(" }, ...parts, { text: ")" }] : parts;
