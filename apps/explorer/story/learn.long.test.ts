/** The course works from scratch: a third of its words is enough for the LSTM, and not for a plain RNN. */
import { lstm, simpleRnn } from "cellstate";
import { expect, test } from "vitest";
import { learn } from "./learn.ts";

const few = { start: "uniform", seed: 0, words: 2_000_000 } as const;

test("from two million words the LSTM learns to name the ruler, and says in its file how well", async () => {
  const { model, run } = await learn({ ...few, cell: lstm, learningRate: 7e-3 });
  expect(run.scores.near.right / run.scores.near.stories).toBeGreaterThan(0.9);
  expect(run.curve).toHaveLength(20);
  expect(run.curve[run.kept]!.loss).toBe(Math.min(...run.curve.map(({ loss }) => loss)));
  expect(model.facts).toMatchObject({ level: "word", validation: { value: run.curve[run.kept]!.named } });
  model.close();
});

test("from as many a plain RNN does not", async () => {
  const { model, run } = await learn({ ...few, cell: simpleRnn, learningRate: 2e-3 });
  expect(run.scores.near.right / run.scores.near.stories).toBeLessThan(0.75);
  model.close();
});
