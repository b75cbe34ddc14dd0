/**
 * What stands behind a model: its plan, its space with parameters and gradients, its compiled programs, and the
 * runners that lend them memory. Several models may share one core's parameters (`model.with`).
 */

import { inputGradientOf } from "../cell/inputGradient.ts";
import { lookUpOf } from "../cell/lookUp.ts";
import type { Schedule, Sizes } from "../cell/operations.ts";
import { roleOf, type StartRule } from "../cell/syntax.ts";
import type { Parts, Program, Region, Space } from "../engine/engine.ts";
import type { IntegerProducts } from "../engine/int8/products.ts";
import { blocksOf, layoutParameters } from "../engine/layout.ts";
import { openWasm } from "../engine/wasm/engine.ts";
import { ArgumentError } from "../errors.ts";
import { hasTiedTable } from "./deepFor.ts";
import { inMemory } from "./memory.ts";
import { type Located, locateParameters, writeStored } from "./parameters.ts";
import { createPerformer, type Performer } from "./perform.ts";
import { type Plan, type PlanOptions, type ProgramStage, planArchitecture } from "./plan.ts";
import type { Parameters } from "./regions.ts";
import { type Capacity, createRunner, type Runner, type RunnerOptions } from "./runner.ts";
import type { StoredTensor } from "./safetensors.ts";
import { startValues } from "./starts.ts";
import { type Threads, threadsFrom } from "./threads.ts";
import type { Span } from "./touched.ts";

/** Which engine runs a model. */
export type EngineChoice = "wasm" | "reference";

/**
 * `"strict"` (default): the same bits on every machine, from the same seed. `"fast"`: what this machine computes in the
 * least time, fused operations where it has them; results differ in their last bits from machine to machine.
 */
export type Mode = "strict" | "fast";

/** What stands behind a model: its plan, its parameters and its memory. */
export interface Core {
  readonly space: Space;
  readonly plan: Plan;
  readonly parameters: Parameters;
  readonly located: readonly Located[];
  /** Rows of gradients that may not be 0; the same for all cores over the same parameters. See `touched.ts`. */
  readonly dirty: { spans: readonly Span[] };
  /** Missing where all weights are float32. */
  readonly integers?: Integers;
  /** To be called when parameters have been written: 8-bit matrices are made of them anew. */
  settle(): Parts;
  /** A runner with room for this much; kept, and made anew when more is asked. */
  runner(capacity: Capacity, options: RunnerOptions): Runner;
  /** A runner of its own, to be closed by the caller. */
  newRunner(capacity: Capacity, options: RunnerOptions): Runner;
  program(stage: ProgramStage): Program;
  /** The same parameters under another plan. */
  withPlan(options: Omit<PlanOptions, "inputSizes" | "deep">): Core;
  /** Runs long work, after what has been asked for before of any model over these parameters. */
  readonly performer: Performer;
  close(): void;
}

/** What a core with 8-bit matrices does besides; loaded where somebody asks for it, from `int8/`. */
export interface Integers {
  readonly products: IntegerProducts;
  /** Rounds all matrices and tables to what integers hold, and packs them as the programs read them. */
  settle(core: Core, programs: ReadonlyMap<ProgramStage, Program>): Parts;
  /** What goes into a file. */
  tensors(core: Core): Map<string, StoredTensor>;
  /** Where gradients are asked for. */
  refuse(where: string): never;
}

export interface SpaceChoice {
  readonly engine: EngineChoice;
  readonly threads: Threads | undefined;
  readonly mode?: Mode | undefined;
  readonly integers?: IntegerProducts | undefined;
}

/** What few ask for is loaded where it is asked for: the float64 engine, and the choice of fast arithmetic. */
export async function openSpace(choice: SpaceChoice, where: string): Promise<Space> {
  const { engine, threads, mode = "strict", integers } = choice;
  const wanted = threadsFrom(threads, where);
  if (mode !== "strict" && mode !== "fast") {
    const mend = 'leave it out for "strict".';
    throw new ArgumentError({ where, argument: "mode", given: mode, expected: 'one of "strict", "fast"', mend });
  }
  if (engine === "wasm") {
    const arithmetic = mode === "fast" ? (await import("../engine/wasm/fast.ts")).fastArithmetic() : undefined;
    return inMemory(() => openWasm({ threads: wanted, integers, arithmetic }), "close models that are no longer used.");
  }
  if (engine !== "reference") {
    const expected = 'one of "wasm", "reference"';
    const mend = 'leave it out for "wasm".';
    throw new ArgumentError({ where, argument: "engine", given: engine, expected, mend });
  }
  const { openReference } = await import("../engine/reference/space.ts");
  return openReference();
}

export function createCore(space: Space, plan: Plan, integers?: Integers): Core {
  const offsets = new Map<string, Place>();
  let length = 0;
  for (const stage of plan.stages) {
    if (stage.kind !== "program" || hasTiedTable(stage)) continue;
    const own = layoutParameters(stage.schedule, stage.sizes);
    offsets.set(stage.path, { offset: length, length: own.length });
    // the tied table is its matrix, and lies first
    if (stage.tied) offsets.set(stage.tied, { offset: length, length: own.places.get("W_y")!.length });
    length += own.length;
  }
  // Whole rows of the optimizers' maps.
  const room = Math.max(1, Math.ceil(length / OPTIMIZER_ROW)) * OPTIMIZER_ROW;
  const [region, gradients] = inMemory(
    () => [space.allocate(room), space.allocate(integers === undefined ? room : 1)] as const,
  );
  const performer = createPerformer(space);
  const shared: Shared = { region, gradients, dirty: { spans: [] }, performer, integers };
  const end = (): void => {
    performer.close();
    space.free(region);
    space.free(gradients);
    space.close();
  };
  return fromPlan(space, plan, shared, offsets, end);
}

