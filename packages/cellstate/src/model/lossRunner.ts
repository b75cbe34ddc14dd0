/**
 * Runs losses over a model's outputs: targets and weights into rows, the weighted mean out, and the adjoints
 * that the backward pass starts from.
 */

import type { Parts, Run } from "../engine/engine.ts";
import { padded } from "../engine/layout.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import type { Core } from "./core.ts";
import type { Loss, Losses } from "./loss.ts";
import type { EdgeId, Plan } from "./plan.ts";
import { type Matrix, type Packing, packRows, packSequences } from "./rows.ts";
import type { Runner } from "./runner.ts";
import { checkSequences, type Sequences } from "./sequences.ts";

export interface Targets {
  readonly targets: Sequences | Readonly<Record<string, Sequences>>;
  readonly weights?: Sequences | Float32Array | undefined;
}

export interface LossResult {
  /** The mean over all rows that count, over all heads. */
  readonly loss: number;
  /** How many rows (weighted) it is the mean of. */
  readonly weight: number;
  readonly seeds: ReadonlyMap<EdgeId, Matrix>;
}

export interface LossRunner {
  run(runner: Runner, packing: Packing, given: Targets): Parts<LossResult>;
  close(): void;
}

const isLoss = (losses: Losses): losses is Loss => "schedule" in losses && typeof losses.name === "string";

interface Head {
  readonly name: string;
  readonly edge: EdgeId;
  readonly loss: Loss;
  readonly run: Run;
  readonly target: Matrix;
  readonly weight: Matrix;
  readonly value: Matrix;
  readonly adjoint: Matrix;
  readonly size: number;
  /** The call, for messages. */
  readonly where: string;
}

