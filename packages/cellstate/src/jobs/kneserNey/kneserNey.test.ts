/**
 * Kneser-Ney beside the formulas written down again from the paper, over strings and without any table, and by hand on
 * a tiny text.
 */
import { describe, expect, test } from "vitest";
import { generator } from "../../data/random.ts";
import { discountsOf, FALLBACK } from "./discounts.ts";
import { type KneserNey, kneserNey } from "./kneserNey.ts";

type Counts = Map<string, number>;

/** How often each n-gram of `n` symbols occurs. */
function occurrences(text: readonly number[], n: number): Counts {
  const counts: Counts = new Map();
  for (let t = 0; t + n <= text.length; t++) {
    const key = text.slice(t, t + n).join(" ");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** How many different symbols occur in front of each n-gram of `n` symbols. */
function continuations(text: readonly number[], n: number): Counts {
  const counts: Counts = new Map();
  for (const key of occurrences(text, n + 1).keys()) {
    const rest = key.split(" ").slice(1).join(" ");
    counts.set(rest, (counts.get(rest) ?? 0) + 1);
  }
  return counts;
}

/** p(id | context) straight from the definition: slow, and sharing nothing with what it judges but the discounts. */
function slowProbability(text: readonly number[], order: number, V: number, context: readonly number[], id: number) {
  const at = (n: number): number => {
    if (n === 0) return 1 / V;
    const counts = n === order ? occurrences(text, n) : continuations(text, n);
    const sizes = [0, 1, 2, 3, 4].map((c) => [...counts.values()].filter((count) => count === c).length);
    const discounts = discountsOf(sizes);
    if (n - 1 > context.length) return at(n - 1);
    const before = n === 1 ? [] : context.slice(1 - n);
    const following = [...counts].filter(([key]) => key.split(" ").slice(0, -1).join(" ") === before.join(" "));
    const total = following.reduce((sum, [, count]) => sum + count, 0);
    if (total === 0) return at(n - 1);
    const off = (count: number): number => discounts[Math.min(3, count)]!;
    const left = following.reduce((sum, [, count]) => sum + off(count), 0) / total;
    const own = counts.get([...before, id].join(" ")) ?? 0;
    return (own - off(own)) / total + left * at(n - 1);
  };
  return at(order);
}

/** Ids that repeat themselves now and then, as a language does. */
function babble(length: number, vocabulary: number, seed: number): number[] {
  const random = generator(seed, "babble");
  const ids: number[] = [];
  while (ids.length < length) {
    const back = 1 + Math.floor(random.uniform() * 20);
    const run = 1 + Math.floor(random.uniform() * 6);
    const from = ids.length - back;
    if (from < 0 || random.uniform() < 0.4) ids.push(Math.floor(random.uniform() ** 2 * vocabulary));
    else ids.push(...ids.slice(from, from + run));
  }
  return ids.slice(0, length);
}

const sumOver = (counts: KneserNey, context: readonly number[]): number => {
  let sum = 0;
  for (let id = 0; id < counts.vocabulary; id++) sum += Math.exp(counts.logProbability(context, id));
  return sum;
};

describe("kneserNey", () => {
  test.each([1, 2, 3, 4, 7])("of order %i gives the probabilities of the definition, seen and unseen", (order) => {
    const text = babble(1500, 9, order); // at order 7 more n-grams than the first table holds
    const counts = kneserNey(text, { order, vocabulary: 11 });
    const random = generator(order, "contexts");
    for (let n = 0; n < 40; n++) {
      const from = Math.floor(random.uniform() * (text.length - 8));
      const seen = text.slice(from, from + Math.floor(random.uniform() * 8));
      const context = n % 3 === 0 ? seen.map(() => Math.floor(random.uniform() * 11)) : seen;
      const id = Math.floor(random.uniform() * 11);
      const expected = slowProbability(text, order, 11, context, id);
      expect(Math.exp(counts.logProbability(context, id))).toBeCloseTo(expected, 12);
    }
  });

  test("equals what one works out by hand", () => {
    // 0 1 0 1 2: pairs 01 twice, 10 and 12 once; in front of 0: {1}, of 1: {0}, of 2: {1}; both orders' discounts fall
    // back to ½, 1, 1½ as no count is 3 or 4
    const counts = kneserNey([0, 1, 0, 1, 2], { order: 2, vocabulary: 4 });
    const single = (isSeen: boolean): number => ((isSeen ? 0.5 : 0) + 1.5 * 0.25) / 3;
    expect(Math.exp(counts.logProbability([0], 1))).toBeCloseTo((2 - 1) / 2 + (1 / 2) * single(true), 14);
    expect(Math.exp(counts.logProbability([1], 2))).toBeCloseTo(0.5 / 2 + (1 / 2) * single(true), 14);
    expect(Math.exp(counts.logProbability([1], 3))).toBeCloseTo((1 / 2) * single(false), 14);
    // after 2 nothing came: what is known of single symbols is left
    expect(Math.exp(counts.logProbability([2], 0))).toBeCloseTo(single(true), 14);
  });

  test("gives probabilities that add up to 1 after any context, seen or not", () => {
    const random = generator(5, "contexts");
    for (const [length, vocabulary, order] of [
      [3000, 30, 8],
      [200, 2, 5],
      [3, 7, 6],
      [1, 3, 4],
    ] as const) {
      const counts = kneserNey(babble(length, vocabulary, length), { order, vocabulary });
      for (let n = 0; n < 25; n++) {
        const context = Array.from({ length: n % 9 }, () => Math.floor(random.uniform() * vocabulary));
        expect(sumOver(counts, context)).toBeCloseTo(1, 11);
      }
    }
  });

  test("reads a text as one id after another, and all orders at once as each order's own model does", () => {
    const text = babble(2000, 12, 1);
    const judged = babble(300, 12, 2);
    const counts = kneserNey(text, { order: 6, vocabulary: 12 });
    const reader = counts.reader();
    let sum = 0;
    judged.forEach((id, t) => {
      const logProbability = reader.next(id);
      expect(logProbability).toBe(counts.logProbability(judged.slice(0, t), id));
      if (t > 0) sum -= logProbability;
    });
    expect(counts.loss(judged)).toBe(sum / 299);
    const own = [1, 2, 3, 4, 5, 6].map((order) => kneserNey(text, { order, vocabulary: 12 }).loss(judged));
    expect(counts.losses(judged)).toEqual(own);
  });

  test("counts the last ids alone where there is a limit, and says how many", () => {
    const text = babble(1000, 8, 3);
    const judged = babble(200, 8, 4);
    const last = kneserNey(text, { order: 4, vocabulary: 8, limit: 300 });
    expect(last.counted).toBe(300);
    expect(last.losses(judged)).toEqual(kneserNey(text.slice(-300), { order: 4, vocabulary: 8 }).losses(judged));
    expect(kneserNey(text, { order: 4, vocabulary: 8 }).counted).toBe(1000);
  });

  test("gives ids that it has never seen a chance, and judges nothing where there is nothing", () => {
    const counts = kneserNey([0, 0, 0], { order: 3, vocabulary: 5 });
    expect(counts.loss([0, 4, 4, 1])).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(counts.logProbability([], 4)).toBe(counts.logProbability([], 3));
    expect(counts.loss([0])).toBeNaN();
  });

  test("says what is wrong", () => {
    const of = (training: number[], options: Parameters<typeof kneserNey>[1]) => () => kneserNey(training, options);
    expect(of([0, 3], { vocabulary: 3 })).toThrow("kneserNey: training[1] is 3; expected a whole number from 0 to 2");
    expect(of([], { vocabulary: 3 })).toThrow("expected at least one id");
    expect(of([0], { vocabulary: 3, order: 9 })).toThrow("order is 9; expected a whole number from 1 to 8");
    expect(of([0], { vocabulary: 3, limit: 0 })).toThrow("limit is 0");
    expect(() => kneserNey([0], { vocabulary: 2 }).logProbability([0.5], 0)).toThrow("id is 0.5");
    expect(() => kneserNey([0], { vocabulary: 2 }).loss([0, 2])).toThrow("ids[1] is 2");
  });
});

describe("discountsOf", () => {
  test("equals the formula by hand", () => {
    // Y = 100 / (100 + 80) = 5/9
    const [, d1, d2, d3] = discountsOf([0, 100, 40, 20, 12]);
    expect(d1).toBeCloseTo(1 - (2 * (5 / 9) * 40) / 100, 14);
    expect(d2).toBeCloseTo(2 - (3 * (5 / 9) * 20) / 40, 14);
    expect(d3).toBeCloseTo(3 - (4 * (5 / 9) * 12) / 20, 14);
  });

  test.each([
    ["no count of 1", [0, 0, 4, 3, 2]],
    ["no count of 2", [0, 9, 0, 3, 2]],
    ["no count of 3", [0, 9, 4, 0, 2]],
    ["no count of 4", [0, 9, 4, 3, 0]],
    ["more counts of 4 than it can bear", [0, 9, 4, 1, 50]],
    ["more counts of 3 than it can bear", [0, 9, 2, 50, 1]],
  ])("falls back with %s", (_, counts) => {
    expect(discountsOf(counts)).toBe(FALLBACK);
  });
});
