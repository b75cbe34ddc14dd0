/** Every named value of every cell at every step, in the words of its equations, and what it was computed from. */
import type { Parts } from "../engine/engine.ts";
import { sizeOf } from "../engine/layout.ts";
import type { Core } from "./core.ts";
import { feed, type Inputs, packingFor } from "./feed.ts";
import type { EdgeId, ProgramStage } from "./plan.ts";
import { startStates } from "./predict.ts";
import { lengthsOf, type Matrix, moveRows, type Packing, reversedRows, unpackRows, unpackSequences } from "./rows.ts";
import type { Runner } from "./runner.ts";
import { readStates, type States, statesOf } from "./states.ts";
import { type Trace, type TracedValue, traced } from "./traced.ts";

export function* traceOf(core: Core, x: Inputs, from?: States): Parts<Trace> {
  return (yield* tracedRun(core, x, from)).trace;
}

/** A trace, and what its run has put out, `[B, T, O]` or `[B, O]` by name, to be read before the next run. */
export interface TracedRun {
  readonly trace: Trace;
  outputs(): Readonly<Record<string, Float32Array>>;
}

export function* tracedRun(core: Core, x: Inputs, from?: States): Parts<TracedRun> {
  const { plan } = core;
  const packing = packingFor(plan, x, "model.trace");
  const runner = core.runner({ batch: packing.rows.batch, rows: packing.total }, { backward: false });
  startStates(core, runner, packing, from, "model.trace");
  const firstStates = readStates(runner, statesOf(plan), packing.order);
  feed(runner, plan, packing, x);
  yield* runner.forward(packing, { givenFirst: true, everyInput: true });
  const inputs: TracedValue[] = [];
  const values: TracedValue[] = [];
  for (const stage of plan.stages) {
    if (stage.kind !== "program" || !stage.isRecurrent) continue;
    const [input, ...others] = yield* valuesOf(core, runner, packing, stage);
    inputs.push(input!);
    values.push(...others);
  }
  const output = (edge: EdgeId): Float32Array => {
    const { size, rows } = plan.edges[edge]!;
    const [memory, matrix] = [runner.memory(), runner.value(edge)];
    if (rows === "last") return unpackSequences(memory, matrix, packing.order, size);
    return unpackRows(memory, matrix, packing, size);
  };
  return {
    trace: traced({ values, inputs, firstStates }),
    outputs: () => Object.fromEntries([...plan.outputs].map(([name, edge]) => [name, output(edge)])),
  };
}

/** The layer's input first, then the values of its equations. */
function* valuesOf(core: Core, runner: Runner, packing: Packing, stage: ProgramStage): Parts<TracedValue[]> {
  const cut = stage.path.lastIndexOf(".");
  const layer = stage.path.slice(0, cut);
  const direction = stage.path.slice(cut + 1) as "forward" | "backward";
  const run = runner.run(stage);
  const { batch, steps } = packing.rows;
  const lengths = lengthsOf(packing);
  const value = (name: string, lies: Matrix, size: number): TracedValue => {
    const matrix = direction === "forward" ? lies : turned(core, runner, packing, lies, size);
    const values = unpackRows(runner.memory(), matrix, packing, size);
    return { name, layer, direction, values, shape: [batch, steps, size], lengths };
  };
  const found = [value("x", runner.value(stage.from), core.plan.edges[stage.from]!.size)];
  yield;
  for (const { names, caption } of stage.cell!.syntax.definitions) {
    for (const name of names) {
      const buffer = stage.schedule.buffers.find((b) => b.name === name)!;
      const at = run.where(name);
      const lies = { address: at.region.address + at.offset, stride: at.stride };
      const made = value(name, lies, sizeOf(stage.sizes, buffer.axis));
      found.push(caption === undefined ? made : { ...made, caption });
      yield;
    }
  }
  return found;
}

/** A backward layer's rows in the order of time; the copy lasts until the next one. */
function turned(core: Core, runner: Runner, packing: Packing, from: Matrix, size: number): Matrix {
  const region = core.space.allocate(packing.total * size);
  const into = { address: region.address, stride: size };
  moveRows(runner.memory(), { from, into, width: size, count: packing.total, index: reversedRows(packing) });
  core.space.free(region);
  return into;
}