/** A stage's parameters in the region of all, and the integers that are made of them. */
interface Place {
  readonly offset: number;
  readonly length: number;
  packed?: Region;
}

/** What models over the same parameters share. */
interface Shared {
  readonly region: Region;
  readonly gradients: Region;
  readonly dirty: Core["dirty"];
  readonly performer: Performer;
  readonly integers: Integers | undefined;
}

/** Optimizers see parameters as rows of so many numbers. */
export const OPTIMIZER_ROW = 1024;

function fromPlan(space: Space, plan: Plan, shared: Shared, byPath: ReadonlyMap<string, Place>, end: () => void): Core {
  const offsets = new Map<ProgramStage, Place>();
  const programs = new Map<ProgramStage, Program>();
  const compiled = new Map<Schedule, Map<string, Program>>();
  const compile = (schedule: Schedule, sizes: Sizes): Program => {
    const key = JSON.stringify(Object.entries(sizes).sort());
    const same = compiled.get(schedule) ?? new Map<string, Program>();
    const apart = new Set([...(lookUpOf(schedule)?.replaced ?? []), ...inputGradientOf(schedule)]);
    const weights = shared.integers === undefined ? "f32" : "i8";
    const program = same.get(key) ?? space.compile(schedule, sizes, { weights, apart });
    compiled.set(schedule, same.set(key, program));
    return program;
  };
  for (const stage of plan.stages) {
    if (stage.kind !== "program") continue;
    const place = byPath.get(stage.path) ?? { offset: 0, length: 0 }; // dropout, which has no parameters
    const program = compile(stage.schedule, stage.sizes);
    const { packed } = program;
    // a tied table's integers are made for its products
    if (packed !== undefined && !hasTiedTable(stage)) place.packed ??= inMemory(() => space.allocate(packed.length));
    offsets.set(stage, place);
    programs.set(stage, program);
  }
  const { region, gradients, dirty, integers } = shared;
  const parameters: Parameters = { region, gradients, offsets };
  const kept = new Map<string, Runner>();
  const newRunner: Core["newRunner"] = (capacity, options) =>
    inMemory(() => createRunner(space, plan, programs, parameters, capacity, options, compile));
  const core: Core = {
    space,
    plan,
    parameters,
    located: locateParameters({ plan, parameters }),
    dirty,
    ...(integers && { integers }),
    *settle() {
      if (integers) yield* integers.settle(core, programs);
    },
    newRunner,
    program: (stage) => programs.get(stage)!,
    runner(capacity, options) {
      const key = `${options.backward} ${options.judged}`;
      const known = kept.get(key);
      if (known && known.capacity.batch >= capacity.batch && known.capacity.rows >= capacity.rows) return known;
      // first of all, so that nobody gets a closed one if there is no memory for another
      kept.delete(key);
      known?.close();
      const larger = {
        batch: Math.max(capacity.batch, known?.capacity.batch ?? 0),
        rows: Math.max(capacity.rows, known?.capacity.rows ?? 0),
      };
      const made = newRunner(larger, options);
      kept.set(key, made);
      return made;
    },
    withPlan({ fixed = [], noise = plan.noise, isTraining = false }) {
      const { architecture, deep } = plan;
      const inputSizes = Object.fromEntries([...plan.inputs].map(([name, edge]) => [name, plan.edges[edge]!.size]));
      const all = { inputSizes, fixed: [...plan.fixed, ...fixed], noise, deep, isTraining };
      const changed = planArchitecture(architecture, all);
      const performer = shared.performer.twin();
      return fromPlan(space, changed, { ...shared, performer }, byPath, performer.close);
    },
    performer: shared.performer,
    close() {
      for (const runner of kept.values()) runner.close();
      kept.clear();
      end();
    },
  };
  return core;
}

/** Fills all parameters with their start values. */
export function* startParameters(core: Core, seed: number): Parts {
  for (const l of core.located) {
    const { parameter, stage } = l;
    const { name } = parameter;
    const own = stage.cell?.facts.parameters.find((p) => p.name === name)?.start;
    const given = (key: string): StartRule | undefined =>
      Object.hasOwn(stage.start, key) ? stage.start[key] : undefined;
    const rule = given(name) ?? given(roleOf(name)) ?? own ?? defaultStart(l);
    const [rows, columns = 1] = l.shape as [number, number?];
    const blocks = parameter.kind === "matrix" ? blocksOf(stage.sizes, parameter) : 1;
    const start = { rule, shape: { rows, columns, blocks }, units: stage.sizes.units! };
    const values = yield* startValues(start, seed, l.name);
    writeStored(l, core.space.floats(core.parameters.region), values);
    yield;
  }
}

/** Vectors 0; matrices uniform: ± 1/√units in a recurrent layer, ± 1/√inputs elsewhere; embeddings normal. */
function defaultStart({ parameter, stage, shape }: Located): StartRule {
  if (parameter.kind === "vector") return { kind: "number", value: 0 };
  if (parameter.kind === "table") return { kind: "call", name: "normal", arguments: [1] };
  if (stage.isRecurrent) return { kind: "call", name: "uniform", arguments: [] };
  return { kind: "call", name: "uniform", arguments: [1 / Math.sqrt(shape[1]!)] };
}
