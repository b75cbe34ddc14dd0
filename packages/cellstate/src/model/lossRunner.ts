/**
 * Runs losses over a model's outputs: targets and weights into rows, the weighted mean out, and the adjoints that
 * the backward pass starts from. Where an output comes from a layer without a loop that nobody else reads, that
 * layer runs here too, forward and backward, a block of rows at a time: of a large vocabulary no more than a block
 * is ever there.
 */

import type { Parts, Program, Region, Run } from "../engine/engine.ts";
import { padded } from "../engine/layout.ts";
import { startsOf } from "../engine/loop.ts";
import { ArgumentError } from "../errors.ts";
import type { Core } from "./core.ts";
import { blockRows, headStages, inPlace, leavesOutput } from "./heads.ts";
import type { Loss, Losses } from "./loss.ts";
import { inMemory } from "./memory.ts";
import type { EdgeId, Plan, ProgramStage } from "./plan.ts";
import { placeRegions, regionsOf } from "./regions.ts";
import type { Matrix, Packing } from "./rows.ts";
import { memoryOf, type Runner } from "./runner.ts";
import type { Sequences } from "./sequences.ts";
import { checkOutput, putTargets, type TargetRows, targetsOf } from "./targetRows.ts";

/** What a model should have said, and how much each step counts. */
export interface Targets {
  readonly targets: Sequences | Readonly<Record<string, Sequences>>;
  readonly weights?: Sequences | Float32Array | undefined;
}

export interface LossResult {
  /** The mean over all rows that count, over all heads. */
  readonly loss: number;
  /** How many rows (weighted) it is the mean of. */
  readonly weight: number;
  /** The same of each head; the loss is their sum. */
  readonly heads: readonly { readonly loss: number; readonly weight: number }[];
  /** What the backward pass starts from. */
  readonly seeds: readonly Seed[];
}

/** An edge and its adjoint. */
export type Seed = readonly [EdgeId, Matrix];

export interface LossRunner {
  /**
   * Targets and weights of a whole batch, whose rows are then judged at once or in parts. Layers that run here add to
   * the gradients at once, so these are cleared before. `among`: the sum of weights that each head's mean is over, where
   * the batch is a part of a larger one; returned are the batch's own sums.
   */
  begin(packing: Packing, given: Targets, among?: readonly number[]): readonly number[];
  /** The rows of a runner's last run, which are the batch's from `from` on. */
  judge(runner: Runner, from: number): Parts;
  /** After all rows. */
  end(): LossResult;
  /** All of it, for a batch that is run at once. */
  run(runner: Runner, packing: Packing, given: Targets, among?: readonly number[]): Parts<LossResult>;
  close(): void;
}

export interface LossOptions {
  /** So many rows at most. */
  readonly rows: number;
  readonly backward: boolean;
  /** Sees rows of a head's outputs before they are judged: `count` of them, the batch's from `row` on. */
  readonly watch?: ((head: string, outputs: Matrix, row: number, count: number) => void) | undefined;
}

const isLoss = (losses: Losses): losses is Loss => "schedule" in losses && typeof losses.name === "string";

/** @throws {ArgumentError} if there is none for this output */
export function lossOf(plan: Plan, given: Losses, name: string, where: string): Loss {
  if (typeof given !== "object" || given === null) {
    const expected = "a loss, or one for each head";
    throw new ArgumentError({ where, argument: "loss", given, expected, mend: "for example crossEntropy()." });
  }
  const loss = isLoss(given) ? given : Object.hasOwn(given, name) ? given[name] : undefined;
  if (loss !== undefined) return loss;
  const expected = `a loss for each of ${[...plan.outputs.keys()].join(", ")}`;
  const facts = { given: Object.keys(given), expected, mend: `add ${name}.` };
  throw new ArgumentError({ where, argument: "loss", ...facts });
}

/** One output with its loss. */
interface Head extends TargetRows {
  readonly name: string;
  readonly edge: EdgeId;
  readonly run: Run;
  /** Each row's loss. */
  readonly value: Matrix;
  /** The layer that runs here, if one does. */
  readonly layer: { readonly stage: ProgramStage; readonly run: Run } | undefined;
  /** So many rows are judged at once. */
  readonly block: number;
  /** Of their outputs; undefined where it takes the outputs' place. */
  readonly adjoint: Matrix | undefined;
  readonly seed: Seed | undefined;
}

