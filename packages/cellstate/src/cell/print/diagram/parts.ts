/**
 * A cell as the parts of its diagram and what flows between them, before anything has a place. A weighted sum with
 * the function put on it is a box; other operations are nodes; a state s = a · s[t-1] + b is a rail that its
 * operations lie on. What stands twice in the text is one part.
 */

import type { Cell } from "../../cell.ts";
import { holdsDraw } from "../../draws.ts";
import { joined, linearForm } from "../../linear.ts";
import type { Definition, Expression } from "../../syntax.ts";
import { expressionText } from "../../text.ts";
import { constantText, hasValue, isWeightedSum, type Layer, layerOf, signOf, termsOf, weighed } from "./layers.ts";

export type PartKind = "box" | "operation" | "input" | "state in" | "state out" | "output" | "constant";

/** One of a part's results; all have one but a layernorm of several values. */
export interface Value {
  readonly part: Part;
  readonly index: number;
}

export interface Part {
  readonly kind: PartKind;
  readonly label: string;
  readonly inputs: readonly Value[];
  /** What it computes; the first of several results. */
  readonly of: Expression;
  readonly stage: number;
  /** The state on whose rail it lies. */
  readonly rail?: string;
  /** The equations' names of its results. */
  names: readonly string[];
  caption?: string;
  /** Which parts read it, and as which of their inputs. */
  readonly readers: { readonly part: Part; readonly input: number }[];
}

export interface Parts {
  readonly parts: readonly Part[];
  /** In the order of computation, which is the text's wherever it can be. */
  readonly stages: readonly Definition[];
  /** The states that are rails, in the text's order. */
  readonly rails: readonly string[];
  /** The other states. */
  readonly others: readonly string[];
}

const operatorSigns = { "+": "+", "-": "−", "*": "×", "/": "÷" } as const;
const LONGEST = 8; // signs of a label that more is put around

