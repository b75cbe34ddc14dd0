/**
 * The arithmetic of one unit at one step, for any equation: the equation with numbers in place of its names, and every
 * sum in it term by term. In float64 over the traced values, by the oracle's walk over the equation.
 */
import { definitionText } from "../cell/print/text.ts";
import { type Expression, isParameter } from "../cell/syntax.ts";
import { expressionParts, expressionText, numberText } from "../cell/text.ts";
import { ArgumentError, wholeFrom } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { Trace } from "../model/traced.ts";
import { type LayerQuery, layerOf, rowOf, wholeBelow } from "./layer.ts";
import { isSum, largestOf, type SumExpression, type Term, type Terms, termsOf } from "./terms.ts";
import { lanesOf, unfold } from "./unfold.ts";

/** Which number of a trace. */
export interface ArithmeticQuery extends LayerQuery {
  /** Of the equation: "f", "c", … */
  readonly name: string;
  /** From 0. */
  readonly unit: number;
  /** From 0. */
  readonly step: number;
  /** Which row of the trace. Default 0. */
  readonly row?: number;
  /** How many terms of a sum stand one by one. Default 5; `Infinity` for all. */
  readonly largest?: number;
}

/** A piece of the equation's text, in its order; with a value where it is one: `f`, `0.9`, `W_f @ x`. */
export interface Token {
  /** As the equation has it. */
  readonly text: string;
  /** Its number, where it has one. */
  readonly value?: number;
}

/** A sum in the equation: `W_f @ x`, `sum(p_f * c[t-1], blocks)`, `mean(q[t-1])`. */
export interface TermSum extends Terms {
  /** The sum as the equation has it. */
  readonly text: string;
  /** What it comes to. */
  readonly value: number;
}

/** What is added up: every matrix's terms together, and what stands beside them. */
export interface Addends extends Terms {
  /** Vector parameters that are added as they are. */
  readonly bias: readonly Token[];
  /** All other things that are added. */
  readonly others: readonly Token[];
}

/** One number of a trace, taken apart. */
export interface Arithmetic {
  /** Where it is from: "recurrent.0". */
  readonly layer: string;
  /** Which way the layer runs. */
  readonly direction: "forward" | "backward";
  /** The equation's name. */
  readonly name: string;
  /** The row of the trace. */
  readonly row: number;
  /** The step, from 0. */
  readonly step: number;
  /** The unit, from 0. */
  readonly unit: number;
  /** The comment behind the equation. */
  readonly caption?: string;
  /** The equation as the cell has it; `f = 1` where `model.with` has fixed it. */
  readonly equation: string;
  /** As it was traced. */
  readonly value: number;
  /** As the equation gives it here, in float64. */
  readonly computed: number;
  /** The right side. Layer norms are written out: (a − μ) / σ. */
  readonly tokens: readonly Token[];
  /** What the outermost function is taken of: of sigmoid(a), a. Missing where there is none. */
  readonly preActivation?: number;
  /** Of the pre-activation, or of the whole where there is none. */
  readonly addends: Addends;
  /** Every sum in the equation, in its order. */
  readonly sums: readonly TermSum[];
}

/**
 * How one number of a trace came about.
 *
 * @param model - the model that was traced
 * @param trace - of the same model
 * @param query - which number
 * @throws {ArgumentError} if the name has no equation, layer, row, step or unit are not there, or `largest` is no
 *   whole number
 * @example
 * const { tokens, value } = arithmetic(model, trace, { name: "c", unit: 20, step: 7 });
 * tokens.map(({ text, value }) => value?.toFixed(2) ?? text).join(""); // 0.93 * 0.41 + 0.10 * -0.72
 */
