/**
 * One training under way: batches forward and back, the guard, the update. It knows nothing of epochs, events or
 * time; `train` drives it.
 */
import type { Batch } from "../data/windows.ts";
import type { Floats, Parts, Region } from "../engine/engine.ts";
import { TrainingError } from "../errors.ts";
import type { Core } from "../model/core.ts";
import { feed, packingFor } from "../model/feed.ts";
import type { Losses } from "../model/loss.ts";
import { readStored, writeStored } from "../model/parameters.ts";
import { clearGradients, createTouched, spansIn } from "../model/touched.ts";
import { trainingCore } from "../model/training.ts";
import type { Average } from "./average.ts";
import type { Arrays, Point } from "./checkpoint.ts";
import type { Optimizer } from "./optimizers.ts";
import { createRoom } from "./room.ts";
import { createUpdater } from "./update.ts";

export interface StepResult {
  readonly loss: number;
  /** What activity regularisation adds to it; 0 where no layer asks for it. */
  readonly penalty: number;
  readonly weight: number;
  readonly gradientNorm: number;
  readonly isClipped: boolean;
  /** false: loss or gradients are not finite, and nothing was updated. */
  readonly isSound: boolean;
  /** The first parameter whose gradient is not finite; missing where only the loss is not. */
  readonly culprit?: string | undefined;
}

export interface StepOptions {
  /** Counts from 0. */
  readonly step: number;
  readonly seed: number;
  readonly learningRate: number;
  readonly clipNorm?: number | undefined;
  readonly clipValue?: number | undefined;
  /** How many batches an update has at most: noise counts them. Default 1. */
  readonly accumulate?: number;
  readonly carry: boolean;
}

/** The average's name among what is kept beside the parameters. */
const AVERAGE = "average";

/** Copies of the engine's memory, by moment; "" is the parameters. */
export type Mark = ReadonlyMap<string, Floats>;

/** Whatever writes parameters waits for its turn: a call under way would read numbers of two models. */
export interface Session {
  /** One update from batches that count as one large one. */
  step(batches: readonly Batch[], options: StepOptions): Promise<StepResult>;
  /** Takes this share of the weights into their average. */
  average(share: number): Promise<void>;
  /** The model has the average in place of its weights, or its weights again. */
  exchange(): Promise<void>;
  parameters(): Promise<Arrays>;
  setParameters(arrays: Arrays): Promise<void>;
  /** Parameters and moments as the engine has them: cheap to take, and to go back to. */
  mark(): Mark;
  goBack(mark: Mark): Promise<void>;
  /** A mark as plain data, for a checkpoint. */
  pointOf(mark: Mark): Promise<Point>;
  /** Goes on from a checkpoint; returns the mark of its last good point. Nothing is written if one does not fit. */
  resume(now: Point, good: Point): Promise<Mark>;
  /** What the next batch goes on from; empty before the first step. */
  states(): Arrays;
  /** Before a batch that goes on from states of an earlier session. */
  setStates(states: Arrays, batch: Batch): void;
  close(): void;
}

