/**
 * The oracle: walks a cell's equations in float64, one sequence, step by step, and differentiates them by a tape.
 * It shares nothing with graph, derivative, schedule and engines, which are judged by it.
 */
import { inferAxes } from "./axes.ts";
import type { Cell } from "./cell.ts";
import { walk } from "./check.ts";
import { type Draw, drawsOf } from "./draws.ts";
import { type Expression, type FunctionName, isParameter, roleOf } from "./syntax.ts";
import { type Binary, createTape, type Row, row, type Tape, type Unary } from "./tape.ts";

export type Values = ArrayLike<number>;

export interface EvaluateOptions {
  /** Of every parameter: `[rows, columns]` of a matrix, `[length]` of a vector. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** How long a name's value is, where that cannot be read off its equation; else `units`. */
  readonly lengths?: Readonly<Record<string, number>>;
  /** In place of the cell's own. */
  readonly firstStates?: Readonly<Record<string, Values>>;
  /** The loss differentiated by the output, `[T, output]`, and by the states after the last step. */
  readonly outputAdjoint?: readonly Values[];
  readonly lastAdjoint?: Readonly<Record<string, Values>>;
  /**
   * The uniform number in [0, 1) for a lane of the `draw`-th `bernoulli` of the text at step t; `perSequence`: the same
   * at every step. Left out, `bernoulli(p)` is its mean, p.
   */
  readonly noise?: (draw: number, t: number, perSequence: boolean, lane: number) => number;
  /** What an earlier run gave as `stopgradients`: used in place of what would be computed. */
  readonly frozen?: readonly Values[];
}

export interface Gradients {
  /** A matrix's row after row, 0 outside the blocks on its diagonal. */
  readonly parameters: Record<string, number[]>;
  readonly x: number[][];
  readonly firstStates: Record<string, number[]>;
}

export interface Evaluation {
  readonly output: number[][];
  /** Every defined name at every step, `[T, length]`. */
  readonly values: Record<string, number[][]>;
  readonly lastStates: Record<string, number[]>;
  /** The values of all `stopgradient`, in the order in which they were met. */
  readonly stopgradients: number[][];
  /** Where an adjoint was given. */
  readonly gradients?: Gradients;
}

/**
 * Runs a cell over one sequence.
 *
 * @param sizes - how long each axis is: `units` and the cell's own
 * @param parameters - by name; matrices row after row, `[rows, columns]`, also the blockdiagonal ones
 * @param x - the inputs, `[T, input]`
 */
