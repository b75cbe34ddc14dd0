/**
 * The view's state, outside of the view: a training goes on while other tabs are shown, and is still there when one
 * comes back. Everything that is computed comes from the worker.
 */
import { createStore, unwrap } from "solid-js/store";
import { type Conducted, conduct, type EndState } from "../../worker/conduct.ts";
import { work } from "../../worker/line.ts";
import type { Tick } from "../../worker/meter.ts";
import type { Source } from "../../worker/texts.ts";
import type { Judged, Survey, TextTraining, Trained, TrainingReport } from "../../worker/training.ts";

/** What stands in the fields, as typed: the library says what is wrong with it. */
export interface Fields {
  cell: string;
  units: string;
  layers: string;
  learningRate: string;
  dropout: string;
  seed: string;
  /** Seconds; "own": what stands in `ownTime`. */
  time: string;
  ownTime: string;
}

/** One training, under way or over. */
export interface Run {
  readonly name: string;
  readonly seconds: number;
  readonly state: "starting" | "training" | EndState;
  readonly survey?: Survey;
  readonly pace?: { readonly updates: number; readonly secondsPerUpdate: number };
  readonly threads: number;
  readonly tick?: Tick;
  readonly points: readonly (readonly [number, number])[];
  readonly judged: readonly Judged[];
  readonly result?: Trained;
  readonly problem?: string;
}

interface State {
  source: Source | undefined;
  fields: Fields;
  survey: Survey | undefined;
  /** Why this cannot be trained, in the library's words. */
  problem: string | undefined;
  isLooking: boolean;
  run: Run | undefined;
}

const [training, set] = createStore<State>({
  source: undefined,
  fields: {
    cell: "lstm",
    units: "128",
    layers: "",
    learningRate: "",
    dropout: "",
    seed: "1",
    time: "120",
    ownTime: "60",
  },
  survey: undefined,
  problem: undefined,
  isLooking: false,
  run: undefined,
});

export { training };

export const isUnderWay = (): boolean => training.run?.state === "starting" || training.run?.state === "training";

/** What is no number becomes NaN, and the library says so; an empty field leaves the library's default. */
const number = (text: string): number | undefined => (text.trim() === "" ? undefined : Number(text.replace(",", ".")));

async function asked(): Promise<TextTraining> {
  const { fields } = unwrap(training);
  const { time, ownTime, cell, ...others } = fields;
  const cells = await zoo();
  const numbers = Object.entries(others).map(([name, text]) => [name, number(text)] as const);
  return {
    cell: cells.find((one) => one.key === cell) ?? cells[0]!,
    ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)),
    seconds: number(time === "own" ? ownTime : time) ?? Number.NaN,
  };
}

let known: Promise<readonly { key: string; name: string; text: string }[]> | undefined;

/** The cells that come with the library. */
export const zoo = () => (known ??= work().call("zoo", undefined));

let timer: ReturnType<typeof setTimeout> | undefined;

/** Looks at the text and the settings, once nothing has been typed for a moment. */
function lookSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(look, 250);
}

let turn = 0;

async function look(): Promise<void> {
  const mine = ++turn;
  const source = unwrap(training).source;
  if (source === undefined) return set({ survey: undefined, problem: undefined, isLooking: false });
  set({ isLooking: true });
  try {
    const survey = await work().call("surveyText", { source: { ...source }, training: await asked() });
    if (mine === turn) set({ survey, problem: undefined, isLooking: false });
  } catch (error) {
    if (mine === turn) set({ survey: undefined, problem: (error as Error).message, isLooking: false });
  }
}

export function setSource(source: Source | undefined): void {
  set({ source });
  lookSoon();
}

export function setField<K extends keyof Fields>(name: K, value: string): void {
  set("fields", name, value);
  lookSoon();
}

export async function takeTales(): Promise<void> {
  setSource({ name: "tales.txt", text: await work().call("tales", undefined) });
}

let conducted: Conducted<"trainText"> | undefined;

/** Ends the training under way; its best model stays. */
export const stop = (): void => conducted?.stop();

export async function start(): Promise<void> {
  const source = unwrap(training).source;
  if (source === undefined || isUnderWay()) return;
  const plan = await asked();
  const name = source.name.replace(/\.\w+$/, "");
  set("run", undefined);
  set("run", { name, seconds: plan.seconds ?? 0, state: "starting", threads: 1, points: [], judged: [] });
  conducted = conduct("trainText", { source: { ...source }, training: plan }, (report) =>
    set("run", (run) => run && after(run, report)),
  );
  const end = await conducted.end;
  set("run", (run) => run && { ...run, ...end });
}

function after(run: Run, report: TrainingReport): Run {
  switch (report.kind) {
    case "start": {
      const { survey, threads, pace } = report;
      return { ...run, state: "training", survey, threads, ...(pace && { pace }) };
    }
    case "judged":
      return { ...run, judged: [...run.judged, report.judged] };
    case "tick": {
      const { tick } = report;
      return { ...run, tick, points: tick.points.length > 0 ? [...run.points, ...tick.points] : run.points };
    }
  }
}
