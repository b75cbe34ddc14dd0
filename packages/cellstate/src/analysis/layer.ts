/**
 * One recurrent layer of a model in one direction, and one row of its trace: the cell, its sizes and weights, and every
 * value by name and step. What all of the analysis reads.
 */
import type { Cell } from "../cell/cell.ts";
import { evaluator } from "../cell/evaluate.ts";
import type { Sizes } from "../cell/operations.ts";
import type { Expression } from "../cell/syntax.ts";
import { blocksOf, sizeOf } from "../engine/layout.ts";
import { ArgumentError } from "../errors.ts";
import type { Inputs } from "../model/feed.ts";
import { internalsOf, type Model } from "../model/model.ts";
import { readStored } from "../model/parameters.ts";
import { fixedIn, type ProgramStage } from "../model/plan.ts";
import type { States } from "../model/states.ts";
import type { Trace } from "../model/traced.ts";

/** Which layer; either may be left out where there is no choice. */
export interface LayerQuery {
  /** "recurrent.0", … */
  readonly layer?: string;
  /** Where the layer has both. */
  readonly direction?: "forward" | "backward";
}

export interface ModelLayer {
  readonly layer: string;
  readonly direction: "forward" | "backward";
  readonly cell: Cell;
  readonly sizes: Sizes;
  /** What `model.with` has put in place of equations. */
  readonly fixed: Readonly<Record<string, number>>;
  /** How many numbers a value has. */
  width(name: string): number;
  /** A matrix, row-major, 0 outside the square blocks on its diagonal. */
  matrix(name: string): Matrix;
  /** An expression over a row's values at a step, float64. */
  evaluate(e: Expression, row: TracedRow, step: number): Float64Array;
}

export interface Matrix {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** 1: it is full. */
  readonly blocks: number;
}

/** @throws {ArgumentError} if no layer fits, or more than one */
export function layerOf(model: Model, { layer, direction }: LayerQuery, where: string): ModelLayer {
  const core = internalsOf(model, where).core();
  const { plan, located, parameters, space } = core;
  const stages = plan.stages.filter((s): s is ProgramStage => s.kind === "program" && s.isRecurrent);
  const all = stages.map((stage) => ({ stage, ...placeOf(stage.path) }));
  const fitting = all.filter(
    (one) => (layer ?? one.layer) === one.layer && (direction ?? one.direction) === one.direction,
  );
  if (fitting.length !== 1) {
    const places = all.map((one) => `{ layer: "${one.layer}", direction: "${one.direction}" }`);
    throw new ArgumentError({
      where,
      argument: "layer",
      given: layer,
      described: `${layer ?? "any"}, ${direction ?? "either direction"}`,
      expected: `one of ${places.join(", ") || "none: no layer is recurrent"}`,
      mend: fitting.length > 1 ? "the model has several recurrent layers; say which." : "these are the model's.",
    });
  }
  const { stage, ...place } = fitting[0]!;
  const { cell, sizes, schedule } = stage as ProgramStage & { readonly cell: Cell };
  const own = (name: string) => located.find((l) => l.stage === stage && l.parameter.name === name)!;
  const read = (name: string): Float32Array => readStored(own(name), space.floats(parameters.region));
  const evaluate = evaluator(cell, sizes, (name) => ({ values: read(name), shape: own(name).shape }));
  return {
    ...place,
    cell,
    sizes,
    fixed: fixedIn(plan.fixed, stage.path),
    width: (name) => sizeOf(sizes, schedule.buffers.find((b) => b.name === name)!.axis),
    matrix(name) {
      const { shape, parameter } = own(name);
      const blocks = parameter.kind === "matrix" ? blocksOf(sizes, parameter) : 1;
      return { values: read(name), rows: shape[0]!, columns: shape[1]!, blocks };
    },
    evaluate: (e, row, step) =>
      evaluate(e, { now: (name) => row.now(name, step), before: (name) => row.before(name, step) }),
  };
}

/** What is a trace already is not traced again. */
export const traceFrom = async (model: Model, x: Inputs | Trace, from: States | undefined): Promise<Trace> =>
  isTrace(x) ? x : model.trace(x, from === undefined ? {} : { from });

const isTrace = (x: Inputs | Trace): x is Trace => typeof (x as { get?: unknown } | undefined)?.get === "function";

function placeOf(path: string): Pick<ModelLayer, "layer" | "direction"> {
  const cut = path.lastIndexOf(".");
  return { layer: path.slice(0, cut), direction: path.slice(cut + 1) as "forward" | "backward" };
}

/** One row of a trace, in one layer and direction. Steps count in the order of the input, also where time runs backward. */
export interface TracedRow {
  readonly steps: number;
  /** The step that the layer comes to as its k-th. */
  stepOf(k: number): number;
  now(name: string, step: number): Float32Array | Float64Array;
  /** After the step that the layer comes from; at its first one, what it starts from. */
  before(name: string, step: number): Float32Array;
}

/** @throws {ArgumentError} if the trace has no such row */
export function rowOf(trace: Trace, at: ModelLayer, row: number, where: string): TracedRow {
  const { layer, direction } = at;
  const { lengths, shape } = trace.get("x", { layer, direction });
  const steps = lengths[wholeBelow(row, shape[0], where, "row")]!;
  const found = new Map<string, Float32Array>();
  const valuesOf = (name: string): Float32Array => {
    const known = found.get(name);
    if (known) return known;
    const { values } = trace.get(name, { layer, direction });
    const [, T, width] = trace.get(name, { layer, direction }).shape;
    const own = values.subarray(row * T * width, (row * T + steps) * width);
    found.set(name, own);
    return own;
  };
  const now = (name: string, step: number): Float32Array => {
    const values = valuesOf(name);
    const width = values.length / steps;
    return values.subarray(step * width, (step + 1) * width);
  };
  return {
    steps,
    stepOf: (k) => (direction === "forward" ? k : steps - 1 - k),
    now,
    before(name, step) {
      const from = direction === "forward" ? step - 1 : step + 1;
      if (from >= 0 && from < steps) return now(name, from);
      const firsts = trace.firstStates[`${layer}.${direction}.${name}`]!;
      const width = firsts.length / shape[0];
      return firsts.subarray(row * width, (row + 1) * width);
    },
  };
}

/** @throws {ArgumentError} if it is no whole number below `end` */
export function wholeBelow(given: number, end: number, where: string, argument: string): number {
  if (Number.isInteger(given) && given >= 0 && given < end) return given;
  const expected = `a whole number from 0 to ${end - 1}`;
  throw new ArgumentError({ where, argument, given, expected, mend: "counts start at 0." });
}
