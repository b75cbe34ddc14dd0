/** The baseline's figures, by hand where that can be done, and on tiny Shakespeare as another program counts them. */
import { describe, expect, test } from "vitest";
import { textBaseline } from "./baseline.ts";

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
});
