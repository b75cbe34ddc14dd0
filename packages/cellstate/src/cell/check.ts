/**
 * Whether the equations of a cell mean something together: every name is defined, nothing waits for itself
 * within a step, nothing is computed in vain. Returns the facts that this brings to light.
 */
import { type Fail, failIn, nearest } from "./errors.ts";
import {
  type Definition,
  type Expression,
  functionNames,
  isMatrix,
  isParameter,
  type Place,
  roleOf,
  type StartRule,
  type Syntax,
} from "./syntax.ts";

export interface ParameterFact {
  readonly name: string;
  readonly kind: "matrix" | "vector";
  /** Its own start or its role's; missing where the text says none. */
  readonly start?: StartRule;
}

/** What a cell's equations say. */
export interface Facts {
  /** The names used as `name[t-1]`, in the order of their definitions. */
  readonly states: readonly string[];
  /** In the order in which the text first names them. */
  readonly parameters: readonly ParameterFact[];
  /** The definitions, each after those whose values of the same step it reads; else in the text's order. */
  readonly order: readonly Definition[];
  /** `y` if there is one, else `h`. */
  readonly output: string;
  /** The axes that need a size besides `input` and `units`. */
  readonly axes: readonly string[];
}

type Name = Expression & { readonly kind: "name" };

/** What a text names, gathered once. */
interface Gathered {
  readonly fail: Fail;
  readonly syntax: Syntax;
  readonly defined: ReadonlyMap<string, Definition>;
  readonly states: ReadonlySet<string>;
  readonly parameters: ReadonlyMap<string, "matrix" | "vector">;
}

/**
 * Checks a cell's syntax.
 *
 * @throws {CellError} at the first thing that is wrong, in the order of the text
 */
export function check(name: string, text: string, syntax: Syntax): Facts {
  const fail = failIn({ name, text });
  const defined = gatherDefinitions(syntax, fail);
  const used = new Set<string>();
  const parameters = new Map<string, "matrix" | "vector">();
  for (const expression of everything(syntax)) {
    if (expression.kind === "product") parameters.set(expression.matrix, "matrix");
    if (expression.kind !== "name") continue;
    if (isParameter(expression.name)) parameters.set(expression.name, "vector");
    else if (expression.name !== "x" && !defined.has(expression.name)) failUndefined(expression, defined, fail);
    if (expression.previous) used.add(expression.name);
  }
  const states = new Set([...defined.keys()].filter((key) => used.has(key)));
  const gathered = { fail, syntax, defined, states, parameters };
  const order = sort(gathered);
  const output = defined.has("y") ? "y" : "h";
  if (!defined.has(output)) fail(undefined, "the cell has no output", "define y or h");
  checkFirstValues(gathered);
  checkUse(gathered, output);
  const axes = checkAxes(gathered);
  const starts = checkStarts(gathered);
  return {
    states: [...states],
    parameters: [...parameters].map(([key, kind]) => {
      const start = starts.get(key) ?? starts.get(roleOf(key));
      return { name: key, kind, ...(start && { start }) };
    }),
    order,
    output,
    axes,
  };
}

function gatherDefinitions({ definitions }: Syntax, fail: Fail): Map<string, Definition> {
  const defined = new Map<string, Definition>();
  for (const definition of definitions) {
    definition.names.forEach((name, i) => {
      const at = definition.places[i];
      const earlier = defined.get(name);
      if (name === "x") fail(at, "x is the input and has no equation", "give the value another name");
      if (name === "t") fail(at, "t is the step and has no equation", "give the value another name");
      if (functionNames.some((known) => known === name)) {
        fail(at, `${name} is a function and has no equation`, "give the value another name");
      }
      if (earlier) {
        const { line } = earlier.places[earlier.names.indexOf(name)];
        fail(at, `${name} is defined twice, first in line ${line}`, "give one of the two another name");
      }
      defined.set(name, definition);
    });
  }
  return defined;
}

