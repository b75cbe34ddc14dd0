/**
 * One update of all parameters: the gradients' global norm, clipping, and the optimizer's map, all in the model's
 * own memory.
 */
import { formula } from "../cell/formula.ts";
import type { Schedule } from "../cell/operations.ts";
import { atOnce, type Region, type Run } from "../engine/engine.ts";
import { type Core, OPTIMIZER_ROW } from "../model/core.ts";
import { inMemory } from "../model/memory.ts";
import { type Span, spansIn } from "../model/touched.ts";
import type { Optimizer } from "./optimizers.ts";

export interface Updater {
  /** The Euclidean norm of all gradients together, which lie in these rows; not finite if any gradient is not. */
  norm(spans?: readonly Span[]): number;
  /** Brings every gradient in these rows into ± `most` (PyTorch's clip_grad_value_); true if one was outside. */
  clip(most: number, spans?: readonly Span[]): boolean;
  /** Updates from the gradients in the marked rows (all, if omitted), each times `scale`. `step` counts from 1. */
  apply(step: number, learningRate: number, scale: number, marks?: Uint8Array): void;
  /** The optimizer's moments, by name, in the engine's layout. */
  moments(): ReadonlyMap<string, Region>;
  /** Moments have been written from outside. */
  noteMoments(): void;
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
  const ones = new Uint32Array(count).fill(1);
  const room = { batch: 1, rows: count };
  const all: readonly Span[] = [{ from: 0, count }];
  const over = (run: Run, spans: readonly Span[]): void => {
    for (const { from, count: steps } of spans) atOnce(run.forward({ batch: 1, steps, active: ones }, { from }));
  };
  // Rows with moments, perhaps; all others rest at 0 until they have a gradient.
  const awake = new Uint8Array(count).fill(optimizer.rests === true ? 0 : 1);
  const owned: Region[] = [];
  const runs: Run[] = [];
  const allocate = (length: number): Region => {
    const region = space.allocate(length);
    owned.push(region);
    return region;
  };
  const bind = (schedule: Schedule): Run => {
    const run = space.compile(schedule, { units: OPTIMIZER_ROW }).bind(room, { backward: false });
    runs.push(run);
    return run;
  };
  const close = (): void => {
    for (const run of runs.splice(0)) run.close();
    for (const region of owned.splice(0)) space.free(region);
  };
  const takeAll = () => ({
    square: allocate(Math.max(8, count)),
    normRun: bind(squares()),
    run: bind(optimizer.schedule),
    moments: new Map(optimizer.moments.map((name) => [name, allocate(parameters.region.length)])),
    decay: optimizer.decay?.(core, allocate(parameters.region.length), awake),
    scalars: new Map(
      optimizer.schedule.buffers.flatMap((b) => (b.rows === "always" ? [[b.name, allocate(8)] as const] : [])),
    ),
  });
  let taken: ReturnType<typeof takeAll>;
  try {
    taken = inMemory(takeAll);
  } catch (error) {
    close(); // without room for all, none is kept
    throw error;
  }
  const { square, normRun, run, moments, decay, scalars } = taken;
  normRun.place("g", parameters.gradients);
  normRun.place("square", square);
  run.place("p", parameters.region);
  run.place("g", parameters.gradients);
  for (const [name, region] of moments) run.place(name, region);
  for (const [name, region] of scalars) run.place(name, region);
  if (decay) run.place("decay", decay);
  return {
    norm(spans = all) {
      over(normRun, spans);
      const squares = space.floats({ address: square.address, length: count });
      let sum = 0;
      for (const { from, count: rows } of spans) for (let k = from; k < from + rows; k++) sum += squares[k]!;
      return Math.sqrt(sum);
    },
    clip(most, spans = all) {
      const gradients = space.floats(parameters.gradients);
      let isClipped = false;
      for (const { from, count: rows } of spans) {
        for (let k = from * OPTIMIZER_ROW; k < (from + rows) * OPTIMIZER_ROW; k++) {
          const g = gradients[k]!;
          if (!(Math.abs(g) > most)) continue;
          gradients[k] = g > 0 ? most : -most;
          isClipped = true;
        }
      }
      return isClipped;
    },
    apply(step, learningRate, scale, marks = new Uint8Array(count).fill(1)) {
      const values: Record<string, number> = { ...optimizer.scalars(step, learningRate), scale };
      for (const [name, region] of scalars) space.floats(region)[0] = values[name]!;
      const visited = marks.map((mark, row) => mark | awake[row]!);
      if (moments.size > 0) awake.set(visited);
      over(run, spansIn(visited));
    },
    moments: () => moments,
    noteMoments() {
      for (const region of moments.values()) {
        const stored = space.floats(region);
        for (let k = 0; k < stored.length; k++) if (stored[k] !== 0) awake[Math.floor(k / OPTIMIZER_ROW)] = 1;
      }
    },
    close,
  };
}
