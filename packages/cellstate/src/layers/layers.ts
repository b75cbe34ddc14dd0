/**
 * An architecture as data: layers in a row, perhaps several inputs joined, perhaps several heads. It can be
 * printed, compared and stored; nothing is computed before `createModel`.
 */

import { inferAxes } from "../cell/axes.ts";
import type { AxisSizes, Cell, Names } from "../cell/cell.ts";
import type { StartRule } from "../cell/syntax.ts";
import { ArgumentError } from "../errors.ts";
import { checkBlocks } from "./blocks.ts";
import type { ActivityRegularizationLayer, LayerNormLayer, ResidualLayer } from "./deep.ts";
import { checkOrder, LARGEST, MOST_LAYERS } from "./order.ts";
import { checkProductRates, part, zoneoutOf } from "./rates.ts";
import { startRules } from "./startRules.ts";

/** What `embedding` gives. */
export interface EmbeddingLayer {
  readonly kind: "embedding";
  readonly vocabulary: number;
  readonly size: number;
  /** Of whole entries, while training; missing where there is none. */
  readonly dropout?: number;
}

/** `N`: the names that its equations define, for the compiler alone. */
export interface RecurrentLayer<N extends string = string> {
  readonly kind: "recurrent";
  readonly names?: N;
  readonly cell: { readonly name: string; readonly text: string };
  /** `units`, and the cell's own axes. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly layers: number;
  readonly direction: "forward" | "backward" | "both";
  readonly output: "every" | "last";
  /** Between the layers. */
  readonly dropout: number;
  /** Noise inside the layers, missing where there is none: see `noisyCell`. */
  readonly zoneout?: number | Readonly<Record<string, number>>;
  readonly recurrentDropout?: number;
  readonly weightDrop?: number;
  readonly residual?: boolean;
  readonly layerNorm?: boolean;
  readonly start: Readonly<Record<string, StartRule>>;
}

/** What `dense` gives. */
export interface DenseLayer {
  readonly kind: "dense";
  readonly units: number;
  readonly activation: Activation;
  /** The embedding whose table is its matrix. */
  readonly tied?: string;
}

/** What `dropout` gives. */
export interface DropoutLayer {
  readonly kind: "dropout";
  readonly rate: number;
}

/** What `inputs` gives. */
export interface InputsLayer<N extends string = string> {
  readonly kind: "inputs";
  readonly branches: Readonly<Record<string, Architecture<N>>>;
}

/** What `heads` gives. */
export interface HeadsLayer<N extends string = string> {
  readonly kind: "heads";
  readonly branches: Readonly<Record<string, Architecture<N>>>;
}

/** What `sequential` takes. */
export type Layer =
  | EmbeddingLayer
  | RecurrentLayer
  | DenseLayer
  | DropoutLayer
  | LayerNormLayer
  | ResidualLayer
  | ActivityRegularizationLayer
  | InputsLayer
  | HeadsLayer;

/**
 * Layers as plain data: what `sequential` gives. `N`: the names of all its cells' values, for the compiler alone, so that
 * `trace.get("f")` completes.
 */
export interface Architecture<N extends string = string> {
  /** Always `"sequential"`. */
  readonly kind: "sequential";
  /** The layers, in order. */
  readonly layers: readonly Layer[];
  /** Never set. */
  readonly names?: N;
}

/** The names that some layers define. */
export type NamesOf<L> =
  L extends RecurrentLayer<infer N>
    ? N
    : L extends ResidualLayer<infer N> | InputsLayer<infer N>
      ? N
      : L extends HeadsLayer<infer N>
        ? N
        : never;

export const activations = ["none", "tanh", "sigmoid", "relu"] as const;
/** `"none"`, `"tanh"`, `"sigmoid"` or `"relu"`. */
export type Activation = (typeof activations)[number];

