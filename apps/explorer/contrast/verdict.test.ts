/** The sentences of the fifth view follow from numbers: from made-up ones, and from the recorded ones. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { contestants, learningRates, seeds, startOf, trials } from "./plan.ts";
import {
  type ContestantResults,
  type Results,
  type RunResults,
  recipe,
  someDistances,
  type TaskResults,
} from "./results.ts";
import { gapsToJudge } from "./study.ts";
import { verdict } from "./verdict.ts";

const run = (score: number, stopped: RunResults["stopped"] = "budget", more: Partial<RunResults> = {}): RunResults => ({
  ...{ seed: 0, stopped, sequences: 100, score, curve: [score], byGap: [score, score] },
  gradient: { start: [2, 0.5], trained: [4, 2e-13] },
  ...more,
});
const named = (name: string, runs: readonly RunResults[]): ContestantResults => ({
  ...{ name, cell: name, parameters: 10, start: {}, learningRate: 0.01, tried: [], runs },
});
const order = (own: readonly ContestantResults[], more: Partial<TaskResults> = {}): TaskResults => ({
  ...{ title: "Order", name: "temporalOrder", options: {}, units: 8, batch: 8, budget: 100, every: 10, target: 0.99 },
  ...{ times: 1, score: "accuracy", chance: 0.25, trained: [40, 50], gaps: [50, 60], distances: [0, 40] },
  contestants: own,
  ...more,
});
const said = (task: TaskResults) => verdict({ tasks: [task] });

describe("the verdict over made-up numbers", () => {
  test("claims what holds in every run, rounded to the side on which it is true", () => {
    const lstm = named("LSTM", [run(0.9962, "solved"), run(1, "solved"), run(0.99349, "solved")]);
    const rnn = named("RNN", [run(0.24), run(0.26012), run(0.2)]);
    expect(said(order([lstm, rnn])).tasks[0]!.score).toBe(
      "The LSTM answers at least 99.3 % right, the RNN at most 26.1 %; guessing gives 25 %.",
    );
  });

  test("says of errors the same the other way round", () => {
    const lstm = named("LSTM", [run(0.00231, "solved"), run(0.001, "solved")]);
    const rnn = named("RNN", [run(0.1679), run(0.2)]);
    const task = order([lstm, rnn], { score: "squared error", chance: 1 / 6, target: 0.005 });
    expect(said(task).tasks[0]!.score).toBe(
      "The LSTM ends with a squared error of at most 0.0024, the RNN's is at least 0.16; always answering the mean gives 0.167.",
    );
  });

  test("hides neither a run that fails nor one that succeeds", () => {
    const lstm = named("LSTM", [run(0.9962, "solved"), run(0.7), run(0.999, "solved")]);
    const rnn = named("RNN", [run(0.24), run(0.992, "solved"), run(0.2)]);
    const { headline, tasks } = said(order([lstm, rnn]));
    expect(headline).toBe("Trained by one recipe, the LSTM solves its task in 2 of 3 runs, the RNN in 1 of 3.");
    expect(tasks[0]!.score).toBe(
      "The LSTM answers 70 to 99.9 % (2 of 3 runs meet the target) right, the RNN 20 to 99.2 % (1 of 3 runs meet the target); guessing gives 25 %.",
    );
  });

  test("says how it goes beyond the trained gaps, of those alone that met the target", () => {
    const lstm = named("LSTM", [run(1, "solved", { byGap: [1, 0.987] }), run(1, "solved", { byGap: [1, 0.95] })]);
    const able = said(order([lstm, named("RNN", [run(0.3), run(0.2)])])).tasks[0]!;
    expect(able.beyond).toBe(
      "At a gap of 60, which training (40 to 50) does not have, right are: the LSTM 95 to 98.7 %.",
    );
    expect(said(order([named("RNN", [run(0.3)])])).tasks[0]!.beyond).toBeUndefined();
    expect(said(order([lstm], { gaps: [50] })).tasks[0]!.beyond).toBeUndefined();
  });

  test("says what is left of the gradient at the shortest trained gap, in the middle run", () => {
    const gradient = (start: number) => ({ gradient: { start: [2, start, 9], trained: [4, 2e-13, 9] } });
    const runs = [run(1, "solved", gradient(1)), run(1, "solved", gradient(0.2)), run(1, "solved", gradient(1e-6))];
    const task = order([named("LSTM", runs), named("RNN", [run(0.2, "budget", gradient(2))])], {
      distances: [0, 40, 45],
    });
    expect(said(task).tasks[0]!.gradient).toBe(
      "Against its size at the answer, the gradient 40 steps before is: LSTM 0.1 before training and 5·10⁻¹⁴ after, RNN 1 and 5·10⁻¹⁴.",
    );
  });
});

describe("the recorded results", () => {
  const text = readFileSync(new URL("results.json", import.meta.url), "utf8");
  const results: Results = JSON.parse(text);

  test("are of the plan, complete, and small", () => {
    expect(text.length).toBeLessThan(60 * 1024);
    expect(results.recipe).toEqual(JSON.parse(JSON.stringify(recipe)));
    expect(results.tasks.map(({ title }) => title)).toEqual(trials.map(({ title }) => title));
    results.tasks.forEach((task, k) => {
      const trial = trials[k]!;
      const { units, batch, budget, target, times } = trial;
      expect(task).toMatchObject({
        name: trial.task.name,
        options: trial.task.options,
        units,
        batch,
        budget,
        target,
        times,
      });
      expect(task.trained).toEqual([trial.task.gaps.from, trial.task.gaps.to]);
      expect(task.gaps).toEqual(gapsToJudge(trial.task));
      expect(task.contestants.map(({ name }) => name)).toEqual(contestants.map(({ name }) => name));
      task.contestants.forEach((one, c) => {
        expect(one.start).toEqual(startOf(trial, contestants[c]!));
        expect(one.tried.map(({ learningRate }) => learningRate)).toEqual(learningRates);
        expect(learningRates).toContain(one.learningRate);
        expect(one.runs.map(({ seed }) => seed)).toEqual(seeds);
        for (const { byGap, gradient, curve, sequences, stopped } of one.runs) {
          expect(byGap).toHaveLength(task.gaps.length);
          expect(gradient.start).toHaveLength(task.distances.length);
          expect(gradient.trained).toHaveLength(task.distances.length);
          expect(curve).toHaveLength(sequences / task.every);
          expect(stopped).toMatch(/^(solved|budget|diverged)$/);
        }
      });
      expect(task.distances).toEqual(someDistances(task.distances.at(-1)! + 1));
    });
  });

  test("have runs that are called solved exactly where their last scores meet the target", () => {
    for (const { contestants: own, target, times, score } of results.tasks) {
      const meets = (value: number) => (score === "accuracy" ? value >= target : value <= target);
      for (const { stopped, curve } of own.flatMap(({ runs }) => runs)) {
        expect(curve.slice(-times).every(meets) && curve.length >= times).toBe(stopped === "solved");
      }
    }
  });

  /** Every number of a sentence, and the words before it. */
  const numbersIn = (sentence: string): number[] => [...sentence.matchAll(/\d+(?:\.\d+)?/g)].map(([n]) => Number(n));

  test("bear out every bound that the verdict states", () => {
    verdict(results).tasks.forEach((one, k) => {
      const { score, contestants: own } = results.tasks[k]!;
      const clauses = one.score.split(/[,;]/);
      own.forEach(({ runs }, c) => {
        const clause = clauses[c]!;
        const scores = runs.map((r) => (score === "accuracy" ? 100 * r.score : r.score));
        const [first = Number.NaN, second = Number.NaN] = numbersIn(clause);
        if (clause.includes("at least")) expect(Math.min(...scores), clause).toBeGreaterThanOrEqual(first);
        else if (clause.includes("at most")) expect(Math.max(...scores), clause).toBeLessThanOrEqual(first);
        else {
          expect(Math.min(...scores), clause).toBeGreaterThanOrEqual(first);
          expect(Math.max(...scores), clause).toBeLessThanOrEqual(second);
        }
      });
    });
  });

  test("are what the page about tasks says of them", () => {
    const page = readFileSync(new URL("../../../docs/tasks.md", import.meta.url), "utf8").replace(/\s+/g, " ");
    const { headline, tasks } = verdict(results);
    for (const one of [headline, ...tasks.flatMap(({ score, beyond }) => [score, beyond ?? ""])]) {
      expect(page).toContain(one);
    }
  });

  test("show an LSTM that solves every task from every seed, and an RNN that solves none from any", () => {
    for (const { contestants: own } of results.tasks) {
      const stops = (name: string) => own.find((one) => one.name === name)!.runs.map(({ stopped }) => stopped);
      expect(stops("LSTM")).toEqual(["solved", "solved", "solved"]);
      expect(stops("RNN")).toEqual(["budget", "budget", "budget"]);
    }
  });
});
