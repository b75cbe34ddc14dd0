/**
 * A cell's equations back as text of the language, in one form: axes, equations with their captions in a
 * column, first values, starts; then, as a comment, what the text implies: which values are carried from
 * step to step, and the parameters with their axes. Reading the page gives the same cell.
 */
import { inferAxes } from "../axes.ts";
import type { Cell } from "../cell.ts";
import type { Definition, StartRule } from "../syntax.ts";
import { expressionText, numberText } from "../text.ts";
import { limits } from "../tokens.ts";

/** Where a line is broken inside its parentheses, and the widest column at which captions stand. */
const WIDTH = 96;

/**
 * The equations of a cell as text that `cell` reads back as the same cell.
 *
 * @param cell - any cell, from the zoo or typed
 * @example
 * printCell(cell("Leaky", "h = 0.9*h[t-1] + tanh(W_h@x + b_h)"));
 * // h = 0.9 * h[t-1] + tanh(W_h @ x + b_h)
 * //
 * // # carried from step to step: h [units]
 * // # output: h [units]
 * // # parameters: W_h [units, input], b_h [units]
 */
export function printCell(cell: Cell): string {
  const whole = [...equations(cell, true), "", ...summary(cell)];
  const fits = whole.length <= limits.lines && new TextEncoder().encode(whole.join("\n")).length < limits.bytes;
  return `${(fits ? whole : equations(cell, false)).join("\n")}\n`;
}

/** The text of a syntax alone, whether it is a cell or not. */
export const printSyntax = (of: Pick<Cell, "syntax">): string => equations(of, true).join("\n");

function equations({ syntax }: Pick<Cell, "syntax">, aligned: boolean): string[] {
  const lines: string[] = [];
  for (const { name, axis, blockdiagonal } of syntax.axes) {
    lines.push(`${name} : ${blockdiagonal ? `blockdiagonal(${axis})` : axis}`);
  }
  for (const { target, rate } of syntax.dropped) lines.push(`${target} : dropped(${numberText(rate)})`);
  const written = syntax.definitions.map((d) => ({
    ...d,
    text: aligned ? broken(definitionText(d)) : [definitionText(d)],
  }));
  const firsts = written.map(({ text }) => text[0]!.length).filter((length) => length <= WIDTH);
  const column = aligned ? Math.max(0, ...firsts) : 0;
  for (const { text, caption, heading } of written) {
    if (heading !== undefined) {
      if (aligned && lines.length > 0) lines.push("");
      lines.push(`# ${heading}`);
    }
    const [first, ...more] = text as [string, ...string[]];
    lines.push(caption === undefined ? first : `${first.padEnd(column)}   # ${caption}`, ...more);
  }
  for (const { state, value } of syntax.firstValues) lines.push(`${state}[0] = ${expressionText(value)}`);
  for (const { targets, rule } of syntax.starts) lines.push(`${targets.join(", ")} ~ ${ruleText(rule)}`);
  return lines;
}

/** A definition's equation without its caption. */
export const definitionText = ({ names, axis, value }: Definition): string =>
  `${names.join(", ")}${axis === undefined ? "" : ` : ${axis}`} = ${expressionText(value)}`;

export const ruleText = (rule: StartRule): string => {
  if (rule.kind === "number") return numberText(rule.value);
  return rule.arguments.length === 0 ? rule.name : `${rule.name}(${rule.arguments.map(numberText).join(", ")})`;
};

/** A long equation over several lines, broken at spaces inside parentheses, as near to the outside as can be. */
function broken(text: string): string[] {
  const lines: string[] = [];
  let rest = text;
  let open = 0;
  let indent = "";
  while (indent.length + rest.length > WIDTH) {
    let best = -1;
    let bestDepth = Number.POSITIVE_INFINITY;
    let depth = open;
    for (let k = 0; k < Math.min(rest.length, WIDTH - indent.length); k++) {
      if (rest[k] === "(") depth++;
      if (rest[k] === ")") depth--;
      const breaks =
        rest[k] === " " && depth > 0 && k > 0 && (/^ [-+] /.test(rest.slice(k, k + 3)) || rest[k - 1] === ",");
      if (breaks && (depth <= bestDepth || k < WIDTH / 2)) [best, bestDepth] = [k, depth];
    }
    if (best < 0) break;
    const line = rest.slice(0, best);
    for (const sign of line) open += sign === "(" ? 1 : sign === ")" ? -1 : 0;
    lines.push(indent + line);
    indent = "    ";
    rest = rest.slice(best + 1);
  }
  return [...lines, indent + rest];
}

function summary(cell: Cell): string[] {
  const { facts, syntax } = cell;
  const { values, vectors, matrices } = inferAxes(cell);
  const of = (name: string): string => `${name} [${values.get(name) === "one" ? "" : values.get(name)}]`;
  const states = facts.states.map((name) => {
    const first = syntax.firstValues.find((f) => f.state === name);
    return first === undefined ? of(name) : `${of(name)} from ${expressionText(first.value)}`;
  });
  const shapes = new Map<string, string[]>();
  for (const { name, kind } of facts.parameters) {
    const matrix = matrices.get(name);
    const blocks = matrix?.blockdiagonal === undefined ? "" : ` in ${matrix.blockdiagonal}`;
    const shape = kind === "matrix" ? `[${matrix!.rows}, ${matrix!.columns}]${blocks}` : `[${vectors.get(name)}]`;
    shapes.set(shape, [...(shapes.get(shape) ?? []), name]);
  }
  const groups = [...shapes].map(([shape, names]) => `${names.join(" ")} ${shape}`);
  return [
    `# carried from step to step: ${states.length > 0 ? states.join(", ") : "nothing"}`,
    `# output: ${of(facts.output)}`,
    `# parameters: ${groups.length > 0 ? groups.join(", ") : "none"}`,
  ];
}
