/**
 * Long-lag tasks: made-up sequences in which a step far back decides the answer, so that one can measure how far a
 * cell's memory reaches. A task draws fresh sequences for ever, the same for the same seed, and knows of each how many
 * steps lie between the event and the answer.
 */

import { wholeFrom } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import type { Sequences } from "../../model/sequences.ts";
import { recorded } from "../../recipe.ts";
import { type Generator, generator } from "../random.ts";
import { checkStep, type Dataset } from "../windows.ts";

/** Sequences of a task, with what it takes to train on them, to judge and to show them. */
export interface Examples {
  /** `[B, T, I]`; rows may be ragged. */
  readonly x: Sequences;
  /** After the last step: values `[B, O]` or ids `[B]`. At every step: ids `[B, T]`. */
  readonly targets: Sequences;
  /** How much each step counts in the loss, `[B, T]`; all alike if omitted. */
  readonly weights?: Sequences;
  /** The step of the first event that the answer depends on, `[B]`. */
  readonly eventAt: Uint32Array;
  /** The step whose output is the answer, the first of them where there are several, `[B]`. */
  readonly answerAt: Uint32Array;
  /** How far back the event lies: `answerAt − eventAt`, `[B]`. */
  readonly gaps: Uint32Array;
}

/** How well a model did: the mean, and each sequence's own, `[B]`. */
export interface Judgement {
  /** The mean. */
  readonly score: number;
  /** Each sequence's own, `[B]`. */
  readonly scores: Float64Array;
}

/** Which sequences to draw. */
export interface DrawOptions {
  /** Default 0. */
  readonly seed?: number;
  /** What the sequences are for; other purposes draw others from the same seed. Default `"judged"`. */
  readonly purpose?: string;
  /** All sequences with this gap, also outside of what training has. If omitted, as they come. */
  readonly gap?: number;
}

/** How large a batch is, and an epoch. */
export interface TrainingOptions {
  /** Sequences in a batch. */
  readonly batch: number;
  /** Batches in what counts as an epoch, which validations and records go by. Default 100. */
  readonly steps?: number;
}

/** What is known of a task before any sequence is drawn. Plain data. */
export interface TaskFacts {
  /** The task's name, as in `tasks`. */
  readonly name: string;
  /** All of them, with the defaults filled in: the same call with these makes the same task. */
  readonly options: Readonly<Record<string, number>>;
  /** What the values of a step stand for, `[I]`; for symbols, each has a value of its own that is 1. */
  readonly inputs: readonly string[];
  /** What the model's outputs stand for, `[O]`. */
  readonly outputs: readonly string[];
  /** Whether the model is asked after the last step or at every step: the `output` of its last recurrent layer. */
  readonly output: "last" | "every";
  /** `"values"`: the loss is `meanSquaredError()`. `"ids"`: it is `crossEntropy()`. */
  readonly targets: "values" | "ids";
  /** What `judge` measures: less error is better, more accuracy is. */
  readonly score: "squared error" | "accuracy";
  /** The score of the best answer that knows nothing of the event. */
  readonly chance: number;
  /** The shortest and the longest gap in what `training` draws. */
  readonly gaps: { readonly from: number; readonly to: number };
  /** The shortest gap that `draw` can be asked for. */
  readonly leastGap: number;
}

/** A long-lag task: `adding`, `temporalOrder`, `embeddedReber` and `copy` make one. */
export interface Task extends TaskFacts {
  /**
   * Sequences to judge with, or to look at.
   *
   * @param count - how many sequences
   * @throws {ArgumentError} if count is no whole number of at least 1, or the gap is none that the task can have
   * @example const far = task.draw(500, { gap: 120 });
   */
  draw(count: number, options?: DrawOptions): Examples;
  /**
   * New sequences in every batch, without end: a function of epoch, step and seed, so that nothing is stored and a
   * resumed training sees what it would have seen.
   *
   * @throws {ArgumentError} if a number is no whole number of at least 1
   * @example await train(model, task.training({ batch: 32 }), { steps: 1000, loss, optimizer, seed: 1 });
   */
  training(options: TrainingOptions): Dataset;
  /**
   * Lets a model answer, and compares. The largest output among the possible answers counts as what it says.
   *
   * @param model - any model with the task's inputs and outputs
   * @param examples - what `draw` gave
   */
  judge(model: Pick<Model, "predict">, examples: Examples): Promise<Judgement>;
  /**
   * Each step of a sequence as a person would write it.
   *
   * @param examples - what `draw` gave
   * @param row - which of them, from 0
   * @throws {ArgumentError} if there is no such row
   */
  text(examples: Examples, row: number): string[];
}

/** One sequence. */
export interface Sequence {
  /** `[T, I]`, row-major. */
  readonly x: Float32Array;
  /** One for each output of the model. */
  readonly targets: readonly number[];
  /** One for each step. */
  readonly weights?: readonly number[];
  readonly eventAt: number;
  readonly answerAt: number;
}

/** What sets one task apart from the others. */
export interface Problem extends TaskFacts {
  /** The ids that can be an answer; all outputs if omitted. */
  readonly choices?: readonly number[];
  /** So many steps from `answerAt` on are judged. Default 1. */
  readonly answerSteps?: number;
  one(random: Generator, gap: number | undefined): Sequence;
  write(step: readonly number[]): string;
}

