/** The mean loss of a model over a dataset, without training: states carried where the dataset carries them. */
import type { Batch, Dataset } from "../data/windows.ts";
import type { Parts } from "../engine/engine.ts";
import type { Core } from "../model/core.ts";
import { feed, packingFor } from "../model/feed.ts";
import type { Losses } from "../model/loss.ts";
import type { LossResult } from "../model/lossRunner.ts";
import { internalsOf, type Model } from "../model/model.ts";
import { piecesOf } from "../model/pieces.ts";
import { optionsOf } from "../options.ts";
import type { Measured } from "./metrics/metric.ts";
import { type MetricsOf, type Watcher, watch } from "./metrics/watch.ts";
import { createRoom } from "./room.ts";
import { checkData } from "./trainOptions.ts";

/** What `evaluate` gives. */
export interface Evaluation {
  /** The weighted mean over everything that counts; of several heads the sum of their means. NaN if nothing counts. */
  readonly loss: number;
  /** How many rows (weighted) were judged; of several heads those of the first. */
  readonly count: number;
}

/** What `evaluate` measures, and until when. */
export interface EvaluateOptions {
  /** One loss, or one for each head. */
  readonly loss: Losses;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

/** What is wanted of an evaluation besides the loss. */
export interface WithMetrics<M extends MetricsOf> extends EvaluateOptions {
  /** By names of your own; of a model with several heads, metrics by head. See `cellstate/metrics`. */
  readonly metrics: M;
}

/**
 * Judges a model, without changing it. Rows of weight 0, and those whose target the loss ignores, count nowhere.
 *
 * @param model - any model; it stays as it is
 * @param data - `windows` of one stream, or `batches` of sequences
 * @param options.loss - one loss, or one for each head
 * @param options.metrics - what else to measure, batch by batch: no outputs are kept
 * @param options.signal - stops between two batches
 * @returns the weighted mean of the loss, of how many rows, and what the metrics tell, by their names
 * @throws {ShapeError | ArgumentError} if data, targets, metrics and model do not fit
 * @example const { loss } = await evaluate(model, windows(validation, { length: 256, batch: 1, carryState: true }), { loss: crossEntropy() });
 */
export function evaluate<M extends MetricsOf>(
  model: Model,
  data: Dataset,
  options: WithMetrics<M>,
): Promise<Evaluation & { readonly metrics: Measured<M> }>;
export function evaluate(model: Model, data: Dataset, options: EvaluateOptions): Promise<Evaluation>;
export async function evaluate(
  model: Model,
  data: Dataset,
  options: EvaluateOptions & Partial<WithMetrics<MetricsOf>>,
): Promise<Evaluation> {
  const { metrics } = optionsOf("evaluate", options);
  checkData("evaluate", "data", data);
  const core = internalsOf(model).core(data.batch(0, 0, 0).x, "evaluate");
  if (metrics === undefined) return evaluateCore(core, data, options);
  const watcher = watch(core, options.loss, metrics, "evaluate");
  const judged = await evaluateCore(core, data, options, watcher);
  return { ...judged, ...{ metrics: watcher.result() } };
}

/** `watcher` sees all outputs. */
export async function evaluateCore(
  core: Core,
  data: Dataset,
  { loss, signal }: EvaluateOptions,
  watcher?: Watcher,
): Promise<Evaluation> {
  const { plan } = core;
  const room = createRoom(core, loss, "evaluate", { backward: false, watch: watcher?.rows });
  function* judge(batch: Batch): Parts<LossResult> {
    const packing = packingFor(plan, batch.x, "evaluate");
    const { rows, pieces } = piecesOf(plan, packing, true);
    const { runner, losses } = room.prepare(packing, batch.firstStep, rows);
    losses.begin(packing, batch);
    watcher?.begin(batch, packing);
    for (const { from, packing: piece } of pieces) {
      feed(runner, plan, piece, batch.x, from);
      yield* runner.forward(piece, { givenFirst: !batch.firstStep || from > 0 });
      yield* losses.judge(runner, packing.starts[from]!);
      if (data.carryState || from + piece.rows.steps < packing.rows.steps) runner.carry();
    }
    return losses.end();
  }
  const heads = [...plan.outputs].map(() => ({ sum: 0, count: 0 }));
  core.space.join();
  try {
    for (let step = 0; step < data.steps; step++) {
      signal?.throwIfAborted();
      const batch = data.batch(0, step, 0);
      const result = await core.performer.perform(() => judge(batch));
      result.heads.forEach(({ loss: mean, weight }, k) => {
        heads[k]!.sum += mean * weight;
        heads[k]!.count += weight;
      });
    }
  } finally {
    room.close();
    await core.space.leave(true);
  }
  return { loss: heads.reduce((all, { sum, count }) => all + sum / count, 0), count: heads[0]!.count };
}
