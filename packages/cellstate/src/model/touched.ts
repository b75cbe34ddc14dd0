/**
 * Which rows of the optimizers' maps hold a batch's gradients: all of most parameters, and of an embedding those of
 * the entries that its ids ask for. Everywhere else gradients are 0, so that a large vocabulary costs nothing there.
 */
import { type Core, OPTIMIZER_ROW } from "./core.ts";
import type { ProgramStage } from "./plan.ts";
import type { Runner } from "./runner.ts";

/** So many rows of `OPTIMIZER_ROW` numbers, from one on. */
export interface Span {
  readonly from: number;
  readonly count: number;
}

/** Untouched rows that are cheaper to go through than to go around. */
const GAP = 2;

const rowCount = (core: Core): number => core.parameters.region.length / OPTIMIZER_ROW;

export const allRows = (core: Core): readonly Span[] => [{ from: 0, count: rowCount(core) }];

/** The marked rows as spans, in order; few unmarked ones between two are taken along. */
export function spansIn(marks: Uint8Array): Span[] {
  const spans: Span[] = [];
  for (let row = marks.indexOf(1); row >= 0; row = marks.indexOf(1, row + 1)) {
    const last = spans.at(-1);
    if (last !== undefined && row - last.from - last.count <= GAP) {
      spans[spans.length - 1] = { from: last.from, count: row + 1 - last.from };
    } else spans.push({ from: row, count: 1 });
  }
  return spans;
}

/** Marks the rows that the backward pass of the batch in a runner adds to; call it when the inputs are in place. */
export type Touched = (runner: Runner, total: number) => Uint8Array;

export function createTouched(core: Core): Touched {
  const { plan, parameters, space } = core;
  const always = new Uint8Array(rowCount(core));
  const mark = (marks: Uint8Array, offset: number, length: number): void => {
    if (length > 0) marks.fill(1, Math.floor(offset / OPTIMIZER_ROW), Math.ceil((offset + length) / OPTIMIZER_ROW));
  };
  const tables: {
    readonly stage: ProgramStage;
    readonly offset: number;
    readonly entry: number;
    readonly vocabulary: number;
  }[] = [];
  for (const [stage, { offset, length }] of parameters.offsets) {
    const { vocabulary } = plan.edges[stage.from]!;
    if (vocabulary === undefined) mark(always, offset, length);
    else tables.push({ stage, offset, entry: length / vocabulary, vocabulary });
  }
  return (runner, total) => {
    const marks = always.slice();
    for (const { stage, offset, entry, vocabulary } of tables) {
      // where products are looked up, the table's gradient is a product with all entries
      if (vocabulary < total) {
        mark(marks, offset, vocabulary * entry);
        continue;
      }
      const { address } = runner.value(stage.from);
      const ids = space.floats({ address, length: total });
      for (const id of ids) mark(marks, offset + id * entry, entry);
    }
    return marks;
  };
}

/** Clears what the last backward passes have added to, before one that adds to these rows. */
export function clearGradients(core: Core, next: readonly Span[]): void {
  const { space, parameters, dirty } = core;
  const gradients = space.floats(parameters.gradients);
  for (const { from, count } of dirty.spans) gradients.fill(0, from * OPTIMIZER_ROW, (from + count) * OPTIMIZER_ROW);
  dirty.spans = next;
}
