/** The baseline's figures, by hand where that can be done, and on tiny Shakespeare as another program counts them. */
import { describe, expect, test } from "vitest";
import { generator } from "../data/random.ts";
import { besideCounting, textBaseline } from "./baseline.ts";

describe("textBaseline", () => {
  test("of a coin's throws is near ln 2, of strict alternation near 0 with pairs", () => {
    const alternating = Array.from({ length: 1000 }, (_, t) => t % 2);
    const { uniform, unigram, bigram } = textBaseline(alternating, alternating.slice(0, 100), 2);
    expect(uniform).toBeCloseTo(Math.LN2, 12);
    expect(unigram).toBeCloseTo(Math.LN2, 3);
    expect(bigram).toBeLessThan(0.002);
  });

  test("equals the formula worked out by hand", () => {
    // after 0 came 1, 1, 2; after 1 came 0, 0; after 2 nothing
    const training = [0, 1, 0, 1, 0, 2];
    const p1 = [4 / 9, 3 / 9, 2 / 9];
    const p = (count: number, before: number, followers: number, b: number): number =>
      (count + followers * p1[b]!) / (before + followers);
    const expected = -(Math.log(p(1, 3, 2, 2)) + Math.log(p(0, 0, 1, 1))) / 2;
    const { unigram, bigram } = textBaseline(training, [0, 2, 1], 3);
    expect(bigram).toBeCloseTo(expected, 12);
    expect(unigram).toBeCloseTo(-(Math.log(p1[2]!) + Math.log(p1[1]!)) / 2, 12);
  });

  test("is the same for a large vocabulary, which needs another table", () => {
    const training = Array.from({ length: 500 }, (_, t) => (t * t) % 7);
    const judged = Array.from({ length: 60 }, (_, t) => (t * 3) % 7);
    const [small, large] = [1024, 1025].map((size) => textBaseline(training, judged, size));
    expect(Math.abs(small!.bigram - large!.bigram)).toBeLessThan(1e-3);
  });

  test("gives every symbol a chance, also one never seen", () => {
    expect(textBaseline([0, 0, 0], [0, 1, 2], 3).bigram).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  test("takes the order of n-grams that is best on the judged part, and tells what each reaches", () => {
    // two symbols before say what comes, one alone does not: 0 0 1 1 0 0 1 1 …, a tenth of it noise
    const random = generator(3, "noise");
    const ids = Array.from({ length: 4000 }, (_, t) => (random.uniform() < 0.1 ? 2 : (t >> 1) & 1));
    const { bigram, kneserNey } = textBaseline(ids.slice(0, 3000), ids.slice(3000), 3, { order: 5 });
    expect(kneserNey.losses).toHaveLength(5);
    expect(kneserNey.order).toBeGreaterThan(2);
    expect(kneserNey.loss).toBe(kneserNey.losses[kneserNey.order - 1]);
    expect(kneserNey.loss).toBe(Math.min(...kneserNey.losses));
    expect(kneserNey.loss).toBeLessThan(0.8 * bigram);
    expect(kneserNey.losses[1]).toBeCloseTo(bigram, 2);
    expect(kneserNey.counted).toBe(3000);
    // where nothing hangs on what came before, the shortest is best
    const thrown = Array.from({ length: 4000 }, () => random.integer(6));
    expect(textBaseline(thrown.slice(0, 3000), thrown.slice(3000), 6, { order: 5 }).kneserNey.order).toBe(1);
    expect(textBaseline(ids.slice(0, 3000), ids.slice(3000), 3, { limit: 500 }).kneserNey.counted).toBe(500);
  });
});

describe("besideCounting", () => {
  test("says in words who is ahead, also where the model loses", () => {
    const counting = { order: 7, loss: 1.5161 };
    expect(besideCounting(1.4911, counting)).toBe("0.025 nats ahead of counting 7-grams (1.516)");
    expect(besideCounting(1.55, counting)).toBe("0.034 nats behind counting 7-grams (1.516)");
    expect(besideCounting(1.5163, counting)).toBe("level with counting 7-grams (1.516)");
    expect(besideCounting(2, { order: 2, loss: 1 })).toBe("1.000 nats behind counting pairs (1.000)");
  });
});
