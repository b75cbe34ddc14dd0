/**
 * A model: an architecture with weights. Plain data in and out; between calls it holds its weights and planned
 * memory, nothing else.
 */
import type { EngineName } from "../engine/engine.ts";
import { ArgumentError, CellstateError } from "../errors.ts";
import type { Architecture } from "../layers/layers.ts";
import { modelToBytes } from "./bytes.ts";
import { type Core, createCore, type EngineChoice, openSpace, startParameters } from "./core.ts";
import { type Inputs, inputOf } from "./feed.ts";
import { type Gradients, gradientsOf } from "./gradients.ts";
import type { Losses } from "./loss.ts";
import type { Targets } from "./lossRunner.ts";
import { type ParameterValues, readParameters, writeParameters } from "./parameters.ts";
import { valueInputs } from "./plan.ts";
import { type Prediction, predict } from "./predict.ts";
import type { States } from "./states.ts";
import { openStream, type Stream } from "./stream.ts";
import { type Trace, traceOf } from "./trace.ts";

/** `N`: the names of its cells' values, where the compiler knows them. */
export interface Model<N extends string = string> {
  readonly architecture: Architecture;
  readonly engine: EngineName;
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
  /** Every named value at every step, `[B, T, units]`. */
  trace(x: Inputs, options?: { readonly from?: States }): Promise<Trace<N>>;
  /** The loss and its gradients with respect to parameters, inputs and first states. */
  gradients(x: Inputs, targets: Targets["targets"], loss: Losses, options?: GradientOptions): Promise<Gradients>;
  /**
   * The same weights with some values fixed: `model.with({ f: 1 })` never forgets. The graph is rewritten, so
   * everything else follows.
   *
   * @param options.layer - only in this layer: "recurrent.0", "recurrent.1.backward"
   */
  with(values: { readonly [K in N]?: number }, options?: { readonly layer?: string }): Model<N>;
  /** All parameters, as copies. */
  parameters(): ParameterValues[];
  /** Writes parameters by their names; all or nothing. */
  setParameters(values: Readonly<Record<string, ArrayLike<number>>>): void;
  /** How many numbers are trained. */
  readonly parameterCount: number;
  /** The whole model as the bytes of one safetensors file: weights, equations, facts. `modelFrom` reads it. */
  toBytes(): Uint8Array<ArrayBuffer>;
  /** The same model with other facts. */
  withFacts(facts: Readonly<Record<string, unknown>>): Model<N>;
  /** Gives the memory back. Streams of the model end too. */
  close(): void;
}

export interface GradientOptions {
  readonly weights?: Targets["weights"];
  readonly from?: States;
  /** Adjoints of the states after each row's last step, added to the loss: `[B, units]` by state. */
  readonly lastAdjoints?: States;
}

