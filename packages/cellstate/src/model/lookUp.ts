/**
 * Embeddings whose rows only products read: where a run has more rows than the table has entries, the table is
 * multiplied and the products are looked up (`cell/lookUp.ts`). The bits of a prediction are the same either way;
 * which way a run goes depends on its number of rows alone, so that gradients are the same again for the same batch.
 */
import { ENTRIES, type LookUp, lookUpOf, SUMS } from "../cell/lookUp.ts";
import type { Op, Rows, Schedule, Sizes } from "../cell/operations.ts";
import type { Parts, Program, Region, Run, Space } from "../engine/engine.ts";
import { padded, widthOf } from "../engine/layout.ts";
import { hasTiedTable } from "./deepFor.ts";
import { type EdgeId, type Plan, type ProgramStage, type Stage, sourcesOf } from "./plan.ts";
import { placeRegions, type Regions } from "./regions.ts";
import { type Matrix, moveRows, type Packing, reversedRows } from "./rows.ts";
import type { Capacity } from "./runner.ts";

/** A stage whose input is an embedding's, perhaps with time reversed. */
interface Pair {
  readonly stage: ProgramStage;
  readonly embedding: ProgramStage;
  readonly isReversed: boolean;
  readonly parts: LookUp;
  readonly entries: number;
}

/** What a runner asks, stage by stage. */
export interface LookUps {
  /** Before a run: which way each stage goes. */
  decide(packing: Packing): void;
  /** Before a run in which every stage reads its input itself. */
  forgo(): void;
  /** Does nobody read what the stage gives? */
  isIdle(stage: Stage): boolean;
  /** Undefined where the stage reads its input itself. */
  of(stage: ProgramStage): LookedUp | undefined;
  close(): void;
}

/** One stage's products with the table, and the ways to its rows and back. */
export interface LookedUp {
  /** The entries; they stand in place of x. */
  readonly table: Matrix;
  readonly without: ReadonlySet<Op>;
  /** Before the stage runs forward: the sums come to its rows. */
  forward(run: Run, rows: Rows): Parts;
  /** After it has run backward: the sums' adjoints go to the gradients of its matrices and of the table. */
  backward(run: Run, rows: Rows): Parts;
}

export interface LookUpContext {
  readonly space: Space;
  readonly plan: Plan;
  /** Those of the plan that the runner runs. */
  readonly stages: readonly Stage[];
  /** Where a stage's parameters and gradients lie. */
  regions(stage: ProgramStage): Regions;
  readonly capacity: Capacity;
  readonly options: { readonly backward: boolean };
  compile(schedule: Schedule, sizes: Sizes): Program;
  /** Where an edge's values lie. */
  value(edge: EdgeId): Matrix;
  memory(): Float32Array | Float64Array;
}

export function createLookUps(context: LookUpContext): LookUps {
  const { plan, stages, capacity } = context;
  const pairs = pairsOf(plan, stages).filter(({ entries }) => entries < capacity.rows);
  const bound = new Map<ProgramStage, Bound>();
  let idle: ReadonlySet<Stage> = new Set();
  const now = new Map<ProgramStage, LookedUp>();
  const close = (): void => {
    for (const one of bound.values()) one.close();
    bound.clear();
  };
  try {
    for (const pair of pairs) bound.set(pair.stage, bindPair(context, pair));
  } catch (error) {
    close(); // without room for all, none is kept
    throw error;
  }
  return {
    decide(packing) {
      now.clear();
      for (const { stage, entries } of pairs)
        if (entries < packing.total) now.set(stage, bound.get(stage)!.at(packing));
      idle = idleStages(plan, now);
    },
    forgo() {
      now.clear();
      idle = new Set();
    },
    isIdle: (stage) => idle.has(stage),
    of: (stage) => now.get(stage),
    close,
  };
}

const isEmbedding = (stage: Stage | undefined): stage is ProgramStage =>
  stage?.kind === "program" && stage.schedule.forward.before[0]?.op === "gather" && stage.noise === undefined;