export function evaluate(
  cell: Pick<Cell, "syntax" | "facts">,
  sizes: Readonly<Record<string, number>>,
  parameters: Readonly<Record<string, Values>>,
  x: readonly Values[],
  options: EvaluateOptions,
): Evaluation {
  const { syntax, facts } = cell;
  const { outputAdjoint, lastAdjoint, frozen } = options;
  const differentiates = outputAdjoint !== undefined || lastAdjoint !== undefined;
  const tape = createTape(differentiates);
  for (const { name } of facts.parameters) {
    if (!parameters[name] || !options.shapes[name]) throw new Error(`the parameter ${name} has no values or no shape`);
  }
  const weights = mapRecord(facts.parameters, ({ name }) => [name, row(parameters[name])]);
  const inputs = x.map(row);
  const lengths = inferLengths(cell, sizes, options, inputs[0]?.value.length ?? 0);
  const stopgradients: number[][] = [];
  const stop = (a: Row): Row => {
    const stopped = row(frozen ? frozen[stopgradients.length] : a.value);
    stopgradients.push([...stopped.value]);
    return stopped;
  };
  const { shapes, noise } = options;
  const draws = drawsOf(syntax);
  const scope: Scope = { tape, weights, sizes, shapes, heads: headsOf(cell, sizes), stop, draw: meanOf };
  const drawAt =
    (t: number): Scope["draw"] =>
    (e) => {
      if (!noise) return meanOf(e);
      const isOne = (lane: number): boolean => noise(draws.get(e)!, t, e.perSequence === true, lane) < probabilityOf(e);
      return row(Array.from({ length: lengthOfDraw(cell, sizes, e, x[0].length) }, (_, lane) => (isOne(lane) ? 1 : 0)));
    };

  // A first value that is a parameter has an adjoint of its own beside the parameter's.
  const copy = (a: Row): Row => tape.unary(a, [(v) => v, () => 1]);
  const firstStates = mapRecord(facts.states, (name) => {
    const given = options.firstStates?.[name];
    const own = syntax.firstValues.find(({ state }) => state === name);
    const first = given ? row(given) : own ? copy(compute(own.value, { ...scope, before: {}, now: {} })) : row([0]);
    return [name, tape.broadcast(first, lengths[name])];
  });
  let before = firstStates;
  const steps = inputs.map((input, t) => {
    const now: Record<string, Row> = { x: input };
    const draw = drawAt(t);
    for (const { names, value } of facts.order) {
      const results = computeAll(value, { ...scope, draw, before, now });
      names.forEach((name, i) => {
        now[name] = tape.broadcast(results[i], lengths[name]);
      });
    }
    before = now;
    return now;
  });

  const list = ({ value }: Row): number[] => [...value];
  const plain: Evaluation = {
    output: steps.map((now) => list(now[facts.output])),
    values: mapRecord(Object.keys(lengths), (name) => [name, steps.map((now) => list(now[name]))]),
    lastStates: mapRecord(facts.states, (name) => [name, list(before[name])]),
    stopgradients,
  };
  if (!differentiates) return plain;
  outputAdjoint?.forEach((adjoint, t) => void add(steps[t][facts.output], adjoint));
  for (const [name, adjoint] of Object.entries(lastAdjoint ?? {})) add(before[name], adjoint);
  tape.back();
  const derivative = ({ adjoint }: Row): number[] => [...adjoint];
  const gradients: Gradients = {
    parameters: mapRecord(Object.entries(weights), ([name, weight]) => [name, derivative(weight)]),
    x: inputs.map(derivative),
    firstStates: mapRecord(Object.entries(firstStates), ([name, first]) => [name, derivative(first)]),
  };
  return { ...plain, gradients };
}

/** The values that an expression reads, and a cell's parameters, by name. */
export interface Known {
  readonly now: (name: string) => Values;
  readonly before: (name: string) => Values;
}

export interface ParameterValues {
  readonly values: Values;
  readonly shape: readonly number[];
}

/**
 * What any expression of a cell is worth where the values it reads are known. Several results of a layernorm: the first.
 *
 * @param parameter - a parameter's values and shape; asked once for each that is met
 */
export function evaluator(
  cell: Pick<Cell, "syntax">,
  sizes: Readonly<Record<string, number>>,
  parameter: (name: string) => ParameterValues,
): (e: Expression, known: Known) => Float64Array {
  const weights: Record<string, Row> = {};
  const shapes: Record<string, readonly number[]> = {};
  const load = (name: string): void => {
    if (weights[name] !== undefined) return;
    const { values, shape } = parameter(name);
    weights[name] = row(values);
    shapes[name] = shape;
  };
  const heads = headsOf(cell, sizes);
  const scope: Scope = { tape: createTape(false), weights, sizes, shapes, heads, stop: (a) => a, draw: meanOf };
  return (e, known) => {
    const now: Record<string, Row> = {};
    const before: Record<string, Row> = {};
    for (const part of walk(e)) {
      if (part.kind === "product") load(part.matrix);
      if (part.kind !== "name") continue;
      const { name } = part;
      if (isParameter(name)) load(name);
      else if (part.previous) before[name] ??= row(known.before(name));
      else now[name] ??= row(known.now(name));
    }
    return compute(e, { ...scope, now, before }).value;
  };
}

function mapRecord<A, B>(from: readonly A[], make: (one: A) => readonly [string, B]): Record<string, B> {
  return Object.fromEntries(from.map(make));
}

function add({ adjoint }: Row, more: Values): void {
  if (adjoint.length !== more.length) throw new Error(`an adjoint has ${more.length} lanes, not ${adjoint.length}`);
  for (let i = 0; i < adjoint.length; i++) adjoint[i] += more[i];
}

