/**
 * What stands behind a model: its plan, its space with parameters and gradients, its compiled programs, and the
 * runners that lend them memory. Several models may share one core's parameters (`model.with`).
 */

import type { Schedule, Sizes } from "../cell/operations.ts";
import { roleOf, type StartRule } from "../cell/syntax.ts";
import type { Program, Region, Space } from "../engine/engine.ts";
import { blocksOf, layoutParameters } from "../engine/layout.ts";
import { openWasm } from "../engine/wasm/engine.ts";
import { ArgumentError, CellstateError } from "../errors.ts";
import { eachNumber, type Located, locateParameters } from "./parameters.ts";
import { type Plan, type PlanOptions, type ProgramStage, planArchitecture } from "./plan.ts";
import { type Capacity, createRunner, type Parameters, type Runner, type RunnerOptions } from "./runner.ts";
import { startValues } from "./starts.ts";
import type { Span } from "./touched.ts";

export type EngineChoice = "wasm" | "reference";

export interface Core {
  readonly space: Space;
  readonly plan: Plan;
  readonly parameters: Parameters;
  readonly located: readonly Located[];
  /** Rows of gradients that may not be 0; the same for all cores over the same parameters. See `touched.ts`. */
  readonly dirty: { spans: readonly Span[] };
  /** A runner with room for this much; kept, and made anew when more is asked. */
  runner(capacity: Capacity, options: RunnerOptions): Runner;
  /** A runner of its own, to be closed by the caller. */
  newRunner(capacity: Capacity, options: RunnerOptions): Runner;
  program(stage: ProgramStage): Program;
  /** The same parameters under another plan. */
  withPlan(options: Pick<PlanOptions, "fixed">): Core;
  close(): void;
}

/** The float64 engine is loaded where it is asked for; a page that trains does without it. */
export async function openSpace(engine: EngineChoice, where: string): Promise<Space> {
  if (engine === "wasm") return openWasm();
  if (engine !== "reference") {
    const expected = 'one of "wasm", "reference"';
    const mend = 'leave it out for "wasm".';
    throw new ArgumentError({ where, argument: "engine", given: engine, expected, mend });
  }
  const { openReference } = await import("../engine/reference/space.ts");
  return openReference();
}

export function createCore(space: Space, plan: Plan): Core {
  const offsets = new Map<string, { offset: number; length: number }>();
  let length = 0;
  for (const stage of plan.stages) {
    if (stage.kind !== "program") continue;
    const own = layoutParameters(stage.schedule, stage.sizes).length;
    offsets.set(stage.path, { offset: length, length: own });
    length += own;
  }
  // Whole rows of the optimizers' maps.
  const room = Math.max(1, Math.ceil(length / OPTIMIZER_ROW)) * OPTIMIZER_ROW;
  const [region, gradients] = inMemory(() => [space.allocate(room), space.allocate(room)] as const);
  return fromPlan(space, plan, { region, gradients, dirty: { spans: [] } }, offsets, () => {
    space.free(region);
    space.free(gradients);
    space.close();
  });
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
  shared: { readonly region: Region; readonly gradients: Region; readonly dirty: Core["dirty"] },
  byPath: ReadonlyMap<string, { offset: number; length: number }>,
  end: () => void,
): Core {
  const offsets = new Map<ProgramStage, { offset: number; length: number }>();
  const programs = new Map<ProgramStage, Program>();
  const compiled = new Map<Schedule, Map<string, Program>>();
  const compile = (schedule: Schedule, sizes: Sizes): Program => {
    const key = JSON.stringify(Object.entries(sizes).sort());
    const same = compiled.get(schedule) ?? new Map<string, Program>();
    const program = same.get(key) ?? space.compile(schedule, sizes);
    compiled.set(schedule, same.set(key, program));
    return program;
  };
  for (const stage of plan.stages) {
    if (stage.kind !== "program") continue;
    offsets.set(stage, byPath.get(stage.path)!);
    programs.set(stage, compile(stage.schedule, stage.sizes));
  }
  const { region, gradients, dirty } = shared;
  const parameters: Parameters = { region, gradients, offsets };
  const kept = new Map<string, Runner>();
  const newRunner: Core["newRunner"] = (capacity, options) =>
    inMemory(() => createRunner(space, plan, programs, parameters, capacity, options, compile));
  return {
    space,
    plan,
    parameters,
    located: locateParameters({ plan, parameters }),
    dirty,
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
    withPlan({ fixed = [] }) {
      const inputSizes = Object.fromEntries([...plan.inputs].map(([name, edge]) => [name, plan.edges[edge]!.size]));
      const changed = planArchitecture(plan.architecture, { inputSizes, fixed: [...plan.fixed, ...fixed] });
      return fromPlan(space, changed, shared, byPath, () => {});
    },
    close() {
      for (const runner of kept.values()) runner.close();
      kept.clear();
      end();
    },
  };
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