/**
 * Layers one after the other. Plain data, frozen: it can be printed, compared and stored.
 *
 * @param layers - at least one, at most 256, in order
 * @throws {ArgumentError} if a layer stands where it cannot work, or there are more than 256
 * @example sequential(embedding({ vocabulary: 65, size: 64 }), recurrent(lstm, { units: 128 }), dense({ units: 65 }))
 */
export function sequential<const L extends readonly Layer[]>(...layers: L): Architecture<NamesOf<L[number]>> {
  if (layers.length === 0) {
    const mend = "give at least one: sequential(recurrent(lstm, { units: 32 }), dense({ units: 1 })).";
    throw new ArgumentError({
      where: "sequential",
      argument: "layers",
      given: 0,
      expected: "at least one layer",
      mend,
    });
  }
  checkOrder(layers);
  return Object.freeze({ kind: "sequential", layers: Object.freeze([...layers]) });
}

/**
 * A learned vector for each id.
 *
 * @param options.vocabulary - how many ids there are; ids go from 0 to vocabulary − 1
 * @param options.size - how long each vector is
 * @param options.dropout - which part of the vocabulary is dropped in each training step: the vectors of those ids are
 *   0 wherever they occur, the others scaled up; from 0 up to, not with, 1, default 0. Gal & Ghahramani 2016; Merity,
 *   Keskar & Socher 2018
 * @throws {ArgumentError} if a size is no whole number from 1 to 2²⁴, or the dropout is out of its range
 * @example embedding({ vocabulary: 65, size: 64 }) // ids [B, T] → [B, T, 64]
 */
export function embedding({
  vocabulary,
  size,
  dropout: rate = 0,
}: {
  vocabulary: number;
  size: number;
  dropout?: number;
}): EmbeddingLayer {
  whole("embedding", "vocabulary", vocabulary);
  whole("embedding", "size", size);
  part("embedding", "dropout", rate);
  return Object.freeze({ kind: "embedding", vocabulary, size, ...(rate > 0 && { dropout: rate }) });
}

export type RecurrentOptions<T extends string> = {
  /** Hidden units of each layer. */
  readonly units: number;
  /** How many layers lie on one another. Default 1. */
  readonly layers?: number;
  /** `"both"` joins a forward and a backward run side by side. Default `"forward"`. */
  readonly direction?: "forward" | "backward" | "both";
  /** The output at every step, or each sequence's last valid one. Default `"every"`. */
  readonly output?: "every" | "last";
  /** The part of the values dropped between the layers while training, 0 … 1. Default 0. */
  readonly dropout?: number;
  /**
   * The part of a state's values that keep their value of the step before while training, 0 … 1: one for all states,
   * or by state, `{ c: 0.5, h: 0.05 }`. Otherwise their mean is taken. Default 0. Krueger et al. 2017.
   */
  readonly zoneout?: number | Readonly<Record<string, number>>;
  /**
   * The part of the states' values that no product sees while training, 0 … 1, the same for all steps of a sequence.
   * Default 0. Gal & Ghahramani 2016.
   */
  readonly recurrentDropout?: number;
  /** The part of the weights dropped, in the matrices that multiply states, 0 … 1. Default 0. Merity et al. 2018. */
  readonly weightDrop?: number;
  /**
   * Each layer's output plus its input, from the first layer on where both are as long; dropout is on the output alone.
   * Wu et al., "Google's Neural Machine Translation System", 2016, equation 6. Default false.
   */
  readonly residual?: boolean;
  /** What enters each layer above the first goes through a layer norm; what a residual adds does not. Default false. */
  readonly layerNorm?: boolean;
  /** Start values by role or parameter, over the cell's own: `{ b_f: 3, R: "orthogonal" }`. */
  readonly start?: Readonly<
    Record<string, number | StartRule | "uniform" | "normal" | "glorot" | "orthogonal" | "identity">
  >;
} & Sized<T>;

/** A size for each axis that the equations name; where they are not known before, any. */
type Sized<T extends string> = string extends T ? { readonly [axis: string]: unknown } : AxisSizes<T>;

