/**
 * The learning rate range test: the rate grows with every update of a short training that is thrown away, and what the
 * loss does shows which rates learn and from where on they no longer do.
 */
import { pow } from "../data/numbers.ts";
import type { Dataset } from "../data/windows.ts";
import { ArgumentError, wholeFrom } from "../errors.ts";
import { breathe } from "../model/breathe.ts";
import type { Losses } from "../model/loss.ts";
import { internalsOf, type Model } from "../model/model.ts";
import { check, isNumber, isPart, optionsOf } from "../options.ts";
import type { Optimizer } from "./optimizers.ts";
import { openSession } from "./session.ts";
import { checkData, checkUpdate } from "./trainOptions.ts";

/** Which rates to try, and with what. */
export interface LearningRateRangeOptions {
  /** One loss, or one for each head. */
  readonly loss: Losses;
  /** Its own rate is not used. */
  readonly optimizer: Optimizer;
  /** The first rate. Default 1e-6. */
  readonly from?: number;
  /** The last one. Default 10. */
  readonly to?: number;
  /** Updates, at least 2. Default 100. */
  readonly steps?: number;
  /** How much of the mean loss so far goes on into the smoothed one, from 0 up to, not with, 1. Default 0.9. */
  readonly smoothing?: number;
  /** As in `train`. */
  readonly clipNorm?: number;
  /** As in `train`. */
  readonly clipValue?: number;
  /** Order of the data and noise follow from it. Default 0. */
  readonly seed?: number;
  /** Stops between two updates; the weights are put back first. */
  readonly signal?: AbortSignal;
}

/** What a range test finds. */
export interface LearningRateRange {
  /** One for each update, in order. It ends early where the smoothed loss is four times its least, or not finite. */
  readonly points: readonly {
    readonly learningRate: number;
    readonly loss: number;
    /** The running mean of the losses, without its bias towards 0. */
    readonly smoothed: number;
  }[];
  /**
   * A tenth of the rate at which the smoothed loss was least: a peak to begin with, for `oneCycle` or `cosine`; a
   * constant rate is better a third of it. Missing where it never fell below where it began.
   */
  readonly suggestion?: number;
}

/** So many times the least smoothed loss is a loss that only grows. */
const TOO_MUCH = 4;

/**
 * Tries out learning rates, each in one update and larger than the one before, and puts the model's weights back
 * (Smith, "Cyclical Learning Rates for Training Neural Networks", 2017).
 *
 * @param model - what is to be trained; its weights are as before afterwards
 * @param data - what would be learned; its epochs begin anew as often as needed
 * @returns the loss by rate, and a suggestion
 * @throws {ArgumentError} if rates or steps are out of their range
 * @throws {ShapeError | ArgumentError} if data, targets and model do not fit
 * @example
 * const { suggestion, points } = await learningRateRange(model, data, {
 *   loss: crossEntropy(), optimizer: adam({ learningRate: 1 }), from: 1e-5, to: 1,
 * });
 */
export async function learningRateRange(
  model: Model,
  data: Dataset,
  options: LearningRateRangeOptions,
): Promise<LearningRateRange> {
  const where = "learningRateRange";
  const { loss, optimizer, from = 1e-6, to = 10, steps = 100, smoothing = 0.9 } = optionsOf(where, options);
  const { clipNorm, clipValue, seed = 0, signal } = options;
  wholeFrom(2, where, "steps", steps);
  checkData(where, "data", data);
  checkUpdate(where, options);
  if (!(isNumber(from) && isNumber(to) && from > 0 && to > from)) {
    const facts = { given: { from, to }, described: `from ${from} to ${to}`, expected: "0 < from < to" };
    const mend = "for example from: 1e-6, to: 10.";
    throw new ArgumentError({ where, argument: "options", ...facts, mend });
  }
  const said = { expected: "a number from 0 up to, not with, 1", mend: "0 smooths nothing." };
  check(isPart(smoothing), where, "smoothing", smoothing, said);
  const core = internalsOf(model).core(data.batch(0, 0, seed).x, where);
  core.integers?.refuse(where);
  const session = await openSession(core, loss, optimizer);
  core.space.join();
  const before = session.mark();
  const points: { learningRate: number; loss: number; smoothed: number }[] = [];
  let mean = 0;
  let left = 1; // of the mean's start at 0
  let least = Number.POSITIVE_INFINITY;
  try {
    for (let step = 0; step < steps; step++) {
      signal?.throwIfAborted();
      const batch = data.batch(Math.floor(step / data.steps), step % data.steps, seed);
      const learningRate = from * pow(to / from, step / (steps - 1));
      const carry = data.carryState;
      const result = await session.step([batch], { step, seed, learningRate, clipNorm, clipValue, carry });
      if (!result.isSound) break;
      mean = smoothing * mean + (1 - smoothing) * result.loss;
      left *= smoothing;
      const smoothed = mean / (1 - left);
      points.push({ learningRate, loss: result.loss, smoothed });
      least = Math.min(least, smoothed);
      if (smoothed > TOO_MUCH * least) break;
      await breathe();
    }
  } finally {
    await session.goBack(before);
    session.close();
    await core.space.leave(true);
  }
  const best = points.findIndex(({ smoothed }) => smoothed === least);
  return { points, ...(best > 0 && { suggestion: points[best]!.learningRate / 10 }) };
}
