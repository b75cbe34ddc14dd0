/**
 * One update of all parameters: the gradients' global norm, clipping, and the optimizer's map, all in the model's
 * own memory.
 */
import { formula } from "../cell/formula.ts";
import { atOnce, type Region, type Run } from "../engine/engine.ts";
import { type Core, OPTIMIZER_ROW } from "../model/core.ts";
import type { Optimizer } from "./optimizers.ts";

export interface Updater {
  /** The Euclidean norm of all gradients together; not finite if any gradient is not. */
  norm(): number;
  /** Updates from the gradients, each times `scale`. `step` counts from 1. */
  apply(step: number, learningRate: number, scale: number): void;
  /** The optimizer's moments, by name, in the engine's layout. */
  moments(): ReadonlyMap<string, Region>;
  close(): void;
}

/** One number a row: the sum of its squares. */
function squares(): ReturnType<ReturnType<typeof formula>["schedule"]> {
  const f = formula();
  const g = f.read("g");
  f.write("square", f.sum(f.multiply(g, g)), "one");
  return f.schedule("Norm");
}

export function createUpdater(core: Core, optimizer: Optimizer): Updater {
  const { space, parameters } = core;
  const count = parameters.region.length / OPTIMIZER_ROW;
  const rows = { batch: count, steps: 1, active: Uint32Array.of(count) };
  const room = { batch: count, rows: count };
  const owned: Region[] = [];
  const runs: Run[] = [];
  const allocate = (length: number): Region => {
    const region = space.allocate(length);
    owned.push(region);
    return region;
  };
  const square = allocate(Math.max(8, count));
  const normRun = space.compile(squares(), { units: OPTIMIZER_ROW }).bind(room, { backward: false });
  normRun.place("g", parameters.gradients);
  normRun.place("square", square);
  const run = space.compile(optimizer.schedule, { units: OPTIMIZER_ROW }).bind(room, { backward: false });
  runs.push(normRun, run);
  const moments = new Map(optimizer.moments.map((name) => [name, allocate(parameters.region.length)]));
  run.place("p", parameters.region);
  run.place("g", parameters.gradients);
  for (const [name, region] of moments) run.place(name, region);
  const scalars = new Map<string, Region>();
  for (const b of optimizer.schedule.buffers) {
    if (b.rows !== "always") continue;
    const region = allocate(8);
    scalars.set(b.name, region);
    run.place(b.name, region);
  }
  return {
    norm() {
      atOnce(normRun.forward(rows));
      let sum = 0;
      for (const s of space.floats({ address: square.address, length: count })) sum += s;
      return Math.sqrt(sum);
    },
    apply(step, learningRate, scale) {
      const values: Record<string, number> = { ...optimizer.scalars(step, learningRate), scale };
      for (const [name, region] of scalars) space.floats(region)[0] = values[name]!;
      atOnce(run.forward(rows));
    },
    moments: () => moments,
    close() {
      for (const r of runs) r.close();
      for (const region of owned.splice(0)) space.free(region);
    },
  };
}
