/** The lab's trainings: a worker for each, as many at once as there are cores, the others wait their turn. */
import { createStore, unwrap } from "solid-js/store";
import { type Conducted, conduct, type EndState } from "../../work/conduct.ts";
import type { CellReport, CellTraining } from "../../work/lab.ts";
import type { Tick } from "../../work/meter.ts";
import type { Trained } from "../../work/training.ts";

export interface LabRun {
  readonly id: number;
  readonly training: CellTraining;
  readonly state: "waiting" | "starting" | "training" | EndState;
  readonly parameterCount?: number;
  readonly chance?: number;
  readonly tick?: Tick;
  readonly seen: number;
  readonly losses: readonly (readonly [number, number])[];
  readonly scores: readonly (readonly [number, number])[];
  readonly result?: Trained;
  readonly problem?: string;
}

const [state, set] = createStore<{ runs: LabRun[] }>({ runs: [] });

export const runs = (): readonly LabRun[] => state.runs;

const cores = navigator.hardwareConcurrency || 1;
const underWay = new Map<number, Conducted>();
let last = 0;

const change = (id: number, how: (run: LabRun) => LabRun): void => {
  set("runs", (run) => run.id === id, how);
};

export const isUnderWay = ({ state }: LabRun): boolean =>
  state === "waiting" || state === "starting" || state === "training";

/** Puts a training into the queue. */
export function add(training: CellTraining): void {
  const run: LabRun = { id: ++last, training, state: "waiting", seen: 0, losses: [], scores: [] };
  set("runs", (all) => [...all, run]);
  next();
}

/** Ends a training; what it has learned stays. One that waits does not begin. */
export function stop(id: number): void {
  underWay.get(id)?.stop();
  change(id, (run) => (run.state === "waiting" ? { ...run, state: "aborted" } : run));
}

export function remove(id: number): void {
  underWay.get(id)?.stop();
  set("runs", (all) => all.filter((run) => run.id !== id));
}

function next(): void {
  if (underWay.size >= cores) return;
  const waiting = unwrap(state).runs.find((run) => run.state === "waiting");
  if (waiting === undefined) return;
  void train(waiting);
  next();
}

async function train({ id, training }: LabRun): Promise<void> {
  change(id, (run) => ({ ...run, state: "starting" }));
  const conducted = conduct("trainCell", training, (report) => change(id, (run) => after(run, report)));
  underWay.set(id, conducted);
  const end = await conducted.end;
  change(id, (run) => ({ ...run, ...end }));
  underWay.delete(id);
  next();
}

function after(run: LabRun, report: CellReport): LabRun {
  switch (report.kind) {
    case "start": {
      const { parameterCount, chance } = report;
      return { ...run, state: "training", parameterCount, chance };
    }
    case "tick": {
      const { tick, seen } = report;
      return { ...run, tick, seen, losses: tick.points.length > 0 ? [...run.losses, ...tick.points] : run.losses };
    }
    case "score":
      return { ...run, scores: [...run.scores, [report.seen, report.score]] };
  }
}
