/** What all tasks have in common: seeds, endless batches, judging, checks; and that small ones are learned. */
import { describe, expect, test } from "vitest";
import { lstm } from "../../cells/lstm.ts";
import { dense, recurrent, sequential } from "../../layers/layers.ts";
import { createModel } from "../../model/model.ts";
import { tasks } from "../../tasks.ts";
import { evaluate } from "../../train/evaluate.ts";
import { crossEntropy, meanSquaredError } from "../../train/losses.ts";
import { adam } from "../../train/optimizers.ts";
import { train } from "../../train/train.ts";
import { batches, type Dataset } from "../windows.ts";
import type { Examples, Task } from "./task.ts";

const small = [
  tasks.adding({ length: 9 }),
  tasks.temporalOrder({ length: 12 }),
  tasks.embeddedReber({ strings: 2 }),
  tasks.copy({ length: 3, symbols: 4, blanks: 5 }),
];
const lossOf = (task: Task) => (task.targets === "ids" ? crossEntropy() : meanSquaredError());
const modelFor = (task: Task, units: number) => {
  const { output, outputs, inputs } = task;
  const layers = sequential(recurrent(lstm, { units, output }), dense({ units: outputs.length }));
  return createModel(layers, { seed: 3, input: inputs.length, threads: 1 });
};
const numbers = ({ x, targets }: Pick<Examples, "x" | "targets">) => [[...x.values], [...targets.values]];

describe.each(small)("$name", (task) => {
  test("draws the same sequences for the same seed and purpose, and others for others", () => {
    const drawn = numbers(task.draw(20, { seed: 1 }));
    expect(numbers(task.draw(20, { seed: 1 }))).toEqual(drawn);
    expect(numbers(task.draw(20, { seed: 2 }))).not.toEqual(drawn);
    expect(numbers(task.draw(20, { seed: 1, purpose: "other" }))).not.toEqual(drawn);
  });

  test("makes the same batch for the same epoch, step and seed, in any order, and another for any other", () => {
    const data: Dataset = task.training({ batch: 7, steps: 3 });
    const again: Dataset = task.training({ batch: 7, steps: 3 });
    const places = [0, 1].flatMap((epoch) => [0, 1, 2].flatMap((step) => [5, 6].map((seed) => [epoch, step, seed])));
    const made = places.map(([epoch, step, seed]) =>
      JSON.stringify(numbers(data.batch(epoch!, step!, seed!) as never)),
    );
    const backward = [...places].reverse().map(([epoch, step, seed]) => again.batch(epoch!, step!, seed!));
    expect(backward.reverse().map((batch) => JSON.stringify(numbers(batch as never)))).toEqual(made);
    expect(new Set(made).size).toBe(places.length);
    expect(data).toMatchObject({ steps: 3, carryState: false });
  });

  test("is made again by its name and options", () => {
    const again = tasks[task.name as keyof typeof tasks](task.options);
    expect(JSON.stringify(again)).toBe(JSON.stringify(task));
    expect(numbers(again.draw(5))).toEqual(numbers(task.draw(5)));
  });

  test("is judged one by one as it is together, whatever the padding", async () => {
    const model = await modelFor(task, 5);
    const { score, scores } = await task.judge(model, task.draw(30, { seed: 4 }));
    expect(score).toBeCloseTo([...scores].reduce((sum, one) => sum + one, 0) / 30, 12);
    const drawn = task.draw(30, { seed: 4 });
    for (const b of [0, 7, 29]) {
      const steps = drawn.x.shape[1]!;
      const length = drawn.x.lengths?.[b] ?? steps;
      const cut = (values: ArrayLike<number>, size: number, count: number) =>
        Float32Array.from({ length: count * size }, (_, k) => values[b * (count === length ? steps : 1) * size + k]!);
      const alone: Examples = {
        x: { values: cut(drawn.x.values, task.inputs.length, length), shape: [1, length, task.inputs.length] },
        targets:
          task.output === "last"
            ? { values: [drawn.targets.values[b]!], shape: task.targets === "ids" ? [1] : [1, 1] }
            : { values: cut(drawn.targets.values, 1, length), shape: [1, length] },
        eventAt: drawn.eventAt.slice(b, b + 1),
        answerAt: drawn.answerAt.slice(b, b + 1),
        gaps: drawn.gaps.slice(b, b + 1),
      };
      expect((await task.judge(model, alone)).score).toBe(scores[b]);
    }
    model.close();
  });

  test("trains with the loss that its targets name, and is judged like its own validation", async () => {
    const model = await modelFor(task, 6);
    const drawn = task.draw(40, { seed: 8 });
    const weights = drawn.weights && { weights: drawn.weights };
    const judged = batches(drawn.x, drawn.targets, { batch: 40, shuffle: false, ...weights });
    const before = await evaluate(model, judged, { loss: lossOf(task) });
    const { score } = await task.judge(model, drawn);
    if (task.score === "squared error") expect(score).toBeCloseTo(before.loss, 5); // float32 sums
    const options = { loss: lossOf(task), optimizer: adam({ learningRate: 1e-2 }), clipNorm: 1, seed: 2 };
    await train(model, task.training({ batch: 16 }), { ...options, steps: 30 });
    expect((await evaluate(model, judged, { loss: lossOf(task) })).loss).toBeLessThan(before.loss);
    model.close();
  });

  test("refuses a gap that it cannot have, and counts that are none", () => {
    expect(() => task.draw(3, { gap: 0 })).toThrow(`${task.name}.draw: gap is 0; expected a whole number from `);
    expect(() => task.draw(3, { gap: 20_000 })).toThrow("10000");
    expect(() => task.draw(0)).toThrow(`${task.name}.draw: count is 0; expected a whole number of at least 1.`);
    expect(() => task.training({ batch: 1.5 })).toThrow(`${task.name}.training: batch is 1.5`);
    expect(() => task.training({ batch: 2, steps: 4 }).batch(0, 4, 1)).toThrow("from 0 to 3");
  });

  test("refuses to show a row that is not there", () => {
    const drawn = task.draw(3);
    for (const row of [3, -1, 0.5]) {
      const said = `${task.name}.text: row is ${row}; expected a whole number from 0 to 2.`;
      expect(() => task.text(drawn, row)).toThrow(said);
    }
  });
});

test.each([
  ["adding", { length: 1 }, "length is 1; expected a whole number from 2 to 10000"],
  ["temporalOrder", { length: 9 }, "length is 9; expected a whole number from 10 to 10000"],
  ["embeddedReber", { strings: 33 }, "strings is 33; expected a whole number from 1 to 32"],
  ["copy", { symbols: 1 }, "symbols is 1; expected a whole number from 2 to 1000"],
  ["copy", { blanks: Number.NaN }, "blanks is NaN; expected a whole number from 1 to 10000"],
] as const)("%s refuses %o", (name, options, said) => {
  expect(() => tasks[name](options)).toThrow(`${name}: ${said}`);
});

test("a small LSTM learns one embedded Reber string: right in 95 of 100 after 800 batches, by chance in 50", async () => {
  const task = tasks.embeddedReber();
  const model = await modelFor(task, 16);
  const judged = task.draw(300);
  const before = await task.judge(model, judged);
  const options = { loss: crossEntropy(), optimizer: adam({ learningRate: 1e-2 }), clipNorm: 1, seed: 1 };
  await train(model, task.training({ batch: 16 }), { ...options, steps: 800 });
  const after = await task.judge(model, judged);
  model.close();
  expect(Math.abs(before.score - 0.5)).toBeLessThan(0.12);
  expect(after.score).toBeGreaterThan(0.95);
});
