/**
 * A model: an architecture with weights. Plain data in and out; between calls it holds its weights and planned
 * memory, nothing else.
 */
import { atOnce, type EngineName, type Parts, type Weights } from "../engine/engine.ts";
import { ArgumentError, CellstateError } from "../errors.ts";
import type { Architecture } from "../layers/layers.ts";
import { LARGEST } from "../layers/order.ts";
import { type BytesOptions, modelToBytes } from "./bytes.ts";
import { type Core, createCore, type EngineChoice, type Mode, openSpace, startParameters } from "./core.ts";
import { deepFor } from "./deepFor.ts";
import { checkFacts } from "./facts.ts";
import { type Inputs, inputOf, isNumber, packingFor } from "./feed.ts";
import { type Gradients, gradientsOf } from "./gradients.ts";
import { createLife, type Life } from "./life.ts";
import type { Losses } from "./loss.ts";
import type { Targets } from "./lossRunner.ts";
import { countOf, type ParameterValues, readParameters, writeParameters } from "./parameters.ts";
import { isOfLayer, type ProgramStage, planArchitecture, valueInputs } from "./plan.ts";
import { type Prediction, predict } from "./predict.ts";
import { copyOf } from "./sequences.ts";
import type { States } from "./states.ts";
import { openStream, type Stream } from "./stream.ts";
import { openStreams, type Streams } from "./streams.ts";
import type { Threads } from "./threads.ts";
import { traceOf } from "./trace.ts";
import type { Trace } from "./traced.ts";
import { noiseFor } from "./training.ts";

/** An architecture with weights, as `createModel` makes it. `N`: its cells' names, where the compiler knows them. */
export interface Model<N extends string = string> {
  /** What it was made from. */
  readonly architecture: Architecture;
  /** Which engine runs it. */
  readonly engine: EngineName;
  /** `"f32"`; `"i8"` of a model that `quantize` made: it predicts, streams and traces, and is not trained further. */
  readonly weights: Weights;
  /** What goes along into the model file: vocabulary, scaler, how it was trained. Plain JSON data. */
  readonly facts: Readonly<Record<string, unknown>>;
  /**
   * Runs the model over whole sequences.
   *
   * @param x - ids `[B, T]` or values `[B, T, I]`; rows may be ragged (`lengths`)
   * @param options.from - where to start: first values by state, `[B, units]`; the cell's own if omitted
   * @returns the output at every step, `[B, T, O]` (or `[B, O]` after `output: "last"`), 0 past a row's length,
   *   with the states after each row's last step
   * @throws {ShapeError} if x is of another size than the model's input
   */
  predict(x: Inputs, options?: { readonly from?: States }): Promise<Prediction>;
  /**
   * One sequence, step by step, with its states carried along. One for each user over one set of weights.
   *
   * @throws {ArgumentError} if a layer runs backward in time or waits for the last step
   */
  stream(): Stream;
  /**
   * Many sequences under way, each with its state; those that are due go through the model as one batch. Faster than
   * as many streams, with the same bits.
   *
   * @param count - how many there are
   * @throws {ArgumentError} if count is no whole number from 1 to 2²⁴, or as `stream`
   * @throws {CellstateError} with code `"memory"` if there is not enough for so many
   * @example
   * const streams = model.streams(10_000);
   * const scores = await streams.step([3, 17, 4096], [id, id, id]); // [3, O]
   */
  streams(count: number): Streams;
  /**
   * Every named value at every step, `[B, T, units]`, 0 past a row's length.
   *
   * @param x - ids `[B, T]` or values `[B, T, I]`, as in `predict`
   * @param options.from - as in `predict`
   * @throws {ShapeError | ArgumentError} if x is of another size than the model's input
   */
  trace(x: Inputs, options?: { readonly from?: States }): Promise<Trace<N>>;
  /**
   * The loss and its gradients with respect to parameters, inputs and first states.
   *
   * @param x - ids `[B, T]` or values `[B, T, I]`, as in `predict`
   * @param targets - ids `[B, T]` or values `[B, T, O]`; without T after `output: "last"`; by head where there are
   *   several
   * @param loss - one loss, or one for each head
   * @throws {ShapeError | ArgumentError} if inputs, targets and model do not fit
   */
  gradients(x: Inputs, targets: Targets["targets"], loss: Losses, options?: GradientOptions): Promise<Gradients>;
  /**
   * The same weights with some values fixed: `model.with({ f: 1 })` never forgets. The graph is rewritten, so
   * everything else follows.
   *
   * @param values - a number for the name of an equation
   * @param options.layer - only in this layer: "recurrent.0", "recurrent.1.backward"; in all if omitted
   * @throws {ArgumentError} if no equation has that name, or the value is not finite
   */
  with(values: { readonly [K in N]?: number }, options?: { readonly layer?: string }): Model<N>;
  /** All parameters, as copies. */
  parameters(): ParameterValues[];
  /**
   * Writes parameters by their names; all or nothing. A quantized model rounds its matrices again.
   *
   * @param values - arrays by the names that `parameters()` gives, row-major
   * @throws {ArgumentError} if a name is not the model's, an array has another length, or a number is not finite
   */
  setParameters(values: Readonly<Record<string, ArrayLike<number>>>): void;
  /** How many numbers are trained. */
  readonly parameterCount: number;
  /**
   * The whole model as the bytes of one safetensors file: weights, equations, facts. `modelFrom` reads it.
   *
   * @param options.precision - `"f32"` (default), the weights as they are; `"f16"`, rounded to half precision, in half
   *   the space
   * @throws {ArgumentError} of a model with fixed values (`with`), which a file does not hold; for `"f16"` also of a
   *   quantized model, and of one with weights beyond 65504
   * @example const small = model.toBytes({ precision: "f16" });
   */
  toBytes(options?: BytesOptions): Uint8Array<ArrayBuffer>;
  /**
   * The same model, with these facts over its own.
   *
   * @param facts - plain JSON data
   * @throws {ArgumentError} if they are no plain JSON data
   */
  withFacts(facts: Readonly<Record<string, unknown>>): Model<N>;
  /** Gives the memory back. Its streams end too, and all models that share its weights by `with` or `withFacts`. */
  close(): void;
}

