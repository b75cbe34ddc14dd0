/** Whoever does a task and is measured at it: this library, or another. */
import type { Given } from "./given.ts";
import { clock } from "./measure.ts";
import type { Task } from "./tasks.ts";

/** Seconds by the wall's clock, and of this process on all cores together. */
export interface Time {
  readonly wall: number;
  readonly cpu: number;
}

/** The one of the two that this run of the benchmarks goes by. */
export const secondsOf = ({ wall, cpu }: Time): number => (clock.isCpu ? cpu : wall);

export interface Doer {
  /**
   * What comes out on the given weights: the mean of the squared outputs, or the losses before the first three
   * updates. Empty where weights cannot be set.
   */
  check(): Promise<readonly number[]>;
  /** Does the task so many times. */
  run(times: number): Promise<Time>;
  close(): void;
}

export type Open = (task: Task, given: Given, threads: number) => Promise<Doer>;

/** Thrown by who cannot do a task; the message becomes a row of the table. */
export class CannotError extends Error {}

export function stopwatch(): () => Time {
  const wall = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { wall: (performance.now() - wall) / 1000, cpu: (user + system) / 1e6 };
  };
}

/** `run` for work that leaves nothing out of the measurement. */
export const timed =
  (work: (n: number) => unknown) =>
  async (times: number): Promise<Time> => {
    const time = stopwatch();
    for (let n = 0; n < times; n++) await work(n);
    return time();
  };

/** As `timed`, without a turn of the event loop between two pieces of work. */
export const timedSync =
  (work: (n: number) => unknown) =>
  async (times: number): Promise<Time> => {
    const time = stopwatch();
    for (let n = 0; n < times; n++) work(n);
    return time();
  };

export function meanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 0; n < values.length; n++) sum += values[n]! * values[n]!;
  return sum / values.length;
}
