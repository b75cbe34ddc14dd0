/**
 * Training: batches in seeded order, truncated back-propagation with carried states, validation with the best
 * weights kept, a guard against divergence, and checkpoints from which it goes on bit for bit.
 */
import type { Dataset } from "../data/windows.ts";
import { ArgumentError } from "../errors.ts";
import { breathe } from "../model/breathe.ts";
import type { Losses } from "../model/loss.ts";
import { internalsOf, type Model } from "../model/model.ts";
import { check, isNumber } from "../options.ts";
import type { Average } from "./average.ts";
import type { Arrays, Checkpoint, Counters, TrainingRecord } from "./checkpoint.ts";
import { evaluateCore } from "./evaluate.ts";
import type { Optimizer } from "./optimizers.ts";
import { type Mark, openSession, type Session, type StepResult } from "./session.ts";
import { checkData, checkOptions, diverged, totalSteps, updatesOf } from "./trainOptions.ts";

/** How a model is trained. */
export interface TrainOptions {
  /** One loss, or one for each head. */
  readonly loss: Losses;
  /** How gradients become updates: `adam`, `adamW`, `rmsProp`, `sgd`. */
  readonly optimizer: Optimizer;
  /** Passes over the data. Either this or `steps`. */
  readonly epochs?: number;
  /** Updates. */
  readonly steps?: number;
  /** Batches whose gradients make one update, as if they were one large batch. Default 1. */
  readonly accumulate?: number;
  /** Every gradient is brought into ± this, before `clipNorm`; off if omitted. */
  readonly clipValue?: number;
  /** Gradients together longer than this are scaled down to it; off if omitted. */
  readonly clipNorm?: number;
  /** What is judged and kept in place of the weights: `polyak`, `ema`, `nonMonotone` (`ntAsgd`); off if omitted. */
  readonly average?: Average;
  /** Order of the data and noise follow from it. Default 0. */
  readonly seed?: number;
  /** Judged after every epoch, or every `validateEvery` updates; the best weights are kept. */
  readonly validation?: Dataset;
  /** Updates between validations. An epoch, if omitted. */
  readonly validateEvery?: number;
  /** Stop after so many validations without a better loss. Never, if omitted. */
  readonly patience?: number;
  /** After every update; where it ends with a record, the model has the weights that were judged. */
  readonly onProgress?: (event: Progress) => void;
  /** At every record, and at the end: a checkpoint to put away. May be asynchronous; training waits. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void | Promise<void>;
  /** Where to go on. */
  readonly resume?: Checkpoint;
  /** Stops after the update under way; the history says so and carries a checkpoint. */
  readonly signal?: AbortSignal;
}

/** One update, as `onProgress` sees it. */
export interface Progress {
  /** Updates made, and how many there will be. */
  readonly step: number;
  /** How many updates there will be. */
  readonly steps: number;
  /** From 1. */
  readonly epoch: number;
  /** How many there will be. */
  readonly epochs: number;
  /** Of this update's batch, before the update: the loss alone, without `penalty`. */
  readonly loss: number;
  /** What activity regularisation adds to it; missing where no layer asks for that. */
  readonly penalty?: number;
  /** Of this update. */
  readonly learningRate: number;
  /** ‖gradient‖ over all parameters, before clipping. */
  readonly gradientNorm: number;
  /** The gradient was longer than `clipNorm`, or a value of it beyond `clipValue`. */
  readonly isClipped: boolean;
  /** Rows (characters, values …) in this update. */
  readonly rows: number;
  /** Where this update ended with one: mean training loss since the last, and validation. */
  readonly record?: TrainingRecord & { readonly isBest: boolean };
  /** The guard has gone back to an earlier point and halved the learning rate. */
  readonly retreat?: { readonly parameter?: string };
}

/** What a training ends with. */
export interface History {
  /** A judgement for every epoch, or every `validateEvery` updates. */
  readonly records: readonly TrainingRecord[];
  /** Updates made, those before a resume included. */
  readonly steps: number;
  /** Why it ended: all updates made, patience lost, or `signal`. */
  readonly stopped: "finished" | "early" | "aborted";
  /** The best validation; the model now has its weights, unless `signal` stopped the training. */
  readonly best?: { readonly step: number; readonly validationLoss: number };
  /** Where to go on from. */
  readonly checkpoint: Checkpoint;
}

