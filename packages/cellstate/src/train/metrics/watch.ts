/**
 * Metrics of a model under way: they see the outputs of every batch while these are in memory, with the targets and
 * weights as the data has them, and what the loss ignores they do not see.
 */
import type { Batch } from "../../data/windows.ts";
import { ArgumentError } from "../../errors.ts";
import type { Core } from "../../model/core.ts";
import type { Losses } from "../../model/loss.ts";
import { lossOf } from "../../model/lossRunner.ts";
import type { Matrix, Packing } from "../../model/rows.ts";
import { memoryOf } from "../../model/runner.ts";
import type { Sequences } from "../../model/sequences.ts";
import { targetsOf, weightsOf } from "../../model/targetRows.ts";
import { begun, type Metric, type Metrics } from "./metric.ts";

/** Metrics of the only output, or those of each head by its name; a head may be left out. */
export type MetricsOf = Metrics | Readonly<Record<string, Metrics>>;

export interface Watcher {
  /** A batch whose rows follow. */
  begin(batch: Batch, packing: Packing): void;
  /** `count` rows of a head's outputs, the batch's from `row` on. */
  rows(head: string, outputs: Matrix, row: number, count: number): void;
  result(): unknown;
}

const isMetric = (one: unknown): one is Metric<unknown> =>
  typeof (one as Metric<unknown> | undefined)?.begin === "function";

/** @throws {ArgumentError} if they are no metrics, none of this model's outputs, or none for its targets */
export function watch({ plan, space }: Core, losses: Losses, metrics: MetricsOf, where: string): Watcher {
  const all = Object.entries(metrics);
  const isFlat = all.every(([, one]) => isMetric(one));
  const heads = [...plan.outputs.keys()];
  if (isFlat && heads.length > 1) refuse(metrics, `metrics by output: ${heads.join(", ")}`);
  const byHead = isFlat ? [[heads[0]!, metrics as Metrics] as const] : (all as [string, Metrics][]);
  const known = new Map(
    byHead.map(([name, own]) => {
      const edge = plan.outputs.get(name);
      if (edge === undefined) return refuse(metrics, `metrics, or metrics by output: ${heads.join(", ")}`);
      if (!Object.values(own).every(isMetric)) refuse(own, "metrics by names of your own");
      const loss = lossOf(plan, losses, name, where);
      const { size, rows } = plan.edges[edge]!;
      const width = targetsOf(loss, size);
      const tally = begun(own, { targets: loss.targets, outputs: size, width, where });
      return [name, { loss, size, width, isLast: rows === "last", tally }] as const;
    }),
  );
  let batch: Batch | undefined;
  let packing: Packing | undefined;

  function refuse(given: unknown, expected: string): never {
    const mend = "for example metrics: { accuracy: accuracy() }, from cellstate/metrics.";
    throw new ArgumentError({ where, argument: "metrics", given, expected, mend });
  }

  return {
    begin(given, lies) {
      batch = given;
      packing = lies;
    },
    rows(name, { address, stride }, row, count) {
      const head = known.get(name);
      if (head === undefined) return;
      const { loss, size, width, isLast, tally } = head;
      const { starts, order, rows } = packing!;
      const { values } = (
        "shape" in batch!.targets ? batch!.targets : (batch!.targets as Readonly<Record<string, Sequences>>)[name]!
      ) as Sequences;
      const weightAt = weightsOf(packing!, batch!.weights, isLast);
      const memory = memoryOf(space);
      const targets = new Float64Array(width);
      let t = 0;
      for (let k = row; k < row + count; k++) {
        if (!isLast) while (t + 1 < rows.steps && starts[t + 1]! <= k) t++;
        const place = isLast ? k : k - starts[t]!;
        const first = (isLast ? order[place]! : order[place]! * rows.steps + t) * width;
        for (let d = 0; d < width; d++) targets[d] = values[first + d]!;
        const weight = weightAt(place, t);
        if (weight === 0 || (loss.targets === "ids" && targets[0] === loss.ignored)) continue;
        const at = address + (k - row) * stride;
        tally.add(memory.subarray(at, at + size), targets, weight);
      }
    },
    result() {
      const results = Object.fromEntries([...known].map(([name, { tally }]) => [name, tally.result()]));
      return isFlat ? results[heads[0]!] : results;
    },
  };
}