function lossOf(plan: Plan, given: Losses, name: string, where: string): Loss {
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

/** `where`: the call that it runs for, for messages. */
export function createLossRunner(core: Core, given: Losses, rows: number, where: string): LossRunner {
  const { space, plan } = core;
  // before any memory is taken
  const losses = new Map([...plan.outputs.keys()].map((name) => [name, lossOf(plan, given, name, where)] as const));
  const owned: ReturnType<typeof space.allocate>[] = [];
  const allocate = (stride: number): Matrix => {
    const region = space.allocate(Math.max(rows * stride, 8));
    owned.push(region);
    return { address: region.address, stride };
  };
  const heads: Head[] = [...plan.outputs].map(([name, edge]) => {
    const loss = losses.get(name)!;
    const { size } = plan.edges[edge]!;
    const run = space.compile(loss.schedule, { units: size }).bind({ batch: rows, rows }, { backward: false });
    const target = allocate(loss.targets === "ids" ? 1 : padded(size));
    const weight = allocate(1);
    const value = allocate(1);
    const adjoint = allocate(padded(size));
    for (const [buffer, matrix] of Object.entries({ target, weight, loss: value, δx: adjoint })) {
      run.place(buffer, { address: matrix.address, length: Math.max(rows * matrix.stride, 8) });
    }
    return { name, edge, loss, run, target, weight, value, adjoint, size, where };
  });

  function* one(
    head: Head,
    runner: Runner,
    packing: Packing,
    targets: Sequences,
    weights: Targets["weights"],
  ): Parts<LossResult> {
    const rowsHere = runner.rowsOf(head.edge);
    const isLast = plan.edges[head.edge]!.rows === "last";
    const count = isLast ? rowsHere.batch : packing.total;
    checkTargets(head, targets, packing, isLast);
    const memory = runner.memory();
    const width = head.loss.targets === "ids" ? 1 : head.size;
    if (isLast) packSequences(memory, head.target, packing.order, targets.values, width);
    else packRows(memory, head.target, packing, targets.values, packing.rows.steps, width);
    if (head.loss.targets === "ids") checkIds(head, memory, count);
    else checkFinite(head, memory, count);
    const total = packWeights(memory, head, packing, isLast, weights);
    // Each row's share of the mean.
    for (let k = 0; k < count; k++) memory[head.weight.address + k]! /= total === 0 ? 1 : total;
    const x = runner.value(head.edge);
    head.run.place("x", { address: x.address, length: Math.max(rows * x.stride, 8) });
    yield* head.run.forward(rowsHere);
    const after = runner.memory();
    let loss = 0;
    for (let k = 0; k < count; k++) loss += after[head.value.address + k]!;
    return { loss, weight: total, seeds: new Map([[head.edge, head.adjoint]]) };
  }

  return {
    *run(runner, packing, { targets, weights }) {
      const results: LossResult[] = [];
      for (const head of heads) {
        const own = "values" in targets && "shape" in targets ? targets : targets[head.name];
        if (own === undefined) {
          const expected = `targets for each of ${heads.map((h) => h.name).join(", ")}`;
          const facts = { given: Object.keys(targets), expected, mend: `add ${head.name}.` };
          throw new ArgumentError({ where, argument: "targets", ...facts });
        }
        results.push(yield* one(head, runner, packing, own as Sequences, weights));
      }
      return {
        loss: results.reduce((sum, r) => sum + r.loss, 0),
        weight: results[0]!.weight,
        seeds: new Map(results.flatMap((r) => [...r.seeds])),
      };
    },
    close() {
      for (const head of heads) head.run.close();
      for (const region of owned.splice(0)) space.free(region);
    },
  };
}

function checkTargets(head: Head, targets: Sequences, { rows }: Packing, isLast: boolean): void {
  const { where } = head;
  const ids = head.loss.targets === "ids";
  const expected = [`B=${rows.batch}`, ...(isLast ? [] : [`T=${rows.steps}`]), ...(ids ? [] : [`O=${head.size}`])];
  const wanted = [rows.batch, ...(isLast ? [] : [rows.steps]), ...(ids ? [] : [head.size])];
  const given = [...targets.shape];
  // One value a row needs no axis of its own.
  if (!ids && head.size === 1 && given.length === wanted.length - 1) given.push(1);
  checkSequences(targets, where, "targets", [given.length, targets.shape.length]);
  if (given.length === wanted.length && given.every((n, k) => n === wanted[k])) return;
  const mend = ids
    ? "one id for each output of the model."
    : "as many values as the model's output has, for each output.";
  throw new ShapeError({ where, argument: "targets", given: targets.shape, expected, mend });
}

function checkIds({ target, size, where }: Head, memory: ArrayLike<number>, count: number): void {
  for (let k = 0; k < count; k++) {
    const id = memory[target.address + k]!;
    if (Number.isInteger(id) && id >= 0 && id < size) continue;
    const expected = `a whole number from 0 to ${size - 1}`;
    const mend = `the output has ${size} values; target ids count from 0.`;
    throw new ArgumentError({ where, argument: "targets", given: id, expected, mend });
  }
}

function checkFinite({ target, size, where }: Head, memory: ArrayLike<number>, count: number): void {
  for (let k = 0; k < count; k++) {
    for (let u = 0; u < size; u++) {
      const given = memory[target.address + k * target.stride + u]!;
      if (Number.isFinite(given)) continue;
      const mend = "fill in what is missing, or give its step the weight 0 and any number.";
      throw new ArgumentError({ where, argument: "targets", given, expected: "finite numbers", mend });
    }
  }
}

/** Weights into rows; returns their sum. */
function packWeights(
  memory: { [n: number]: number },
  { weight: into, where }: Head,
  packing: Packing,
  isLast: boolean,
  weights: Targets["weights"],
): number {
  const { rows, order, starts, lengths } = packing;
  const values = weights === undefined ? undefined : "shape" in weights ? weights.values : weights;
  const isPerStep = values !== undefined && values.length === rows.batch * rows.steps && !(isLast && rows.steps === 1);
  if (values !== undefined && !isPerStep && values.length !== rows.batch) {
    const expected = isLast ? [`B=${rows.batch}`] : [`B=${rows.batch}`, `T=${rows.steps}`];
    const mend = "one weight for each sequence, or one for each step.";
    throw new ShapeError({ where, argument: "weights", given: [values.length], expected, mend });
  }
  let total = 0;
  const put = (row: number, weight: number): void => {
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      const expected = "a finite number of at least 0";
      throw new ArgumentError({
        where,
        argument: "weights",
        given: weight,
        expected,
        mend: "0 leaves a row out.",
      });
    }
    memory[into.address + row] = weight;
    total += weight;
  };
  lengths.forEach((length, place) => {
    const b = order[place]!;
    if (isLast) {
      put(place, values === undefined ? 1 : values[isPerStep ? b * rows.steps + length - 1 : b]!);
      return;
    }
    for (let t = 0; t < length; t++) {
      put(starts[t]! + place, values === undefined ? 1 : values[isPerStep ? b * rows.steps + t : b]!);
    }
  });
  return total;
}