/** `where`: the call that it runs for, for messages. */
export function createLossRunner(core: Core, given: Losses, options: LossOptions, where: string): LossRunner {
  const { space, plan, parameters } = core;
  const { rows, backward, watch } = options;
  // before any memory is taken
  const losses = new Map([...plan.outputs.keys()].map((name) => [name, lossOf(plan, given, name, where)] as const));
  for (const [name, edge] of plan.outputs) checkOutput(losses.get(name)!, plan.edges[edge]!.size, where);
  const owned: Region[] = [];
  const runs: Run[] = [];
  const allocate = (count: number, stride: number): Matrix => {
    const region = space.allocate(Math.max(count * stride, 8));
    owned.push(region);
    return { address: region.address, stride };
  };
  const bind = (program: Program, most: number, passes: { readonly backward: boolean }): Run => {
    const run = program.bind({ batch: 1, rows: most }, passes);
    runs.push(run);
    return run;
  };
  const close = (): void => {
    for (const run of runs.splice(0)) run.close();
    for (const region of owned.splice(0)) space.free(region);
  };
  const apart = headStages(plan);

  function headOf(name: string, edge: EdgeId): Head {
    const loss = losses.get(name)!;
    const { size, rows: ofEdge } = plan.edges[edge]!;
    const width = targetsOf(loss, size);
    const stage = apart.get(edge);
    // adjoints that others go on from are wanted whole
    const block = stage === undefined && backward ? rows : Math.min(rows, blockRows(size));
    const merged = stage !== undefined && (!backward || leavesOutput(stage.schedule)) && inPlace(loss.schedule);
    const program = space.compile(merged || loss.schedule, { units: size, targets: width });
    const run = bind(program, block, { backward: false });
    for (const [vector, values] of Object.entries(loss.vectors ?? {})) {
      const { address } = allocate(1, padded(size));
      const region = { address, length: padded(size) };
      space.floats(region).set(Float64Array.from({ length: size }, (_, u) => values[u % values.length]!));
      run.place(vector, region);
    }
    const facts = {
      ...{ name, edge, loss, size, where, run, block, isLast: ofEdge === "last" },
      target: allocate(rows, loss.targets === "ids" ? 1 : padded(width)),
      weight: allocate(rows, 1),
      value: allocate(rows, 1),
      adjoint: merged ? undefined : allocate(block, padded(size)),
    };
    if (stage === undefined) return { ...facts, layer: undefined, seed: facts.adjoint && [edge, facts.adjoint] };
    const layer = { stage, run: bind(core.program(stage), block, { backward }) };
    placeRegions(layer.run, regionsOf(parameters, stage), backward);
    const hasAdjoint = backward && stage.schedule.buffers.some((b) => b.name === "δx");
    const seed: Seed | undefined = hasAdjoint
      ? [stage.from, allocate(rows, padded(plan.edges[stage.from]!.size))]
      : undefined;
    return { ...facts, layer, seed };
  }
  let heads: readonly Head[];
  try {
    heads = inMemory(() => [...plan.outputs].map(([name, edge]) => headOf(name, edge)));
  } catch (error) {
    close(); // without room for all, none is kept
    throw error;
  }
  const ones = new Uint32Array(Math.max(...heads.map(({ block }) => block))).fill(1);
  const part = ({ address, stride }: Matrix, from: number, count: number): Region => ({
    address: address + from * stride,
    length: Math.max(count * stride, 8),
  });

  /** `count` rows: from `at` on of the runner's, from `row` on of the batch. */
  function* block(head: Head, runner: Runner, at: number, row: number, count: number): Parts {
    const { layer, run, adjoint, seed } = head;
    const here = { batch: 1, steps: count, active: ones };
    let x = part(runner.value(layer === undefined ? head.edge : layer.stage.from), at, count);
    if (layer !== undefined) {
      layer.run.place("x", x);
      yield* layer.run.forward(here);
      x = layer.run.where(layer.stage.schedule.output).region;
    }
    watch?.(head.name, { address: x.address, stride: padded(head.size) }, row, count);
    run.place("x", x);
    const δx = adjoint === undefined ? x : part(adjoint, 0, count);
    if (adjoint !== undefined) run.place("δx", δx);
    run.place("target", part(head.target, row, count));
    run.place("weight", part(head.weight, row, count));
    run.place("loss", part(head.value, row, count));
    yield* run.forward(here);
    if (layer === undefined || !backward) return;
    layer.run.place(`δ${layer.stage.schedule.output}`, δx);
    if (seed !== undefined) layer.run.place("δx", part(seed[1], row, count));
    yield* layer.run.backward(here);
  }

  let totals: readonly number[] = [];
  let sums: number[] = [];
  const runner: LossRunner = {
    begin(packing, { targets, weights }, among) {
      sums = heads.map(() => 0);
      totals = heads.map((head, k) => {
        const own = "values" in targets && "shape" in targets ? targets : targets[head.name];
        if (own !== undefined) return putTargets(memoryOf(space), head, packing, own as Sequences, weights, among?.[k]);
        const expected = `targets for each of ${heads.map((h) => h.name).join(", ")}`;
        const facts = { given: Object.keys(targets), expected, mend: `add ${head.name}.` };
        throw new ArgumentError({ where, argument: "targets", ...facts });
      });
      return totals;
    },
    *judge(of, from) {
      for (const [k, head] of heads.entries()) {
        const { total } = startsOf(of.rowsOf(head.edge));
        for (let at = 0; at < total; at += head.block) {
          yield* block(head, of, at, from + at, Math.min(head.block, total - at));
        }
        const memory = memoryOf(space);
        for (let row = from; row < from + total; row++) sums[k]! += memory[head.value.address + row]!;
      }
    },
    end: () => ({
      loss: sums.reduce((all, sum) => all + sum, 0),
      weight: totals[0]!,
      heads: sums.map((loss, k) => ({ loss, weight: totals[k]! })),
      seeds: heads.flatMap(({ seed }) => (seed === undefined ? [] : [seed])),
    }),
    *run(of, packing, targets, among) {
      runner.begin(packing, targets, among);
      yield* runner.judge(of, 0);
      return runner.end();
    },
    close,
  };
  return runner;
}