/**
 * Any cell over time.
 *
 * @param cell - from the zoo, or `cell(name, text)`
 * @throws {ArgumentError} if a size is missing that the cell's equations name, does not divide into blocks or heads,
 *   or an option has no meaning
 * @example recurrent(lstm, { units: 256, layers: 2, dropout: 0.2, zoneout: { c: 0.5, h: 0.05 } })
 * @example recurrent(lstmp, { units: 670, projection: 320 })
 */
export function recurrent<T extends string>(cell: Cell<T>, options: RecurrentOptions<T>): RecurrentLayer<Names<T>> {
  const where = "recurrent";
  if (typeof cell?.text !== "string" || cell.facts === undefined) {
    const mend = "for example lstm, or one of your own: cell(name, equations).";
    throw new ArgumentError({ where, argument: "cell", given: cell, expected: "a cell", mend });
  }
  const {
    units,
    layers = 1,
    direction = "forward",
    output = "every",
    dropout: rate = 0,
    zoneout = 0,
    recurrentDropout = 0,
    weightDrop = 0,
    residual,
    layerNorm,
    start = {},
    ...others
  } = options;
  whole(where, "units", units);
  whole(where, "layers", layers, MOST_LAYERS);
  choice(where, "direction", direction, ["forward", "backward", "both"]);
  choice(where, "output", output, ["every", "last"]);
  part(where, "dropout", rate);
  checkProductRates(cell, { recurrentDropout, weightDrop });
  flag("residual", residual);
  flag("layerNorm", layerNorm);
  const zoned = zoneoutOf(cell, zoneout);
  const axes = inferAxes(cell).names.filter((axis) => axis !== "input" && axis !== "units");
  const given: Record<string, unknown> = { ...others };
  const sizes: Record<string, number> = { units };
  for (const axis of axes) {
    const size = given[axis];
    if (size === undefined) {
      const mend = `${cell.name}'s equations name it; give it: { units: ${units}, ${axis}: … }.`;
      throw new ArgumentError({ where, argument: axis, given: size, expected: `a size for the axis ${axis}`, mend });
    }
    whole(where, axis, size);
    sizes[axis] = size as number;
    delete given[axis];
  }
  const stranger = Object.keys(given)[0];
  if (stranger !== undefined) {
    const known = [...OPTIONS, ...axes].join(", ");
    const facts = { given: given[stranger], expected: `one of ${known}`, mend: "leave it out, or check its name." };
    throw new ArgumentError({ where, argument: stranger, ...facts });
  }
  checkBlocks(cell, sizes);
  return Object.freeze({
    kind: "recurrent",
    cell: Object.freeze({ name: cell.name, text: cell.text }),
    sizes: Object.freeze(sizes),
    layers,
    direction,
    output,
    dropout: rate,
    ...(zoned !== undefined && { zoneout: zoned }),
    ...(recurrentDropout > 0 && { recurrentDropout }),
    ...(weightDrop > 0 && { weightDrop }),
    ...(residual && { residual }),
    ...(layerNorm && { layerNorm }),
    start: startRules(cell, start),
  });
}

const OPTIONS = [
  "units",
  "layers",
  "direction",
  "output",
  "dropout",
  "zoneout",
  "recurrentDropout",
  "weightDrop",
  "residual",
  "layerNorm",
  "start",
];

function flag(argument: string, given: unknown): void {
  if (given === undefined || typeof given === "boolean") return;
  const facts = { given, expected: "true or false", mend: "leave it out for false." };
  throw new ArgumentError({ where: "recurrent", argument, ...facts });
}

/**
 * Every output a weighted sum of all inputs, y = W·x + b, at every step alike.
 *
 * @param options.units - how many outputs
 * @param options.activation - `"tanh"`, `"sigmoid"` or `"relu"` over it; default `"none"`
 * @param options.tied - the embedding whose table is W, "embedding.0": one parameter with one gradient; as many units
 *   as its vocabulary, as many inputs as its size. Press and Wolf, "Using the Output Embedding to Improve Language
 *   Models", 2017, section 3. A matrix of its own if omitted
 * @throws {ArgumentError} if the units are no whole number from 1 to 2²⁴, or there is no such activation
 * @example dense({ units: 65 }) // [B, T, I] → [B, T, 65]
 * @example sequential(embedding({ vocabulary: 65, size: 64 }), recurrent(lstm, { units: 64 }), dense({ units: 65, tied: "embedding.0" }))
 */
