/**
 * What stands behind a model: its plan, its space with parameters and gradients, its compiled programs, and the
 * runners that lend them memory. Several models may share one core's parameters (`model.with`).
 */

import type { Schedule } from "../cell/operations.ts";
import { roleOf, type StartRule } from "../cell/syntax.ts";
import type { Program, Region, Space } from "../engine/engine.ts";
import type { IntegerProducts } from "../engine/int8/products.ts";
import { blocksOf, layoutParameters } from "../engine/layout.ts";
import { openWasm } from "../engine/wasm/engine.ts";
import { ArgumentError, CellstateError } from "../errors.ts";
import { eachNumber, type Located, locateParameters } from "./parameters.ts";
import { type Plan, type PlanOptions, type ProgramStage, planArchitecture } from "./plan.ts";
import { type Capacity, createRunner, type Parameters, type Runner } from "./runner.ts";
import type { StoredTensor } from "./safetensors.ts";
import { startValues } from "./starts.ts";

export type EngineChoice = "wasm" | "reference";

export interface Core {
  readonly space: Space;
  readonly plan: Plan;
  readonly parameters: Parameters;
  readonly located: readonly Located[];
  /** Missing where all weights are float32. */
  readonly integers?: Integers;
  /** To be called when parameters have been written: 8-bit matrices are made of them anew. */
  settle(): void;
  /** A runner with room for this much; kept, and made anew when more is asked. */
  runner(capacity: Capacity, options: { readonly backward: boolean }): Runner;
  /** A runner of its own, to be closed by the caller. */
  newRunner(capacity: Capacity, options: { readonly backward: boolean }): Runner;
  /** The same parameters under another plan. */
  withPlan(options: Pick<PlanOptions, "fixed">): Core;
  close(): void;
}

/** What a core with 8-bit matrices does besides; loaded where somebody asks for it, from `int8/`. */
export interface Integers {
  readonly products: IntegerProducts;
  /** Rounds all matrices and tables to what integers hold, and packs them as the programs read them. */
  settle(core: Core, programs: ReadonlyMap<ProgramStage, Program>): void;
  /** What goes into a file. */
  tensors(core: Core): Map<string, StoredTensor>;
  /** Where gradients are asked for. */
  refuse(where: string): never;
}

/** The float64 engine is loaded where it is asked for; a page that trains does without it. */
export async function openSpace(engine: EngineChoice, where: string, products?: IntegerProducts): Promise<Space> {
  if (engine === "wasm") return openWasm(products);
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
    if (stage.kind !== "program") continue;
    const own = layoutParameters(stage.schedule, stage.sizes).length;
    offsets.set(stage.path, { offset: length, length: own });
    length += own;
  }
  // Whole rows of the optimizers' maps.
  const room = Math.max(1, Math.ceil(length / OPTIMIZER_ROW)) * OPTIMIZER_ROW;
  const [region, gradients] = inMemory(
    () => [space.allocate(room), space.allocate(integers === undefined ? room : 1)] as const,
  );
  const end = (): void => {
    space.free(region);
    space.free(gradients);
    space.close();
  };
  return fromPlan(space, plan, region, gradients, offsets, integers, end);
}

/** A stage's parameters in the region of all, and the integers that are made of them. */
interface Place {
  readonly offset: number;
  readonly length: number;
  packed?: Region;
}

/** What an engine throws for want of memory, told as one of the library's errors. */
function inMemory<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const mend = "take fewer units, a smaller batch or shorter sequences.";
    throw new CellstateError("memory", `not enough memory: ${cause.message}.\n  ${mend}`, { cause });
  }
}

/** Optimizers see parameters as rows of so many numbers. */
export const OPTIMIZER_ROW = 1024;

