/**
 * Measures a task: everybody in a process of their own, taking turns, the limit of the machine beside each round.
 * Who is slow gets fewer turns, and who would be too slow by the size before gets none, with a row that says so.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { secondsOf } from "../doer.ts";
import { makeGiven, writeGiven } from "../given.ts";
import { type Machine, type Spread, spreadOf } from "../measure.ts";
import { ours, type Remote, start } from "../process.ts";
import { leastFlops, limitOf, type Task } from "../tasks.ts";
import type { Contestant } from "./contestants.ts";
import { COPIES } from "./names.ts";

export interface Result {
  readonly name: string;
  readonly threads: number;
  readonly note?: string;
  /** Seconds for one unit of the task. */
  readonly seconds?: Spread;
  /** Bytes, the process' most. */
  readonly memory?: number;
  readonly check?: readonly number[];
  /** Seconds before the first measurement: opening, compiling, the check. */
  readonly opening?: number;
  readonly cannot?: string;
}

export interface Measured {
  readonly task: Task;
  /** Seconds for one unit of the task, on one core. */
  readonly limit: Spread;
  readonly results: readonly Result[];
}

const ROUNDS = 7;
const PIECE = 0.05; // seconds of work in a turn
const WARM = 0.4; // seconds of work before the first turn
const SLOW = 1.5; // seconds: who takes longer for one unit is done with one, the first after the check
const PATIENCE = 45; // seconds for an answer
const TOO_SLOW = 10; // seconds for one unit, by the size before

interface Entrant {
  readonly who: Contestant;
  readonly remote: Remote;
  readonly check: readonly number[];
  readonly opening: number;
  readonly times: number;
  readonly rounds: number;
  readonly seconds: number[];
  failed?: string;
}

type Turn = { readonly entrant: Entrant } | { readonly result: Result };

const perUnit = (who: Contestant, time: Parameters<typeof secondsOf>[0], times: number): number =>
  (who.threads > 1 ? time.wall : secondsOf(time)) / times;

async function enter(who: Contestant, task: Task, folder: string): Promise<Turn> {
  const remote = start(who.command);
  const { name, threads, note } = who;
  const refuse = (cannot: string): Turn => ({ result: { name, threads, ...(note && { note }), cannot } });
  const opened = await remote.open(task, folder, threads, PATIENCE);
  if (typeof opened === "string") return refuse(opened);
  let [times, warm] = [1, 0];
  let seconds = 0;
  do {
    const time = await remote.run(times, PATIENCE);
    if (typeof time === "string") return refuse(time);
    warm += time.wall;
    seconds = perUnit(who, time, times);
    times = Math.max(1, Math.ceil(PIECE / Math.max(seconds, 1e-7)));
  } while (warm < WARM);
  const isSlow = seconds > SLOW;
  const found = { check: opened.check, opening: opened.seconds, seconds: isSlow ? [seconds] : [] };
  const entrant = { who, remote, times, rounds: isSlow ? 0 : ROUNDS, ...found };
  return { entrant };
}

/** The last size that was measured, by kind of task and contestant. */
const last = new Map<string, { readonly flops: number; readonly seconds: number }>();

/** Of two layers, too, the size before has one. */
const keyOf = ({ name, threads }: Contestant | Result, task: Task): string => `${task.kind} ${name} ${threads}`;

function tooSlow(who: Contestant, task: Task): string | undefined {
  const before = last.get(keyOf(who, task));
  if (!before) return undefined;
  const expected = (before.seconds * leastFlops(task)) / before.flops;
  return expected > TOO_SLOW ? `left out: about ${Math.round(expected)} s each, by the size before` : undefined;
}

async function leave({ who, remote, check, opening, seconds, failed }: Entrant, task: Task): Promise<Result> {
  const { name, threads, note } = who;
  const memory = await remote.end();
  const common = { name, threads, ...(note && { note }) };
  if (failed || seconds.length === 0) return { ...common, cannot: failed ?? "no measurement" };
  const spread = spreadOf(seconds);
  last.set(keyOf(who, task), { flops: leastFlops(task), seconds: spread.median });
  return { ...common, seconds: spread, check, opening, ...(memory && { memory }) };
}

export async function measure(machine: Machine, task: Task, contestants: readonly Contestant[]): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "cellstate-bench-"));
  writeGiven(folder, makeGiven(task));
  const turns: Turn[] = [];
  for (const who of contestants) {
    const { name, threads } = who;
    const cannot = who.cannot ?? tooSlow(who, task);
    if (cannot) turns.push({ result: { name, threads, ...(who.note && { note: who.note }), cannot } });
    else turns.push(await enter(who, task, folder));
  }
  const entrants = turns.flatMap((turn) => ("entrant" in turn ? [turn.entrant] : []));
  const limits: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    limits.push(limitOf(task, machine));
    for (const one of entrants.filter(({ rounds, failed }) => round < rounds && !failed)) {
      const time = await one.remote.run(one.times, PATIENCE);
      if (typeof time === "string") one.failed = time;
      else one.seconds.push(perUnit(one.who, time, one.times));
    }
  }
  const results: Result[] = [];
  for (const turn of turns) results.push("result" in turn ? turn.result : await leave(turn.entrant, task));
  rmSync(folder, { recursive: true, force: true });
  return { task, limit: spreadOf(limits), results };
}

/** What two copies with one thread each do at the same time, as seconds for one unit of both together. */
export async function measureCopies(task: Task): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "cellstate-bench-"));
  writeGiven(folder, makeGiven(task));
  const copies = [start(ours), start(ours)];
  const common = { name: COPIES, threads: 2 };
  const seconds: number[] = [];
  try {
    for (const copy of copies) {
      const opened = await copy.open(task, folder, 1, PATIENCE);
      if (typeof opened === "string") return { ...common, cannot: opened };
    }
    const UNITS = 4;
    for (let round = -1; round < ROUNDS; round++) {
      const times = await Promise.all(copies.map((copy) => copy.run(UNITS, PATIENCE)));
      const rates = times.map((time) => (typeof time === "string" ? 0 : UNITS / time.wall));
      if (round >= 0) seconds.push(1 / (rates[0]! + rates[1]!));
    }
    return { ...common, seconds: spreadOf(seconds) };
  } finally {
    for (const copy of copies) await copy.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
