/** Temporal order against its rule, read from the sequences as text. */
import { describe, expect, test } from "vitest";
import { temporalOrder } from "./temporalOrder.ts";

const marksIn = (text: string): number[] => [...text.matchAll(/[XY]/g)].map(({ index }) => index);

describe.each([
  { length: 50, lengths: [50, 55], first: [5, 10], second: [25, 30] },
  { length: 100, lengths: [100, 110], first: [10, 20], second: [50, 60] },
  { length: 17, lengths: [17, 18], first: [1, 3], second: [8, 10] },
])("of length $length", ({ length, lengths, first, second }) => {
  const task = temporalOrder({ length });
  const COUNT = 2000;
  const drawn = task.draw(COUNT, { seed: 5 });
  const texts = Array.from({ length: COUNT }, (_, b) => task.text(drawn, b).join(""));
  const spread = (values: readonly number[]) => [Math.min(...values), Math.max(...values)];

  test("sequences are E, distractors with two marks, B, in the ranges of 1997", () => {
    expect(texts.filter((text) => !/^E[abcd]*[XY][abcd]*[XY][abcd]*B$/.test(text))).toEqual([]);
    expect(spread(texts.map((text) => text.length))).toEqual(lengths);
    expect(spread(texts.map((text) => marksIn(text)[0]!))).toEqual(first);
    expect(spread(texts.map((text) => marksIn(text)[1]!))).toEqual(second);
  });

  test("the answer is the two marks in their order, each order as often", () => {
    const counts = new Map<string, number>();
    texts.forEach((text, b) => {
      const order = text.replace(/[^XY]/g, "");
      expect(task.outputs[drawn.targets.values[b]!]).toBe(order);
      counts.set(order, (counts.get(order) ?? 0) + 1);
    });
    // 2,000 draws: 500 of each, with a standard deviation of 19.4
    expect([...counts.keys()].sort()).toEqual(["XX", "XY", "YX", "YY"]);
    for (const count of counts.values()) expect(Math.abs(count - COUNT / 4)).toBeLessThan(4 * 19.4);
  });

  test("the gap goes from the first mark to B, over the range that the task names", () => {
    texts.forEach((text, b) => {
      expect(drawn.answerAt[b]).toBe(text.length - 1);
      expect(drawn.eventAt[b]).toBe(marksIn(text)[0]);
      expect(drawn.gaps[b]).toBe(text.length - 1 - marksIn(text)[0]!);
    });
    expect(spread([...drawn.gaps])).toEqual([task.gaps.from, task.gaps.to]);
  });
});

test("every gap from the least on is had, marked and padded as it should be", () => {
  for (const length of [10, 50]) {
    const task = temporalOrder({ length });
    for (let gap = 8; gap < 140; gap++) {
      const drawn = task.draw(20, { gap, seed: gap });
      for (let b = 0; b < 20; b++) {
        const text = task.text(drawn, b).join("");
        expect(text).toMatch(/^E[abcd]*[XY][abcd]*[XY][abcd]*B$/);
        expect(text.length - 1 - marksIn(text)[0]!).toBe(gap);
        expect(drawn.gaps[b]).toBe(gap);
      }
    }
  }
});

test("sequences asked for by a trained gap are as those that training has with it", () => {
  const task = temporalOrder();
  const free = task.draw(20_000, { seed: 1 });
  const gap = 47;
  const kept = [...free.gaps].flatMap((one, b) => (one === gap ? [free.eventAt[b]!] : []));
  const asked = [...task.draw(kept.length, { seed: 2, gap }).eventAt];
  // first marks of 5, 6 or 7, each a third of some 1,600: a standard deviation of 27 for the difference of two counts
  for (const mark of [5, 6, 7]) {
    const count = (marks: readonly number[]) => marks.filter((one) => one === mark).length;
    expect(Math.abs(count(kept) - count(asked))).toBeLessThan(4 * 27);
  }
  expect(new Set(asked)).toEqual(new Set([5, 6, 7]));
});