/** Every expression of the text, parents before their parts. */
function* everything({ definitions, firstValues }: Syntax): Iterable<Expression> {
  for (const { value } of definitions) yield* walk(value);
  for (const { value } of firstValues) yield* walk(value);
}

/** An expression and all that it is made of, parents before their parts. */
export function* walk(expression: Expression): Iterable<Expression> {
  yield expression;
  for (const part of partsOf(expression)) yield* walk(part);
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "negative":
    case "product":
      return [expression.of];
    case "binary":
      return [expression.left, expression.right];
    case "call":
      return expression.arguments;
    default:
      return [];
  }
}

function failUndefined({ name, at }: Name, defined: ReadonlyMap<string, unknown>, fail: Fail): never {
  if (name === "t") return fail(at, "t is the step and no value", "a value after the step before is written h[t-1]");
  const near = nearest(name, [...defined.keys(), "x"]);
  const parameter = `a parameter has an underscore: b_${name}`;
  return fail(at, `"${name}" is not defined`, near ? `did you mean ${near}? ${parameter}` : parameter);
}

/** The names of a definition's value that are of the same step. */
const readsNow = (definition: Definition): Name[] =>
  [...walk(definition.value)].filter((e): e is Name => e.kind === "name" && !e.previous && !isParameter(e.name));

/** Depth first, in the text's order. */
function sort({ fail, syntax, defined, states }: Gathered): Definition[] {
  const order: Definition[] = [];
  const done = new Set<Definition>();
  const path: { definition: Definition; through: Name | undefined }[] = [];
  function visit(definition: Definition, through: Name | undefined): void {
    if (done.has(definition)) return;
    const from = path.findIndex((step) => step.definition === definition);
    path.push({ definition, through });
    if (from >= 0)
      failCycle(
        path.slice(from + 1).map((step) => step.through as Name),
        { fail, defined, states },
      );
    for (const name of readsNow(definition)) {
      const next = defined.get(name.name);
      if (next) visit(next, name);
    }
    path.pop();
    done.add(definition);
    order.push(definition);
  }
  for (const definition of syntax.definitions) visit(definition, undefined);
  return order;
}

/**
 * One of the names on the cycle was meant to be of the step before. Equations are mostly written in their
 * order, so it is one that looks ahead, best one that is a state elsewhere.
 */
function failCycle(
  cycle: readonly Name[],
  { fail, defined, states }: Pick<Gathered, "fail" | "defined" | "states">,
): never {
  const ahead = cycle.filter(({ name, at }) => (defined.get(name) as Definition).places[0].line >= at.line);
  const { name, at } = ahead.find((one) => states.has(one.name)) ?? ahead[ahead.length - 1] ?? cycle[0];
  const start = cycle.findIndex((one) => one.name === name);
  const names = [...cycle.slice(start), ...cycle.slice(0, start + 1)].map((one) => one.name);
  const problem = names.length > 2 ? `${name} waits for itself: ${names.join(" needs ")}` : `${name} waits for itself`;
  return fail(at, problem, `did you mean ${name}[t-1]?`);
}

/** First values hold numbers, vector parameters and what can be computed of them value by value. */
function checkFirstValues({ fail, syntax, defined, states }: Gathered): void {
  const seen = new Set<string>();
  for (const { state, value, at } of syntax.firstValues) {
    if (!states.has(state)) {
      const mend = defined.has(state) ? `a state is used somewhere as ${state}[t-1]` : `define it: ${state} = …`;
      fail(at, `${state} is no state and has no first value`, mend);
    }
    if (seen.has(state)) fail(at, `${state} has two first values`, "take one of them out");
    seen.add(state);
    for (const part of walk(value)) {
      const isLane =
        part.kind !== "call" || !/^(layernorm|sum|mean|expand|stopgradient|bernoulli)$/.test(part.function);
      if (part.kind !== "product" && isLane && (part.kind !== "name" || isParameter(part.name))) continue;
      const what = part.kind === "name" ? part.name : part.kind === "call" ? `${part.function}(…)` : "W @ v";
      fail(part.at, `a first value cannot hold ${what}`, `use numbers and vector parameters: ${state}[0] = k_${state}`);
    }
  }
}

