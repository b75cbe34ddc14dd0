/** Blocks and heads cut an axis into equal parts: `sum(v, blocks)`, `expand(v)`, `R : blockdiagonal(heads)`. */
import { inferAxes } from "../cell/axes.ts";
import type { Cell } from "../cell/cell.ts";
import type { Expression } from "../cell/syntax.ts";
import { ArgumentError } from "../errors.ts";

/**
 * Checks what can be checked with the sizes that are known; that of the input is known last.
 *
 * @throws {ArgumentError} if an axis cannot be cut into that many equal parts
 */
export function checkBlocks(cell: Cell, sizes: Readonly<Record<string, number>>): void {
  const axes = inferAxes(cell);
  const check = (parts: string, whole: string): void => {
    const count = sizes[parts];
    const length = sizes[whole];
    if (count === undefined || length === undefined || length % count === 0) return;
    const near = count * Math.max(1, Math.round(length / count));
    const mend = `${whole} is ${length}; take ${near}, or another number of ${parts}.`;
    const expected = `a divisor of ${whole}`;
    throw new ArgumentError({ where: "recurrent", argument: parts, given: count, expected, mend });
  };
  for (const { rows, columns, blockdiagonal } of axes.matrices.values()) {
    if (blockdiagonal === undefined) continue;
    check(blockdiagonal, rows);
    check(blockdiagonal, columns);
  }
  const visit = (e: Expression): void => {
    if (e.kind === "negative" || e.kind === "product") visit(e.of);
    if (e.kind === "binary") [e.left, e.right].forEach(visit);
    if (e.kind !== "call") return;
    e.arguments.forEach(visit);
    if (e.axis !== undefined) check(e.axis, axes.of(e.arguments[0]!));
    // a value per row goes with any axis
    if (e.function === "expand") check(axes.of(e.arguments[0]!), axes.of(e));
  };
  for (const { value } of cell.syntax.definitions) visit(value);
}