function pairsOf({ edges }: Plan, stages: readonly Stage[]): Pair[] {
  const source = (edge: EdgeId): Stage | undefined => stages.find((s) => s.to === edge);
  return stages.flatMap((stage): Pair[] => {
    const parts = stage.kind === "program" ? lookUpOf(stage.schedule) : undefined;
    if (stage.kind !== "program" || parts === undefined) return [];
    const before = source(stage.from);
    const isReversed = before?.kind === "reverse";
    const embedding = isReversed ? source(before.from) : before;
    if (!isEmbedding(embedding)) return [];
    return [{ stage, embedding, isReversed, parts, entries: edges[embedding.from]!.vocabulary! }];
  });
}

/** Stages that only stages read which look up instead. */
function idleStages({ stages, outputs, penalties }: Plan, lookedUp: ReadonlyMap<Stage, unknown>): Set<Stage> {
  const read = new Set<EdgeId>([...outputs.values(), ...penalties.map((p) => p.from)]);
  const idle = new Set<Stage>();
  for (const stage of [...stages].reverse()) {
    if (!read.has(stage.to)) idle.add(stage);
    else if (!lookedUp.has(stage)) for (const edge of sourcesOf(stage)) read.add(edge);
  }
  return idle;
}

interface Bound {
  at(packing: Packing): LookedUp;
  close(): void;
}

function bindPair(context: LookUpContext, { stage, embedding, isReversed, parts, entries }: Pair): Bound {
  const { space, capacity, options } = context;
  const runs: Run[] = [];
  const owned: Region[] = [];
  const bind = (schedule: Schedule, sizes: Sizes, room: Capacity): Run => {
    const run = context.compile(schedule, sizes).bind(room, options);
    runs.push(run);
    return run;
  };
  const close = (): void => {
    for (const run of runs.splice(0)) run.close();
    for (const region of owned.splice(0)) space.free(region);
  };
  try {
    const product = bind(parts.entries, stage.sizes, { batch: entries, rows: entries });
    const all: Rows = { batch: entries, steps: 1, active: Uint32Array.of(entries) };
    const own = context.regions(stage);
    const table = context.regions(embedding);
    placeRegions(product, own, options.backward);
    const mine = { embedding, entries, runs, owned };
    const tied = hasTiedTable(embedding) ? context.plan.deep!.bindTied(context, mine) : undefined;
    const { address } = tied?.rows ?? table.parameters;
    product.place("x", tied?.rows ?? table.parameters);
    if (options.backward) product.place("δx", tied?.adjoints ?? table.gradients);
    const moves = parts.moves.flatMap(({ schedule, first, parts: count, axis }) => {
      const [gathers, scatters] = [schedule.forward.before, schedule.backward!.after].map((ops) => ops.length > 0);
      if (!gathers && !options.backward) return [];
      const columns = count * widthOf(stage.sizes, axis);
      const move = bind(schedule, { ...stage.sizes, [ENTRIES]: entries, [SUMS]: columns }, capacity);
      const { region } = product.where(first);
      move.place("parameters", region);
      if (options.backward) move.place("gradients", region);
      return [{ move, first, region, gathers, scatters }];
    });
    const reversed = isReversed ? space.allocate(capacity.rows) : undefined;
    if (reversed !== undefined) owned.push(reversed);
    const idsOf = (packing: Packing): Region => {
      const ids = context.value(embedding.from);
      if (reversed === undefined) return { address: ids.address, length: packing.total };
      const into = { address: reversed.address, stride: 1 };
      moveRows(context.memory(), { from: ids, into, width: 1, count: packing.total, index: reversedRows(packing) });
      return reversed;
    };
    const at = (ids: Region): LookedUp => ({
      table: { address, stride: padded(embedding.sizes["units"]!) },
      without: parts.replaced,
      *forward(run, rows) {
        if (tied) yield* tied.run.forward(all);
        yield* product.forward(all);
        for (const { move, first, gathers } of moves) {
          move.place("x", ids);
          if (!gathers) continue;
          move.place(first, run.where(first).region);
          yield* move.forward(rows);
        }
      },
      *backward(run, rows) {
        for (const { move, first, region, scatters } of moves) {
          if (!scatters) continue;
          context.memory().fill(0, region.address, region.address + region.length);
          move.place(first, run.where(first).region);
          yield* move.backward(rows);
        }
        if (tied) context.memory().fill(0, tied.adjoints.address, tied.adjoints.address + tied.adjoints.length);
        yield* product.backward(all);
        if (tied) yield* tied.run.backward(all);
      },
    });
    return { at: (packing) => at(idsOf(packing)), close };
  } catch (error) {
    close();
    throw error;
  }
}
