/**
 * Studies made here: of a task all contestants from one seed, each in a worker of its own. Outside of the view, so that
 * they go on while other tabs are shown.
 */
import { createStore } from "solid-js/store";
import type { TaskResults } from "../../../contrast/results.ts";
import { type Conducted, conductInTurn, type EndState } from "../../worker/conduct.ts";
import type { Studied, StudyReport } from "../../worker/contrast.ts";

export interface OwnRun {
  readonly contestant: string;
  readonly learningRate: number;
  readonly seed: number;
  readonly state: "waiting" | "starting" | "training" | EndState;
  readonly progress?: StudyReport;
  /** The learning curve so far: sequences, score. */
  readonly scores: readonly (readonly [number, number])[];
  readonly result?: Studied;
  readonly problem?: string;
}

const [own, set] = createStore<Record<string, OwnRun[]>>({});
const underWay = new Map<string, readonly Conducted<"trainContestant">[]>();

/** Of a task by its title, in the order of its contestants. */
export const ownRuns = (title: string): readonly OwnRun[] => own[title] ?? [];

export const isUnderWay = (title: string): boolean =>
  ownRuns(title).some(({ state }) => state === "waiting" || state === "starting" || state === "training");

/** Takes the place of what was made of this task before. */
export function start({ title, contestants, every }: TaskResults, seed: number, sequences: number): void {
  if (isUnderWay(title)) return;
  // judged as often as the recorded ones, so that the curves have the same points
  const evaluations = Math.max(1, Math.round(sequences / every));
  const budget = evaluations * every;
  set(title, () =>
    contestants.map(({ name: contestant, learningRate }) => {
      return { contestant, learningRate, seed, state: "waiting" as const, scores: [] };
    }),
  );
  const all = contestants.map(({ learningRate }, place) => {
    const change = (how: (run: OwnRun) => OwnRun): void => set(title, place, how);
    const conducted = conductInTurn(
      "trainContestant",
      { title, place, learningRate, seed, budget, evaluations },
      (progress) => change((run) => after(run, progress)),
      () => change((run) => ({ ...run, state: "starting" })),
    );
    void conducted.end.then((end) => change((run) => ({ ...run, ...end })));
    return conducted;
  });
  underWay.set(title, all);
}

/** What has been learned until then is still measured. */
export function stop(title: string): void {
  for (const one of underWay.get(title) ?? []) one.stop();
}

function after(run: OwnRun, progress: StudyReport): OwnRun {
  const { score, sequences } = progress;
  const scores = score === undefined ? run.scores : [...run.scores, [sequences, score] as const];
  return { ...run, state: "training", progress, scores };
}
