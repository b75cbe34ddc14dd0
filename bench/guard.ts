/**
 * `npm run bench:guard`: a slow-down by half cannot land unseen. It compares ratios inside one run, measured in turns:
 * this library against the peak of the machine, other cells against the LSTM, two threads against two copies. Time is
 * this process' own, so that others on the machine hardly count; what fails is measured again, longer, twice at most.
 * The last line is `N passed, N failed`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Doer } from "./doer.ts";
import { makeGiven, writeGiven } from "./given.ts";
import { LEAST, ofTheLimit, ofTheLstm, RAISE, twoThreads } from "./guardRows.ts";
import { interleave, type Machine, machineText, short, spreadOf, spreadText, table } from "./measure.ts";
import { openOurs } from "./ours.ts";
import { openMachine } from "./peak.ts";
import { ours, start } from "./process.ts";
import { limitOf, type Task } from "./tasks.ts";
import { flopsPerCharacter, openCharacters } from "./training.ts";
import { cells } from "./w6.ts";

interface Row {
  readonly name: string;
  readonly value: number;
  readonly why: string;
  /** One ratio; more is better. */
  readonly measure: () => Promise<number>;
}

const ROUNDS = [5, 9, 15];
const PIECE = 0.15; // seconds of work in a measurement
const UNITS = 128; // of the cells that are compared

/** How often the work is done in a measurement, after it has been compiled. */
async function piecesOf(doer: Doer): Promise<number> {
  let times = 1;
  for (;;) {
    const { cpu } = await doer.run(times);
    if (cpu > PIECE) return Math.max(1, Math.round((times * PIECE) / cpu));
    times *= 2;
  }
}

async function limitRow(machine: Machine, { value, why, ...task }: (typeof ofTheLimit)[number]): Promise<Row> {
  const doer = await openOurs(task, makeGiven(task), 1);
  const times = await piecesOf(doer);
  return {
    name: `${task.kind}, H = ${task.units}, of the limit`,
    value,
    why,
    async measure() {
      const before = limitOf(task, machine);
      const { cpu } = await doer.run(times);
      // the faster of two, as a neighbour can only slow the machine down
      return (Math.min(before, limitOf(task, machine)) * times) / cpu;
    },
  };
}

async function cellRows(): Promise<Row[]> {
  const sizesOf = (name: string) => ({ units: UNITS, ...(name === "sLSTM" && { heads: 4 }) });
  const rate = async (name: string): Promise<() => Promise<number>> => {
    const doer = await openCharacters(cells[name]!, sizesOf(name));
    const times = await piecesOf(doer);
    const flops = flopsPerCharacter(cells[name]!, sizesOf(name)) * times;
    return async () => flops / (await doer.run(times)).cpu;
  };
  const lstm = await rate("LSTM");
  const rows = Object.entries(ofTheLstm).map(async ([name, { value, why }]): Promise<Row> => {
    const own = await rate(name);
    return { name: `${name}, per FLOP of the LSTM's`, value, why, measure: async () => (await own()) / (await lstm()) };
  });
  return Promise.all(rows);
}

/** Both ways are slowed down alike by who else uses the machine. */
async function threadsRow(folder: string): Promise<Row> {
  const { units, value, why } = twoThreads;
  const task: Task = { kind: "characters", units, layers: 1 };
  writeGiven(folder, makeGiven(task));
  const [pair, ...copies] = [2, 1, 1].map((threads) => ({ threads, remote: start(ours) }));
  for (const { threads, remote } of [pair!, ...copies]) {
    const opened = await remote.open(task, folder, threads, 60);
    if (typeof opened === "string") throw new Error(opened);
  }
  const UPDATES = 8;
  const rate = async ({ remote }: typeof pair & object): Promise<number> => {
    const time = await remote.run(UPDATES, 60);
    if (typeof time === "string") throw new Error(time);
    return UPDATES / time.wall;
  };
  return {
    name: `two threads, H = ${units}, of two copies at once`,
    value,
    why,
    async measure() {
      const together = await rate(pair!);
      const apart = await Promise.all(copies.map(rate));
      return together / apart.reduce((sum, one) => sum + one, 0);
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), "cellstate-guard-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
console.log(machineText());
const machine = await openMachine();
const rows: Row[] = [];
for (const one of ofTheLimit) rows.push(await limitRow(machine, one));
rows.push(...(await cellRows()));
rows.push(await threadsRow(folder));

const lines = new Map<string, string[]>();
let pending = rows;
for (const rounds of ROUNDS) {
  const values = await interleave(
    rounds,
    pending.map(({ name, measure }) => ({ name, run: measure })),
  );
  for (const { name, value } of pending) {
    const spread = spreadOf(values[name]!);
    const outcome =
      spread.median < LEAST * value ? "failed" : spread.median > RAISE * value ? "passed; raise it" : "passed";
    lines.set(name, [name, spreadText(spread), short(value), `≥ ${short(LEAST * value)}`, outcome]);
  }
  pending = pending.filter(({ name }) => lines.get(name)![4] === "failed");
  if (pending.length === 0) break;
}
table(["ratio", "now", "noted", "least", "outcome"], [...lines.values()]);
for (const { name, why } of pending) console.log(`failed: ${name}; it watches ${why}`);
console.log(`\n${rows.length - pending.length} passed, ${pending.length} failed`);
process.exit(pending.length > 0 ? 1 : 0);
