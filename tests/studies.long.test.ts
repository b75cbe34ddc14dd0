/**
 * Long lags, by the recipes and budgets that an LSTM masters in PyTorch and a plain RNN does not (matrices uniform
 * ± 1/√units): half-length temporal order and four embedded Reber strings, three seeds. The rows between show what one
 * wrong setting does; docs/studies.md has the table.
 */
import { expect, test } from "vitest";
import { compare, type Outcome, type Study, studies } from "../examples/20-learning-studies.ts";

const SEEDS = [0, 1, 2];

const table = (study: Study): Promise<Map<string, Outcome[]>> => compare(study, SEEDS, console.log);
const best = (outcomes: readonly Outcome[] | undefined): number[] => outcomes?.map((one) => one.best) ?? [];
const areSolved = (outcomes: readonly Outcome[] | undefined): boolean[] =>
  outcomes?.map(({ solvedAt }) => solvedAt !== undefined) ?? [];
const every = SEEDS.map(() => true);

test("temporal order: the LSTM gets 99 % right from every seed, the plain RNN never 40 %", async () => {
  const outcomes = await table(studies.order);
  expect(areSolved(outcomes.get("LSTM"))).toEqual(every);
  expect(Math.max(...best(outcomes.get("plain RNN")))).toBeLessThan(0.4);
  expect(outcomes.get("plain RNN")).toHaveLength(SEEDS.length);
  // one wrong setting: as good as guessing
  expect(Math.max(...best(outcomes.get("LSTM, forget bias 0")))).toBeLessThan(0.4);
});

test("four Reber strings: the LSTM gets 99 % right twice in a row from every seed, the plain RNN never 75 %", async () => {
  const outcomes = await table(studies.reber);
  expect(areSolved(outcomes.get("LSTM"))).toEqual(every);
  expect(Math.max(...best(outcomes.get("plain RNN")))).toBeLessThan(0.75);
  expect(outcomes.get("plain RNN")).toHaveLength(SEEDS.length);
  // forgetting by default: later, if at all
  const wrong = outcomes.get("LSTM, forget bias -2")!;
  const later = outcomes
    .get("LSTM")!
    .map(({ solvedAt }, k) => (wrong[k]!.solvedAt ?? Number.POSITIVE_INFINITY) > solvedAt!);
  expect(later).toEqual(every);
});
