/**
 * What is random in a cell: each `bernoulli(p)` of the text is a draw of its own, numbered in the text's order. The
 * number is the purpose that keys its noise (`engine/noise.ts`), in the graph and in the oracle alike.
 */
import { walk } from "./check.ts";
import { type Expression, roleOf, type Syntax } from "./syntax.ts";

export type Draw = Expression & { readonly kind: "call" };

const isDraw = (e: Expression): e is Draw => e.kind === "call" && e.function === "bernoulli";

/** Every draw with its number. */
export function drawsOf({ definitions }: Pick<Syntax, "definitions">): Map<Expression, number> {
  const draws = definitions.flatMap(({ value }) => [...walk(value)].filter(isDraw));
  return new Map(draws.map((draw, k) => [draw, k]));
}

/** Which part of a matrix's weights is dropped while training: its own line's, or its role's. */
export const dropRateOf = ({ dropped }: Pick<Syntax, "dropped">, matrix: string): number | undefined =>
  (dropped.find(({ target }) => target === matrix) ?? dropped.find(({ target }) => target === roleOf(matrix)))?.rate;
