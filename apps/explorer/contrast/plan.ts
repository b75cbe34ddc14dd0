/**
 * What the fifth view sets side by side: three tasks whose answer lies far back, and who is trained on them. All are
 * trained alike; each gets the learning rate that suits it best.
 */
import { type Cell, lstm, simpleRnn } from "cellstate";
import { adding, embeddedReber, type Task, temporalOrder } from "cellstate/tasks";
import type { StudyOptions } from "./study.ts";

export interface Contestant {
  readonly name: string;
  readonly cell: Cell;
  readonly start: NonNullable<StudyOptions["start"]>;
}

/** One task with its budget, and what counts as solved. */
export interface Trial {
  readonly title: string;
  readonly task: Task;
  readonly units: number;
  readonly batch: number;
  /** Sequences, at most. */
  readonly budget: number;
  readonly target: number;
  /** Evaluations in a row that have to meet it. */
  readonly times: number;
  /** Start values of one contestant for this task, over its own. */
  readonly start?: Readonly<Record<string, Contestant["start"]>>;
}

/** Matrices uniform ± 1/√units, biases 0, but the forget gate's 1: the usual start. */
const uniform = { W: "uniform", R: "uniform" } as const;

/**
 * The same simple network twice: how its recurrent matrix starts decides what it can learn. Orthogonal, it keeps the
 * lengths of what comes back through it, and so its gradient does not fade before training.
 */
export const contestants: readonly Contestant[] = [
  { name: "LSTM", cell: lstm, start: uniform },
  { name: "RNN", cell: simpleRnn, start: uniform },
  { name: "orthogonal RNN", cell: simpleRnn, start: { ...uniform, R: "orthogonal" } },
];

export const trials: readonly Trial[] = [
  { title: "Adding", task: adding(), units: 64, batch: 32, budget: 100_000, target: 0.005, times: 1 },
  {
    title: "Temporal order",
    task: temporalOrder(),
    units: 64,
    batch: 32,
    budget: 60_000,
    target: 0.99,
    times: 1,
    start: { LSTM: { b_f: 3 } },
  },
  {
    title: "Four Reber strings",
    task: embeddedReber({ strings: 4 }),
    units: 32,
    batch: 16,
    budget: 20_000,
    target: 0.99,
    times: 2,
  },
];

export const learningRates: readonly number[] = [1e-3, 2e-3, 5e-3, 1e-2];
export const seeds: readonly number[] = [0, 1, 2];

export const startOf = ({ start }: Trial, { name, start: own }: Contestant): Contestant["start"] => ({
  ...own,
  ...start?.[name],
});
