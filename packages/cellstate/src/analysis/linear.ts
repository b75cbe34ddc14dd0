/** The states of a layer that are linear in their own past, s = a ⊙ s[t-1] + b, and what a and b were in a trace. */
import { linearParts } from "../cell/linear.ts";
import type { Expression } from "../cell/syntax.ts";
import { expressionText } from "../cell/text.ts";
import { ArgumentError } from "../errors.ts";
import type { ModelLayer, TracedRow } from "./layer.ts";

export interface LinearState {
  readonly state: string;
  readonly a: Expression;
  readonly b: Expression;
}

/**
 * The state that is asked for, or the first linear one in the order of the equations.
 *
 * @throws {ArgumentError} if there is none; the sentence says for every state why
 */
export function linearStateOf(at: ModelLayer, wanted: string | undefined, where: string): LinearState {
  const { cell, fixed } = at;
  const { states } = cell.facts;
  const parts = new Map<string, LinearState>();
  const reasons: string[] = [];
  for (const state of states) {
    const found = linearParts(cell.syntax, state);
    if (fixed[state] !== undefined) reasons.push(`${state} is fixed at ${fixed[state]} by model.with`);
    else if (found) parts.set(state, { state, ...found });
    else {
      const own = cell.syntax.definitions.find(({ names }) => names.includes(state))!;
      reasons.push(`${state} = ${expressionText(own.value)} is not a * ${state}[t-1] + b`);
    }
  }
  const chosen = wanted === undefined ? [...parts.values()][0] : parts.get(wanted);
  if (chosen) return chosen;
  if (wanted !== undefined && !states.includes(wanted)) reasons.unshift(`${wanted} is no state of ${cell.name}`);
  throw new ArgumentError({
    where,
    argument: "state",
    given: wanted,
    expected: [...parts.keys()].length > 0 ? `one of ${[...parts.keys()].join(", ")}` : `a state s = a * s[t-1] + b`,
    mend: `${reasons.join("; ") || `${cell.name} has no state`}.`,
  });
}

/** What the state keeps of its past and what is written at every step of a row, `[T, width]`, float64. */
export function keepsAndWrites(
  at: ModelLayer,
  { state, a, b }: LinearState,
  row: TracedRow,
): { keeps: Float64Array; writes: Float64Array } {
  const width = at.width(state);
  const series = (e: Expression): Float64Array => {
    const all = new Float64Array(row.steps * width);
    for (let t = 0; t < row.steps; t++) {
      const value = at.evaluate(e, row, t);
      // one number goes with all
      if (value.length === width) all.set(value, t * width);
      else all.fill(value[0]!, t * width, (t + 1) * width);
    }
    return all;
  };
  return { keeps: series(a), writes: series(b) };
}
