/** The mean loss of a model over a dataset, without training: states carried where the dataset carries them. */
import type { Batch, Dataset } from "../data/windows.ts";
import type { Parts } from "../engine/engine.ts";
import type { Core } from "../model/core.ts";
import { feed, packingFor } from "../model/feed.ts";
import type { Losses } from "../model/loss.ts";
import type { LossResult } from "../model/lossRunner.ts";
import { internalsOf, type Model } from "../model/model.ts";
import { piecesOf } from "../model/pieces.ts";

import { createRoom } from "./room.ts";

/** What `evaluate` gives. */
export interface Evaluation {
  /** The weighted mean over everything that counts. */
  readonly loss: number;
  /** How many rows (weighted) were judged. */
  readonly count: number;
}

/** What `evaluate` measures, and until when. */
export interface EvaluateOptions {
  /** One loss, or one for each head. */
  readonly loss: Losses;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * Judges a model, without changing it.
 *
 * @param model - any model; it stays as it is
 * @param data - `windows` of one stream, or `batches` of sequences
 * @param options.loss - one loss, or one for each head
 * @param options.signal - stops between two batches
 * @returns the weighted mean of the loss, and of how many rows
 * @throws {ShapeError | ArgumentError} if data, targets and model do not fit
 * @example const { loss } = await evaluate(model, windows(validation, { length: 256, batch: 1, carryState: true }), { loss: crossEntropy() });
 */
export async function evaluate(model: Model, data: Dataset, options: EvaluateOptions): Promise<Evaluation> {
  return evaluateCore(internalsOf(model).core(data.batch(0, 0, 0).x, "evaluate"), data, options);
}

export async function evaluateCore(core: Core, data: Dataset, { loss, signal }: EvaluateOptions): Promise<Evaluation> {
  const { plan } = core;
  const room = createRoom(core, loss, "evaluate", { backward: false });
  function* judge(batch: Batch): Parts<LossResult> {
    const packing = packingFor(plan, batch.x, "evaluate");
    const { rows, pieces } = piecesOf(plan, packing, true);
    const { runner, losses } = room.prepare(packing, batch.firstStep, rows);
    losses.begin(packing, batch);
    for (const { from, packing: piece } of pieces) {
      feed(runner, plan, piece, batch.x, from);
      yield* runner.forward(piece, { givenFirst: !batch.firstStep || from > 0 });
      yield* losses.judge(runner, packing.starts[from]!);
      if (data.carryState || from + piece.rows.steps < packing.rows.steps) runner.carry();
    }
    return losses.end();
  }
  let sum = 0;
  let count = 0;
  core.space.join();
  try {
    for (let step = 0; step < data.steps; step++) {
      signal?.throwIfAborted();
      const batch = data.batch(0, step, 0);
      const result = await core.performer.perform(() => judge(batch));
      sum += result.loss * result.weight;
      count += result.weight;
    }
  } finally {
    room.close();
    await core.space.leave(true);
  }
  return { loss: sum / count, count };
}
