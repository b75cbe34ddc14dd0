/**
 * How a pass walks over rows, the same for every engine: where each step's rows begin, and the spans in
 * which one call may cover many steps because the row of the step before is always equally far away.
 */
import type { Op, Rows } from "../cell/operations.ts";

/** The first row of every step, and the number of all rows. */
export function startsOf({ steps, active }: Rows): { starts: Int32Array; total: number } {
  const starts = new Int32Array(steps);
  let total = 0;
  for (let t = 0; t < steps; t++) {
    starts[t] = total;
    total += active[t]!;
  }
  return { starts, total };
}

/** `count` rows from row `now`, whose rows of the step before begin at `before`. */
export interface Span {
  readonly now: number;
  readonly before: number;
  readonly count: number;
}

/** As few spans as cover all steps. Before step 0 come the first values, at row −batch. */
export function spansOf(rows: Rows): Span[] {
  const { starts } = startsOf(rows);
  const spans: Span[] = [];
  for (let t = 0; t < rows.steps; t++) {
    const count = rows.active[t]!;
    if (count === 0) break;
    const now = starts[t]!;
    const before = t === 0 ? -rows.batch : starts[t - 1]!;
    const last = spans.at(-1);
    if (last !== undefined && now - before === last.now - last.before) {
      spans[spans.length - 1] = { ...last, count: last.count + count };
    } else spans.push({ now, before, count });
  }
  return spans;
}

/** Does the operation read a state's value of the step before? */
export function readsBefore(op: Op): boolean {
  switch (op.op) {
    case "map":
    case "sum":
      return op.reads.some((r) => r.time === "before");
    case "product":
      return op.from.time === "before";
    case "gradient":
      return op.left.time === "before" || op.right.time === "before";
    default:
      return false;
  }
}

/** Each sequence's last row: its own at step length − 1, or its first value where it has no step. */
export function lastRows({ batch, steps, active }: Rows): Int32Array {
  const last = Int32Array.from({ length: batch }, (_, b) => b - batch);
  let start = 0;
  for (let t = 0; t < steps; t++) {
    for (let b = 0; b < active[t]!; b++) last[b] = start + b;
    start += active[t]!;
  }
  return last;
}
