/**
 * Runs a plan's stages over packed rows, forward and backward, in memory planned once for up to so many
 * sequences and rows. It hands addresses on from stage to stage; values are copied only where rows move.
 */
import { inputGradientOf } from "../cell/inputGradient.ts";
import { type Rows, type Schedule, SEQUENCE, type Sizes } from "../cell/operations.ts";
import { atOnce, type Floats, type Parts, type Program, type Region, type Run, type Space } from "../engine/engine.ts";
import { padded } from "../engine/layout.ts";
import { mix } from "../engine/noise.ts";
import type { Penalties } from "./deep/penalties.ts";
import type { DroppedWeights } from "./dropWeights.ts";
import { headStages } from "./heads.ts";
import { createLookUps, type LookUps } from "./lookUp.ts";
import { inMemory } from "./memory.ts";
import type { EdgeId, Plan, ProgramStage, Stage } from "./plan.ts";
import { type Parameters, placeRegions, type Regions, regionsOf } from "./regions.ts";
import { lastIndex, lastPacking, type Matrix, moveRows, type Packing, reversedRows } from "./rows.ts";

export interface Capacity {
  readonly batch: number;
  readonly rows: number;
}

export interface ForwardOptions {
  /** States go on from what lies in front of their rows. */
  readonly givenFirst?: boolean;
  /** What enters each stage is wanted too: nothing is looked up in its place. Bits are the same. */
  readonly everyInput?: boolean;
  /** All batches of an update, this one among them: prices on activations are means over all of them. */
  readonly among?: readonly Packing[];
  /** Keys the noise of this run, with the step's number. */
  readonly seed?: number;
  readonly step?: number;
}

export interface Runner {
  readonly capacity: Capacity;
  /** Where an edge's values lie; inputs are to be written there before a run. */
  value(edge: EdgeId): Matrix;
  /** Where an edge's adjoint lies after `backward`; undefined where none came. */
  adjoint(edge: EdgeId): Matrix | undefined;
  /** Puts the cells' own first values in place, for so many sequences. */
  start(batch: number): void;
  forward(packing: Packing, options?: ForwardOptions): Parts;
  /** One step of every sequence from the states in place, in one go, with their carry if wanted. */
  step(packing: Packing, carries: boolean): void;
  /** `seeds`: the adjoints of the outputs. Adds to the gradients. `inputs`: also the adjoints of the inputs, default. */
  backward(
    seeds: Iterable<readonly [EdgeId, Matrix]>,
    options?: { readonly givenAdjoints?: boolean; readonly inputs?: boolean },
  ): Parts;
  /** What the last training run adds to its loss for the sake of its activations; 0 where no layer asks for it. */
  readonly penalty: number;
  /** Last states become first values. */
  carry(): void;
  run(stage: ProgramStage): Run;
  rowsOf(edge: EdgeId): Rows;
  memory(): Floats;
  close(): void;
}

export interface RunnerOptions {
  readonly backward: boolean;
  /** The outputs go to losses, which run the last layers themselves where they can: see `heads.ts`. */
  readonly judged?: boolean;
}

/** All of a space's memory as one view, valid until the next `allocate`. */
export const memoryOf = (space: Space): Floats =>
  space.floats({ address: 0, length: space.bytes / (space.engine === "reference" ? 8 : 4) });

const widthOf = (plan: Plan, edge: EdgeId): number => {
  const { size, vocabulary, isNarrow = false } = plan.edges[edge]!;
  return vocabulary === undefined && !isNarrow ? padded(size) : 1;
};

