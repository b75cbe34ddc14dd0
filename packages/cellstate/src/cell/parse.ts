/**
 * Reads a cell's equations into their syntax tree (`syntax.ts`): one equation after the other, each by
 * recursive descent. "@" binds tightest, then unary "-", then "* /", then "+ -", left to right. Whether
 * the names mean anything is not asked here; see `check.ts`.
 */
import { type Fail, failIn, nearest } from "./errors.ts";
import { readExpression } from "./expression.ts";
import { checkAxis, checkName, createReader, type Reader } from "./reader.ts";
import {
  type AxisLine,
  type Definition,
  type DroppedLine,
  type Expression,
  type FirstValue,
  isParameter,
  type Place,
  type StartLine,
  type StartRule,
  type Syntax,
  startNames,
} from "./syntax.ts";
import { type Equation, limits, type Token, tokenize } from "./tokens.ts";

/**
 * The syntax tree of a cell's text.
 *
 * @throws {CellError} with line, column, caret and mend, if the text is not in the language or over its limits
 */
export function parse(name: string, text: string): Syntax {
  const fail = failIn({ name, text });
  const definitions: Definition[] = [];
  const firstValues: FirstValue[] = [];
  const axes: AxisLine[] = [];
  const dropped: DroppedLine[] = [];
  const starts: StartLine[] = [];
  let parts = 0;
  for (const equation of tokenize(text, fail)) {
    parts += equation.tokens.length - 1;
    const reader = createReader(equation, fail);
    const line = readLine(reader, equation);
    reader.end();
    if ("rule" in line) starts.push(line);
    else if ("state" in line) firstValues.push(line);
    else if ("names" in line) definitions.push(line);
    else if ("rate" in line) dropped.push(line);
    else axes.push(line);
  }
  if (parts > limits.parts) {
    const problem = `the text has ${parts} names, numbers and signs; ${limits.parts} are the most`;
    fail(undefined, problem, "write one cell only");
  }
  return { definitions, firstValues, axes, dropped, starts };
}

function readLine(reader: Reader, equation: Equation): Definition | FirstValue | AxisLine | DroppedLine | StartLine {
  const { fail, is, accept } = reader;
  const names = [reader.name("a name")];
  while (accept(",")) names.push(reader.name("a name"));
  for (const token of names) checkName(token, fail);
  const [{ text: name, at }] = names;
  if (accept("~")) return { targets: names.map(({ text }) => text), rule: readRule(reader), at };
  if (names.length === 1 && is("[")) return readFirstValue(reader, name, at);
  let axis: Token | undefined;
  if (accept(":")) {
    axis = reader.name("the name of an axis");
    if (!is("=")) return readAxisLine(reader, names, axis);
    checkAxis(axis, fail);
  }
  if (!is("=")) return reader.unexpected(axis ? '"="' : '"=", ":" or "~"');
  reader.take();
  for (const { text, at } of names) {
    if (isParameter(text)) fail(at, `${text} is a parameter and has no equation`, mendParameter(text));
  }
  const value = readExpression(reader);
  checkNames(names, value, fail);
  return {
    names: names.map(({ text }) => text),
    places: names.map(({ at }) => at),
    ...(axis && { axis: axis.text }),
    value,
    ...(equation.caption && { caption: equation.caption }),
    ...(equation.heading && { heading: equation.heading }),
  };
}

const mendParameter = (name: string): string =>
  `its start value is written ${name} ~ 1; a name without an underscore has an equation: ${name.replace(/_/g, "")}`;

