/**
 * Trains what `plan.ts` says and writes `results.json`: every contestant on every task, at every learning rate, from
 * every seed. One thread; an hour or more. Words select tasks, whose results alone are then made anew.
 *
 *     npm run build && node --import ./scripts/typescript.mjs apps/explorer/contrast/record.ts [Adding …]
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { contestants, learningRates, seeds, startOf, type Trial, trials } from "./plan.ts";
import { type Results, recipe, type Tried, taskResults } from "./results.ts";
import { study } from "./study.ts";

const path = fileURLToPath(new URL("results.json", import.meta.url));
const words = process.argv.slice(2);

async function attempt(trial: Trial): Promise<Tried[]> {
  const { title, task, units, batch, budget, target, times } = trial;
  const tried: Tried[] = [];
  for (const contestant of contestants) {
    for (const learningRate of learningRates) {
      const studies = [];
      for (const seed of seeds) {
        const { cell } = contestant;
        const start = startOf(trial, contestant);
        const own = { learningRate, seed, cell, start, threads: 1 };
        const result = await study({ task, units, batch, budget, target, times, ...own });
        const { stopped, sequences, score } = result;
        const said = [title, contestant.name, learningRate, `seed ${seed}`, stopped, sequences, score.toFixed(4)];
        process.stderr.write(`${said.join("  ")}\n`);
        studies.push(result);
      }
      tried.push({ contestant, learningRate, studies });
    }
  }
  return tried;
}

const before: Results | undefined = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
const tasks = [];
for (const trial of trials) {
  const known = before?.tasks.find(({ title }) => title === trial.title);
  const isChosen = words.length === 0 || words.includes(trial.title);
  if (isChosen) tasks.push(taskResults(trial, await attempt(trial)));
  else if (known !== undefined) tasks.push(known);
}
const results: Results = { recipe, tasks };
writeFileSync(path, `${JSON.stringify(results)}\n`);
