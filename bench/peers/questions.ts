/** Asks W1 … W7 of everybody, one after the other, prints the answers and hands them on. */
import { clock, type Machine, machineText, short, table } from "../measure.ts";
import { openMachine } from "../peak.ts";
import { limitFormula, nameOf, type Task } from "../tasks.ts";
import { sizes as stepSizes } from "../w1.ts";
import { sizes as forwardSizes } from "../w2.ts";
import { tasks as characterTasks } from "../w3.ts";
import { task as forecastTask } from "../w4.ts";
import * as w6 from "../w6.ts";
import * as w7 from "../w7.ts";
import { type Measured, measure, measureCopies } from "./collect.ts";
import { contestants, versions } from "./contestants.ts";
import type { Results } from "./results.ts";
import { measureStarts } from "./starts.ts";
import { agrees, copiesTable, oursIn, startTable, taskTable } from "./tables.ts";

export type Question = "w1" | "w2" | "w3" | "w4" | "w5" | "w6" | "w7";

export interface Answer {
  readonly results: Results;
  /** How many results are not ours to four digits. */
  readonly disagreements: number;
}

interface How {
  readonly isQuick: boolean;
  readonly isCpu: boolean;
}

const tasksOf: Readonly<Record<"w1" | "w2" | "w3" | "w4", readonly Task[]>> = {
  w1: stepSizes.map((units) => ({ kind: "step", units })),
  w2: forwardSizes.map((units) => ({ kind: "forward", units })),
  w3: characterTasks,
  w4: [forecastTask],
};

const COPIES_FROM = 256; // units: below, one thread is enough

async function askTasks(question: keyof typeof tasksOf, machine: Machine, isQuick: boolean): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const task of isQuick ? tasksOf[question].slice(0, 1) : tasksOf[question]) {
    const one = await measure(machine, task, contestants);
    const isLarge = task.kind === "characters" && task.units >= COPIES_FROM;
    measured.push(isLarge ? { ...one, results: [...one.results, await measureCopies(task)] } : one);
    console.log(`  H = ${nameOf(task)} measured`);
  }
  return measured;
}

function countDisagreements(measured: readonly Measured[]): number {
  const wrong = measured.flatMap((one) =>
    one.results.filter(({ check }) => agrees(oursIn(one)?.check, check) === false),
  );
  return wrong.length;
}

export async function* ask(questions: readonly Question[], { isQuick, isCpu }: How): AsyncGenerator<Answer> {
  clock.isCpu = isCpu;
  const machine = await openMachine();
  const counted = `medians, with (least … most); ${isCpu ? "one thread: time of the process; two: the wall's" : "wall-clock time"}`;
  const flops = machine.flops() / 1e9;
  const bandwidth = [16, 512, 8192, 131_072].map((size) => [size, machine.bandwidth(size * 1024) / 1e9] as const);
  console.log(`${machineText()}\n${counted}`);
  console.log(
    `one core, 128-bit multiply and add: ${short(flops)} GFLOP/s; reading ${bandwidth.map(([size, rate]) => `${size} KiB: ${short(rate)}`).join(", ")} GB/s`,
  );
  const results = { machine: machineText(), clock: counted, versions: versions(), peak: { flops, bandwidth } };
  yield { results, disagreements: 0 };
  for (const question of questions) {
    console.log(`\n${question.toUpperCase()}`);
    if (question === "w5") {
      const starts = await measureStarts(isQuick);
      const { head, rows } = startTable(starts);
      table(head, rows);
      yield { results: { w5: starts }, disagreements: 0 };
    } else if (question === "w6") {
      const cells = await w6.measure(isQuick);
      table(w6.head, w6.rowsOf(cells));
      yield { results: { w6: cells }, disagreements: 0 };
    } else if (question === "w7") {
      const points = await w7.measure(isQuick);
      table(w7.head, w7.rowsOf(points));
      yield { results: { w7: points }, disagreements: 0 };
    } else {
      const measured = await askTasks(question, machine, isQuick);
      console.log(limitFormula[measured[0]!.task.kind]);
      const { head, rows } = taskTable(measured);
      table(head, rows);
      const copies = copiesTable(measured);
      if (copies.rows.length > 0) table(copies.head, copies.rows);
      yield { results: { [question]: measured }, disagreements: countDisagreements(measured) };
    }
  }
}
