/**
 * W7: how time and memory grow with the length of sequences, units, batch and vocabulary. A token's share of both
 * should stay the same, or fall, where the arithmetic does not grow.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { secondsOf } from "./doer.ts";
import { type Setting, short, table } from "./measure.ts";

export const question = "W7: how do time and memory of a token grow?";

/** Steps, units, batch, vocabulary. */
export type Sizes = Readonly<Record<"T" | "H" | "B" | "V", number>>;

/** Of one token of training: seconds, and bytes of the process' most memory beyond the loaded library. */
export interface Growth {
  readonly wall: number;
  readonly cpu: number;
  readonly memory: number;
}

export interface Point extends Sizes {
  readonly axis: keyof Sizes;
  readonly seconds: number;
  readonly memory: number;
}

export const middle: Sizes = { T: 64, H: 128, B: 32, V: 65 };

export const axes: Readonly<Record<keyof Sizes, { readonly name: string; readonly values: readonly number[] }>> = {
  T: { name: "steps", values: [16, 64, 256, 1024, 4096] },
  H: { name: "units", values: [32, 64, 128, 256, 512, 1024] },
  B: { name: "batch", values: [1, 4, 16, 64, 256] },
  V: { name: "vocabulary", values: [65, 512, 4096, 16_384, 50_000] },
};

const script = fileURLToPath(new URL("growth.ts", import.meta.url));
const loader = fileURLToPath(new URL("../scripts/typescript.mjs", import.meta.url));

async function measureOne(sizes: Sizes): Promise<Growth> {
  const args = ["--import", loader, script, JSON.stringify(sizes)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Growth;
}

/** Quickly, the ends of each axis only, and not the largest. */
export async function measure(isQuick: boolean): Promise<Point[]> {
  const points: Point[] = [];
  for (const [axis, { values }] of Object.entries(axes) as [keyof Sizes, (typeof axes)["T"]][]) {
    for (const value of isQuick ? [values[0]!, values.at(-2)!] : values) {
      const sizes = { ...middle, [axis]: value };
      const growth = await measureOne(sizes);
      points.push({ ...sizes, axis, seconds: secondsOf(growth), memory: growth.memory });
    }
  }
  return points;
}

export const heading = `training as W3 with T = ${middle.T}, H = ${middle.H}, B = ${middle.B}, V = ${middle.V}, one of them changed; a process each`;
export const head = ["", "µs a token", "KB a token"];

export const rowsOf = (points: readonly Point[]): string[][] =>
  points.map(({ axis, seconds, memory, ...sizes }) => [
    `${axis} = ${sizes[axis]}`,
    short(seconds * 1e6),
    short(memory / 1024),
  ]);

export async function run({ isQuick }: Setting): Promise<void> {
  console.log(heading);
  table(head, rowsOf(await measure(isQuick)));
}
