/**
 * `results.json`: what the recorded studies came to. Its shape, and how it is made from them: rounded, and the gradient
 * at some distances only, so that a page loads it in no time.
 */
import { type Contestant, learningRates, seeds, startOf, type Trial } from "./plan.ts";
import { judged, type StudyResult } from "./study.ts";

export interface Results {
  /** The recipe that all share. */
  readonly recipe: {
    readonly optimizer: string;
    readonly clipNorm: number;
    /** Tried for every contestant on every task, with every seed; shown is the best. */
    readonly learningRates: readonly number[];
    readonly seeds: readonly number[];
    /** Sequences: of the learning curve, of the final score, of each gap, of the gradient. */
    readonly judged: typeof judged;
    readonly engine: string;
  };
  readonly tasks: readonly TaskResults[];
}

export interface TaskResults {
  readonly title: string;
  /** `tasks[name](options)` makes it again. */
  readonly name: string;
  readonly options: Readonly<Record<string, number>>;
  readonly units: number;
  readonly batch: number;
  /** Sequences at most, and between two points of a learning curve. */
  readonly budget: number;
  readonly every: number;
  readonly target: number;
  readonly times: number;
  readonly score: "squared error" | "accuracy";
  /** The score of the best answer that knows nothing of the event. */
  readonly chance: number;
  /** The gaps that training has, from and to. */
  readonly trained: readonly [number, number];
  /** The gaps of `byGap`. */
  readonly gaps: readonly number[];
  /** The distances of `gradient`, in steps before the answer. */
  readonly distances: readonly number[];
  readonly contestants: readonly ContestantResults[];
}

export interface ContestantResults {
  readonly name: string;
  /** The cell's own name. */
  readonly cell: string;
  readonly parameters: number;
  /** Start values over the cell's own, by role or parameter. */
  readonly start: Readonly<Record<string, number | string>>;
  /** The best of `tried`: most seeds solved, then soonest, then the best mean score. */
  readonly learningRate: number;
  readonly tried: readonly { readonly learningRate: number; readonly solved: number; readonly score: number }[];
  readonly runs: readonly RunResults[];
}

/** One training. */
export interface RunResults {
  readonly seed: number;
  readonly stopped: StudyResult["stopped"];
  /** Sequences seen until then. */
  readonly sequences: number;
  /** Of the best weights in the curve, on sequences that took no part in choosing them. */
  readonly score: number;
  /** After `every`, 2 · `every` … sequences. */
  readonly curve: readonly number[];
  readonly byGap: readonly number[];
  /** The mean over sequences of ‖∂loss/∂x‖, with start values and with the best weights. */
  readonly gradient: { readonly start: readonly number[]; readonly trained: readonly number[] };
}

const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));

/** All near, ever fewer far: some thirty of them. */
export const someDistances = (count: number): number[] =>
  Array.from({ length: count }, (_, d) => d).filter((d) => d < 10 || (d < 30 ? d % 2 === 0 : d % 5 === 0));

/** A study as it is recorded. */
export function runOf(seed: number, { stopped, sequences, score, curve, byGap, gradient }: StudyResult): RunResults {
  const some = (all: readonly number[]) => someDistances(all.length).map((d) => rounded(all[d]!, 3));
  return {
    seed,
    stopped,
    sequences,
    score: rounded(score, 6), // bounds are stated from it
    curve: curve.score.map((one) => rounded(one, 3)),
    byGap: byGap.score.map((one) => rounded(one, 4)),
    gradient: { start: some(gradient.start), trained: some(gradient.trained) },
  };
}

export const recipe: Results["recipe"] = {
  optimizer: "Adam",
  clipNorm: 1,
  learningRates,
  seeds,
  judged,
  engine: "wasm, float32, strict",
};

/** What one contestant did at one learning rate, by seed. */
export interface Tried {
  readonly contestant: Contestant;
  readonly learningRate: number;
  readonly studies: readonly StudyResult[];
}

/** Of every contestant its best learning rate in full, and what the others came to. */
export function taskResults(trial: Trial, tried: readonly Tried[]): TaskResults {
  const { title, task, units, batch, budget, target, times } = trial;
  const any = tried[0]!.studies[0]!;
  const names = [...new Set(tried.map(({ contestant }) => contestant))];
  return {
    title,
    name: task.name,
    options: task.options,
    ...{ units, batch, budget, target, times },
    every: any.curve.sequences[0]!,
    score: task.score,
    chance: rounded(task.chance, 4),
    trained: [task.gaps.from, task.gaps.to],
    gaps: any.byGap.gap,
    distances: someDistances(any.gradient.start.length),
    contestants: names.map((contestant) => {
      const own = tried.filter((one) => one.contestant === contestant).map((one) => ({ ...one, ...outcome(one) }));
      const best = [...own].sort(better(task.score))[0]!;
      return {
        name: contestant.name,
        cell: contestant.cell.name,
        parameters: best.studies[0]!.parameters,
        start: startOf(trial, contestant),
        learningRate: best.learningRate,
        tried: own.map(({ learningRate, solved, score }) => ({ learningRate, solved, score: rounded(score, 4) })),
        runs: best.studies.map((study, k) => runOf(seeds[k]!, study)),
      };
    }),
  };
}

type Outcome = ReturnType<typeof outcome>;
const better =
  (kind: TaskResults["score"]) =>
  (a: Outcome, b: Outcome): number =>
    b.solved - a.solved || a.sequences - b.sequences || (kind === "accuracy" ? b.score - a.score : a.score - b.score);

const outcome = ({ studies }: Tried) => ({
  solved: studies.filter(({ stopped }) => stopped === "solved").length,
  sequences: studies.reduce((sum, { sequences }) => sum + sequences, 0),
  score: studies.reduce((sum, { score }) => sum + score, 0) / studies.length,
});