/** Updates between the points that the guard can go back to; the update after such a point shows that it is good. */
const GOOD_EVERY = 100;
/** How often the guard goes back before it gives up. */
const RETREATS = 3;

/**
 * Trains a model in place. Afterwards it has the best validated weights; without a validation the last ones, or their
 * `average`. Stopped by `signal` it has the last ones, and `checkpoint` all the others.
 *
 * @param model - what `createModel` or `modelFrom` gave; changed in place
 * @param data - what to learn: `windows` of one stream, or `batches` of sequences
 * @returns the losses on the way, why it ended, and a checkpoint to go on from
 * @throws {TrainingError} if loss or gradients keep becoming NaN or infinite; the model then has the best or the
 *   last good weights
 * @throws {ShapeError | ArgumentError} if data, targets and model do not fit
 * @example
 * const data = windows(ids, { length: 64, batch: 32, carryState: true });
 * const optimizer = adam({ learningRate: 8e-3 });
 * await train(model, data, { loss: crossEntropy(), optimizer, clipNorm: 1, epochs: 5, seed: 1 });
 */
export async function train(model: Model, data: Dataset, options: TrainOptions): Promise<History> {
  checkOptions(options);
  checkData("train", "data", data);
  const core = internalsOf(model).core(data.batch(0, 0, options.seed ?? 0).x, "train");
  core.integers?.refuse("train");
  const total = totalSteps(data, options);
  const session = await openSession(core, options.loss, options.optimizer, options.average);
  core.space.join();
  try {
    return await run(core, session, data, options, total);
  } finally {
    session.close();
    await core.space.leave();
  }
}

type CoreOf = ReturnType<ReturnType<typeof internalsOf>["core"]>;

