/** A model's facts go into its file as JSON; what JSON would change or lose is refused while one can still mend it. */
import { ArgumentError } from "../errors.ts";

/** Records and lists inside one another. */
const DEEPEST = 64;

/** @throws {ArgumentError} that names the first value that is no plain JSON data */
export function checkFacts(facts: unknown, where: string): asserts facts is Readonly<Record<string, unknown>> {
  if (!isPlain(facts)) refuse(where, "facts", facts, "an object of plain data");
  visit(facts, "facts", 0, where);
}

function visit(value: unknown, argument: string, depth: number, where: string): void {
  if (value === null || value === undefined || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (depth > DEEPEST) refuse(where, argument.slice(0, 60), value, `at most ${DEEPEST} levels`);
  if (Array.isArray(value)) value.forEach((item, k) => visit(item, `${argument}[${k}]`, depth + 1, where));
  else if (isPlain(value)) {
    for (const [key, item] of Object.entries(value)) visit(item, `${argument}.${key}`, depth + 1, where);
  } else refuse(where, argument, value, "plain JSON data: text, finite numbers, true, false, null, lists, records");
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // an object of another realm (a frame, a worker) has another Object
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refuse(where: string, argument: string, given: unknown, expected: string): never {
  const mend = "write typed arrays as lists, Array.from(values), and dates as text.";
  throw new ArgumentError({ where, argument, given, expected, mend });
}