interface Scope {
  readonly tape: Tape;
  readonly weights: Readonly<Record<string, Row>>;
  readonly sizes: Readonly<Record<string, number>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly heads: (matrix: string) => number;
  readonly stop: (a: Row) => Row;
  readonly draw: (e: Draw) => Row;
}
interface StepScope extends Scope {
  readonly before: Readonly<Record<string, Row>>;
  readonly now: Readonly<Record<string, Row>>;
}

/** The values of a definition: several for `layernorm`, else one. */
function computeAll(value: Expression, scope: StepScope): Row[] {
  if (value.kind !== "call" || value.function !== "layernorm") return [compute(value, scope)];
  const rows = value.arguments.map((one) => compute(one, scope));
  return scope.tape.normalise(rows, 1e-5);
}

function compute(e: Expression, scope: StepScope): Row {
  const { tape, weights, shapes } = scope;
  switch (e.kind) {
    case "number":
      return row([e.value]);
    case "name":
      return isParameter(e.name) ? weights[e.name] : (e.previous ? scope.before : scope.now)[e.name];
    case "negative":
      return tape.unary(compute(e.of, scope), [(a) => -a, () => -1]);
    case "binary":
      return tape.binary(compute(e.left, scope), compute(e.right, scope), operators[e.operator]);
    case "product": {
      const [rows, columns] = shapes[e.matrix];
      return tape.product(weights[e.matrix], [rows, columns], scope.heads(e.matrix), compute(e.of, scope));
    }
    case "call":
      return call(e, scope);
  }
}

function call(e: Expression & { readonly kind: "call" }, scope: StepScope): Row {
  const { tape, sizes } = scope;
  if (e.function === "layernorm") return computeAll(e, scope)[0];
  if (e.function === "bernoulli") return scope.draw(e);
  const [a, b] = e.arguments.map((one) => compute(one, scope));
  switch (e.function) {
    case "min":
    case "max":
      return tape.binary(a, b, choices[e.function]);
    case "clamp": {
      const [low, high] = e.arguments.slice(1).map((one) => (one.kind === "number" ? one.value : Number.NaN));
      const inside = (v: number): number => (v >= low && v <= high ? 1 : 0);
      return tape.unary(a, [(v) => Math.min(Math.max(v, low), high), inside]);
    }
    case "sum":
      return tape.sum(a, e.axis === undefined || e.axis === "one" ? 1 : sizes[e.axis]);
    case "mean": {
      const n = a.value.length;
      return tape.unary(tape.sum(a, 1), [(v) => v / n, () => 1 / n]);
    }
    case "expand":
      return tape.expand(a, sizes.units);
    case "stopgradient":
      return scope.stop(a);
    default:
      return tape.unary(a, functions[e.function]);
  }
}

const operators: Readonly<Record<"+" | "-" | "*" | "/", Binary>> = {
  "+": [(a, b) => a + b, () => 1, () => 1],
  "-": [(a, b) => a - b, () => 1, () => -1],
  "*": [(a, b) => a * b, (_, b) => b, (a) => a],
  "/": [(a, b) => a / b, (_, b) => 1 / b, (a, b) => -a / (b * b)],
};

/** Where both are alike, each gets half. */
const half = (is: boolean, alike: boolean): number => (alike ? 0.5 : is ? 1 : 0);
const choices: Readonly<Record<"min" | "max", Binary>> = {
  min: [Math.min, (a, b) => half(a < b, a === b), (a, b) => half(b < a, a === b)],
  max: [Math.max, (a, b) => half(a > b, a === b), (a, b) => half(b > a, a === b)],
};

const sigmoid = (a: number): number => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a)));

