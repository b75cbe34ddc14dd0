/** Every named value of every cell at every step, in the words of its equations. */
import type { Parts } from "../engine/engine.ts";
import { sizeOf } from "../engine/layout.ts";
import type { Core } from "./core.ts";
import { feed, type Inputs, packingFor } from "./feed.ts";
import type { ProgramStage } from "./plan.ts";
import { startStates } from "./predict.ts";
import { type Matrix, moveRows, type Packing, reversedRows, unpackRows } from "./rows.ts";
import type { Runner } from "./runner.ts";
import type { States } from "./states.ts";
import { type Trace, type TracedValue, traced } from "./traced.ts";

export function* traceOf(core: Core, x: Inputs, from?: States): Parts<Trace> {
  const { plan } = core;
  const packing = packingFor(plan, x, "model.trace");
  const runner = core.runner({ batch: packing.rows.batch, rows: packing.total }, { backward: false });
  startStates(core, runner, packing, from, "model.trace");
  feed(runner, plan, packing, x);
  yield* runner.forward(packing, { givenFirst: true });
  const values: TracedValue[] = [];
  for (const stage of plan.stages) {
    if (stage.kind === "program" && stage.isRecurrent) values.push(...(yield* valuesOf(core, runner, packing, stage)));
  }
  return traced(values);
}

function* valuesOf(core: Core, runner: Runner, packing: Packing, stage: ProgramStage): Parts<TracedValue[]> {
  const cut = stage.path.lastIndexOf(".");
  const layer = stage.path.slice(0, cut);
  const direction = stage.path.slice(cut + 1) as "forward" | "backward";
  const run = runner.run(stage);
  const found: TracedValue[] = [];
  for (const { names, caption } of stage.cell!.syntax.definitions) {
    for (const name of names) {
      const buffer = stage.schedule.buffers.find((b) => b.name === name)!;
      const at = run.where(name);
      const size = sizeOf(stage.sizes, buffer.axis);
      const lies = { address: at.region.address + at.offset, stride: at.stride };
      const matrix = direction === "forward" ? lies : turned(core, runner, packing, lies, size);
      const { batch, steps } = packing.rows;
      const values = unpackRows(runner.memory(), matrix, packing, size);
      const shape = [batch, steps, size] as const;
      found.push({ name, layer, direction, values, shape, ...(caption !== undefined && { caption }) });
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
