/**
 * What all losses do at one output of a model: take a batch's targets, judge the rows of a run, and say where the
 * backward pass starts. Where the output comes from a layer without a loop that nobody else reads, that layer runs here.
 */
import type { Parts, Program, Region, Run } from "../engine/engine.ts";
import { padded } from "../engine/layout.ts";
import type { Core } from "./core.ts";
import type { EdgeId, ProgramStage } from "./plan.ts";
import { placeRegions, regionsOf } from "./regions.ts";
import type { Matrix, Packing } from "./rows.ts";
import type { Runner } from "./runner.ts";
import type { Sequences } from "./sequences.ts";

/** An edge and its adjoint. */
export type Seed = readonly [EdgeId, Matrix];

/** One output with its loss. */
export interface LossHead {
  readonly seed: Seed | undefined;
  /** Targets and weights of a whole batch, checked; returns the sum of weights. The mean is over it, or over `among`. */
  begin(packing: Packing, targets: Sequences, weights: Sequences | Float32Array | undefined, among?: number): number;
  /** The rows of a runner's last run, which are the batch's from `from` on. */
  judge(runner: Runner, from: number): Parts;
  /** The weighted mean, of what has been judged. */
  loss(): number;
}

/** What a head is made of. What it takes is given back by the loss runner. */
export interface HeadFacts {
  readonly core: Core;
  readonly edge: EdgeId;
  /** The layer that runs here, if one does. */
  readonly stage: ProgramStage | undefined;
  /** So many rows at most. */
  readonly rows: number;
  readonly backward: boolean;
  /** The call that it runs for, for messages. */
  readonly where: string;
  /** Sees outputs before they are judged: `count` rows, the batch's from `row` on. */
  watch(outputs: Matrix, row: number, count: number): void;
  allocate(count: number, stride: number): Matrix;
  bind(program: Program, rows: number, passes: { readonly backward: boolean }): Run;
}

/** A layer that runs together with its loss. */
export interface HeadLayer {
  readonly stage: ProgramStage;
  readonly run: Run;
  /** What its backward pass gives to the stage before. */
  readonly seed: Seed | undefined;
}

/** `block`: so many rows at once. */
export function layerOf({ core, stage, rows, backward, ...take }: HeadFacts, block: number): HeadLayer | undefined {
  if (stage === undefined) return undefined;
  const run = take.bind(core.program(stage), block, { backward });
  placeRegions(run, regionsOf(core.parameters, stage), backward);
  const hasAdjoint = backward && stage.schedule.buffers.some((b) => b.name === "δx");
  const seed: Seed | undefined = hasAdjoint
    ? [stage.from, take.allocate(rows, padded(core.plan.edges[stage.from]!.size))]
    : undefined;
  return { stage, run, seed };
}

/** `count` rows from `from` on. */
export const part = ({ address, stride }: Matrix, from: number, count: number): Region => ({
  address: address + from * stride,
  length: Math.max(count * stride, 8),
});
