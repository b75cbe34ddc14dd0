/** What is wrong with a loss's options, said in one way. */
import { ArgumentError } from "../../errors.ts";

/** @throws {ArgumentError} unless `isFine`; NaN and what is no number are for `isFine` to refuse */
export function check(isFine: boolean, where: string, argument: string, given: unknown, facts: Said): void {
  if (!isFine) throw new ArgumentError({ where, argument, given, ...facts });
}

interface Said {
  readonly expected: string;
  readonly mend: string;
}

export const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

export function checkSmoothing(where: string, given: number): void {
  const mend = "0.1 takes a tenth of the target's share and spreads it evenly; 0 smooths nothing.";
  check(isNumber(given) && given >= 0 && given <= 1, where, "labelSmoothing", given, {
    expected: "a number from 0 to 1",
    mend,
  });
}

/** Lists of weights: each at least 0, one of them above. */
export function checkWeights(where: string, argument: string, given: readonly number[]): void {
  const isFine =
    Array.isArray(given) && given.every((one) => isNumber(one) && one >= 0) && given.some((one) => one > 0);
  const mend = "1 counts as without weights, 0 not at all; one for each value of the output.";
  check(isFine, where, argument, given, { expected: "a list of finite numbers of at least 0, not all 0", mend });
}
