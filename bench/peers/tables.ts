/** The rows of W1 … W5, the same for the terminal and the page: ratios first, what cannot be done in words. */
import { type Spread, short, spreadText } from "../measure.ts";
import { CHARACTERS, nameOf, type Task } from "../tasks.ts";
import type { Measured, Result } from "./collect.ts";
import { COPIES, OURS } from "./names.ts";
import type { Start } from "./results.ts";

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const COPIES_TARGET = 0.9;
const AGREE = 1e-4; // four digits

/** What a time is told as. */
export const unitOf: Readonly<Record<Task["kind"], { readonly name: string; value(seconds: number): number }>> = {
  step: { name: "µs a step", value: (seconds) => seconds * 1e6 },
  forward: { name: "ms", value: (seconds) => seconds * 1e3 },
  characters: { name: "characters/s", value: (seconds) => (CHARACTERS.batch * CHARACTERS.steps) / seconds },
  forecast: { name: "updates/s", value: (seconds) => 1 / seconds },
};

export const oursIn = ({ results }: Measured, threads = 1): Result | undefined =>
  results.find((one) => one.name === OURS && one.threads === threads && one.seconds);

/** Whether the numbers are ours to four digits; `undefined` where there are none. */
export function agrees(own: readonly number[] | undefined, theirs: readonly number[] | undefined): boolean | undefined {
  if (!own || !theirs || theirs.length === 0) return undefined;
  return theirs.every((value, n) => Math.abs(value - own[n]!) <= AGREE * Math.abs(own[n]!));
}

const valueText = (task: Task, { median, min, max }: Spread): string => {
  const { value } = unitOf[task.kind];
  const [low, high] = [value(min), value(max)].sort((a, b) => a - b) as [number, number];
  return spreadText({ median: value(median), min: low, max: high });
};

const checkText = (own: Result | undefined, { check }: Result): string => {
  const same = agrees(own?.check, check);
  if (same === undefined) return "own weights";
  const numbers = check!.map((value) => value.toPrecision(5)).join(" ");
  return same ? numbers : `${numbers}: NOT OURS`;
};

export function taskTable(measured: readonly Measured[]): Table {
  const { task } = measured[0]!;
  const isTraining = task.kind === "characters" || task.kind === "forecast";
  const head = ["who, threads", "H", "speed, ours = 1", "of the limit", unitOf[task.kind].name];
  head.push(isTraining ? "first three losses" : "mean h²", "MB", "note");
  const rows = measured.flatMap((one) => {
    const own = oursIn(one);
    return one.results.map((result) => {
      const who = [`${result.name}, ${result.threads}`, nameOf(one.task)];
      if (!result.seconds) return [...who, "", "", "", "", "", result.cannot ?? ""];
      const { median } = result.seconds;
      const speed = own?.seconds ? short(own.seconds.median / median) : "";
      const check = result.check ? checkText(own, result) : "";
      const memory = result.memory ? short(result.memory / 1e6) : "";
      const limit = short(one.limit.median / median);
      return [...who, speed, limit, valueText(one.task, result.seconds), check, memory, result.note ?? ""];
    });
  });
  return { head, rows };
}

export const startTable = (starts: readonly Start[]): Table => ({
  head: ["who", "ms beyond the bare runtime", "page, KB gzip", "installed, MB", "note"],
  rows: starts.map(({ name, beyond, bundle, installed, cannot }) => [
    name,
    beyond ? spreadText(beyond) : "",
    bundle === undefined ? "" : short(bundle / 1024),
    installed === undefined ? "" : short(installed / 1e6),
    cannot ?? "",
  ]),
});

/** Our two threads, of what two copies of one thread each do at the same time. */
export function copiesTable(measured: readonly Measured[]): Table {
  const rows = measured.flatMap((one) => {
    const copies = one.results.find(({ name }) => name === COPIES)?.seconds;
    const pair = oursIn(one, 2)?.seconds;
    if (!copies || !pair) return [];
    const share = copies.median / pair.median;
    const own = oursIn(one)?.seconds;
    const gain = own ? short(own.median / pair.median) : "";
    return [[nameOf(one.task), short(share), gain, `≥ ${COPIES_TARGET}: ${share >= COPIES_TARGET ? "yes" : "no"}`]];
  });
  return { head: ["H", "two threads, of two copies at once", "of one thread", "target"], rows };
}

/** Who is faster than we are with as many threads, and by how much. */
export function losses(all: readonly (readonly Measured[])[]): Table {
  const rows = all.flatMap((measured, w) =>
    measured.flatMap((one) =>
      one.results.flatMap((result) => {
        const own = oursIn(one, result.threads) ?? (result.threads > 1 ? oursIn(one) : undefined);
        if (!own?.seconds || !result.seconds || result.name.startsWith(OURS)) return [];
        const factor = own.seconds.median / result.seconds.median;
        if (factor <= 1) return [];
        const work = `W${w + 1}, H = ${nameOf(one.task)}`;
        return [
          [work, `${result.name}, ${result.threads}`, `${short(factor)} ×`, String(own.threads), result.note ?? ""],
        ];
      }),
    ),
  );
  return { head: ["work", "who, threads", "faster by", "our threads", "with"], rows };
}
