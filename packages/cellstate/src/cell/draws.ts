/**
 * What is random in a cell: each `bernoulli(p)` of the text is a draw of its own, numbered in the text's order. The
 * number is the purpose that keys its noise (`engine/noise.ts`), in the graph and in the oracle alike.
 */
import type { Cell } from "./cell.ts";
import { walk } from "./check.ts";
import type { Expression, Syntax } from "./syntax.ts";

export type Draw = Expression & { readonly kind: "call" };

const isDraw = (e: Expression): e is Draw => e.kind === "call" && e.function === "bernoulli";

/** Is anything drawn in it? Then what reads alike is not alike. */
export const holdsDraw = (e: Expression): boolean => [...walk(e)].some(isDraw);

/** Every draw with its number. */
export function drawsOf({ definitions }: Pick<Syntax, "definitions">): Map<Expression, number> {
  const draws = definitions.flatMap(({ value }) => [...walk(value)].filter(isDraw));
  return new Map(draws.map((draw, k) => [draw, k]));
}

/** Is something drawn while the cell is trained, a number or which weights are dropped? */
export const isDrawn = ({ syntax }: Pick<Cell, "syntax">): boolean => syntax.dropped.length + drawsOf(syntax).size > 0;