export interface ModelOptions {
  /** Start values follow from it. Default 0. */
  readonly seed?: number;
  /** `"wasm"` (default): float32 and fast. `"reference"`: float64 and slow, to check against. */
  readonly engine?: EngineChoice;
  /**
   * How many values a step of the input has, by name where there are several; ids need none. If left out, the first
   * data that the model sees decides.
   */
  readonly input?: number | Readonly<Record<string, number>>;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** What stands behind a model, for training and files; no part of the public API. */
export interface Internals {
  core(x?: Inputs): Core;
}
const internals = new WeakMap<Model, Internals>();

export function internalsOf(model: Model): Internals {
  const found = internals.get(model);
  if (found) return found;
  const mend = "pass what createModel, modelFrom or loadModel returned.";
  throw new ArgumentError({ where: "train", argument: "model", given: typeof model, expected: "a model", mend });
}

/**
 * A model with start values.
 *
 * @example const model = await createModel(sequential(recurrent(lstm, { units: 32 }), dense({ units: 1 })), { seed: 1, input: 1 });
 */
export async function createModel<N extends string>(
  architecture: Architecture<N>,
  options: ModelOptions = {},
): Promise<Model<Known<N>>> {
  const { seed = 0, engine = "wasm", input, facts = {} } = options;
  if (engine !== "wasm" && engine !== "reference") {
    const expected = 'one of "wasm", "reference"';
    throw new ArgumentError({
      where: "createModel",
      argument: "engine",
      given: engine,
      expected,
      mend: 'leave it out for "wasm".',
    });
  }
  const wanted = valueInputs(architecture);
  const sizes: Record<string, number> = typeof input === "number" ? { [wanted[0] ?? ""]: input } : { ...input };
  const space = await openSpace(engine);
  let core: Core | undefined;
  const open = (x?: Inputs): Core => {
    if (core) return core;
    for (const name of wanted) {
      const size = x === undefined ? undefined : sizeIn(x, name);
      if (sizes[name] === undefined && size !== undefined) sizes[name] = size;
    }
    core = createCore(space, architecture, sizes);
    startParameters(core, seed);
    return core;
  };
  if (wanted.every((name) => sizes[name] !== undefined)) open();
  return makeModel(architecture, engine, facts, open) as Model<Known<N>>;
}

/** Any name, where no cell is known before. */
export type Known<N extends string> = [N] extends [never] ? string : N;

function sizeIn(x: Inputs, name: string): number | undefined {
  const given = inputOf(x, name);
  if (given === undefined || !Array.isArray(given.shape)) return undefined;
  return given.shape.length === 3 ? given.shape[2] : 1;
}

export function makeModel(
  architecture: Architecture,
  engine: EngineName,
  facts: Readonly<Record<string, unknown>>,
  open: (x?: Inputs) => Core,
): Model {
  let isClosed = false;
  const streams = new Set<Stream>();
  const changed: Model[] = [];
  const core = (x?: Inputs): Core => {
    if (isClosed) throw new CellstateError("closed", "The model has been closed; create or load it again.");
    return open(x);
  };
  const model: Model = {
    architecture,
    engine,
    facts,
    predict: async (x, { from } = {}) => predict(core(x), x, from),
    stream() {
      const made = openStream(core(), () => streams.delete(made));
      streams.add(made);
      return made;
    },
    trace: async (x, { from } = {}) => traceOf(core(x), x, from),
    gradients: async (x, targets, loss, options = {}) => gradientsOf(core(x), x, targets, loss, options),
    with(given, { layer } = {}) {
      const whole = core();
      const values = given as Readonly<Record<string, number>>;
      const fixed = [{ values, ...(layer !== undefined && { layer }) }];
      checkFixed(whole, values, layer);
      const other = whole.withPlan({ fixed });
      const made = makeModel(architecture, engine, facts, () => {
        if (isClosed) throw new CellstateError("closed", "The model it came from has been closed.");
        return other;
      });
      changed.push(made);
      return made;
    },
    parameters: () => readParameters(core()),
    setParameters: (values) => writeParameters(core(), values),
    get parameterCount() {
      return core().located.reduce((sum, l) => sum + l.shape.reduce((a, b) => a * b, 1), 0);
    },
    toBytes: () => modelToBytes(model),
    withFacts: (other) => makeModel(architecture, engine, { ...facts, ...other }, open),
    close() {
      if (isClosed) return;
      for (const stream of streams) stream.close();
      for (const other of changed) other.close();
      isClosed = true;
      open().close();
    },
  };
  internals.set(model, { core });
  return model;
}

function checkFixed(core: Core, values: Readonly<Record<string, number>>, layer: string | undefined): void {
  const where = "model.with";
  const stages = core.plan.stages.filter(
    (s) => s.kind === "program" && s.isRecurrent && s.path.startsWith(layer ?? ""),
  );
  const names = new Set(
    stages.flatMap((s) => (s.kind === "program" ? (s.cell?.syntax.definitions.flatMap((d) => d.names) ?? []) : [])),
  );
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
    if (Number.isFinite(value)) continue;
    throw new ArgumentError({
      where,
      argument: name,
      given: value,
      expected: "a finite number",
      mend: "0 closes, 1 opens.",
    });
  }
}