export function partsOf(cell: Cell): Parts {
  const { order, states, output } = cell.facts;
  const parts: Part[] = [];
  const values = new Map<string, Value>();
  const known = new Map<string | Expression, Value>();
  const keyOf = (e: Expression): string | Expression => (holdsDraw(e) ? e : expressionText(e));
  let stage = 0;

  function make(kind: PartKind, label: string, inputs: readonly Value[], of: Expression, rail?: string): Value {
    const part: Part = { kind, label, inputs, of, stage, names: [], readers: [], ...(rail !== undefined && { rail }) };
    inputs.forEach((value, input) => {
      value.part.readers.push({ part, input });
    });
    parts.push(part);
    return { part, index: 0 };
  }

  function source(kind: "input" | "state in", name: string): Value {
    const label = kind === "input" ? name : `${name}[t-1]`;
    const existing = known.get(label);
    if (existing) return existing;
    const isRail = rails.has(name) && kind === "state in";
    const value = make(kind, label, [], nameOf(name, kind === "state in"), isRail ? name : undefined);
    value.part.names = [name];
    known.set(label, value);
    return value;
  }

  function build(e: Expression): Value {
    if (e.kind === "name") {
      if (e.name === "x") return source("input", "x");
      if (e.previous) return source("state in", e.name);
      const value = values.get(e.name);
      if (value) return value;
    }
    if (e.kind === "call" && e.function === "stopgradient") return build(e.arguments[0]!);
    const key = keyOf(e);
    const value = known.get(key) ?? computed(e);
    known.set(key, value);
    return value;
  }

  function computed(e: Expression): Value {
    if (!hasValue(e)) return make("constant", constantText(e), [], e);
    const { label, core, isFunction } = peel(e);
    if (isWeightedSum(core)) return make("box", label ?? "Σ", weighedValues(core), e);
    if (label !== undefined) return make("operation", label, [build(isFunction ? withoutWeights(core) : core)], e);
    if (e.kind === "binary") return make("operation", operatorSigns[e.operator], [build(e.left), build(e.right)], e);
    if (e.kind === "call") return make("operation", signOf(e.function), e.arguments.map(build), e);
    throw new Error(`no part for ${expressionText(e)}`);
  }

  /** What flows into a weighted sum, each value once. */
  function weighedValues(sum: Expression): Value[] {
    return distinct(
      termsOf(sum).flatMap((term) => {
        const inside = weighed(term)?.of ?? term;
        return hasValue(inside) ? [build(inside)] : [];
      }),
    );
  }

  /** A rail's operations one after the other: a product with each factor, a sum with each term. */
  function rail(state: string, { factors, terms }: NonNullable<ReturnType<typeof linearForm>>): Value {
    let value = source("state in", state);
    const add = (operator: "*" | "+", right: Expression): void => {
      const sign = operatorSigns[operator];
      const label = hasValue(right) ? sign : `${sign}${constantText(right)}`;
      const of = joined([value.part.of, right], operator);
      value = make("operation", label, hasValue(right) ? [value, build(right)] : [value], of, state);
    };
    for (const factor of factors) add("*", factor);
    const rest = terms.length > 0 ? joined(terms, "+") : undefined;
    for (const term of rest && isWeightedSum(rest) ? [rest] : terms) add("+", term);
    return value;
  }

  const linear = new Map(
    order.flatMap((d) => {
      const found = d.names.length === 1 && states.includes(d.names[0]!) && linearForm(d.value, d.names[0]!);
      return found ? [[d.names[0]!, found] as const] : [];
    }),
  );
  const rails = new Set(linear.keys());

  function define({ names, value: e, caption }: Definition): void {
    const name = names[0]!;
    const parts = linear.get(name);
    if (names.length > 1 && e.kind === "call") {
      const box = make("box", signOf(e.function), distinct(e.arguments.flatMap(weighedValues)), nameOf(name));
      names.forEach((n, index) => values.set(n, { part: box.part, index }));
    } else {
      const made = parts ? rail(name, parts) : build(e);
      const isOwn = made.part.stage === stage && made.part.names.length === 0;
      const alias = e.kind === "call" && e.function === "stopgradient" ? "stop" : "=";
      values.set(name, isOwn ? made : make("operation", alias, [made], e, parts && name));
      known.set(keyOf(e), values.get(name)!);
    }
    const { part } = values.get(name)!;
    part.names = names;
    if (caption !== undefined) part.caption = caption;
  }

  order.forEach((definition, k) => {
    stage = k;
    define(definition);
    for (const name of definition.names) {
      const value = values.get(name)!;
      if (states.includes(name)) make("state out", name, [value], nameOf(name), rails.has(name) ? name : undefined);
      if (name === output) make("output", name, [value], nameOf(name));
    }
  });
  return { parts, stages: order, rails: [...rails], others: states.filter((s) => !rails.has(s)) };
}

const nameOf = (name: string, previous = false): Expression => ({
  kind: "name",
  name,
  previous,
  at: { line: 1, column: 1, length: name.length },
});

export const isSame = (a: Value, b: Value): boolean => a.part === b.part && a.index === b.index;

const distinct = (values: readonly Value[]): Value[] =>
  values.filter((v, k) => values.findIndex((w) => isSame(v, w)) === k);

/** A function with the numbers around it as one label, and what it is put on. */
function peel(e: Expression): { label?: string; core: Expression; isFunction: boolean } {
  const numbers: Layer[] = [];
  let core = e;
  for (let next = layerOf(core); next !== undefined; next = layerOf(core)) {
    if (next.kind === "number" && numbers.length < 2) {
      numbers.push(next);
      core = next.of;
      continue;
    }
    const whole = numbers.reduceRight((sign, one) => one.around(sign), next.label);
    if (next.kind === "function" && (numbers.length === 0 || whole.length <= LONGEST)) {
      return { label: whole, core: next.of, isFunction: true };
    }
    break;
  }
  // no function inside: a node for the outermost number alone, unless a weighted sum takes them all
  if (numbers.length > 0 && isWeightedSum(core)) {
    return { label: numbers.reduceRight((sign, one) => one.around(sign), "Σ"), core, isFunction: false };
  }
  const first = layerOf(e);
  if (first === undefined || isWeightedSum(e)) return { core: e, isFunction: false };
  return { label: first.label, core: first.of, isFunction: first.kind === "function" };
}

/** The value in s_c * v + b_c: weights value by value, which a function takes in. */
function withoutWeights(e: Expression): Expression {
  const outer = layerOf(e);
  return outer?.kind === "weights" ? withoutWeights(outer.of) : e;
}
