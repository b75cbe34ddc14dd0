/** At which rates a layer draws its noise: what its options may be, and go with which cell. */
import type { Cell } from "../cell/cell.ts";
import { recurrentMatrices } from "../cell/past.ts";
import { ArgumentError } from "../errors.ts";
import type { RecurrentLayer } from "./layers.ts";

/** @throws {ArgumentError} if it is no part of a whole that leaves something */
export function part(where: string, argument: string, given: unknown): void {
  if (typeof given === "number" && given >= 0 && given < 1) return;
  const mend = "0.2 drops a fifth of the values.";
  throw new ArgumentError({ where, argument, given, expected: "a number from 0 up to, not with, 1", mend });
}

/**
 * Checks noise that stands at matrices over a state's past.
 *
 * @throws {ArgumentError} if one is no such part, or the cell has no such matrix
 */
export function checkProductRates({ name, syntax }: Cell, rates: Readonly<Record<string, number>>): void {
  const where = "recurrent";
  for (const [argument, given] of Object.entries(rates)) {
    part(where, argument, given);
    if (given === 0 || recurrentMatrices(syntax).size > 0) continue;
    const mend = "leave it out, or take zoneout.";
    const expected = `0: no matrix of ${name} multiplies a state's value before the step`;
    throw new ArgumentError({ where, argument, given, expected, mend });
  }
}

/**
 * Zoneout for all states alike or by state; undefined where there is none.
 *
 * @throws {ArgumentError} if a rate is no such part, or a name no state of the cell
 */
export function zoneoutOf(
  { name, facts: { states } }: Cell,
  given: RecurrentLayer["zoneout"],
): RecurrentLayer["zoneout"] {
  const where = "recurrent";
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    part(where, "zoneout", given);
    return given || undefined;
  }
  for (const [state, rate] of Object.entries(given)) {
    part(where, `zoneout.${state}`, rate);
    if (states.includes(state)) continue;
    const expected = `states of ${name}: ${states.join(", ") || "it has none"}`;
    const mend = "zoneout keeps values from step to step; give it for states alone.";
    throw new ArgumentError({ where, argument: "zoneout", given: state, expected, mend });
  }
  return Object.values(given).some((rate) => rate > 0) ? Object.freeze({ ...given }) : undefined;
}
