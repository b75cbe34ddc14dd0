/**
 * One training under way: a batch forward and back, the guard, the update. It knows nothing of epochs, events or
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
  readonly clipNorm: number | undefined;
  readonly carry: boolean;
}

/** Copies of the engine's memory, by moment; "" is the parameters. */
export type Mark = ReadonlyMap<string, Floats>;

/** Whatever writes parameters waits for its turn: a call under way would read numbers of two models. */
export interface Session {
  step(batch: Batch, options: StepOptions): Promise<StepResult>;
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

export function createSession(core: Core, losses: Losses, optimizer: Optimizer): Session {
  const { plan, space, parameters } = core;
  const updater = createUpdater(core, optimizer);
  const touched = createTouched(core);
  const room = createRoom(core, losses, "train", { backward: true });

  const regions = new Map([["", parameters.region], ...updater.moments()]);

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

  function* update(batch: Batch, { step, seed, learningRate, clipNorm, carry }: StepOptions): Parts<StepResult> {
    const packing = packingFor(plan, batch.x, "train");
    const { runner, losses: lossRunner } = room.prepare(packing, batch.firstStep);
    yield; // the first time it plans memory and compiles
    feed(runner, plan, packing, batch.x);
    yield* runner.forward(packing, { training: true, givenFirst: !batch.firstStep, seed, step });
    const marks = touched(runner, packing.total);
    const spans = spansIn(marks);
    clearGradients(core, spans);
    const { loss, weight, seeds } = yield* lossRunner.run(runner, packing, batch);
    const { penalty } = runner;
    yield* runner.backward(seeds, { inputs: false });
    const gradientNorm = updater.norm(spans);
    const isSound = Number.isFinite(loss) && Number.isFinite(gradientNorm);
    const isClipped = clipNorm !== undefined && gradientNorm > clipNorm;
    if (isSound) {
      // PyTorch's clip_grad_norm_
      const scale = clipNorm === undefined ? 1 : Math.min(1, clipNorm / (gradientNorm + 1e-6));
      updater.apply(step + 1, learningRate, scale, marks);
      if (carry) runner.carry();
    }
    return { loss, penalty, weight, gradientNorm, isClipped, isSound, ...(!isSound && { culprit: culprit() }) };
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
    step: (batch, options) => core.performer.perform(() => update(batch, options)),
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
        for (const point of [now, good]) checkFit(core, point, optimizer.moments);
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
  if (stranger !== undefined) throw unfit(`a checkpoint with the moments ${stranger}, which the optimizer has not`);
}

const unfit = (given: string): TrainingError =>
  new TrainingError({
    step: 0,
    given,
    expected: "a checkpoint of the same model and optimizer",
    mend: "resume with the architecture and optimizer that the training began with.",
  });
