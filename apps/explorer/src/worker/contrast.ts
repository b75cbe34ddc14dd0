/**
 * The studies that set an RNN beside an LSTM, done again in the page: the same function that made the recorded ones,
 * from another seed.
 */
import { ArgumentError, modelFrom } from "cellstate";
import { adding } from "cellstate/tasks";
import { contestants, startOf, trials } from "../../contrast/plan.ts";
import { type StudyProgress, type StudyResult, study } from "../../contrast/study.ts";
import { readingOf, shownOf, type TaskExample } from "./lab.ts";
import type { Context } from "./protocol.ts";

/** One contestant's training as it is asked for; what is not said here is as recorded. */
export interface ContestantTraining {
  /** As the plan has them. */
  readonly title: string;
  /** Its place among the contestants. */
  readonly place: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Sequences at most. */
  readonly budget: number;
  /** Points of the learning curve within it. */
  readonly evaluations: number;
}

export interface StudyReport extends StudyProgress {
  /** At the speed so far, until the budget is spent. */
  readonly secondsLeft: number;
}

export interface Studied extends Omit<StudyResult, "model"> {
  /** The best model's file. */
  readonly bytes: Uint8Array;
}

const SHORT = adding({ length: 20 }); // of a hundred numbers nobody looks for the marks

export const contrastCalls = {
  /** A sequence of each task, by title. */
  examples: (): Record<string, TaskExample> =>
    Object.fromEntries(trials.map(({ title, task }) => [title, shownOf(task.name === SHORT.name ? SHORT : task)])),
  /** @throws {ArgumentError} if seed or budget are no whole numbers */
  async trainContestant(given: ContestantTraining, { report, signal }: Context<StudyReport>): Promise<Studied> {
    const { learningRate, seed, budget, evaluations } = given;
    const trial = trials.find(({ title }) => title === given.title)!;
    const contestant = contestants[given.place]!;
    const { task, units, batch, target, times } = trial;
    if (!(budget >= batch && budget < 1e9)) {
      const expected = `a number from ${batch} to a billion`;
      const mend = `The recorded studies have ${trial.budget}.`;
      throw new ArgumentError({ where: "study", argument: "sequences", given: budget, expected, mend });
    }
    const begin = performance.now();
    const { model, ...result } = await study({
      ...{ task, units, batch, target, times, learningRate, seed, budget, evaluations, signal },
      cell: contestant.cell,
      start: startOf(trial, contestant),
      threads: 1,
      onProgress(progress) {
        const seconds = (performance.now() - begin) / 1000;
        report({ ...progress, secondsLeft: (seconds * (budget - progress.sequences)) / progress.sequences });
      },
    });
    const opened = await modelFrom(model);
    const bytes = opened.withFacts(readingOf(task)).toBytes();
    opened.close();
    return { ...result, bytes };
  },
};