/** What `model.gradients` may be asked for besides. */
export interface GradientOptions {
  /** How much each step counts in the loss, `[B, T]`, or each sequence, `[B]`; 1 if omitted. */
  readonly weights?: Targets["weights"];
  /** Where to start, as in `predict`. */
  readonly from?: States;
  /** Adjoints of the states after each row's last step, added to the loss: `[B, units]` by state. */
  readonly lastAdjoints?: States;
  /**
   * Also with respect to the vectors that an embedding at the input gives for ids, as `inputs`, `[B, T, size]`. Default
   * false: then a small table may be multiplied once instead, and the last bits of sums differ.
   */
  readonly embedded?: boolean;
}

/** How a model begins. */
export interface ModelOptions {
  /** Start values follow from it. Default 0. */
  readonly seed?: number;
  /** `"wasm"` (default): float32 and fast. `"reference"`: float64 and slow, to check against. */
  readonly engine?: EngineChoice;
  /**
   * How many threads may work on it. Results do not depend on it, not by a bit. `"auto"` (default): as many as the
   * machine has cores, at most 8, where memory can be shared (Node, Deno, Bun, and pages that are cross-origin
   * isolated); work too small to be shared stays on the caller's.
   */
  readonly threads?: Threads;
  /** `"strict"` (default): the same bits everywhere. `"fast"`: in less time, with other last bits on other machines. */
  readonly mode?: Mode;
  /**
   * How many values a step of the input has, by name where there are several; ids need none. If left out, the first
   * data that the model sees decides.
   */
  readonly input?: number | Readonly<Record<string, number>>;
  /** Plain JSON data that goes along into the model file. Default none. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** What stands behind a model, for training and files; no part of the public API. */
export interface Internals {
  core(x?: Inputs, caller?: string): Core;
}
const internals = new WeakMap<Model, Internals>();

export function internalsOf(model: Model, where = "train"): Internals {
  const found = internals.get(model);
  if (found) return found;
  const mend = "pass what createModel, modelFrom or loadModel returned.";
  throw new ArgumentError({ where, argument: "model", given: typeof model, expected: "a model", mend });
}

/**
 * A model with start values, the same for the same seed.
 *
 * @param architecture - what `sequential` made
 * @param options.seed - a whole number; default 0
 * @param options.engine - `"wasm"` (default), or `"reference"` to check against
 * @param options.threads - how many threads may work on it; default `"auto"`, as many as there are cores
 * @param options.mode - `"strict"` (default), or `"fast"`: fused operations, last bits that depend on the machine
 * @param options.input - how many values a step of the input has; if omitted, the first data decides
 * @param options.facts - plain JSON data that goes along into the model file; default none
 * @throws {ArgumentError} if an option is out of its range, or facts are no plain data
 * @throws {CellstateError} with code `"memory"` if there is not enough
 * @example const model = await createModel(sequential(recurrent(lstm, { units: 32 }), dense({ units: 1 })), { seed: 1, input: 1 });
 */
export async function createModel<N extends string>(
  architecture: Architecture<N>,
  options: ModelOptions = {},
): Promise<Model<Known<N>>> {
  const { seed = 0, engine = "wasm", threads, mode, input, facts = {} } = options;
  const where = "createModel";
  if (architecture?.kind !== "sequential") {
    const mend = "sequential(recurrent(lstm, { units: 32 }), dense({ units: 1 })) makes one.";
    throw new ArgumentError({
      where,
      argument: "architecture",
      given: architecture,
      expected: "an architecture",
      mend,
    });
  }
  checkFacts(facts, where);
  const wanted = valueInputs(architecture);
  const known = inputSizes(input, wanted);
  const noise = await noiseFor(architecture);
  const deep = await deepFor(architecture);
  const space = await openSpace({ engine, threads, mode }, where);
  let core: Core | undefined;
  const create = (x?: Inputs, caller = where): Core => {
    const sizes = { ...known };
    if (x !== undefined) for (const name of wanted) sizes[name] ??= sizeIn(x, name);
    const plan = planArchitecture(architecture, { inputSizes: sizes, noise, deep });
    // data that is wrong does not decide about the model
    if (x !== undefined) packingFor(plan, x, caller);
    core = createCore(space, plan);
    return core;
  };
  /** Only data that decide about the size let it start in one go. */
  const open = (x?: Inputs, caller?: string): Core => {
    if (core) return core;
    const made = create(x, caller);
    atOnce(startParameters(made, seed));
    return made;
  };
  if (wanted.every((name) => known[name] !== undefined)) {
    const made = create();
    await made.performer.perform(() => startParameters(made, seed));
  }
  const life = createLife(open, () => (core ?? space).close());
  return makeModel(architecture, engine, facts, life) as Model<Known<N>>;
}

function inputSizes(input: ModelOptions["input"], wanted: readonly string[]): Record<string, number> {
  const sizes: Record<string, number> = Object.create(null);
  const given = typeof input === "object" && input !== null ? input : { [wanted[0] ?? ""]: input };
  for (const [name, size] of Object.entries(given)) {
    if (size === undefined) continue;
    const argument = name === "" ? "input" : `input.${name}`;
    const isKnown = wanted.includes(name) || typeof input !== "object";
    if (isKnown && Number.isSafeInteger(size) && size > 0 && size <= LARGEST) {
      sizes[name] = size;
      continue;
    }
    const expected = isKnown ? `a whole number from 1 to ${LARGEST}` : `one of ${wanted.join(", ") || "none: ids"}`;
    const mend = "it says how many values a step of the input has; ids need none.";
    throw new ArgumentError({ where: "createModel", argument, given: size, expected, mend });
  }
  return sizes;
}

/** Any name, where no cell is known before. */
export type Known<N extends string> = [N] extends [never] ? string : N;

/** 1 where it cannot be told; what is wrong with x is said where x is checked. */
function sizeIn(x: Inputs, name: string): number {
  const shape: unknown = typeof x === "object" && x !== null ? inputOf(x, name)?.shape : undefined;
  const size: unknown = Array.isArray(shape) && shape.length === 3 ? shape[2] : 1;
  return Number.isSafeInteger(size) && (size as number) > 0 ? (size as number) : 1;
}

export function makeModel(
  architecture: Architecture,
  engine: EngineName,
  facts: Readonly<Record<string, unknown>>,
  life: Life,
  weights: Weights = "f32",
): Model {
  const { core } = life;
  /** One call after another, in parts; what the caller does with the data meanwhile is no matter. */
  const inTurn = async <R, O>(
    where: string,
    x: Inputs,
    others: O,
    work: (open: Core, copy: Inputs, others: O) => Parts<R>,
  ): Promise<R> => {
    const open = core(x, where);
    const [copy, copies] = [copyOf(x), copyOf(others)];
    return open.performer.perform(() => work(open, copy, copies), { lingering: true });
  };
  const model: Model = {
    architecture,
    engine,
    weights,
    facts,
    predict: (x, { from } = {}) => inTurn("model.predict", x, from, predict),
    stream() {
      const made = openStream(core(), () => life.streams.delete(made));
      life.streams.add(made);
      return made;
    },
    streams(count) {
      const made = openStreams(core(), count, () => life.streams.delete(made));
      life.streams.add(made);
      return made;
    },
    trace: (x, { from } = {}) => inTurn("model.trace", x, from, traceOf),
    gradients: (x, targets, loss, options = {}) =>
      inTurn("model.gradients", x, { targets, ...options }, (open, copy, { targets, ...others }) =>
        gradientsOf(open, copy, targets, loss, others),
      ),
    with(given, { layer } = {}) {
      const whole = core();
      const values = { ...given } as Readonly<Record<string, number>>;
      checkFixed(whole, values, layer);
      const other = whole.withPlan({ fixed: [{ values, ...(layer !== undefined && { layer }) }] });
      const twin = createLife(
        () => other,
        () => {
          life.twins.delete(twin);
          other.close();
        },
      );
      life.twins.add(twin);
      return makeModel(architecture, engine, facts, twin, weights);
    },
    parameters: () => readParameters(core()),
    setParameters(values) {
      const open = core();
      if (open.performer.isBusy) {
        const sentence =
          "model.setParameters: a call on the model is under way.\n  Wait for it: await model.predict(…).";
        throw new CellstateError("busy", sentence);
      }
      writeParameters(open, values);
    },
    get parameterCount() {
      return core().located.reduce((sum, l) => sum + countOf(l), 0);
    },
    toBytes: (options) => modelToBytes(model, options),
    withFacts(other) {
      checkFacts(other, "model.withFacts");
      return makeModel(architecture, engine, { ...facts, ...other }, life, weights);
    },
    close: life.close,
  };
  internals.set(model, { core });
  return model;
}

function checkFixed(core: Core, values: Readonly<Record<string, number>>, layer: string | undefined): void {
  const where = "model.with";
  const all = core.plan.stages.filter((s): s is ProgramStage => s.kind === "program" && s.isRecurrent);
  const stages = all.filter(({ path }) => isOfLayer(path, layer));
  if (layer !== undefined && stages.length === 0) {
    const layers = [...new Set(all.map(({ path }) => path.slice(0, path.lastIndexOf("."))))];
    const expected = `one of ${layers.join(", ") || "none: no layer is recurrent"}`;
    const mend = "add .forward or .backward for one direction.";
    throw new ArgumentError({ where, argument: "layer", given: layer, expected, mend });
  }
  const names = new Set(stages.flatMap((s) => s.cell?.syntax.definitions.flatMap((d) => d.names) ?? []));
  for (const [name, value] of Object.entries(values)) {
    if (!names.has(name)) {
      const expected = `one of ${[...names].join(", ")}`;
      throw new ArgumentError({
        where,
        argument: "name",
        given: name,
        expected,
        mend: "these are the names of the cell's equations.",
      });
    }
    if (isNumber(value)) continue;
    throw new ArgumentError({
      where,
      argument: name,
      given: value,
      expected: "a finite number",
      mend: "0 closes, 1 opens.",
    });
  }
}
