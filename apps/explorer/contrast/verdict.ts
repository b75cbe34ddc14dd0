/**
 * What recorded results prove, in words made from the numbers: the fifth view shows these sentences and no others. They
 * claim what holds in every run, and round to the side on which they stay true.
 */
import type { ContestantResults, Results, RunResults, TaskResults } from "./results.ts";

export interface Verdict {
  /** Who met the target how often. */
  readonly headline: string;
  readonly tasks: readonly TaskVerdict[];
}

export interface TaskVerdict {
  readonly title: string;
  /** How good each is on gaps as training has them. */
  readonly score: string;
  /** How good those that met the target are on a gap that training does not have; undefined if nobody has. */
  readonly beyond: string | undefined;
  /** How large the gradient is as far back as the event lies at least, before training and after, in the middle run. */
  readonly gradient: string;
}

export const verdict = ({ tasks }: Pick<Results, "tasks">): Verdict => ({
  headline: headlineOf(tasks),
  tasks: tasks.map((task) => ({
    title: task.title,
    score: scoreOf(task),
    beyond: beyondOf(task),
    gradient: gradientOf(task),
  })),
});

const isSolved = ({ stopped }: RunResults): boolean => stopped === "solved";
const solvedBy = ({ runs }: ContestantResults): number => runs.filter(isSolved).length;

/** "Trained by one recipe, the LSTM solves its task in 9 of 9 runs, the RNN in 0 of 9." */
function headlineOf(tasks: readonly TaskResults[]): string {
  const names = [...new Set(tasks.flatMap(({ contestants }) => contestants.map(({ name }) => name)))];
  const counts = names.map((name, k) => {
    const own = tasks.flatMap(({ contestants }) => contestants.filter((one) => one.name === name));
    const solved = own.reduce((sum, one) => sum + solvedBy(one), 0);
    const runs = own.reduce((sum, one) => sum + one.runs.length, 0);
    return `the ${name} ${k === 0 ? "solves its task " : ""}in ${solved} of ${runs}${k === 0 ? " runs" : ""}`;
  });
  return `Trained by one recipe, ${listed(counts)}.`;
}

/** "The LSTM answers at least 99.3 % right, the RNN at most 75.2 %; guessing gives 50 %." */
function scoreOf(task: TaskResults): string {
  const isError = task.score === "squared error";
  const parts = task.contestants.map((contestant, k) => {
    const scores = contestant.runs.map(({ score }) => score);
    const solved = solvedBy(contestant);
    const amount =
      solved === scores.length
        ? `at ${isError ? "most" : "least"} ${isError ? up(task, Math.max(...scores)) : down(task, Math.min(...scores))}`
        : solved === 0
          ? `at ${isError ? "least" : "most"} ${isError ? down(task, Math.min(...scores)) : up(task, Math.max(...scores))}`
          : `${between(task, scores)} (${solved} of ${scores.length} runs meet the target)`;
    const { name } = contestant;
    if (isError) return `the ${name}${k === 0 ? " ends with a squared error of" : "'s is"} ${amount}`;
    return `the ${name} ${k === 0 ? "answers " : ""}${amount}${k === 0 ? " right" : ""}`;
  });
  const chance = isError ? "always answering the mean gives" : "guessing gives";
  return capital(`${listed(parts)}; ${chance} ${isError ? task.chance.toPrecision(3) : percent(task.chance)}.`);
}

/** "At a gap of 54, which training (39 to 49) does not have: the LSTM 99.7 to 100 %, the orthogonal RNN 5 to 54.2 %." */
function beyondOf(task: TaskResults): string | undefined {
  const [from, to] = task.trained;
  const at = task.gaps.findIndex((gap) => gap > to);
  const able = task.contestants.filter((one) => solvedBy(one) > 0);
  if (at < 0 || able.length === 0) return undefined;
  const parts = able.map((one) => {
    const scores = one.runs.filter(isSolved).map(({ byGap }) => byGap[at]!);
    return `the ${one.name} ${between(task, scores)}`;
  });
  const what = task.score === "accuracy" ? "right are" : "the squared error is";
  return `At a gap of ${task.gaps[at]}, which training (${from} to ${to}) does not have, ${what}: ${listed(parts)}.`;
}

/** "Against its size at the answer, the gradient 35 steps before is: LSTM 1.3 before training and 35 after, …" */
function gradientOf(task: TaskResults): string {
  const at = task.distances.filter((distance) => distance <= task.trained[0]).length - 1;
  const parts = task.contestants.map(({ name, runs }, k) => {
    const [start, trained] = (["start", "trained"] as const).map((when) =>
      small(median(runs.map(({ gradient }) => gradient[when][at]! / gradient[when][0]!))),
    );
    return k === 0 ? `${name} ${start} before training and ${trained} after` : `${name} ${start} and ${trained}`;
  });
  return `Against its size at the answer, the gradient ${task.distances[at]} steps before is: ${listed(parts)}.`;
}

const percent = (part: number): string => `${Number((100 * part).toFixed(1))} %`;
const EXACT = 1e-9; // 0.57 · 1000 is not 570

/** At least so much, rounded down; errors to two digits, accuracies to a tenth of a percent. */
const down = (task: TaskResults, score: number): string => roundedTo(task, score, Math.floor, EXACT);
const up = (task: TaskResults, score: number): string => roundedTo(task, score, Math.ceil, -EXACT);

function roundedTo(task: TaskResults, score: number, round: (value: number) => number, exact: number): string {
  if (task.score === "accuracy") return percent(round(1000 * score + exact) / 1000);
  if (score === 0) return "0";
  const unit = 10 ** (Math.floor(Math.log10(score)) - 1);
  return String(Number((round(score / unit + exact) * unit).toPrecision(2)));
}

function between(task: TaskResults, scores: readonly number[]): string {
  const [least, most] = [down(task, Math.min(...scores)), up(task, Math.max(...scores))];
  return least === most ? least : `${least.replace(" %", "")} to ${most}`;
}

function small(value: number): string {
  if (value >= 0.01 || value === 0) return String(Number(value.toPrecision(2)));
  const [digits, power] = value.toExponential(0).split("e");
  const raised = Array.from(power!.slice(1), (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
  return `${digits}·10⁻${raised}`;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);
const listed = (parts: readonly string[]): string => parts.join(", ");
