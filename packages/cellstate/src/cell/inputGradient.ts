/** The products that make nothing but the input's adjoint, which nobody reads where the input is data. */
import type { Op, Schedule } from "./operations.ts";

const known = new WeakMap<Schedule, ReadonlySet<Op>>();

export function inputGradientOf(schedule: Schedule): ReadonlySet<Op> {
  const found =
    known.get(schedule) ??
    new Set(schedule.backward?.after.filter((op) => op.op === "product" && op.into.name === "δx"));
  known.set(schedule, found);
  return found;
}
