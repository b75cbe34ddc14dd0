/** Sums that an equation holds, W @ v, sum(v) and mean(v), term by term at one of their results. */
import type { Expression } from "../cell/syntax.ts";
import { expressionText } from "../cell/text.ts";
import type { ModelLayer } from "./layer.ts";

/** One weight times one value. */
export interface Term {
  /** "W_f"; missing where no matrix weighs: in sum(v), where weights are 1, and mean(v), where they are 1 / n. */
  readonly matrix?: string;
  /** What the value is of: "x", "h[t-1]", "o * tanh(c)". */
  readonly source: string;
  /** Which of the source's values. */
  readonly index: number;
  /** The matrix's entry. */
  readonly weight: number;
  /** What it weighs. */
  readonly value: number;
  /** weight · value. */
  readonly product: number;
}

/** Many terms, the largest one by one and the rest together. */
export interface Terms {
  /** Largest |product| first; equal ones by their place. */
  readonly largest: readonly Term[];
  /** All other terms: how many, and their sum. */
  readonly rest: { readonly count: number; readonly value: number };
}

type Call = Expression & { readonly kind: "call" };
export type SumExpression =
  | (Expression & { readonly kind: "product" })
  | (Call & { readonly function: "sum" | "mean" });

export const isSum = (e: Expression): e is SumExpression =>
  e.kind === "product" || (e.kind === "call" && (e.function === "sum" || e.function === "mean"));

/** All terms of a sum's result number `lane`; `valuesOf` gives what an expression is worth. */
export function termsOf(
  e: SumExpression,
  lane: number,
  layer: Pick<ModelLayer, "matrix" | "sizes">,
  valuesOf: (e: Expression) => Float64Array,
): Term[] {
  const of = e.kind === "product" ? e.of : e.arguments[0]!;
  const values = valuesOf(of);
  const source = expressionText(of);
  const term = (index: number, weight: number): Term => {
    const value = values.length === 1 ? values[0]! : values[index]!;
    return { source, index, weight, value, product: weight * value };
  };
  if (e.kind === "product") {
    const { values: weights, rows, columns, blocks } = layer.matrix(e.matrix);
    const width = columns / blocks;
    const first = Math.floor(lane / (rows / blocks)) * width;
    return Array.from({ length: width }, (_, k) => ({
      matrix: e.matrix,
      ...term(first + k, weights[lane * columns + first + k]!),
    }));
  }
  const parts = e.axis === undefined || e.axis === "one" ? 1 : layer.sizes[e.axis]!;
  const count = values.length / parts;
  const weight = e.function === "mean" ? 1 / count : 1;
  return Array.from({ length: count }, (_, k) => term((parts === 1 ? 0 : lane * count) + k, weight));
}

export function largestOf(terms: readonly Term[], most: number): Terms {
  const order = terms
    .map((_, k) => k)
    .sort((a, b) => Math.abs(terms[b]!.product) - Math.abs(terms[a]!.product) || a - b);
  const others = order.slice(most);
  const value = others.sort((a, b) => a - b).reduce((sum, k) => sum + terms[k]!.product, 0);
  return { largest: order.slice(0, most).map((k) => terms[k]!), rest: { count: others.length, value } };
}