/** Several names stand on the left of `layernorm` alone, one for each of its values. */
function checkNames(names: readonly Token[], value: Expression, fail: Fail): void {
  const isNorm = value.kind === "call" && value.function === "layernorm";
  const values = isNorm ? value.arguments.length : 1;
  if (values === names.length) return;
  if (!isNorm) fail(names[1].at, "only layernorm has several results", "write an equation for each name");
  fail(
    value.at,
    `layernorm of ${count(values, "value")} has ${count(values, "result")}, not ${count(names.length, "name")}`,
  );
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;

function readFirstValue(reader: Reader, state: string, at: Place): FirstValue {
  const index = reader.expect("[");
  if (reader.peek().text !== "0" || reader.peek(1).text !== "]") {
    reader.fail(index.at, `${state}[…] = is no equation`, `write ${state} = …; the first value is ${state}[0] = …`);
  }
  reader.take();
  reader.expect("]");
  reader.expect("=");
  return { state, value: readExpression(reader), at };
}

function readAxisLine(reader: Reader, names: readonly Token[], axis: Token): AxisLine | DroppedLine {
  const { fail } = reader;
  if (names.length > 1) fail(names[1].at, "an axis is put on one name", "write a line for each name");
  const [{ text: name, at }] = names;
  if (!reader.is("(")) {
    checkAxis(axis, fail);
    if (isParameter(name)) fail(at, `the axes of ${name} follow from where it stands`, "put the axis on a value");
    return { name, axis: axis.text, blockdiagonal: false, at };
  }
  const isDropped = axis.text === "dropped";
  if (axis.text !== "blockdiagonal" && !isDropped) {
    fail(axis.at, `"${axis.text}" is no form of a matrix`, "write blockdiagonal(heads), or dropped(0.5)");
  }
  if (!/^[A-Z]/.test(name)) {
    const form = isDropped ? "dropped(0.5)" : "blockdiagonal(heads)";
    fail(at, `only matrices are ${axis.text}`, `put it on a role with a capital: R : ${form}`);
  }
  reader.take();
  if (isDropped) {
    const place = reader.peek().at;
    const rate = readNumber(reader);
    if (!(rate >= 0 && rate < 1))
      fail(place, "dropped takes a part, from 0 up to, not with, 1", `write ${name} : dropped(0.5)`);
    reader.expect(")");
    return { target: name, rate, at };
  }
  const heads = reader.name("the name of an axis");
  checkAxis(heads, fail);
  reader.expect(")");
  return { name, axis: heads.text, blockdiagonal: true, at };
}

/** How many numbers a start takes, and what they say. */
const startArguments: Readonly<Record<string, readonly [least: number, most: number, form: string]>> = {
  uniform: [0, 1, "uniform or uniform(bound)"],
  normal: [1, 1, "normal(deviation)"],
  glorot: [0, 0, "glorot"],
  orthogonal: [0, 1, "orthogonal or orthogonal(gain)"],
  identity: [0, 1, "identity or identity(factor)"],
  chrono: [1, 1, "chrono(longest): how many steps a thing is to be remembered"],
};

function readRule(reader: Reader): StartRule {
  const { fail, accept } = reader;
  const { kind, text, at } = reader.peek();
  if (kind !== "name") return { kind: "number", value: readNumber(reader) };
  reader.take();
  const name = startNames.find((known) => known === text);
  if (!name) {
    const near = nearest(text, startNames);
    return fail(
      at,
      `"${text}" is no start`,
      near ? `did you mean ${near}?` : `a start is a number or ${list(startNames)}`,
    );
  }
  const given: number[] = [];
  if (accept("(") && !accept(")")) {
    do given.push(readNumber(reader));
    while (accept(","));
    reader.expect(")");
  }
  const [least, most, form] = startArguments[name];
  const wrong = given.length < least || given.length > most || given.some((value) => !(value > 0));
  if (wrong || (name === "chrono" && given[0] < 2)) {
    fail(at, `${name} takes other numbers`, `write ${form}${name === "chrono" ? ", 2 or more" : ""}`);
  }
  return { kind: "call", name, arguments: given };
}

const list = (names: readonly string[]): string => `${names.slice(0, -1).join(", ")} or ${names[names.length - 1]}`;

function readNumber(reader: Reader): number {
  const sign = reader.accept("-") ? -1 : 1;
  return reader.peek().kind === "number" ? sign * Number(reader.take().text) : reader.unexpected("a number");
}
