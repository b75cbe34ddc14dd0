/** A layer's own start values, by role or parameter, over those of the cell's text. */
import type { Cell } from "../cell/cell.ts";
import { isMatrix, roleOf, type StartName, type StartRule, startNames } from "../cell/syntax.ts";
import { ArgumentError } from "../errors.ts";

/** How many numbers each rule takes, least and most; as in the language. */
const counts: Readonly<Record<StartName, readonly [number, number]>> = {
  uniform: [0, 1],
  normal: [0, 1],
  glorot: [0, 0],
  orthogonal: [0, 1],
  identity: [0, 1],
  chrono: [1, 1],
};
const forMatrices: readonly string[] = ["glorot", "orthogonal", "identity"];

/**
 * Checks and copies them.
 *
 * @throws {ArgumentError} if a name is none of the cell's, or a rule is unknown or does not go with it
 */
export function startRules(
  cell: Cell,
  given: Readonly<Record<string, number | string | StartRule>>,
): Readonly<Record<string, StartRule>> {
  const parameters = cell.facts.parameters.map((p) => p.name);
  const known = [...new Set([...parameters.map(roleOf), ...parameters])];
  return Object.freeze(
    Object.fromEntries(
      Object.entries(given).map(([name, rule]) => {
        if (!known.includes(name)) {
          const mend = "start values go to a role or a parameter of the cell.";
          fail("start", name, known.length > 0 ? `one of ${known.join(", ")}` : "none: the cell has none", mend);
        }
        return [name, startRule(name, rule)];
      }),
    ),
  );
}

function startRule(name: string, rule: number | string | StartRule): StartRule {
  const argument = `start.${name}`;
  const expected = `a finite number or one of ${startNames.join(", ")}`;
  const mend = 'for example { b_f: 3, R: "orthogonal" }; rules with a number stand in the cell\'s text.';
  const value = typeof rule === "number" ? rule : isObject(rule) && rule.kind === "number" ? rule.value : undefined;
  if (value !== undefined) {
    if (typeof value !== "number" || !Number.isFinite(Math.fround(value))) fail(argument, value, expected, mend);
    return Object.freeze({ kind: "number", value });
  }
  const call = typeof rule === "string" ? rule : isObject(rule) && rule.kind === "call" ? rule.name : undefined;
  const numbers: unknown = isObject(rule) && rule.kind === "call" ? rule.arguments : [];
  const known = startNames.find((one) => one === call);
  if (known === undefined || !Array.isArray(numbers)) return fail(argument, call ?? rule, expected, mend);
  const [least, most] = counts[known];
  const areRight = numbers.every((n) => typeof n === "number" && n > 0 && Number.isFinite(Math.fround(n)));
  if (numbers.length < least || numbers.length > most || !areRight || (known === "chrono" && !(numbers[0] >= 2))) {
    fail(argument, rule, `${known} with the numbers it takes, above 0`, mend);
  }
  const matrix = isMatrix(name.includes("_") ? name : `${name}_`);
  if (forMatrices.includes(known) && !matrix)
    fail(argument, known, "a rule for vectors", "write a number, or uniform.");
  if (known === "chrono" && matrix) fail(argument, known, "a rule for matrices", "chrono starts biases.");
  return Object.freeze({ kind: "call", name: known, arguments: Object.freeze([...numbers]) as readonly number[] });
}

const isObject = (value: unknown): value is StartRule => typeof value === "object" && value !== null;

function fail(argument: string, given: unknown, expected: string, mend: string): never {
  throw new ArgumentError({ where: "recurrent", argument, given, expected, mend });
}
