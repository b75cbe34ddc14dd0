/**
 * A cell's equations as MathML, one row an equation, as papers print them: W_f as W with subscript f, a value
 * with its step as subscript, σ for the sigmoid, ⊙ for a product value by value, a fraction for a quotient.
 */
import type { Cell } from "../cell.ts";
import { type Definition, type Expression, isParameter, roleOf } from "../syntax.ts";
import {
  application,
  digits,
  element,
  identifier,
  type Markup,
  number,
  operator,
  parentheses,
  row,
  sub,
  times,
  words,
} from "./mathml.ts";
import { definitionText } from "./text.ts";

/** How tightly a piece of markup binds; a fraction, a name and a call bind like a name. */
const SUM = 1;
const PRODUCT = 2;
const NAME = 4;

const previousStep = row(identifier("t"), operator("−"), digits("1"));
const now = identifier("t");

/**
 * The equations of a cell as one `<math>` element, MathML Core, for any page; captions stand in a third column.
 * Text of the cell is escaped: equations come from files and links. `alttext` holds the equations as typed.
 *
 * @param cell - any cell, from the zoo or typed
 * @example
 * element.innerHTML = cellMarkup(leaky);
 */
export function cellMarkup(cell: Cell): string {
  const { definitions, firstValues } = cell.syntax;
  const rows: Markup[] = [];
  for (const definition of definitions) {
    if (definition.heading !== undefined) {
      rows.push(element("mtr", [element("mtd", [words(definition.heading)], { columnspan: "3", style: LEFT })]));
    }
    rows.push(tableRow(leftSide(definition), expression(definition.value), note(definition)));
  }
  for (const { state, value } of firstValues) {
    rows.push(tableRow(sub(identifier(state), digits("0")), expression(value), undefined));
  }
  const alttext = [
    ...definitions.map(definitionText),
    ...firstValues.map((f) => definitionText({ names: [`${f.state}[0]`], places: [], value: f.value })),
  ].join("; ");
  return element("math", [element("mtable", rows)], {
    xmlns: "http://www.w3.org/1998/Math/MathML",
    display: "block",
    "aria-label": `The equations of ${cell.name}`,
    alttext,
  });
}

const LEFT = "text-align: left";

const tableRow = (left: Markup, right: Markup, caption: string | undefined): Markup =>
  element("mtr", [
    element("mtd", [left], { style: "text-align: right" }),
    element("mtd", [row(operator("="), right)], { style: LEFT }),
    element("mtd", caption === undefined ? [] : [words(caption)], { style: `${LEFT}; padding-left: 2em` }),
  ]);

/** The caption, and the axis where the text puts one. */
const note = ({ caption, axis }: Definition): string | undefined =>
  axis === undefined ? caption : `${caption === undefined ? "" : `${caption} `}[${axis}]`;

function leftSide({ names }: Definition): Markup {
  return row(...names.flatMap((n, k) => (k === 0 ? [value(n, now)] : [operator(","), value(n, now)])));
}

const value = (name: string, step: Markup): Markup => sub(identifier(name), step);

function parameter(name: string): Markup {
  const role = roleOf(name);
  return sub(identifier(role), identifier(name.slice(role.length + 1)));
}

/** In parentheses where it binds less tightly than what stands around it. */
function expression(e: Expression, outer = 0): Markup {
  const made = markup(e);
  return bindingOf(e) < outer ? parentheses(made) : made;
}

function bindingOf(e: Expression): number {
  if (e.kind === "number") return e.value < 0 || /e/.test(String(e.value)) ? SUM : NAME;
  if (e.kind === "negative") return SUM;
  if (e.kind === "product") return PRODUCT + 1;
  if (e.kind !== "binary" || e.operator === "/") return NAME;
  return e.operator === "*" ? PRODUCT : SUM;
}

function markup(e: Expression): Markup {
  switch (e.kind) {
    case "number":
      return number(e.value);
    case "name":
      if (isParameter(e.name)) return parameter(e.name);
      return value(e.name, e.previous ? previousStep : now);
    case "negative":
      return row(operator("−"), expression(e.of, PRODUCT));
    case "product":
      return row(parameter(e.matrix), times, expression(e.of, NAME));
    case "binary":
      return binary(e);
    case "call":
      return call(e);
  }
}

function binary(e: Expression & { kind: "binary" }): Markup {
  if (e.operator === "/") return element("mfrac", [expression(e.left), expression(e.right)]);
  if (e.operator === "*") {
    const isNumber = e.left.kind === "number" && e.right.kind !== "number";
    const sign = isNumber ? times : operator(e.left.kind === "number" || e.right.kind === "number" ? "·" : "⊙");
    return row(expression(e.left, PRODUCT), sign, expression(e.right, PRODUCT + 1));
  }
  return row(expression(e.left, SUM), operator(e.operator === "-" ? "−" : "+"), expression(e.right, SUM + 1));
}

const functionMarkup: Readonly<Record<string, readonly Markup[]>> = {
  sigmoid: [identifier("σ")],
  logsigmoid: [identifier("log"), application, identifier("σ")],
};

function call(e: Expression & { kind: "call" }): Markup {
  const given = e.arguments.map((a) => expression(a));
  if (e.function === "sqrt") return element("msqrt", given);
  if (e.function === "abs") return row(operator("|"), given[0]!, operator("|"));
  if (e.perSequence) given.push(words("sequence"));
  const listed = row(...given.flatMap((a, k) => (k === 0 ? [a] : [operator(","), a])));
  if (e.function === "sum") {
    const sign = operator("∑");
    const below = e.axis === undefined ? sign : element("munder", [sign, words(e.axis)]);
    return row(below, parentheses(listed));
  }
  return row(...(functionMarkup[e.function] ?? [identifier(e.function)]), application, parentheses(listed));
}