function fromPlan(
  space: Space,
  plan: Plan,
  region: Region,
  gradients: Region,
  byPath: ReadonlyMap<string, Place>,
  integers: Integers | undefined,
  end: () => void,
): Core {
  const offsets = new Map<ProgramStage, Place>();
  const weights = integers === undefined ? "f32" : "i8";
  const programs = new Map<ProgramStage, Program>();
  const compiled = new Map<Schedule, Map<string, Program>>();
  for (const stage of plan.stages) {
    if (stage.kind !== "program") continue;
    const place = byPath.get(stage.path)!;
    offsets.set(stage, place);
    const sizes = JSON.stringify(Object.entries(stage.sizes).sort());
    const same = compiled.get(stage.schedule) ?? new Map<string, Program>();
    const program = same.get(sizes) ?? space.compile(stage.schedule, stage.sizes, { weights });
    const { packed } = program;
    if (packed !== undefined) place.packed ??= inMemory(() => space.allocate(packed.length));
    compiled.set(stage.schedule, same.set(sizes, program));
    programs.set(stage, program);
  }
  const parameters: Parameters = { region, gradients, offsets };
  const kept = new Map<boolean, Runner>();
  const newRunner: Core["newRunner"] = (capacity, options) =>
    inMemory(() => createRunner(space, plan, programs, parameters, capacity, options));
  const core: Core = {
    space,
    plan,
    parameters,
    located: locateParameters({ plan, parameters }),
    ...(integers && { integers }),
    settle: () => integers?.settle(core, programs),
    newRunner,
    runner(capacity, options) {
      const known = kept.get(options.backward);
      if (known && known.capacity.batch >= capacity.batch && known.capacity.rows >= capacity.rows) return known;
      // first of all, so that nobody gets a closed one if there is no memory for another
      kept.delete(options.backward);
      known?.close();
      const larger = {
        batch: Math.max(capacity.batch, known?.capacity.batch ?? 0),
        rows: Math.max(capacity.rows, known?.capacity.rows ?? 0),
      };
      const made = newRunner(larger, options);
      kept.set(options.backward, made);
      return made;
    },
    withPlan({ fixed = [] }) {
      const inputSizes = Object.fromEntries([...plan.inputs].map(([name, edge]) => [name, plan.edges[edge]!.size]));
      const changed = planArchitecture(plan.architecture, { inputSizes, fixed: [...plan.fixed, ...fixed] });
      return fromPlan(space, changed, region, gradients, byPath, integers, () => {});
    },
    close() {
      for (const runner of kept.values()) runner.close();
      kept.clear();
      end();
    },
  };
  return core;
}

/** Fills all parameters with their start values. */
export function startParameters(core: Core, seed: number): void {
  const stored = core.space.floats(core.parameters.region);
  for (const l of core.located) {
    const { parameter, stage } = l;
    const { name } = parameter;
    const own = stage.cell?.facts.parameters.find((p) => p.name === name)?.start;
    const given = (key: string): StartRule | undefined =>
      Object.hasOwn(stage.start, key) ? stage.start[key] : undefined;
    const rule = given(name) ?? given(roleOf(name)) ?? own ?? defaultStart(l);
    const [rows, columns = 1] = l.shape as [number, number?];
    const blocks = parameter.kind === "matrix" ? blocksOf(stage.sizes, parameter) : 1;
    const values = startValues({ rule, shape: { rows, columns, blocks }, units: stage.sizes.units! }, seed, l.name);
    eachNumber(l, (natural, at) => {
      stored[at] = values[natural]!;
    });
  }
}

/** Vectors 0; matrices uniform: ± 1/√units in a recurrent layer, ± 1/√inputs elsewhere; embeddings normal. */
function defaultStart({ parameter, stage, shape }: Located): StartRule {
  if (parameter.kind === "vector") return { kind: "number", value: 0 };
  if (parameter.kind === "table") return { kind: "call", name: "normal", arguments: [1] };
  if (stage.isRecurrent) return { kind: "call", name: "uniform", arguments: [] };
  return { kind: "call", name: "uniform", arguments: [1 / Math.sqrt(shape[1]!)] };
}
