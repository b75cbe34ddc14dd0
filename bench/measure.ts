/** Taking turns, medians and tables: how every benchmark here measures and prints. */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)]!, min: sorted[0]!, max: sorted.at(-1)! };
}

/**
 * Seconds, from any start. On a machine that others use too, `--cpu` counts this process' own time instead of the
 * wall's; it is the same on a quiet machine.
 */
export const clock = {
  isCpu: false,
  now(): number {
    if (!clock.isCpu) return performance.now() / 1000;
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
};

/** One of several things that are measured against one another. */
export interface Contestant<K extends string, V> {
  readonly name: K;
  readonly run: () => V | Promise<V>;
}

/**
 * Every contestant once, then every one again, so that a machine whose clock moves treats them alike. A first round
 * that warms up does not count.
 */
export async function interleave<K extends string, V>(
  rounds: number,
  contestants: readonly Contestant<K, V>[],
): Promise<Record<K, V[]>> {
  const values = Object.fromEntries(contestants.map(({ name }) => [name, []])) as unknown as Record<K, V[]>;
  for (let round = -1; round < rounds; round++) {
    for (const { name, run } of contestants) {
      const value = await run();
      if (round >= 0) values[name].push(value);
    }
  }
  return values;
}

/** Seconds a call takes at best: so many tries, each long enough for the clock and short enough not to be cut. */
export function bestSecondsPerCall(call: (times: number) => void, tries: number): number {
  const wall = (times: number): number => {
    const start = performance.now();
    call(times);
    return (performance.now() - start) / 1000;
  };
  let times = 1;
  while (wall(times) < TRY && times < 1e9) times *= 2;
  return spreadOf(Array.from({ length: tries }, () => wall(times))).min / times;
}

const TRY = 1e-3; // seconds; a quarter of the shortest time slice that Linux gives

/** Lets V8 finish compiling in the background. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Three digits: 0.123, 1.23, 12.3, 123, 1.23k. */
export function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)}M`;
  if (value >= 1e4) return `${(value / 1e3).toPrecision(3)}k`;
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export const spreadText = ({ median, min, max }: Spread): string => `${short(median)} (${short(min)} … ${short(max)})`;

/** Columns as wide as they need to be; the first is left-aligned. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c]!.length)));
  for (const row of [head, ...rows]) {
    const cells = row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)));
    console.log(`  ${cells.join("   ")}`.trimEnd());
  }
}

/** What one core can do at most, measured when asked. */
export interface Machine {
  /** Multiplications and additions of 128-bit vectors, FLOP/s. */
  flops(): number;
  /** Reading so many bytes over and over, bytes/s. */
  bandwidth(bytes: number): number;
}

/** What all questions are given. */
export interface Setting {
  readonly machine: Machine;
  /** Fewer sizes and rounds: seconds, not minutes. */
  readonly isQuick: boolean;
}

/** Cores, Node, V8, the day. */
export function machineText(): string {
  const cores = cpus();
  const { node, v8 } = process.versions;
  const { version } = JSON.parse(readFileSync(new URL("../packages/cellstate/package.json", import.meta.url), "utf8"));
  const day = new Date().toISOString().slice(0, 10);
  const kind = cores[0]?.model.trim() ?? process.arch;
  return `${cores.length} cores, ${kind}; Node ${node}, V8 ${v8}; cellstate ${version}; ${day}`;
}
