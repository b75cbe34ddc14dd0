/**
 * An LSTM that keeps a symbol over four Reber strings, and a simple network that does not; and that what `results.json`
 * says of them comes out again, on any machine, to the last digit.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { contestants, startOf, trials } from "./plan.ts";
import { type Results, runOf } from "./results.ts";
import { study } from "./study.ts";

const results: Results = JSON.parse(readFileSync(new URL("results.json", import.meta.url), "utf8"));
const TITLE = "Four Reber strings";
const trial = trials.find(({ title }) => title === TITLE)!;
const recorded = results.tasks.find(({ title }) => title === TITLE)!.contestants;

test.each(contestants)("$name on four Reber strings does what is recorded of it", async (contestant) => {
  const { learningRate, runs } = recorded.find(({ name }) => name === contestant.name)!;
  const { seed } = runs[0]!;
  const { task, units, batch, budget, target, times } = trial;
  const own = { cell: contestant.cell, start: startOf(trial, contestant), learningRate, seed };
  const result = await study({ task, units, batch, budget, target, times, ...own });
  expect(runOf(seed, result)).toEqual(runs[0]);
  if (contestant.name === "LSTM") expect(result.score).toBeGreaterThan(0.97);
  else expect(result.score).toBeLessThan(0.75);
});