export function dense(options: { units: number; activation?: Activation; tied?: string }): DenseLayer {
  const { units, activation = "none", tied } = options;
  whole("dense", "units", units);
  choice("dense", "activation", activation, activations);
  return Object.freeze({ kind: "dense", units, activation, ...(tied !== undefined && { tied }) });
}

/**
 * Sets that part of the values to 0 while training and scales the others up; does nothing otherwise.
 *
 * @param options.rate - which part, from 0 up to, not with, 1
 * @throws {ArgumentError} if the rate is out of its range
 * @example dropout({ rate: 0.2 })
 */
export function dropout({ rate }: { rate: number }): DropoutLayer {
  part("dropout", "rate", rate);
  return Object.freeze({ kind: "dropout", rate });
}

/**
 * Several inputs, each through its own layers, joined side by side. `x` is then a record with these names.
 *
 * @param branches - each input's own layers, by its name
 * @throws {ArgumentError} if a name has other characters than letters, digits and _, or there is no branch
 * @example inputs({ word: sequential(embedding({ vocabulary: 900, size: 32 })), features: sequential(dense({ units: 8 })) })
 */
export function inputs<N extends string>(branches: Readonly<Record<string, Architecture<N>>>): InputsLayer<N> {
  named("inputs", branches);
  return Object.freeze({ kind: "inputs", branches: Object.freeze({ ...branches }) });
}

/**
 * Several outputs over the same layers. Predictions and targets are then records with these names.
 *
 * @param branches - each head's own layers, by its name
 * @throws {ArgumentError} if a name has other characters than letters, digits and _, or there is no branch
 * @example heads({ tag: sequential(dense({ units: 12 })), next: sequential(dense({ units: 900 })) })
 */
export function heads<N extends string>(branches: Readonly<Record<string, Architecture<N>>>): HeadsLayer<N> {
  named("heads", branches);
  return Object.freeze({ kind: "heads", branches: Object.freeze({ ...branches }) });
}

function named(where: string, branches: Readonly<Record<string, Architecture>>): void {
  for (const name of Object.keys(branches)) {
    // "constructor" and its like are there in every record from the start
    if (/^[A-Za-z]\w*$/.test(name) && !(name in {})) continue;
    const expected = "letters, digits and _, and no word of JavaScript's objects";
    const mend = "it becomes part of the parameters' names.";
    throw new ArgumentError({ where, argument: "name", given: name, expected, mend });
  }
  for (const [name, branch] of Object.entries(branches)) {
    if ((branch as Architecture | undefined)?.kind === "sequential") continue;
    const mend = `${where}({ ${name}: sequential(…) })`;
    throw new ArgumentError({ where, argument: name, given: branch, expected: "what sequential(…) returns", mend });
  }
  if (Object.keys(branches).length > 0) return;
  throw new ArgumentError({
    where,
    argument: "branches",
    given: {},
    expected: "at least one branch",
    mend: `${where}({ a: sequential(…) })`,
  });
}

function whole(where: string, argument: string, given: unknown, most = LARGEST): void {
  if (Number.isSafeInteger(given) && (given as number) > 0 && (given as number) <= most) return;
  const mend = `for example ${argument}: ${Math.min(32, most)}.`;
  throw new ArgumentError({ where, argument, given, expected: `a whole number from 1 to ${most}`, mend });
}

function choice(where: string, argument: string, given: string, allowed: readonly string[]): void {
  if (allowed.includes(given)) return;
  const expected = `one of ${allowed.map((a) => `"${a}"`).join(", ")}`;
  throw new ArgumentError({ where, argument, given, expected, mend: `for example ${argument}: "${allowed[0]}".` });
}
