/** The rules for doc comments catch what they are for. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { entryOf } from "../../scripts/docs/entries.ts";
import { problemsOf } from "../../scripts/docs/problems.ts";
import { exportsOf, moduleAt } from "../../scripts/docs/syntax.ts";

const folder = mkdtempSync(join(tmpdir(), "cellstate-docs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

/** What is said against a module, without the names before it. */
function problems(source: string): string[] {
  const path = join(folder, `${count++}.ts`);
  writeFileSync(path, source);
  const found = exportsOf(moduleAt(path)).flatMap((one) => problemsOf(entryOf(one, folder)));
  return found.map((problem) => problem.replace(/^\w+ \(.*?\): /, ""));
}

const good = `
/** How to halve. */
export interface HalfOptions {
  /** How often. Default 1. */
  readonly times?: number;
}
/**
 * Half of a number.
 *
 * @param n - any number
 * @throws {RangeError} if n is no number
 * @example half(3)
 */
export function half(n: number, { times = 1 }: HalfOptions = {}): number {
  if (Number.isNaN(n)) fail();
  return n / 2 ** times;
}
function fail(): never {
  throw new RangeError("no number");
}
`;

test.each([
  ["a comment with everything", "", "", []],
  ["no sentence", " * Half of a number.\n", "", ["has no sentence of description"]],
  ["a parameter that is not described", " * @param n - any number\n", "", ["has no @param for n"]],
  [
    "a parameter that is not there",
    "@param n -",
    "@param m -",
    ["has no @param for n", "describes m, which it does not take"],
  ],
  ["an option that is not described", "  /** How often. Default 1. */\n", "", ["does not describe options.times"]],
  ["another default", "Default 1.", "Default 2.", ["says another default of options.times than the code's 1"]],
  ["no example", " * @example half(3)\n", "", ["has no @example"]],
  ["a throw two calls away", " * @throws {RangeError} if n is no number\n", "", ["throws, and has no @throws"]],
  ["a throw without its reason", " if n is no number", "", ["has a @throws without {Error} or without a reason"]],
  ["no return type", "): number {", ") {", ["has no written return type"]],
] as const)("%s", (_, find, replace, expected) => {
  const source = good.replace(find, replace);
  if (find !== "") expect(source).not.toBe(good);
  const ofFunction = problems(source).filter((problem) => problem !== "times has no description");
  expect(ofFunction).toEqual(expected);
});

test("a field without a description", () => {
  expect(problems("/** A point. */\nexport interface Point {\n  readonly x: number;\n}")).toEqual([
    "x has no description",
  ]);
});
