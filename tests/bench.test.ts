/** The benchmarks' own arithmetic: what everybody is given fits, and the guard cannot miss a slow-down by half. */
import { expect, test } from "vitest";
import { makeGiven } from "../bench/given.ts";
import { LEAST, ofTheLimit, ofTheLstm, RAISE } from "../bench/guardRows.ts";
import { openOurs } from "../bench/ours.ts";
import { agrees } from "../bench/peers/tables.ts";
import { inputsOf, transposed } from "../bench/peers/weights.ts";
import type { Task } from "../bench/tasks.ts";
import { cells } from "../bench/w6.ts";
import { read } from "./repository.ts";

test("half the speed fails a row of the guard, also where its value has become too low", () => {
  expect(RAISE / 2).toBeLessThan(LEAST);
  expect(LEAST).toBeLessThan(0.71); // a busy machine gave 0.71 at worst, and passes
  expect(ofTheLimit.every(({ value }) => value > 0 && value <= 1)).toBe(true);
});

test("the cells that the guard compares are those of W6", () => {
  expect(Object.keys(cells)).toEqual(expect.arrayContaining(["LSTM", ...Object.keys(ofTheLstm)]));
});

const tasks: Task[] = [
  { kind: "step", units: 8 },
  { kind: "forward", units: 8 },
  { kind: "characters", units: 8, layers: 2 },
  { kind: "forecast", units: 8 },
];
test.each(tasks)(
  "what is given for $kind are all parameters of the model, and one run is like another",
  async (task) => {
    const check = async (): Promise<readonly number[]> => {
      const doer = await openOurs(task, makeGiven(task), 1);
      const numbers = await doer.check();
      doer.close();
      return numbers;
    };
    const numbers = await check();
    expect(numbers.every((value) => Number.isFinite(value) && value > 0)).toBe(true);
    expect(await check()).toEqual(numbers);
  },
);

test("gates are put one below the other in any order, and matrices turned", () => {
  const given = makeGiven({ kind: "forecast", units: 2 });
  const columns = (gate: string): number[] => [...given[`recurrent.0.forward.W_${gate}`]!.values];
  const stacked = inputsOf(given, 0, "igfo");
  expect(stacked.shape).toEqual([8, 1]);
  expect([...stacked.values]).toEqual(["i", "g", "f", "o"].flatMap(columns));
  const turned = transposed({ shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) });
  expect([turned.shape, ...turned.values]).toEqual([[3, 2], 1, 4, 2, 5, 3, 6]);
});

test("numbers agree to four digits or do not", () => {
  expect(agrees([4.1764, 4.1791], [4.17645, 4.17905])).toBe(true);
  expect(agrees([4.1764, 4.1791], [4.1764, 4.1801])).toBe(false);
  expect(agrees([4.1764], [])).toBeUndefined();
});

test("the page of benchmarks has a place for every answer", () => {
  const page = read("docs/benchmarks.md");
  const names = ["machine", "faster", "w1", "w2", "w3", "w4", "w5", "w6", "w7"];
  expect([...page.matchAll(/^<!-- (\w+) -->$/gm)].map(([, name]) => name)).toEqual(names);
  for (const name of names) expect(page.indexOf(`<!-- /${name} -->`)).toBeGreaterThan(page.indexOf(`<!-- ${name} -->`));
});