export function createRunner(
  space: Space,
  plan: Plan,
  programs: ReadonlyMap<ProgramStage, Program>,
  parameters: Parameters,
  capacity: Capacity,
  options: RunnerOptions,
  compile: (schedule: Schedule, sizes: Sizes) => Program,
): Runner {
  const apart = new Set<Stage>(options.judged ? headStages(plan).values() : []);
  const stages = plan.stages.filter((stage) => !apart.has(stage));
  const owned: Region[] = [];
  const runs = new Map<ProgramStage, Run>();
  const values = new Map<EdgeId, Matrix>();
  const adjoints = new Map<EdgeId, Matrix[]>();
  const spare = new Map<string, Matrix>();
  let packing: Packing | undefined;
  let last: ForwardOptions = {};
  /** Inputs whose adjoints nobody asks for in this pass. */
  let unread: ReadonlySet<EdgeId> = new Set();
  const placed = new Map<string, number>();
  /** Hands an address to a run, when it is another than last time. */
  const place = (stage: ProgramStage, run: Run, name: string, matrix: Matrix, edge: EdgeId): void => {
    const key = `${stage.path} ${name}`;
    if (placed.get(key) === matrix.address) return;
    placed.set(key, matrix.address);
    run.place(name, { address: matrix.address, length: Math.max(rowCount(edge) * matrix.stride, 8) });
  };

  const rowCount = (edge: EdgeId): number => (plan.edges[edge]!.rows === "last" ? capacity.batch : capacity.rows);
  const allocate = (edge: EdgeId): Matrix => {
    const stride = widthOf(plan, edge);
    const region = inMemory(() => space.allocate(Math.max(rowCount(edge) * stride, 8)));
    owned.push(region);
    return { address: region.address, stride };
  };
  /** Memory of one edge for one purpose, made when it is first needed. */
  const own = (edge: EdgeId, purpose: string): Matrix => {
    const key = `${purpose} ${edge}`;
    const known = spare.get(key) ?? allocate(edge);
    spare.set(key, known);
    return known;
  };

  const dropped = new Map<ProgramStage, DroppedWeights>();
  const regions = (stage: ProgramStage): Regions => dropped.get(stage)?.regions ?? regionsOf(parameters, stage);
  /** The number of each row's sequence, where something is drawn once a sequence. */
  let sequences: Region | undefined;
  let lookUps: LookUps | undefined;
  let penalties: Penalties | undefined;
  let penalty = 0;
  const close = (): void => {
    penalties?.close();
    lookUps?.close();
    for (const one of dropped.values()) one.close();
    for (const run of runs.values()) run.close();
    for (const region of owned.splice(0)) space.free(region);
  };
  try {
    for (const edge of plan.inputs.values()) values.set(edge, allocate(edge));
    stages.forEach(bindStage);
    const value = (edge: EdgeId): Matrix => values.get(edge)!;
    const memory = (): Floats => memoryOf(space);
    const context = { space, plan, stages, regions, capacity, options, compile, value, memory };
    lookUps = createLookUps(context);
    if (options.backward && plan.penalties.length > 0) penalties = plan.deep!.createPenalties(context);
  } catch (error) {
    close(); // without room for all, none is kept
    throw error;
  }

  function bindStage(stage: Stage): void {
    if (stage.kind !== "program") {
      values.set(stage.to, allocate(stage.to));
      return;
    }
    const isLast = plan.edges[stage.from]!.rows === "last";
    const room = isLast ? { batch: capacity.batch, rows: capacity.batch } : capacity;
    const run = programs.get(stage)!.bind(room, { backward: options.backward });
    runs.set(stage, run);
    if (stage.noise && stage.cell?.syntax.dropped.length) {
      const context = { space, compile, backward: options.backward };
      dropped.set(stage, plan.noise!.dropWeights(context, stage, regionsOf(parameters, stage)));
    }
    placeRegions(run, regions(stage), options.backward);
    if (!stage.schedule.buffers.some((b) => b.name === SEQUENCE)) return;
    if (sequences === undefined) owned.push((sequences = inMemory(() => space.allocate(capacity.rows))));
    run.place(SEQUENCE, sequences);
  }

  const rowsOf = (edge: EdgeId): Rows => (plan.edges[edge]!.rows === "last" ? lastPacking(packing!) : packing!.rows);
  const totalOf = (edge: EdgeId): number => (plan.edges[edge]!.rows === "last" ? packing!.rows.batch : packing!.total);
  const indexOf = (kind: "reverse" | "last"): Int32Array =>
    kind === "reverse" ? reversedRows(packing!) : lastIndex(packing!);

  /** A program's run with its input in place, the stage before's or `from`. */
  function ready(stage: ProgramStage, from = values.get(stage.from)!): Run {
    const run = runs.get(stage)!;
    place(stage, run, "x", from, stage.from);
    return run;
  }
  /** Where row 0 of its output lies depends on how many sequences there are. */
  function done(stage: ProgramStage, run: Run): void {
    const at = run.where(stage.schedule.output);
    values.set(stage.to, { address: at.region.address + at.offset, stride: at.stride });
  }

  function* forwardStage(stage: Stage): Parts {
    if (lookUps!.isIdle(stage)) return;
    if (stage.kind === "program") {
      const lookedUp = lookUps!.of(stage);
      const run = ready(stage, lookedUp?.table);
      if (stage.noise !== undefined) {
        const { seed = 0, step = 0 } = last;
        const key = mix(seed ^ mix(Math.floor(seed / 4294967296)));
        const words = [stage.noise === 0 ? key : key ^ mix(stage.noise), step >>> 0] as const;
        run.setNoise(...words);
        const weights = dropped.get(stage);
        if (weights) yield* weights.draw(...words);
      }
      const rows = rowsOf(stage.from);
      if (lookedUp) yield* lookedUp.forward(run, rows);
      const without = lookedUp && { without: lookedUp.without };
      yield* run.forward(rows, { givenFirst: last.givenFirst ?? false, ...without });
      done(stage, run);
      return;
    }
    moveForward(stage);
  }

  function moveForward(stage: Exclude<Stage, ProgramStage>): void {
    const memory = memoryOf(space);
    const into = values.get(stage.to)!;
    if (stage.kind === "join" || stage.kind === "add") {
      let column = 0;
      for (const [k, edge] of stage.from.entries()) {
        const { size } = plan.edges[edge]!;
        const part = { address: into.address + column, stride: into.stride };
        const add = stage.kind === "add" && k > 0;
        moveRows(memory, { from: values.get(edge)!, into: part, width: size, count: totalOf(edge), add });
        if (stage.kind === "join") column += size;
      }
      return;
    }
    const { size } = plan.edges[stage.from]!;
    const index = indexOf(stage.kind);
    moveRows(memory, { from: values.get(stage.from)!, into, width: size, count: totalOf(stage.to), index });
  }

  const push = (edge: EdgeId, matrix: Matrix): void => {
    adjoints.set(edge, [...(adjoints.get(edge) ?? []), matrix]);
  };
  /** All that came for an edge, added up. */
  function gathered(edge: EdgeId): Matrix {
    const parts = adjoints.get(edge) ?? [];
    if (parts.length === 1) return parts[0]!;
    const sum = own(edge, "sum");
    const count = totalOf(edge);
    const memory = memoryOf(space);
    memory.fill(0, sum.address, sum.address + count * sum.stride);
    const { size } = plan.edges[edge]!;
    for (const from of parts) moveRows(memory, { from, into: sum, width: size, count, add: true });
    adjoints.set(edge, [sum]);
    return sum;
  }

  function* backwardStage(stage: Stage, givenAdjoints: boolean): Parts {
    if (lookUps!.isIdle(stage)) return;
    const from = gathered(stage.to);
    if (stage.kind === "program") {
      const run = runs.get(stage)!;
      place(stage, run, `δ${stage.schedule.output}`, from, stage.to);
      const rows = rowsOf(stage.from);
      const lookedUp = lookUps!.of(stage);
      const isUnread = unread.has(stage.from);
      const leftOut = lookedUp?.without ?? (isUnread ? inputGradientOf(stage.schedule) : undefined);
      const without = leftOut && { without: leftOut };
      yield* run.backward(rows, { givenFirst: last.givenFirst ?? false, givenAdjoints, ...without });
      if (lookedUp !== undefined) yield* lookedUp.backward(run, rows);
      const weights = dropped.get(stage);
      if (weights) yield* weights.add();
      if (lookedUp || isUnread || !stage.schedule.buffers.some((b) => b.name === "δx")) return;
      const at = run.where("δx");
      push(stage.from, { address: at.region.address + at.offset, stride: at.stride });
      return;
    }
    if (stage.kind === "add") {
      for (const edge of stage.from) push(edge, from);
      return;
    }
    if (stage.kind === "join") {
      let column = 0;
      for (const edge of stage.from) {
        const { size } = plan.edges[edge]!;
        const into = own(edge, `part of ${stage.to}`);
        const part = { address: from.address + column, stride: from.stride };
        moveRows(memoryOf(space), { from: part, into, width: size, count: totalOf(edge) });
        push(edge, into);
        column += size;
      }
      return;
    }
    const into = own(stage.from, `before ${stage.to}`);
    const count = totalOf(stage.from);
    const memory = memoryOf(space);
    memory.fill(0, into.address, into.address + count * into.stride);
    const { size } = plan.edges[stage.from]!;
    const index = indexOf(stage.kind);
    moveRows(memory, { from, into, width: size, count: totalOf(stage.to), index, scatter: true });
    push(stage.from, into);
  }

  return {
    capacity,
    value: (edge) => values.get(edge)!,
    adjoint: (edge) => (adjoints.has(edge) ? gathered(edge) : undefined),
    start(batch) {
      const nothing = { batch, steps: 0, active: new Uint32Array(0) };
      for (const [stage, run] of runs) {
        if (stage.schedule.states.length === 0) continue;
        // No row of the input is read, but a run wants to know where it lies.
        if (!placed.has(`${stage.path} x`))
          place(stage, run, "x", values.get(plan.inputs.values().next().value!)!, stage.from);
        atOnce(run.forward(nothing));
      }
    },
    *forward(given, forwardOptions = {}) {
      packing = given;
      last = forwardOptions;
      if (forwardOptions.everyInput) lookUps.forgo();
      else lookUps.decide(packing);
      if (sequences !== undefined) plan.noise!.numberSequences(packing, memoryOf(space), sequences.address);
      for (const stage of stages) yield* forwardStage(stage);
      penalty = penalties ? yield* penalties.forward(packing, last.among) : 0;
    },
    step(given, carries) {
      packing = given;
      last = { givenFirst: true };
      for (const stage of stages) {
        if (stage.kind !== "program") moveForward(stage);
        else {
          const run = ready(stage);
          run.step(given.rows.batch, carries);
          done(stage, run);
        }
      }
    },
    *backward(seeds, { givenAdjoints = false, inputs = true } = {}) {
      adjoints.clear();
      unread = new Set(inputs ? [] : plan.inputs.values());
      for (const [edge, matrix] of seeds) push(edge, matrix);
      if (penalties) for (const [edge, matrix] of yield* penalties.backward()) push(edge, matrix);
      for (const stage of [...stages].reverse()) yield* backwardStage(stage, givenAdjoints);
    },
    get penalty() {
      return penalty;
    },
    carry() {
      for (const [stage, run] of runs) if (stage.schedule.states.length > 0) run.carry(rowsOf(stage.from));
    },
    run: (stage) => runs.get(stage)!,
    rowsOf,
    memory: () => memoryOf(space),
    close,
  };
}
