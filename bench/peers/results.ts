/** What a run has measured: kept as one file, so that questions can be asked again one by one, and the page drawn. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Spread } from "../measure.ts";
import type { Sizes } from "../w5.ts";
import type { Relative } from "../w6.ts";
import type { Point } from "../w7.ts";
import type { Measured } from "./collect.ts";

export interface Start extends Sizes {
  readonly name: string;
  /** Milliseconds beyond the runtime. */
  readonly beyond?: Spread;
  readonly cannot?: string;
}

export interface Results {
  /** The machine, Node, the day. */
  readonly machine?: string;
  /** Whose time counts. */
  readonly clock?: string;
  readonly versions?: Readonly<Record<string, string>>;
  /** GFLOP/s of one core, and GB/s by KiB read. */
  readonly peak?: { readonly flops: number; readonly bandwidth: readonly (readonly [number, number])[] };
  readonly w1?: readonly Measured[];
  readonly w2?: readonly Measured[];
  readonly w3?: readonly Measured[];
  readonly w4?: readonly Measured[];
  readonly w5?: readonly Start[];
  readonly w6?: readonly Relative[];
  readonly w7?: readonly Point[];
}

const file = fileURLToPath(new URL("../../docs/benchmarks.json", import.meta.url));
const draft = fileURLToPath(new URL("../../.bench/peers.json", import.meta.url));

export const readResults = (): Results => {
  const found = [draft, file].find(existsSync);
  return found ? (JSON.parse(readFileSync(found, "utf8")) as Results) : {};
};

const rounded = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;

export function writeResults(results: Results, isFinal: boolean): void {
  const to = isFinal ? file : draft;
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, `${JSON.stringify(results, rounded, 2)}\n`);
}
