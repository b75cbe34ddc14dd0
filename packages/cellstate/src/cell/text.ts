/** An expression back as text of the language, with no more parentheses than it needs. */
import type { Expression } from "./syntax.ts";

const precedence = { "+": 1, "-": 1, "*": 2, "/": 2 } as const;

export function expressionText(e: Expression, outer = 0): string {
  switch (e.kind) {
    case "number":
      // A minus of its own binds less tightly than "@".
      return wrapped(numberText(e.value), e.value < 0 || Object.is(e.value, -0) ? 3 : 6, outer);
    case "name":
      return e.previous ? `${e.name}[t-1]` : e.name;
    case "negative":
      return wrapped(`-${expressionText(e.of, 3)}`, 3, outer);
    case "product":
      return wrapped(`${e.matrix} @ ${expressionText(e.of, 5)}`, 4, outer);
    case "binary": {
      const own = precedence[e.operator];
      // Left to right: what stands right at the same level had its own parentheses.
      const right = expressionText(e.right, own + 1);
      return wrapped(`${expressionText(e.left, own)} ${e.operator} ${right}`, own, outer);
    }
    case "call": {
      const parts = e.arguments.map((a) => expressionText(a));
      if (e.axis !== undefined) parts.push(e.axis);
      return `${e.function}(${parts.join(", ")})`;
    }
  }
}

/** As short as it can be written and read back: `-1e30`, where JavaScript writes `-1e+30`. */
export const numberText = (value: number): string => (Object.is(value, -0) ? "-0" : String(value).replace("e+", "e"));

const wrapped = (text: string, own: number, outer: number): string => (own < outer ? `(${text})` : text);
