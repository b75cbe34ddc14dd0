/**
 * A loss of each row at one output: targets and weights into rows, then the loss's map over a block of rows at a time,
 * between the forward and the backward pass of the last layer where that runs here. Of a large vocabulary no more than
 * a block is ever there.
 */

import type { Parts } from "../engine/engine.ts";
import { padded } from "../engine/layout.ts";
import { startsOf } from "../engine/loop.ts";
import { blockRows, inPlace, leavesOutput } from "./heads.ts";
import type { RowLoss } from "./loss.ts";
import { type HeadFacts, type LossHead, layerOf, part, type Seed } from "./lossHead.ts";
import type { Matrix } from "./rows.ts";
import { memoryOf, type Runner } from "./runner.ts";
import { putTargets, targetsOf } from "./targetRows.ts";

export function rowHead(loss: RowLoss, facts: HeadFacts): LossHead {
  const { core, edge, stage, rows, backward, where, watch, allocate, bind } = facts;
  const { space, plan } = core;
  const { size, rows: ofEdge } = plan.edges[edge]!;
  // adjoints that others go on from are wanted whole
  const block = stage === undefined && backward ? rows : Math.min(rows, blockRows(size));
  const merged = stage !== undefined && (!backward || leavesOutput(stage.schedule)) && inPlace(loss.schedule);
  const width = targetsOf(loss, size);
  const program = space.compile(merged || loss.schedule, { units: size, targets: width });
  const run = bind(program, block, { backward: false });
  for (const [vector, values] of Object.entries(loss.vectors ?? {})) {
    const { address } = allocate(1, padded(size));
    const region = { address, length: padded(size) };
    space.floats(region).set(Float64Array.from({ length: size }, (_, u) => values[u % values.length]!));
    run.place(vector, region);
  }
  const target = allocate(rows, loss.targets === "ids" ? 1 : padded(width));
  const weight = allocate(rows, 1);
  /** Each row's loss. */
  const value = allocate(rows, 1);
  /** Of a block's outputs; undefined where it takes the outputs' place. */
  const adjoint: Matrix | undefined = merged ? undefined : allocate(block, padded(size));
  const layer = layerOf(facts, block);
  const seed: Seed | undefined = layer === undefined ? adjoint && [edge, adjoint] : layer.seed;
  const targetRows = { loss, size, where, isLast: ofEdge === "last", target, weight };
  const ones = new Uint32Array(block).fill(1);
  let sum = 0;

  /** `count` rows: from `at` on of the runner's, from `row` on of the batch. */
  function* judgeBlock(runner: Runner, at: number, row: number, count: number): Parts {
    const here = { batch: 1, steps: count, active: ones };
    let x = part(runner.value(layer === undefined ? edge : layer.stage.from), at, count);
    if (layer !== undefined) {
      layer.run.place("x", x);
      yield* layer.run.forward(here);
      x = layer.run.where(layer.stage.schedule.output).region;
    }
    watch({ address: x.address, stride: padded(size) }, row, count);
    run.place("x", x);
    const δx = adjoint === undefined ? x : part(adjoint, 0, count);
    if (adjoint !== undefined) run.place("δx", δx);
    run.place("target", part(target, row, count));
    run.place("weight", part(weight, row, count));
    run.place("loss", part(value, row, count));
    yield* run.forward(here);
    if (layer === undefined || !backward) return;
    layer.run.place(`δ${layer.stage.schedule.output}`, δx);
    if (seed !== undefined) layer.run.place("δx", part(seed[1], row, count));
    yield* layer.run.backward(here);
  }

  return {
    seed,
    begin(packing, targets, weights, among) {
      sum = 0;
      return putTargets(memoryOf(space), targetRows, packing, targets, weights, among);
    },
    *judge(runner, from) {
      const { total } = startsOf(runner.rowsOf(edge));
      for (let at = 0; at < total; at += block) {
        yield* judgeBlock(runner, at, from + at, Math.min(block, total - at));
      }
      const memory = memoryOf(space);
      for (let row = from; row < from + total; row++) sum += memory[value.address + row]!;
    },
    loss: () => sum,
  };
}