export function arithmetic(model: Model, trace: Trace, query: ArithmeticQuery): Arithmetic {
  const where = "arithmetic";
  const { name, row: index = 0, largest = 5 } = query;
  if (largest !== Number.POSITIVE_INFINITY) wholeFrom(0, where, "largest", largest);
  const at = layerOf(model, query, where);
  const { layer, direction, cell, fixed } = at;
  const definition = cell.syntax.definitions.find(({ names }) => names.includes(name));
  if (definition === undefined) {
    const expected = `one of ${cell.syntax.definitions.flatMap(({ names }) => names).join(", ")}`;
    throw new ArgumentError({ where, argument: "name", given: name, expected, mend: "these have equations." });
  }
  const row = rowOf(trace, at, index, where);
  const step = wholeBelow(query.step, row.steps, where, "step");
  const unit = wholeBelow(query.unit, at.width(name), where, "unit");
  const { caption } = definition;
  const facts = { layer, direction, name, row: index, step, unit, ...(caption !== undefined && { caption }) };
  const value = row.now(name, step)[unit]!;
  const constant = fixed[name];
  if (constant !== undefined) {
    const own = { text: numberText(constant), value: constant };
    const addends = { ...largestOf([], 0), bias: [], others: [own] };
    const equation = `${name} = ${own.text}`;
    return { ...facts, equation, value, computed: constant, tokens: [own], addends, sums: [] };
  }
  const plain = (e: Expression): Float64Array => at.evaluate(e, row, step);
  const { expression, known } = unfold(definition.value, definition.names.indexOf(name), plain);
  const withKnown = {
    ...row,
    now: (one: string, t: number) => (known.has(one) ? Float64Array.of(known.get(one)!) : row.now(one, t)),
  };
  const values = new Map<Expression, Float64Array>();
  const valuesOf = (e: Expression): Float64Array => {
    const found = values.get(e) ?? at.evaluate(e, withKnown, step);
    values.set(e, found);
    return found;
  };
  const lanes = lanesOf(expression, unit, valuesOf);
  const numberOf = (e: Expression): number => {
    const all = valuesOf(e);
    return all.length === 1 ? all[0]! : all[lanes.get(e)!]!;
  };
  const terms = (e: SumExpression): Term[] => termsOf(e, lanes.get(e)!, at, valuesOf);
  const parts = expressionParts(expression, isSum);
  const inner = argumentOf(expression);
  return {
    ...facts,
    equation: definitionText(definition),
    value,
    computed: numberOf(expression),
    tokens: parts.map(({ text, of }) => (of === undefined ? { text } : { text, value: numberOf(of) })),
    ...(inner && { preActivation: numberOf(inner) }),
    addends: addendsOf(inner ?? expression, { terms, numberOf }, largest),
    sums: parts.flatMap(({ text, of }) =>
      of !== undefined && isSum(of) ? [{ text, value: numberOf(of), ...largestOf(terms(of), largest) }] : [],
    ),
  };
}

/** Of a function of one value, that value. */
function argumentOf(e: Expression): Expression | undefined {
  if (e.kind !== "call" || isSum(e) || e.arguments.length > 1) return undefined;
  return e.function === "expand" || e.function === "stopgradient" ? undefined : e.arguments[0];
}

interface Reading {
  terms(e: SumExpression): Term[];
  numberOf(e: Expression): number;
}

function addendsOf(whole: Expression, { terms, numberOf }: Reading, largest: number): Addends {
  const added: Expression[] = [];
  const collect = (e: Expression): void => {
    if (e.kind === "binary" && e.operator === "+") for (const side of [e.left, e.right]) collect(side);
    else added.push(e);
  };
  collect(whole);
  const isBias = (e: Expression): boolean => e.kind === "name" && isParameter(e.name);
  const token = (e: Expression): Token => ({ text: expressionText(e), value: numberOf(e) });
  return {
    ...largestOf(
      added.flatMap((e) => (e.kind === "product" ? terms(e) : [])),
      largest,
    ),
    bias: added.filter(isBias).map(token),
    others: added.filter((e) => e.kind !== "product" && !isBias(e)).map(token),
  };
}
