/**
 * A loss of each whole sequence at one output. Rows come in parts and are kept until all are there; then each sequence
 * is judged by itself, in float64, and its adjoint takes the place of its outputs.
 */

import type { Floats, Parts } from "../engine/engine.ts";
import { padded } from "../engine/layout.ts";
import { startsOf } from "../engine/loop.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { blockRows } from "./heads.ts";
import type { SequenceLoss } from "./loss.ts";
import { type HeadFacts, type LossHead, layerOf, part } from "./lossHead.ts";
import { type Matrix, moveRows, type Packing } from "./rows.ts";
import { memoryOf, type Runner } from "./runner.ts";
import { checkSequences, type Sequences } from "./sequences.ts";
import { checkWeight } from "./targetRows.ts";

/** One sequence: `[T, size]` outputs, row-major, and its labels. */
export interface Judged {
  readonly outputs: Float64Array;
  readonly size: number;
  readonly labels: Uint32Array;
}

/** What a loss knows of one sequence. */
export interface SequenceJudge {
  /** Before anything is run: why such labels cannot be judged over so many steps; nothing if they can. */
  problem(labels: Uint32Array, steps: number, size: number): Problem | undefined;
  /** The sequence's loss; its derivatives by the outputs go into `adjoint`, if there is one. */
  judge(sequence: Judged, adjoint: Float64Array | undefined): number;
}

export interface Problem {
  /** The sequence's labels, if omitted. */
  readonly argument?: string;
  readonly given: unknown;
  readonly described?: string;
  readonly expected: string;
  readonly mend: string;
}

/** A loss that judges whole sequences: the weighted mean over them. */
export const sequenceLoss = (name: string, judge: SequenceJudge): SequenceLoss => ({
  name,
  targets: "labels",
  head: (facts) => sequenceHead(judge, facts),
});

/** By place in the packing. */
interface Given {
  readonly labels: Uint32Array;
  readonly weight: number;
}

function sequenceHead(judge: SequenceJudge, facts: HeadFacts): LossHead {
  const { core, edge, rows, backward, where } = facts;
  const { space, plan } = core;
  const { size, rows: ofEdge } = plan.edges[edge]!;
  if (ofEdge === "last") {
    const given = "one output for each sequence";
    const mend = 'let the last recurrent layer give every step: output: "every".';
    throw new ArgumentError({ where, argument: "loss", given, expected: "an output at every step", mend });
  }
  // what the backward pass of a layer needs is of all rows at once
  const block = backward ? rows : Math.min(rows, blockRows(size));
  const layer = layerOf(facts, block);
  const kept: Matrix = facts.allocate(rows, padded(size));
  const ones = new Uint32Array(block).fill(1);
  let packing: Packing;
  let given: readonly Given[] = [];
  let total = 0;
  let sum = 0;

  /** Outputs of `count` rows, from `at` on of the runner's, into the kept rows from `row` on. */
  function* keep(runner: Runner, at: number, row: number, count: number): Parts {
    let from = runner.value(layer === undefined ? edge : layer.stage.from);
    from = { ...from, address: from.address + at * from.stride };
    if (layer !== undefined) {
      layer.run.place("x", part(from, 0, count));
      yield* layer.run.forward({ batch: 1, steps: count, active: ones });
      const { region, offset, stride } = layer.run.where(layer.stage.schedule.output);
      from = { address: region.address + offset, stride };
    }
    facts.watch(from, row, count);
    const into = { ...kept, address: kept.address + row * kept.stride };
    moveRows(memoryOf(space), { from, into, width: size, count });
  }

  function judgeAt(place: number, memory: Floats): void {
    const { labels, weight } = given[place]!;
    const steps = packing.lengths[place]!;
    const outputs = new Float64Array(steps * size);
    const adjoint = backward ? new Float64Array(steps * size) : undefined;
    const each = (visit: (k: number, at: number) => void): void => {
      for (let t = 0; t < steps; t++) {
        const row = kept.address + (packing.starts[t]! + place) * kept.stride;
        for (let u = 0; u < size; u++) visit(t * size + u, row + u);
      }
    };
    each((k, at) => {
      outputs[k] = memory[at]!;
    });
    const share = total === 0 ? 0 : weight / total;
    if (share > 0) sum += share * judge.judge({ outputs, size, labels }, adjoint);
    if (adjoint === undefined) return;
    each((k, at) => {
      memory[at] = share * adjoint[k]!;
    });
  }

  return {
    seed: layer === undefined ? [edge, kept] : layer.seed,
    begin(of, targets, weights, among) {
      packing = of;
      sum = 0;
      given = givenOf(packing, targets, weights, where);
      const own = given.reduce((all, { weight }) => all + weight, 0);
      total = among ?? own;
      for (const [place, { labels, weight }] of given.entries()) {
        const found = weight === 0 ? undefined : judge.problem(labels, packing.lengths[place]!, size);
        if (found) throw new ArgumentError({ where, argument: `targets[${packing.order[place]}]`, ...found });
      }
      return own;
    },
    *judge(runner, from) {
      const { total: count } = startsOf(runner.rowsOf(edge));
      for (let at = 0; at < count; at += block) yield* keep(runner, at, from + at, Math.min(block, count - at));
      if (from + count < packing.total) return;
      for (let place = 0; place < given.length; place++) {
        judgeAt(place, memoryOf(space));
        yield;
      }
      if (layer === undefined || !backward) return;
      layer.run.place(`δ${layer.stage.schedule.output}`, part(kept, 0, count));
      if (layer.seed !== undefined) layer.run.place("δx", part(layer.seed[1], 0, count));
      yield* layer.run.backward({ batch: 1, steps: count, active: ones });
    },
    loss: () => sum,
  };
}

/** Labels and weights of each sequence, checked as far as every loss wants them. */
function givenOf(
  { order, rows: { batch } }: Packing,
  targets: Sequences,
  weights: Sequences | Float32Array | undefined,
  where: string,
): Given[] {
  const lengths = checkSequences(targets, where, "targets", [2], 0);
  const { values, shape } = targets;
  if (shape[0] !== batch) {
    const mend = "one row of labels for each sequence.";
    throw new ShapeError({ where, argument: "targets", given: shape, expected: [`B=${batch}`, "L"], mend });
  }
  const own = weights === undefined ? undefined : "shape" in weights ? weights.values : weights;
  if (own !== undefined && own.length !== batch) {
    const mend = "labels have no place in time: one weight for each sequence.";
    throw new ShapeError({ where, argument: "weights", given: [own.length], expected: [`B=${batch}`], mend });
  }
  return Array.from(order, (b) => {
    const first = b * shape[1]!;
    const labels = Array.from(values.slice(first, first + lengths[b]!));
    const strange = labels.findIndex((id) => !(Number.isInteger(id) && id >= 0 && id <= 0xffffffff));
    if (strange >= 0) {
      const mend = "labels are the numbers of the output's values, which count from 0.";
      const argument = `targets[${b}][${strange}]`;
      throw new ArgumentError({ where, argument, given: labels[strange], expected: "an id", mend });
    }
    return { labels: Uint32Array.from(labels), weight: own === undefined ? 1 : checkWeight(own[b]!, where) };
  });
}
