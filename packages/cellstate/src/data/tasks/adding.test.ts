/** The adding problem against its rule, read from the sequences themselves. */
import { describe, expect, test } from "vitest";
import { adding } from "./adding.ts";
import type { Examples } from "./task.ts";

/** Values and marked steps of a row, from x alone. */
function rowOf({ x, targets, answerAt, gaps }: Examples, b: number) {
  const [, steps = 0] = x.shape;
  const length = x.lengths?.[b] ?? steps;
  const at = (t: number, k: number) => x.values[(b * steps + t) * 2 + k]!;
  const marked = Array.from({ length }, (_, t) => t).filter((t) => at(t, 1) !== 0);
  const values = Array.from({ length }, (_, t) => at(t, 0));
  return { length, marked, values, at, target: targets.values[b]!, answerAt: answerAt[b]!, gap: gaps[b]! };
}

describe.each([100, 31, 2])("of %i steps", (length) => {
  const task = adding({ length });
  const drawn = task.draw(400, { seed: 3 });
  const rows = Array.from({ length: 400 }, (_, b) => rowOf(drawn, b));

  test("two steps are marked with 1, one in each half", () => {
    for (const { marked, at } of rows) {
      expect(marked).toHaveLength(2);
      expect(marked.map((t) => at(t, 1))).toEqual([1, 1]);
      expect(marked[0]).toBeLessThan(Math.floor(length / 2));
      expect(marked[1]).toBeGreaterThanOrEqual(Math.floor(length / 2));
    }
    // every place is taken by one or the other
    if (length < 100) expect(new Set(rows.flatMap(({ marked }) => marked)).size).toBe(length);
  });

  test("the target is the sum of the marked values, within float32's rounding", () => {
    for (const { marked, values, target } of rows) {
      expect(Math.abs(target - values[marked[0]!]! - values[marked[1]!]!)).toBeLessThan(2e-7);
    }
    expect(rows.every(({ values }) => values.every((value) => value >= 0 && value < 1))).toBe(true);
  });

  test("the gap goes from the first marked step to the last step, over the range that the task names", () => {
    for (const { marked, gap, answerAt } of rows) {
      expect(answerAt).toBe(length - 1);
      expect(gap).toBe(length - 1 - marked[0]!);
      expect(gap).toBeGreaterThanOrEqual(task.gaps.from);
      expect(gap).toBeLessThanOrEqual(task.gaps.to);
    }
    const gaps = rows.map(({ gap }) => gap);
    expect([Math.min(...gaps), Math.max(...gaps)]).toEqual([task.gaps.from, task.gaps.to]);
  });
});

test.each([1, 12, 49, 50, 99, 100, 130])("a gap of %i is had, with longer sequences where it needs them", (gap) => {
  const drawn = adding().draw(300, { gap });
  const seconds = new Set<number>();
  for (let b = 0; b < 300; b++) {
    const { length, marked, gap: measured, answerAt } = rowOf(drawn, b);
    expect(length).toBe(Math.max(100, gap + 1));
    expect(marked).toHaveLength(2);
    expect(answerAt - marked[0]!).toBe(gap);
    expect(measured).toBe(gap);
    expect(marked[1]).toBeGreaterThanOrEqual(Math.floor(length / 2));
    seconds.add(marked[1]!);
  }
  expect(seconds.size).toBeGreaterThan(Math.min(gap, 50) * 0.9);
});

test("always answering 1 has the error that the task gives as chance", async () => {
  const task = adding({ length: 20 });
  const drawn = task.draw(4000);
  const one = { predict: async () => ({ values: new Float32Array(4000).fill(1), shape: [4000, 1] }) };
  const { score } = await task.judge(one as never, drawn);
  // the mean of 4,000 squares whose standard deviation is .197
  expect(Math.abs(score - task.chance)).toBeLessThan(3 * (0.197 / Math.sqrt(4000)));
});