async function run(
  core: CoreOf,
  session: Session,
  data: Dataset,
  options: TrainOptions,
  total: number,
): Promise<History> {
  const { seed = 0, accumulate = 1, clipNorm, clipValue, average, resume, validation, patience, signal } = options;
  const { onProgress, onCheckpoint } = options;
  const carry = data.carryState;
  const every = options.validateEvery ?? updatesOf(data, options);
  const epochs = Math.ceil(total / updatesOf(data, options));
  const records: TrainingRecord[] = [...(resume?.records ?? [])];
  let c: Mutable<Counters> = { ...fresh(), ...resume?.counters, ...(!average && { averaged: 0 }) };
  let best: Arrays | undefined = resume?.best;
  let stopped: History["stopped"] = "finished";
  const states: Arrays = resume?.states ?? {};
  if (resume && resume.seed !== seed) {
    const mend = "resume with the seed that the training began with.";
    throw new ArgumentError({ where: "train", argument: "seed", given: seed, expected: String(resume.seed), mend });
  }
  let mustRestoreStates = Object.keys(states).length > 0;
  let good: Mark = resume ? await session.resume(resume.now, resume.good) : session.mark();
  await breathe();

  const checkpoint = async (): Promise<Checkpoint> => ({
    format: 1,
    seed,
    counters: { ...c },
    records: [...records],
    now: await session.pointOf(session.mark()),
    good: await session.pointOf(good),
    ...(best && { best }),
    states: data.carryState && c.epochStep > 0 ? session.states() : {},
  });

  while (c.step < total) {
    if (signal?.aborted) {
      stopped = "aborted";
      break;
    }
    // an epoch's last update takes what is left; a checkpoint may say more than there are, and hears of it
    const count = Math.max(1, Math.min(accumulate, data.steps - c.epochStep));
    const some = Array.from({ length: count }, (_, k) => data.batch(c.epoch, c.epochStep + k, seed));
    if (mustRestoreStates && !some[0]!.firstStep) session.setStates(states, some[0]!);
    mustRestoreStates = false;
    const { rate } = options.optimizer;
    const learningRate = rate.at(c.step, total, records) / (1 << c.retreats);
    const mend = `the schedule "${rate.name}" gave it for update ${c.step}.`;
    check(isNumber(learningRate) && learningRate >= 0, "train", "learningRate", learningRate, {
      expected: "a number of at least 0",
      mend,
    });
    const how = { seed, learningRate, clipNorm, clipValue, accumulate, carry };
    const mark = c.step > 0 && c.step % GOOD_EVERY === 0 ? session.mark() : undefined;
    const result = await session.step(some, { step: c.step, ...how });
    let record: (TrainingRecord & { isBest: boolean }) | undefined;
    let retreat: Progress["retreat"];
    let isExchanged = false;
    if (!result.isSound) {
      const parameter = result.culprit;
      if (c.retreats >= RETREATS) {
        await session.setParameters(best ?? (await session.pointOf(good)).parameters);
        throw diverged(c, result);
      }
      await session.goBack(good);
      c.retreats++;
      c.averaged = c.goodAveraged;
      retreat = parameter === undefined ? {} : { parameter };
      // The states that led here are lost with the weights; the next batch starts anew where states are carried.
      if (carry) c = { ...c, epoch: c.epoch + 1, epochStep: 0 };
    } else {
      if (mark) {
        good = mark;
        c.goodAveraged = c.averaged;
      }
      advance(c, data, result, count);
      await averageOnce();
      if (c.step % every === 0 || c.step === total) {
        isExchanged = c.averaged > 0;
        if (isExchanged) await session.exchange();
        record = await close(learningRate, result);
        if (record.validationLoss !== undefined && patience !== undefined && c.waited >= patience) stopped = "early";
      }
    }
    onProgress?.({
      step: c.step,
      steps: total,
      epoch: Math.min(epochs, c.epoch + (c.epochStep > 0 ? 1 : 0)),
      epochs,
      loss: result.loss,
      learningRate,
      gradientNorm: result.gradientNorm,
      isClipped: result.isClipped,
      rows: result.weight,
      ...(result.penalty > 0 && { penalty: result.penalty }),
      ...(record && { record }),
      ...(retreat && { retreat }),
    });
    if (record) await onCheckpoint?.(await checkpoint());
    if (isExchanged) await session.exchange();
    if (stopped === "early") break;
    await breathe();
  }

  const last = await checkpoint();
  if (stopped === "aborted") await onCheckpoint?.(last);
  else if (best) await session.setParameters(best);
  else if (c.averaged > 0) await session.exchange();
  const { bestStep, bestLoss } = c;
  return {
    records,
    steps: c.step,
    stopped,
    ...(bestStep !== undefined && bestLoss !== undefined && { best: { step: bestStep, validationLoss: bestLoss } }),
    checkpoint: last,
  };

  /** Takes the weights into their average, once averaging has begun. */
  async function averageOnce(): Promise<void> {
    const from = average?.from(records, total);
    if (from !== undefined && c.step >= from) await session.average(average!.share(++c.averaged));
  }

  /** Ends a stretch of steps: its mean loss, and the validation of what is kept. */
  async function close(learningRate: number, result: StepResult): Promise<TrainingRecord & { isBest: boolean }> {
    const judged = validation && (await evaluateCore(core, validation, { loss: options.loss }));
    const record: TrainingRecord = {
      step: c.step,
      epoch: c.epochStep === 0 ? c.epoch : c.epoch + 1,
      trainLoss: c.lossSum / c.lossWeight,
      ...(judged && { validationLoss: judged.loss }),
      learningRate,
      gradientNorm: result.gradientNorm,
      clippedShare: c.clipped / c.since,
    };
    const isBest = judged !== undefined && judged.loss < (c.bestLoss ?? Number.POSITIVE_INFINITY);
    if (isBest) {
      best = await session.parameters();
      Object.assign(c, { bestLoss: judged.loss, bestStep: c.step, waited: 0 });
    } else if (judged) c.waited++;
    Object.assign(c, { lossSum: 0, lossWeight: 0, clipped: 0, since: 0 });
    records.push(record);
    // this record may be what averaging begins with: at the weights that it judged
    if (c.averaged === 0) await averageOnce();
    return { ...record, isBest };
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const fresh = (): Mutable<Counters> => ({
  step: 0,
  epoch: 0,
  epochStep: 0,
  lossSum: 0,
  lossWeight: 0,
  clipped: 0,
  since: 0,
  retreats: 0,
  waited: 0,
  averaged: 0,
  goodAveraged: 0,
});

function advance(c: Mutable<Counters>, data: Dataset, result: StepResult, batches: number): void {
  c.step++;
  c.epochStep += batches;
  if (c.epochStep === data.steps) {
    c.epoch++;
    c.epochStep = 0;
  }
  c.lossSum += result.loss * result.weight;
  c.lossWeight += result.weight;
  c.since++;
  if (result.isClipped) c.clipped++;
}
