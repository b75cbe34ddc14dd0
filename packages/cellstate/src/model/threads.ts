/** How many threads a model may use: a number, or as many as there are cores. */
import { ArgumentError } from "../errors.ts";

/** `"auto"` (default): as many as the machine has cores, at most 8. A model too small for it uses one. */
export type Threads = number | "auto";

const MOST = 64;
const MOST_ALONE = 8;

/** Logical cores; undefined where the runtime does not say. */
export const coresHere = (): number | undefined =>
  globalThis.navigator?.hardwareConcurrency ??
  globalThis.process?.getBuiltinModule?.("node:os")?.availableParallelism();

/** @throws {ArgumentError} if it is no such number */
export function threadsFrom(threads: Threads | undefined, where: string): number {
  if (threads === undefined || threads === "auto") return Math.max(1, Math.min(coresHere() ?? 1, MOST_ALONE));
  if (Number.isInteger(threads) && threads >= 1 && threads <= MOST) return threads;
  const expected = `a whole number from 1 to ${MOST}, or "auto"`;
  const mend = "leave it out for as many as there are cores, or give 1 for none beside the caller's own.";
  throw new ArgumentError({ where, argument: "threads", given: threads, expected, mend });
}
