/**
 * One study: a cell trained on a long-lag task by one recipe, and what came of it as plain data. Runs in a page's worker
 * as in Node. The fifth view shows some of these side by side, and the cell lab makes them of any cell.
 */
import {
  adam,
  type Cell,
  type Checkpoint,
  createModel,
  crossEntropy,
  type Dataset,
  dense,
  type Model,
  meanSquaredError,
  recurrent,
  sequential,
  TrainingError,
  train,
} from "cellstate";
import type { Task } from "cellstate/tasks";
import { gradientBeforeAnswer } from "./gradients.ts";

export interface StudyOptions {
  readonly task: Task;
  readonly cell: Cell;
  readonly units: number;
  /** Sizes of the axes that the cell's equations name, besides units. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Start values over the cell's own, as `recurrent` takes them. */
  readonly start?: Readonly<Record<string, number | "uniform" | "orthogonal" | "identity">>;
  readonly learningRate: number;
  /** Start values, training data: all follow from it. */
  readonly seed: number;
  /** Sequences to train on at most. */
  readonly budget: number;
  /** Sequences in an update. Default 32. */
  readonly batch?: number;
  /** Trained no further once the score is as good. Default: .005 where it is an error, .99 where an accuracy. */
  readonly target?: number;
  /** ... so many times in a row. Default 1. */
  readonly times?: number;
  /** How often the score is taken within the budget. Default 25. */
  readonly evaluations?: number;
  /** Default `"auto"`, as `createModel`. */
  readonly threads?: number | "auto";
  /** At every evaluation, and some ten times a second between. */
  readonly onProgress?: (progress: StudyProgress) => void;
  /** Ends the training; what has been learned until then is still measured. */
  readonly signal?: AbortSignal;
}

export interface StudyProgress {
  /** Sequences seen, of so many. */
  readonly sequences: number;
  readonly budget: number;
  /** Of the latest update. */
  readonly loss: number;
  /** Time steps trained on in a second, all sequences of a batch counted. */
  readonly stepsPerSecond: number;
  /** Where this is an evaluation. */
  readonly score?: number;
}

/** Plain data; lists with the same index belong together. */
export interface StudyResult {
  /** How many numbers were trained. */
  readonly parameters: number;
  /** Why training ended: the target was met, the budget spent, the signal came, or the numbers ran away. */
  readonly stopped: "solved" | "budget" | "signal" | "diverged";
  /** Sequences seen until then. */
  readonly sequences: number;
  /** The score on the judged sequences, while training. */
  readonly curve: { readonly sequences: readonly number[]; readonly score: readonly number[] };
  /** Of the best weights in the curve, on sequences that took no part in choosing them. */
  readonly score: number;
  /** The same weights by gap; `isTrained`: training has such gaps. */
  readonly byGap: {
    readonly gap: readonly number[];
    readonly score: readonly number[];
    readonly isTrained: readonly boolean[];
  };
  /** The mean norm of ∂loss/∂x by distance 0, 1, 2 … before the answer (`gradients.ts`), with start values and with the best weights. */
  readonly gradient: { readonly start: readonly number[]; readonly trained: readonly number[] };
  /** The best weights, as a model file. */
  readonly model: Uint8Array<ArrayBuffer>;
}

/** Sequences that are judged for a point of the curve, for the final score, for each gap, and for the gradient. */
export const judged = { curve: 1000, score: 4000, gap: 400, gradient: 200 } as const;
const NOTICE = 100; // milliseconds between two reports

/**
 * Trains a model with Adam, gradients clipped to length 1, on fresh sequences, and measures it.
 *
 * @throws {ArgumentError} if an option is out of its range
 * @example const result = await study({ task: adding(), cell: lstm, units: 64, learningRate: 1e-2, seed: 0, budget: 100_000 });
 */
export async function study(options: StudyOptions): Promise<StudyResult> {
  const { task, cell, units, sizes, start, seed, threads } = options;
  const layer = { ...sizes, units, output: task.output, ...(start && { start }) };
  const model: Model = await createModel(sequential(recurrent(cell, layer), dense({ units: task.outputs.length })), {
    seed,
    input: task.inputs.length,
    ...(threads !== undefined && { threads }),
  });
  try {
    const probes = task.draw(judged.gradient, { purpose: "gradient" });
    const atStart = await gradientBeforeAnswer(model, task, probes);
    const training = await trainAndJudge(model, options);
    const { score } = await task.judge(model, task.draw(judged.score, { purpose: "test" }));
    const byGap = await judgeByGap(model, task);
    const trained = await gradientBeforeAnswer(model, task, probes);
    const { learningRate, batch = 32 } = options;
    const facts = {
      task: { name: task.name, options: task.options },
      training: { optimizer: "adam", learningRate, clipNorm: 1, batch, seed, sequences: training.sequences },
      ...(Number.isFinite(score) && { score: { [task.score]: score } }),
    };
    return {
      parameters: model.parameterCount,
      ...training,
      score,
      byGap,
      gradient: { start: atStart, trained },
      model: model.withFacts(facts).toBytes(),
    };
  } finally {
    model.close();
  }
}

