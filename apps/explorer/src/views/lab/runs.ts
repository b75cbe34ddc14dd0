/** The lab's trainings: a worker for each, as many at once as there are cores, the others wait their turn. */
import { createStore } from "solid-js/store";
import { type Conducted, conductInTurn, type EndState } from "../../worker/conduct.ts";
import type { CellReport, CellTraining } from "../../worker/lab.ts";
import type { Tick } from "../../worker/meter.ts";
import type { Trained } from "../../worker/training.ts";

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

const underWay = new Map<number, Conducted<"trainCell">>();
let last = 0;

const change = (id: number, how: (run: LabRun) => LabRun): void => {
  set("runs", (run) => run.id === id, how);
};

export const isUnderWay = ({ state }: LabRun): boolean =>
  state === "waiting" || state === "starting" || state === "training";

/** Puts a training into the queue. */
export async function add(training: CellTraining): Promise<void> {
  const id = ++last;
  const run: LabRun = { id, training, state: "waiting", seen: 0, losses: [], scores: [] };
  set("runs", (all) => [...all, run]);
  const conducted = conductInTurn(
    "trainCell",
    training,
    (report) => change(id, (own) => after(own, report)),
    () => change(id, (own) => ({ ...own, state: "starting" })),
  );
  underWay.set(id, conducted);
  const end = await conducted.end;
  change(id, (own) => ({ ...own, ...end }));
  underWay.delete(id);
}

/** Ends a training; what it has learned stays. One that waits does not begin. */
export const stop = (id: number): void => underWay.get(id)?.stop();

export function remove(id: number): void {
  stop(id);
  set("runs", (all) => all.filter((run) => run.id !== id));
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