/** A session that draws the noise which the model asks for while it is trained. */
export async function openSession(
  core: Core,
  losses: Losses,
  optimizer: Optimizer,
  average?: Average,
): Promise<Session> {
  const trained = await trainingCore(core);
  const close = (): void => {
    if (trained !== core) trained.close();
  };
  try {
    const session = createSession(trained, losses, optimizer, average);
    return {
      ...session,
      close() {
        session.close();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

export function createSession(core: Core, losses: Losses, optimizer: Optimizer, average?: Average): Session {
  const { plan, space, parameters } = core;
  const updater = createUpdater(core, optimizer);
  const averager = average?.open(core);
  const touched = createTouched(core);
  const room = createRoom(core, losses, "train", { backward: true });

  const regions = new Map([["", parameters.region], ...updater.moments()]);
  if (averager) regions.set(AVERAGE, averager.region);

  function* read(stored: Floats): Parts<Arrays> {
    const arrays: Record<string, Float32Array> = {};
    for (const l of core.located) {
      arrays[l.name] = readStored(l, stored);
      yield;
    }
    return arrays;
  }
  const write = (region: Region, arrays: Arrays): void => {
    const stored = space.floats(region);
    for (const l of core.located) writeStored(l, stored, arrays[l.name]!);
  };

  const take = (): Mark => new Map([...regions].map(([name, region]) => [name, space.floats(region).slice()]));
  const put = ({ parameters: values, moments }: Point): void => {
    for (const [name, region] of regions) write(region, name === "" ? values : moments[name]!);
    updater.noteMoments();
  };

  function* update(batches: readonly Batch[], options: StepOptions): Parts<StepResult> {
    const { step, seed, learningRate, clipNorm, clipValue, accumulate = 1, carry } = options;
    const packings = batches.map((batch) => packingFor(plan, batch.x, "train"));
    // each row's share of the mean over all batches is known once all of them have been counted
    let among: number[] | undefined;
    if (batches.length > 1) {
      for (const [k, batch] of batches.entries()) {
        const counts = room.losses(packings[k]!).begin(packings[k]!, batch);
        among = counts.map((count, head) => count + (among?.[head] ?? 0));
      }
    }
    let loss = 0;
    let penalty = 0;
    let weight = 0;
    let marks: Uint8Array | undefined;
    for (const [k, batch] of batches.entries()) {
      const packing = packings[k]!;
      const { runner, losses: lossRunner } = room.prepare(packing, batch.firstStep);
      yield; // the first time it plans memory and compiles
      feed(runner, plan, packing, batch.x);
      const noise = { seed, step: step * accumulate + k };
      yield* runner.forward(packing, { givenFirst: !batch.firstStep, among: packings, ...noise });
      const own = touched(runner, packing.total);
      const isFirst = marks === undefined;
      marks = marks?.map((mark, row) => mark | own[row]!) ?? own;
      if (isFirst) clearGradients(core, spansIn(marks));
      else core.dirty.spans = spansIn(marks);
      const result = yield* lossRunner.run(runner, packing, batch, among);
      loss += result.loss;
      penalty += runner.penalty;
      weight += result.weight;
      yield* runner.backward(result.seeds, { inputs: false });
      if (carry) runner.carry();
    }
    const spans = spansIn(marks!);
    const gradientNorm = updater.norm(spans);
    const isSound = Number.isFinite(loss) && Number.isFinite(gradientNorm);
    if (!isSound) return { loss, penalty, weight, gradientNorm, isClipped: false, isSound, culprit: culprit() };
    // first each value, then the norm of what is left of them: both bounds hold
    let isClipped = clipValue !== undefined && updater.clip(clipValue, spans);
    let scale = 1;
    if (clipNorm !== undefined) {
      const norm = isClipped ? updater.norm(spans) : gradientNorm;
      isClipped ||= norm > clipNorm;
      scale = Math.min(1, clipNorm / (norm + 1e-6)); // PyTorch's clip_grad_norm_
    }
    updater.apply(step + 1, learningRate, scale, marks);
    return { loss, penalty, weight, gradientNorm, isClipped, isSound };
  }
  const culprit = (): string | undefined => {
    const stored = space.floats(parameters.gradients);
    return core.located.find((l) => readStored(l, stored).some((v) => !Number.isFinite(v)))?.name;
  };
  const inTurn = <R>(work: () => R): Promise<R> =>
    // biome-ignore lint/correctness/useYield: in one go
    core.performer.perform(function* () {
      return work();
    });

  return {
    step: (batches, options) => core.performer.perform(() => update(batches, options)),
    average: (share) => inTurn(() => averager!.add(share)),
    exchange: () =>
      inTurn(() => {
        averager!.exchange();
        const weights = regions.get("")!;
        regions.set("", regions.get(AVERAGE)!).set(AVERAGE, weights);
      }),
    parameters: () => core.performer.perform(() => read(space.floats(parameters.region).slice())),
    setParameters: (arrays) => inTurn(() => write(parameters.region, arrays)),
    mark: take,
    goBack: (mark) =>
      inTurn(() => {
        for (const [name, region] of regions) space.floats(region).set(mark.get(name)!);
      }),
    async pointOf(mark) {
      const moments: Record<string, Arrays> = {};
      const all = (stored: Floats): Promise<Arrays> => core.performer.perform(() => read(stored));
      for (const [name, stored] of mark) if (name !== "") moments[name] = await all(stored);
      return { parameters: await all(mark.get("")!), moments };
    },
    resume: (now, good) =>
      inTurn(() => {
        const names = [...regions.keys()].filter((name) => name !== "");
        for (const point of [now, good]) checkFit(core, point, names);
        put(good);
        const mark = take();
        put(now);
        return mark;
      }),
    states: () => room.states(),
    setStates: (states, batch) => room.setStates(packingFor(plan, batch.x, "train"), states),
    close() {
      room.close();
      updater.close();
      averager?.close();
    },
  };
}

/** Before anything is written: does a point belong to this model and optimizer? */
function checkFit({ located }: Core, { parameters, moments }: Point, names: readonly string[]): void {
  for (const [kind, arrays] of [["", parameters], ...names.map((n) => [`${n} of `, moments[n]] as const)] as const) {
    if (arrays === undefined) throw unfit(`a checkpoint without the moments ${kind.slice(0, -4)}`);
    for (const { name, shape } of located) {
      const values = arrays[name];
      const count = shape.reduce((a, b) => a * b, 1);
      if (values === undefined) throw unfit(`a checkpoint without ${kind}${name}`);
      if (values.length !== count)
        throw unfit(`a checkpoint with ${values.length} numbers for ${kind}${name}, not ${count}`);
    }
    const stranger = Object.keys(arrays).find((name) => !located.some((l) => l.name === name));
    if (stranger !== undefined) throw unfit(`a checkpoint with ${kind}${stranger}, which the model has not`);
  }
  const stranger = Object.keys(moments).find((name) => !names.includes(name));
  if (stranger !== undefined) throw unfit(`a checkpoint with the moments ${stranger}, which this training has not`);
}

const unfit = (given: string): TrainingError =>
  new TrainingError({
    step: 0,
    given,
    expected: "a checkpoint of the same model, optimizer and average",
    mend: "resume with the architecture, optimizer and average that the training began with.",
  });