/** Trains in stretches, judges after each, and leaves the model with the weights that were judged best. */
async function trainAndJudge(
  model: Model,
  options: StudyOptions,
): Promise<Pick<StudyResult, "stopped" | "sequences" | "curve">> {
  const { task, learningRate, seed, budget, batch = 32, times = 1, evaluations = 25, onProgress, signal } = options;
  const isError = task.score === "squared error";
  const { target = isError ? 0.005 : 0.99 } = options;
  const isBetter = (score: number, than: number) => (isError ? score < than : score > than);
  const examples = task.draw(judged.curve);

  const total = Math.max(1, Math.floor(budget / batch));
  const stretch = Math.max(1, Math.floor(total / evaluations));
  const { data, stepsOfLast } = counted(task.training({ batch, steps: stretch }));
  const curve = { sequences: [] as number[], score: [] as number[] };
  let best = isError ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  let weights = weightsOf(model);
  let resume: Checkpoint | undefined;
  let done = 0;
  let hits = 0;
  let stopped: StudyResult["stopped"] = "budget";
  let [steps, seconds, noticed] = [0, 0, performance.now()];
  const shown = (loss: number) => ({ sequences: done * batch, budget, loss, stepsPerSecond: steps / seconds });

  while (done < total && hits < times && stopped === "budget") {
    let latest = Number.NaN;
    let since = performance.now();
    try {
      const history = await train(model, data, {
        loss: task.targets === "ids" ? crossEntropy() : meanSquaredError(),
        optimizer: adam({ learningRate }),
        clipNorm: 1,
        steps: Math.min(done + stretch, total),
        seed,
        ...(resume && { resume }),
        ...(signal && { signal }),
        onProgress({ step, loss }) {
          const now = performance.now();
          [done, latest] = [step, loss];
          steps += stepsOfLast();
          seconds += (now - since) / 1000;
          since = now;
          if (now - noticed < NOTICE) return;
          noticed = now;
          onProgress?.(shown(loss));
        },
      });
      resume = history.checkpoint;
      if (history.stopped === "aborted") stopped = "signal";
    } catch (error) {
      if (!(error instanceof TrainingError)) throw error;
      stopped = "diverged"; // the model has its last good weights
    }
    const { score } = await task.judge(model, examples);
    curve.sequences.push(done * batch);
    curve.score.push(score);
    if (isBetter(score, best)) [best, weights] = [score, weightsOf(model)];
    hits = score === target || isBetter(score, target) ? hits + 1 : 0;
    onProgress?.({ ...shown(latest), score });
  }
  model.setParameters(weights);
  if (hits >= times) stopped = "solved";
  return { stopped, sequences: done * batch, curve };
}

const weightsOf = (model: Model): Record<string, Float32Array> =>
  Object.fromEntries(model.parameters().map(({ name, values }) => [name, values as Float32Array]));

/** The same batches, and how many time steps the one before had. */
function counted(data: Dataset): { data: Dataset; stepsOfLast: () => number } {
  let steps = 0;
  return {
    data: {
      ...data,
      batch(epoch, step, seed) {
        const made = data.batch(epoch, step, seed);
        const [rows = 0, longest = 0] = made.x.shape;
        const lengths = made.x.lengths ?? new Array<number>(rows).fill(longest);
        steps = Array.from(lengths).reduce((sum, length) => sum + length, 0);
        return made;
      },
    },
    stepsOfLast: () => steps,
  };
}

async function judgeByGap(model: Model, task: Task): Promise<StudyResult["byGap"]> {
  const gaps = gapsToJudge(task);
  const scores: number[] = [];
  for (const gap of gaps) scores.push((await task.judge(model, task.draw(judged.gap, { purpose: "gaps", gap }))).score);
  return {
    gap: gaps,
    score: scores,
    isTrained: gaps.map((gap) => gap >= task.gaps.from && gap <= task.gaps.to),
  };
}

/** Eight over the trained range, and a few below and above it. */
export function gapsToJudge({ gaps: { from, to }, leastGap }: Pick<Task, "gaps" | "leastGap">): number[] {
  const inside = Array.from({ length: 8 }, (_, k) => Math.round(from + ((to - from) * k) / 7));
  const below = [0.5, 0.75].map((part) => Math.round(from * part)).filter((gap) => gap >= leastGap && gap < from);
  const above = [1.1, 1.25, 1.5].map((times) => Math.round(to * times)).filter((gap) => gap > to);
  return [...new Set([...below, ...inside, ...above])];
}
