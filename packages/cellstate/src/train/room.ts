/**
 * A runner and a loss runner of one's own, large enough for each batch: what others compute with the model between
 * two batches touches no state that is carried here.
 */
import type { Core } from "../model/core.ts";
import type { Losses } from "../model/loss.ts";
import { createLossRunner, type LossOptions, type LossRunner } from "../model/lossRunner.ts";
import type { Packing } from "../model/rows.ts";
import type { Runner } from "../model/runner.ts";
import { readStates, reorderStates, type StatePlace, type States, statesOf, writeStates } from "../model/states.ts";

export interface Room {
  /**
   * Room for this batch. One that goes on from the batch before (`isFirst` false) finds its states in its order.
   * `rows`: how many are run at once, if not all.
   */
  prepare(packing: Packing, isFirst: boolean, rows?: number): { readonly runner: Runner; readonly losses: LossRunner };
  /** The loss runner alone, with room for this batch. */
  losses(packing: Packing): LossRunner;
  /** What the next batch goes on from, in the order of the sequences; empty before the first. */
  states(): Record<string, Float32Array>;
  /** In place of the batch before. */
  setStates(packing: Packing, states: States): void;
  close(): void;
}

export function createRoom(core: Core, losses: Losses, where: string, options: Omit<LossOptions, "rows">): Room {
  const places: readonly StatePlace[] = statesOf(core.plan);
  let runner: Runner | undefined;
  let lossRunner: LossRunner | undefined;
  let lossRows = 0;
  let order: Int32Array | undefined;

  function runnerFor({ rows: { batch }, total: all }: Packing, isFirst: boolean, total = all): Runner {
    if (runner !== undefined && runner.capacity.batch >= batch && runner.capacity.rows >= total) return runner;
    if (runner !== undefined && !isFirst)
      throw new RangeError(`${where}: a carried batch may not be larger than the first`);
    const most = {
      batch: Math.max(batch, runner?.capacity.batch ?? 0),
      rows: Math.max(total, runner?.capacity.rows ?? 0),
    };
    runner?.close();
    runner = core.newRunner(most, { backward: options.backward, judged: true });
    return runner;
  }

  const lossesFor = (packing: Packing): LossRunner => {
    if (lossRunner === undefined || packing.total > lossRows) {
      lossRunner?.close();
      lossRunner = createLossRunner(core, losses, { rows: packing.total, ...options }, where);
      lossRows = packing.total;
    }
    return lossRunner;
  };

  return {
    prepare(packing, isFirst, rows) {
      const ready = runnerFor(packing, isFirst, rows);
      if (!isFirst && order) reorderStates(ready, places, order, packing.order, where);
      order = packing.order;
      return { runner: ready, losses: lossesFor(packing) };
    },
    losses: lossesFor,
    states: () => (runner === undefined || order === undefined ? {} : readStates(runner, places, order)),
    setStates(packing, states) {
      writeStates(runnerFor(packing, true), places, packing.order, states, where);
      order = packing.order;
    },
    close() {
      lossRunner?.close();
      runner?.close();
    },
  };
}