/** Everything must reach the output or a state. */
function checkUse({ fail, syntax, defined, states }: Gathered, output: string): void {
  const live = new Set<string>();
  const done = new Set<Definition>();
  const waiting = [output, ...states];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const definition = defined.get(name);
    live.add(name);
    if (!definition || done.has(definition)) continue;
    done.add(definition);
    for (const read of readsNow(definition)) waiting.push(read.name);
  }
  for (const { names, places } of syntax.definitions) {
    names.forEach((name, i) => {
      if (live.has(name)) return;
      fail(places[i], `${name} is never used`, `it reaches neither the output ${output} nor a state; take it out`);
    });
  }
}

const reserved = new Set(["input", "units", "one"]);

/** The lines that put axes; returns all axes that the text names, except those that need no size of their own. */
function checkAxes({ fail, syntax, defined, parameters }: Gathered): string[] {
  const axes = new Set<string>();
  const seen = new Set<string>();
  for (const { names, axis } of syntax.definitions) {
    if (axis === undefined) continue;
    axes.add(axis);
    for (const name of names) seen.add(name);
  }
  const matrices = [...parameters].filter(([, kind]) => kind === "matrix").map(([name]) => name);
  for (const { name, axis, blockdiagonal, at } of syntax.axes) {
    if (seen.has(name)) fail(at, `${name} has two axes`, "take one of them out");
    seen.add(name);
    axes.add(axis);
    const known = blockdiagonal ? [...matrices, ...matrices.map(roleOf)] : ["x", ...defined.keys()];
    if (!known.includes(name)) failUnknown(name, known, at, fail);
  }
  const drops = new Set<string>();
  for (const { target, at } of syntax.dropped) {
    if (drops.has(target)) fail(at, `${target} is dropped twice`, "take one of the lines out");
    drops.add(target);
    const known = [...matrices, ...matrices.map(roleOf)];
    if (!known.includes(target)) failUnknown(target, known, at, fail);
  }
  for (const expression of everything(syntax)) {
    if (expression.kind === "call" && expression.axis !== undefined) axes.add(expression.axis);
  }
  return [...axes].filter((axis) => !reserved.has(axis));
}

function failUnknown(name: string, known: readonly string[], at: Place, fail: Fail): never {
  const near = nearest(name, known);
  const names = [...new Set(known)].sort().join(", ");
  const mend = near ? `did you mean ${near}?` : `there are ${names || "none"}`;
  return fail(at, `${name} does not occur in the equations`, mend);
}

const forMatrices = new Set(["glorot", "orthogonal", "identity"]);

function checkStarts({ fail, syntax, parameters }: Gathered): Map<string, StartRule> {
  const starts = new Map<string, StartRule>();
  const known = [...parameters.keys()].flatMap((name) => [name, roleOf(name)]);
  for (const { targets, rule, at } of syntax.starts) {
    for (const target of targets) {
      if (!known.includes(target)) failUnknown(target, known, at, fail);
      if (starts.has(target)) fail(at, `${target} has two starts`, "take one of them out");
      const isForMatrix = rule.kind === "call" && forMatrices.has(rule.name);
      const matrix = isMatrix(isParameter(target) ? target : `${target}_`);
      if (isForMatrix && !matrix)
        fail(at, `${rule.name} starts matrices, and ${target} is a vector`, "write a number or uniform(0.1)");
      if (rule.kind === "call" && rule.name === "chrono" && matrix) {
        fail(at, `chrono starts vectors, and ${target} is a matrix`, "write chrono on a bias");
      }
      starts.set(target, rule);
    }
  }
  return starts;
}