/** No sequence is longer by an option: options may come from a link, and are checked before anything is made. */
export const MOST_STEPS = 10_000;

export function taskOf(problem: Problem): Task {
  const { choices, answerSteps = 1, one, write, ...facts } = problem;
  const { name, options, inputs, outputs, output, targets, leastGap } = facts;

  const drawn = (count: number, seed: number, purpose: string, gap?: number): Examples => {
    const random = generator(seed, purpose);
    return together(
      facts,
      Array.from({ length: count }, () => one(random, gap)),
    );
  };

  return Object.freeze({
    ...facts,
    draw(count: number, { seed = 0, purpose = "judged", gap }: DrawOptions = {}) {
      wholeFrom(1, `${name}.draw`, "count", count);
      if (gap !== undefined) wholeFrom(leastGap, `${name}.draw`, "gap", gap, MOST_STEPS);
      return drawn(count, seed, `${name}, ${purpose}`, gap);
    },
    training({ batch, steps = 100 }: TrainingOptions) {
      wholeFrom(1, `${name}.training`, "batch", batch);
      wholeFrom(1, `${name}.training`, "steps", steps);
      return recorded("task", [name, options, { batch, steps }], {
        steps,
        carryState: false,
        batch(epoch: number, step: number, seed: number) {
          checkStep(step, steps);
          const { x, targets, weights } = drawn(batch, seed, `${name} ${epoch} ${step}`);
          return { x, targets, ...(weights && { weights }), firstStep: true };
        },
      });
    },
    async judge(model: Pick<Model, "predict">, examples: Examples) {
      const y = await model.predict(examples.x);
      const { answerAt } = examples;
      const [steps, size] = [examples.x.shape[1]!, outputs.length];
      const scores = Float64Array.from(answerAt, (at, b) => {
        const start = output === "last" ? b : b * steps + at;
        if (targets === "values") return squaredError(y.values, examples.targets.values, start * size, size);
        let right = 0;
        for (let k = start; k < start + answerSteps; k++) {
          const said = largest(y.values, k * size, choices ?? outputs.keys());
          if (said === examples.targets.values[k]) right++;
        }
        return right / answerSteps;
      });
      return { score: scores.reduce((sum, score) => sum + score, 0) / scores.length, scores };
    },
    text({ x }: Examples, row: number) {
      const [count = 0, steps = 0, size = 0] = x.shape;
      wholeFrom(0, `${name}.text`, "row", row, count - 1);
      const length = x.lengths?.[row] ?? steps;
      const step = (t: number) => Array.from({ length: size }, (_, k) => x.values[(row * steps + t) * size + k]!);
      return Array.from({ length }, (_, t) => write(step(t)));
    },
  } satisfies Task & { readonly inputs: typeof inputs });
}

/** Sequences side by side, padded with 0 to the longest. */
function together({ inputs, output, outputs, targets: kind }: TaskFacts, rows: readonly Sequence[]): Examples {
  const size = inputs.length;
  const lengths = Uint32Array.from(rows, ({ x }) => x.length / size);
  const steps = lengths.reduce((most, length) => Math.max(most, length), 0);
  const ragged = lengths.some((length) => length !== steps) ? { lengths } : {};
  const values = new Float32Array(rows.length * steps * size);
  const each = output === "last" ? (kind === "values" ? outputs.length : 1) : steps;
  const wanted = kind === "values" ? new Float32Array(rows.length * each) : new Uint32Array(rows.length * each);
  const weights = rows[0]?.weights && new Float32Array(rows.length * steps);
  rows.forEach((row, b) => {
    values.set(row.x, b * steps * size);
    wanted.set(row.targets, b * each);
    if (row.weights) weights?.set(row.weights, b * steps);
  });
  const eventAt = Uint32Array.from(rows, (row) => row.eventAt);
  const answerAt = Uint32Array.from(rows, (row) => row.answerAt);
  const isEvery = output === "every";
  return {
    x: { values, shape: [rows.length, steps, size], ...ragged },
    targets: {
      values: wanted,
      shape: isEvery ? [rows.length, steps] : kind === "values" ? [rows.length, each] : [rows.length],
      ...(isEvery && ragged),
    },
    ...(weights && { weights: { values: weights, shape: [rows.length, steps], ...ragged } }),
    eventAt,
    answerAt,
    gaps: answerAt.map((at, b) => at - eventAt[b]!),
  };
}

/** Symbols as steps: each has a value of its own that is 1, `[T, I]`. */
export function oneHot(ids: readonly number[], size: number): Float32Array {
  const values = new Float32Array(ids.length * size);
  ids.forEach((id, t) => {
    values[t * size + id] = 1;
  });
  return values;
}

function squaredError(y: ArrayLike<number>, target: ArrayLike<number>, from: number, size: number): number {
  let sum = 0;
  for (let k = from; k < from + size; k++) sum += (y[k]! - target[k]!) * (y[k]! - target[k]!);
  return sum / size;
}

function largest(y: ArrayLike<number>, from: number, among: Iterable<number>): number {
  let best = -1;
  for (const id of among) if (best < 0 || y[from + id]! > y[from + best]!) best = id;
  return best;
}
