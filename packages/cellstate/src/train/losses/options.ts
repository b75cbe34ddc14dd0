/** What several losses check of their options, and say where outputs do not fit. */
import { check, isNumber } from "../../options.ts";

export function checkSmoothing(where: string, given: number): void {
  const mend = "0.1 spreads a tenth of each target evenly.";
  const expected = "a number from 0 to 1";
  check(isNumber(given) && given >= 0 && given <= 1, where, "labelSmoothing", given, { expected, mend });
}

/** Lists of weights: each at least 0, one of them above. */
export function checkWeights(where: string, argument: string, given: readonly number[]): void {
  const isFine =
    Array.isArray(given) && given.every((one) => isNumber(one) && one >= 0) && given.some((one) => one > 0);
  const expected = "finite numbers of at least 0, not all 0";
  check(isFine, where, argument, given, { expected, mend: "0 leaves a class out." });
}

/** What to do where outputs and targets do not fit. */
export const mendOf = (name: string, outputs: number): string =>
  `${name} has ${outputs} outputs for each target value, side by side: dense({ units: ${outputs} }) for one target.`;
