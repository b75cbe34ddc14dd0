/**
 * Which states are linear in their own past, s = a * s[t-1] + b, read off the text: for scans, the memory
 * ledger and time scales. `a` and `b` may depend on anything else, other states' past too.
 */
import { walk } from "./check.ts";
import type { Expression, Syntax } from "./syntax.ts";
import { expressionText } from "./text.ts";

export function linearStates(syntax: Syntax, states: readonly string[]): Record<string, { a: string; b: string }> {
  const result: Record<string, { a: string; b: string }> = {};
  for (const state of states) {
    const found = linearParts(syntax, state);
    if (found) result[state] = { a: expressionText(found.a), b: expressionText(found.b) };
  }
  return result;
}

/** What a state keeps of its past and what it adds; undefined where it is not linear. */
export function linearParts(syntax: Syntax, state: string): { a: Expression; b: Expression } | undefined {
  const value = syntax.definitions.find((d) => d.names.length === 1 && d.names[0] === state)?.value;
  const found = value && linearForm(value, state);
  if (!found) return undefined;
  const { factors, terms } = found;
  return {
    a: factors.length === 0 ? { kind: "number", value: 1, at: value.at } : joined(factors, "*"),
    b: terms.length === 0 ? { kind: "number", value: 0, at: value.at } : joined(terms, "+"),
  };
}

/** `value` as the product of `factors` with the state's own past, plus `terms`; both in the text's order. */
export function linearForm(
  value: Expression,
  state: string,
): { readonly factors: readonly Expression[]; readonly terms: readonly Expression[] } | undefined {
  const terms = chain(value, "+");
  const own = terms.filter((t) => mentions(t, state));
  if (own.length !== 1) return undefined;
  const factors = chain(own[0]!, "*");
  const past = factors.filter((f) => mentions(f, state));
  if (past.length !== 1 || past[0]!.kind !== "name") return undefined;
  return { factors: factors.filter((f) => f !== past[0]), terms: terms.filter((t) => t !== own[0]) };
}

/** The parts, at least one, as one expression again. */
export const joined = (parts: readonly Expression[], operator: "+" | "*"): Expression =>
  parts.reduce((left, right) => ({ kind: "binary", operator, left, right, at: left.at }));

const chain = (e: Expression, operator: "+" | "*"): Expression[] =>
  e.kind === "binary" && e.operator === operator ? [...chain(e.left, operator), ...chain(e.right, operator)] : [e];

const mentions = (e: Expression, state: string): boolean =>
  [...walk(e)].some((part) => part.kind === "name" && part.previous && part.name === state);
