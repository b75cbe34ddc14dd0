/**
 * Metrics of a model under way: they see the outputs of every batch while these are in memory, with the targets and
 * weights as the data has them, and what the loss ignores they do not see.
 */
import type { Batch } from "../../data/windows.ts";
import type { Core } from "../../model/core.ts";
import type { Losses, RowLoss } from "../../model/loss.ts";
import { lossOf } from "../../model/lossRunner.ts";
import { type Matrix, type Packing, packRows, packSequences } from "../../model/rows.ts";
import { memoryOf } from "../../model/runner.ts";
import type { Sequences } from "../../model/sequences.ts";
import { packWeights, targetsOf } from "../../model/targetRows.ts";
import { areMetrics, begun, checkMetrics, type Metrics, type Tally } from "./metric.ts";

/** Metrics of the only output, or those of each head by its name; a head may be left out. */
export type MetricsOf = Metrics | Readonly<Record<string, Metrics>>;

export interface Watcher {
  /** A batch whose rows follow. */
  begin(batch: Batch, packing: Packing): void;
  /** `count` rows of a head's outputs, the batch's from `row` on. */
  rows(head: string, outputs: Matrix, row: number, count: number): void;
  result(): unknown;
}

interface Head {
  readonly loss: RowLoss;
  readonly size: number;
  readonly width: number;
  readonly isLast: boolean;
  readonly tally: Tally<unknown>;
  /** Of the batch under way, as rows lie. */
  targets: Float64Array;
  weights: Float64Array;
}

/** @throws {ArgumentError} if they are no metrics, none of this model's outputs, or none for its targets */
export function watch({ plan, space }: Core, losses: Losses, metrics: MetricsOf, where: string): Watcher {
  const isFlat = areMetrics(metrics);
  const heads = [...plan.outputs.keys()];
  const byOutput = `metrics by output: ${heads.join(", ")}`;
  checkMetrics(typeof metrics === "object" && metrics !== null, where, metrics, "metrics by names of your own");
  checkMetrics(!isFlat || heads.length === 1, where, metrics, byOutput);
  const known = new Map(
    Object.entries<Metrics>(isFlat ? { [heads[0]!]: metrics } : metrics).map(([name, own]): [string, Head] => {
      const edge = plan.outputs.get(name);
      checkMetrics(edge !== undefined, where, metrics, `metrics, or ${byOutput}`);
      checkMetrics(areMetrics(own), where, own, "metrics by names of your own");
      const loss = lossOf(plan, losses, name, where);
      checkMetrics(loss.targets !== "labels", where, metrics, "none of labels: labelErrorRate judges what was found");
      const { size, rows } = plan.edges[edge]!;
      const width = targetsOf(loss, size);
      const tally = begun(own, { targets: loss.targets, outputs: size, width, where });
      const none = new Float64Array();
      return [name, { loss, size, width, isLast: rows === "last", tally, targets: none, weights: none }];
    }),
  );

  return {
    begin({ targets, weights }, packing) {
      const { rows, order, total } = packing;
      for (const [name, head] of known) {
        const { isLast, width } = head;
        const count = isLast ? rows.batch : total;
        head.weights = new Float64Array(count);
        packWeights(head.weights, { weight: { address: 0, stride: 1 }, where, isLast }, packing, weights);
        head.targets = new Float64Array(count * width);
        const into = { address: 0, stride: width };
        const own = "shape" in targets ? targets : (targets as Readonly<Record<string, Sequences>>)[name]!;
        if (isLast) packSequences(head.targets, into, order, own.values, width);
        else packRows(head.targets, into, packing, own.values, rows.steps, width);
      }
    },
    rows(name, { address, stride }, row, count) {
      const head = known.get(name);
      if (head === undefined) return;
      const { loss, size, width, tally } = head;
      const memory = memoryOf(space);
      for (let k = 0; k < count; k++) {
        const weight = head.weights[row + k]!;
        const targets = head.targets.subarray((row + k) * width, (row + k + 1) * width);
        if (weight === 0 || (loss.targets === "ids" && targets[0] === loss.ignored)) continue;
        tally.add(memory.subarray(address + k * stride, address + k * stride + size), targets, weight);
      }
    },
    result() {
      const results = Object.fromEntries([...known].map(([name, { tally }]) => [name, tally.result()]));
      return isFlat ? results[heads[0]!] : results;
    },
  };
}
