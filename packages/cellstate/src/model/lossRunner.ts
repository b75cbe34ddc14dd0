/**
 * Runs losses over a model's outputs, each at its own head: targets and weights in, the weighted mean out, and the
 * adjoints that the backward pass starts from.
 */
import type { Parts, Program, Region, Run } from "../engine/engine.ts";
import { ArgumentError } from "../errors.ts";
import type { Core } from "./core.ts";
import { headStages } from "./heads.ts";
import type { Loss, Losses } from "./loss.ts";
import type { HeadFacts, LossHead, Seed } from "./lossHead.ts";
import { inMemory } from "./memory.ts";
import type { EdgeId, Plan } from "./plan.ts";
import { rowHead } from "./rowHead.ts";
import type { Matrix, Packing } from "./rows.ts";
import type { Runner } from "./runner.ts";
import type { Sequences } from "./sequences.ts";
import { checkOutput } from "./targetRows.ts";

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

const isLoss = (losses: Losses): losses is Loss => typeof losses.targets === "string";

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

/** `where`: the call that it runs for, for messages. */
export function createLossRunner(core: Core, given: Losses, options: LossOptions, where: string): LossRunner {
  const { space, plan } = core;
  const { rows, backward, watch } = options;
  // before any memory is taken
  const losses = new Map([...plan.outputs.keys()].map((name) => [name, lossOf(plan, given, name, where)] as const));
  for (const [name, edge] of plan.outputs) {
    const loss = losses.get(name)!;
    if (loss.targets !== "labels") checkOutput(loss, plan.edges[edge]!.size, where);
  }
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
  const headOf = (name: string, edge: EdgeId): LossHead => {
    const loss = losses.get(name)!;
    const facts: HeadFacts = {
      ...{ core, edge, stage: apart.get(edge), rows, backward, where, allocate, bind },
      watch: (outputs, row, count) => watch?.(name, outputs, row, count),
    };
    return loss.targets === "labels" ? loss.head(facts) : rowHead(loss, facts);
  };
  let heads: ReadonlyMap<string, LossHead>;
  try {
    heads = inMemory(() => new Map([...plan.outputs].map(([name, edge]) => [name, headOf(name, edge)])));
  } catch (error) {
    close(); // without room for all, none is kept
    throw error;
  }

  let totals: readonly number[] = [];
  const runner: LossRunner = {
    begin(packing, { targets, weights }, among) {
      totals = [...heads].map(([name, head], k) => {
        const own = "values" in targets && "shape" in targets ? targets : targets[name];
        if (own !== undefined) return head.begin(packing, own as Sequences, weights, among?.[k]);
        const expected = `targets for each of ${[...heads.keys()].join(", ")}`;
        const facts = { given: Object.keys(targets), expected, mend: `add ${name}.` };
        throw new ArgumentError({ where, argument: "targets", ...facts });
      });
      return totals;
    },
    *judge(of, from) {
      for (const head of heads.values()) yield* head.judge(of, from);
    },
    end() {
      const each = [...heads.values()].map((head, k) => ({ loss: head.loss(), weight: totals[k]! }));
      const seeds = [...heads.values()].flatMap(({ seed }) => (seed === undefined ? [] : [seed]));
      return { loss: each.reduce((all, { loss }) => all + loss, 0), weight: totals[0]!, heads: each, seeds };
    },
    *run(of, packing, targets, among) {
      runner.begin(packing, targets, among);
      yield* runner.judge(of, 0);
      return runner.end();
    },
    close,
  };
  return runner;
}
