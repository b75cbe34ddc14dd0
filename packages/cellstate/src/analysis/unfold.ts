/** An equation at one unit: which of its values each part of it reads there, and layer norms written out. */
import type { Expression } from "../cell/syntax.ts";
import { isSum } from "./terms.ts";

/** As the language's layernorm. */
const EPSILON = 1e-5;

export interface Unfolded {
  readonly expression: Expression;
  /** μ and σ, and where there are several layer norms μ2, σ2 …: names that no cell can have. */
  readonly known: ReadonlyMap<string, number>;
}

/**
 * layernorm(a, b, …) as (a − μ) / σ; inside sums, which stay whole, it stays as it is.
 *
 * @param result - which of a layernorm's results the name is, where the definition has several names
 */
export function unfold(value: Expression, result: number, valuesOf: (e: Expression) => Float64Array): Unfolded {
  const known = new Map<string, number>();
  const name = (letter: string, found: number, { at }: Expression): Expression => {
    const own = known.size < 2 ? letter : `${letter}${Math.floor(known.size / 2) + 1}`;
    known.set(own, found);
    return { kind: "name", name: own, previous: false, at };
  };
  function visit(e: Expression, which: number): Expression {
    if (isSum(e)) return e;
    switch (e.kind) {
      case "negative":
        return { ...e, of: visit(e.of, 0) };
      case "binary":
        return { ...e, left: visit(e.left, 0), right: visit(e.right, 0) };
      case "call": {
        if (e.function !== "layernorm") return { ...e, arguments: e.arguments.map((one) => visit(one, 0)) };
        const all = e.arguments.flatMap((one) => [...valuesOf(one)]);
        const mean = all.reduce((sum, v) => sum + v, 0) / all.length;
        const variance = all.reduce((sum, v) => sum + (v - mean) * (v - mean), 0) / all.length;
        const [left, μ] = [e.arguments[which]!, name("μ", mean, e)];
        const σ = name("σ", Math.sqrt(variance + EPSILON), e);
        const above: Expression = { kind: "binary", operator: "-", left: visit(left, 0), right: μ, at: e.at };
        return { kind: "binary", operator: "/", left: above, right: σ, at: e.at };
      }
      default:
        return e;
    }
  }
  return { expression: visit(value, result), known };
}

/** Which number of each part's value goes into number `unit` of the whole. */
export function lanesOf(
  e: Expression,
  unit: number,
  valuesOf: (e: Expression) => Float64Array,
): ReadonlyMap<Expression, number> {
  const lanes = new Map<Expression, number>();
  const visit = (part: Expression, lane: number): void => {
    lanes.set(part, lane);
    if (isSum(part)) return;
    if (part.kind === "negative") visit(part.of, lane);
    if (part.kind === "binary") for (const side of [part.left, part.right]) visit(side, lane);
    if (part.kind !== "call") return;
    const [inside] = part.arguments;
    const isExpand = part.function === "expand";
    const size = isExpand ? valuesOf(part).length / valuesOf(inside!).length : 1;
    for (const one of part.arguments) visit(one, Math.floor(lane / size));
  };
  visit(e, unit);
  return lanes;
}
