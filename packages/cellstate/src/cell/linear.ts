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
export function linearParts({ definitions }: Syntax, state: string): { a: Expression; b: Expression } | undefined {
  const definitionOf = (name: string): Expression | undefined =>
    definitions.find((d) => d.names.length === 1 && d.names[0] === name)?.value;
  const value = definitionOf(state);
  const parts = value && sumOf(value, state, definitionOf);
  if (!parts || parts.kept.length === 0) return undefined;
  const { at } = value;
  const one: Expression = { kind: "number", value: 1, at };
  const kept = parts.kept.map((factors) => (factors.length === 0 ? one : joined(factors, "*")));
  return { a: joined(kept, "+"), b: parts.added.length === 0 ? { ...one, value: 0 } : joined(parts.added, "+") };
}

/** A sum: what the state's past is multiplied with, as factors, and what is added. */
interface LinearSum {
  readonly kept: readonly (readonly Expression[])[];
  readonly added: readonly Expression[];
}

/**
 * The past may stand inside a factor that is a sum, or a name for one: with zoneout (1 − z) · (f · c[t-1] + i · g).
 * Names within such a name are left as they are, or a short text could stand for an endless sum.
 */
function sumOf(
  value: Expression,
  state: string,
  definitionOf: (name: string) => Expression | undefined,
): LinearSum | undefined {
  const kept: (readonly Expression[])[] = [];
  const added: Expression[] = [];
  const within = (factor: Expression): LinearSum | undefined => {
    if (factor.kind !== "name") return chain(factor, "+").length > 1 ? sumOf(factor, state, definitionOf) : undefined;
    if (factor.previous) return { kept: [[]], added: [] };
    const named = definitionOf(factor.name);
    return named && mentions(named, state) ? sumOf(named, state, () => undefined) : undefined;
  };
  for (const term of chain(value, "+")) {
    const factors = chain(term, "*");
    const own = factors.filter((f) => mentions(f, state));
    // what multiplies the past may be made of it, as element-wise weights are
    const past = own.length > 0 ? own : factors.filter((f) => f.kind === "name" && !f.previous && within(f));
    const [factor] = past;
    if (factor === undefined) added.push(term);
    else {
      const inner = within(factor);
      if (past.length > 1 || inner === undefined) return undefined;
      const others = factors.filter((f) => f !== factor);
      kept.push(...inner.kept.map((k) => [...others, ...k]));
      added.push(...inner.added.map((b) => joined([...others, b], "*")));
    }
  }
  return { kept, added };
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
