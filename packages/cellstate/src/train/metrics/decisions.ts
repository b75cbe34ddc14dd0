/**
 * What a row of outputs decides: the class with the largest output where targets are ids; where targets are values,
 * 0 or 1 as `binaryCrossEntropy` has them, yes or no for each output, yes above 0, which is a probability above ½.
 */
import { ArgumentError } from "../../errors.ts";
import type { Seen } from "./metric.ts";

/** The largest output's place, of equals the first; NaN counts as largest, as in PyTorch and NumPy. */
export function largestOf(outputs: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < outputs.length && !Number.isNaN(outputs[best]!); k++) {
    if (!(outputs[k]! <= outputs[best]!)) best = k;
  }
  return best;
}

export const isYes = (output: number): boolean => output > 0;

/** @throws {ArgumentError} if it is neither 0 nor 1 */
export function isOne(target: number, { where, argument }: Seen): boolean {
  if (target === 0 || target === 1) return target === 1;
  const expected = "targets that are ids, or 0 and 1";
  const mend = "a decision is right or wrong; for values take mse(), mae() or r2().";
  throw new ArgumentError({
    where,
    argument,
    given: target,
    described: `about decisions, and a target is ${target}`,
    expected,
    mend,
  });
}

/** As many outputs as targets: else they are parameters of a distribution, not decisions. */
export function checkDecisions({ targets, outputs, width, where, argument }: Seen): void {
  if (targets === "ids" || outputs === width) return;
  const facts = {
    given: outputs,
    described: `about decisions, and ${outputs / width} outputs belong to each target`,
    expected: "targets that are ids, or an output for each target",
  };
  throw new ArgumentError({ where, argument, ...facts, mend: "for values take mse(), mae() or r2()." });
}