/** At kinks the derivatives are PyTorch's: relu'(0) = 0, abs'(0) = 0, step' = 0. */
const functions: Readonly<Record<Exclude<FunctionName, OtherFunction>, Unary>> = {
  sigmoid: [sigmoid, (_, s) => s * (1 - s)],
  tanh: [Math.tanh, (_, t) => 1 - t * t],
  relu: [(a) => Math.max(a, 0), (a) => (a > 0 ? 1 : 0)],
  softplus: [(a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))), sigmoid],
  exp: [Math.exp, (_, e) => e],
  log: [Math.log, (a) => 1 / a],
  logsigmoid: [(a) => Math.min(a, 0) - Math.log1p(Math.exp(-Math.abs(a))), (a) => sigmoid(-a)],
  sqrt: [Math.sqrt, (_, s) => 1 / (2 * s)],
  abs: [Math.abs, Math.sign],
  step: [(a) => (a > 0 ? 1 : 0), () => 0],
};
type OtherFunction = "min" | "max" | "clamp" | "layernorm" | "sum" | "mean" | "expand" | "stopgradient" | "bernoulli";

const probabilityOf = (e: Draw): number => (e.arguments[0] as Expression & { kind: "number" }).value;
const meanOf = (e: Draw): Row => row([probabilityOf(e)]);

/** A draw is as long as the values that it stands among; that is the axes' affair. */
function lengthOfDraw(
  { syntax }: Pick<Cell, "syntax">,
  sizes: Readonly<Record<string, number>>,
  e: Draw,
  input: number,
): number {
  const axis = inferAxes({ name: "", text: "", syntax }).of(e);
  return axis === "one" ? 1 : axis === "input" ? input : sizes[axis];
}

/** How many square blocks stand on a matrix's diagonal; 1 for a full one. */
function headsOf({ syntax }: Pick<Cell, "syntax">, sizes: Readonly<Record<string, number>>): Scope["heads"] {
  const lines = syntax.axes.filter(({ blockdiagonal }) => blockdiagonal);
  return (matrix) => {
    const line = lines.find(({ name }) => name === matrix) ?? lines.find(({ name }) => name === roleOf(matrix));
    return line ? sizes[line.axis] : 1;
  };
}

/**
 * How long every defined name's value is: what its equation says by its axis, a matrix's rows or a vector's
 * length; a sum or mean is one number; what stays open after that has `units`.
 */
function inferLengths(
  { syntax, facts }: Pick<Cell, "syntax" | "facts">,
  sizes: Readonly<Record<string, number>>,
  { shapes, lengths = {} }: EvaluateOptions,
  input: number,
): Record<string, number> {
  const known = new Map<string, number>([["x", input]]);
  const sizeOf = (axis: string): number => (axis === "one" ? 1 : axis === "input" ? input : sizes[axis]);
  /** Undefined where it is open; 1 gives way to any other. */
  function lengthOf(e: Expression): number | undefined {
    const joined = (parts: readonly Expression[]): number | undefined => {
      const found = parts.map(lengthOf).filter((length) => length !== undefined);
      return found.length > 0 ? Math.max(...found) : undefined;
    };
    if (e.kind === "number") return undefined;
    if (e.kind === "name") return isParameter(e.name) ? shapes[e.name][0] : known.get(e.name);
    if (e.kind === "product") return shapes[e.matrix][0];
    if (e.kind === "call" && e.function === "bernoulli") return lengthOfDraw({ syntax }, sizes, e, input);
    if (e.kind === "negative") return lengthOf(e.of);
    if (e.kind === "binary") return joined([e.left, e.right]);
    if (e.function === "sum" || e.function === "mean") return e.axis === undefined ? 1 : sizeOf(e.axis);
    return e.function === "expand" ? sizes.units : joined(e.arguments);
  }
  const lines = new Map(syntax.axes.map(({ name, axis }) => [name, axis]));
  let settled = "";
  // A length settles from one round to the next, at the latest after as many rounds as there are definitions.
  for (let round = 0; round <= facts.order.length && settled !== [...known].join(); round++) {
    settled = [...known].join();
    for (const { names, axis, value } of facts.order) {
      const several = value.kind === "call" && value.function === "layernorm" ? value.arguments : [value];
      names.forEach((name, i) => {
        const said = axis ?? lines.get(name);
        const length = lengths[name] ?? (said === undefined ? lengthOf(several[i]) : sizeOf(said));
        if (length !== undefined) known.set(name, length);
      });
    }
  }
  return mapRecord(
    facts.order.flatMap(({ names }) => names),
    (name) => [name, known.get(name) ?? sizes.units],
  );
}
