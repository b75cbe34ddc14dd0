/**
 * Prices on activations while a model is trained: each runs a cell over the rows that it watches, and the mean of that
 * cell's output, so many times, is what is paid. Its derivative is the cell's own.
 */
import type { Parts, Region, Run } from "../../engine/engine.ts";
import { padded } from "../../engine/layout.ts";
import type { LookUpContext } from "../lookUp.ts";
import type { Penalty } from "../plan.ts";
import { lastPacking, type Matrix, type Packing } from "../rows.ts";

/** Of one runner. */
export interface Penalties {
  /** After the stages: what is to be paid. */
  forward(packing: Packing, among?: readonly Packing[]): Parts<number>;
  /** The adjoints of what is watched, to be added to those that come from the loss. */
  backward(): Parts<(readonly [number, Matrix])[]>;
  close(): void;
}

interface Bound extends Penalty {
  readonly run: Run;
  /** The cell's output and its adjoint, a number a row. */
  readonly paid: Region;
  readonly seed: Region;
}

export function createPenalties({ space, plan, capacity, compile, value, memory }: LookUpContext): Penalties {
  const runs: Run[] = [];
  const owned: Region[] = [];
  const close = (): void => {
    for (const run of runs.splice(0)) run.close();
    for (const region of owned.splice(0)) space.free(region);
  };
  const take = (): Region => {
    const region = space.allocate(padded(capacity.rows));
    owned.push(region);
    return region;
  };
  const bind = (penalty: Penalty): Bound => {
    const run = compile(penalty.schedule, penalty.sizes).bind(capacity, { backward: true });
    runs.push(run);
    const [paid, seed] = [take(), take()];
    run.place("y", paid);
    run.place("δy", seed);
    return { ...penalty, run, paid, seed };
  };
  let bound: readonly Bound[];
  try {
    bound = plan.penalties.map(bind);
  } catch (error) {
    close(); // without room for all, none is kept
    throw error;
  }
  let packing: Packing;
  let all: readonly Packing[];
  const rowsOf = (one: Penalty) => (isLast(one) ? lastPacking(packing) : packing.rows);
  const isLast = ({ from }: Penalty): boolean => plan.edges[from]!.rows === "last";
  const countOf = (one: Penalty): number => (isLast(one) ? packing.rows.batch : packing.total);
  /** Of the mean over all batches of the update, what a row is; 0 for all where there is no row that counts. */
  const shareOf = (one: Penalty): number => {
    const rows = all.reduce((sum, { total, rows: { batch } }) => {
      const steps = isLast(one) ? batch : total;
      return sum + (one.over === "rows" ? steps : steps - batch);
    }, 0);
    return rows > 0 ? one.times / rows : 0;
  };
  return {
    *forward(given, among = [given]) {
      packing = given;
      all = among;
      let sum = 0;
      for (const one of bound) {
        const { address, stride } = value(one.from);
        one.run.place("x", { address, length: Math.max(countOf(one) * stride, 8) });
        // every batch begins anew: no step before it is watched
        yield* one.run.forward(rowsOf(one));
        const share = shareOf(one);
        for (const paid of memory().subarray(one.paid.address, one.paid.address + countOf(one))) sum += share * paid;
      }
      return sum;
    },
    *backward() {
      const adjoints: [number, Matrix][] = [];
      for (const one of bound) {
        memory().fill(shareOf(one), one.seed.address, one.seed.address + countOf(one));
        yield* one.run.backward(rowsOf(one));
        const at = one.run.where("δx");
        adjoints.push([one.from, { address: at.region.address + at.offset, stride: at.stride }]);
      }
      return adjoints;
    },
    close,
  };
}
