/** What is wrong with a call's options, said in one way: checked once, where a caller gives them. */
import { ArgumentError } from "./errors.ts";

interface Said {
  readonly expected: string;
  readonly mend: string;
}

/** @throws {ArgumentError} unless `isFine`; NaN and what is no number are for `isFine` to refuse */
export function check(isFine: boolean, where: string, argument: string, given: unknown, said: Said): void {
  if (!isFine) throw new ArgumentError({ where, argument, given, ...said });
}

export const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

/** A number from 0 up to, not with, 1. */
export const isPart = (value: unknown): boolean => isNumber(value) && value >= 0 && value < 1;

/** @throws {ArgumentError} if they are no object: `ema(0.9)` would be `ema()` without a word */
export function optionsOf<O extends object>(where: string, given: O): O {
  const isFine = typeof given === "object" && given !== null;
  check(isFine, where, "options", given, { expected: "an object of options", mend: `see ${where}'s options.` });
  return given;
}

/** @throws {ArgumentError} if an option is left when all have been taken: a misspelt one would be left out unheard */
export function noOthers(where: string, others: object): void {
  const [name, given] = Object.entries(others)[0] ?? [];
  const mend = `check how it is spelt; ${where} has no such option.`;
  check(name === undefined, where, name ?? "", given, { expected: "an option's name", mend });
}
