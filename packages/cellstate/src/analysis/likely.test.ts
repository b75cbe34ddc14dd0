import { describe, expect, test } from "vitest";
import { generator } from "../data/random.ts";
import { mostLikely } from "./likely.ts";

describe("mostLikely", () => {
  const random = generator(7, "likely");
  const [steps, size] = [5, 7];
  const scores = Float32Array.from({ length: steps * size }, () => 6 * random.uniform() - 3);

  test("lists the probabilities of softmax, the largest first", () => {
    const { ids, probabilities, count } = mostLikely(scores, size, { count: size });
    expect(count).toBe(size);
    for (let t = 0; t < steps; t++) {
      const row = Array.from(scores.subarray(t * size, (t + 1) * size), Math.exp);
      const sum = row.reduce((a, b) => a + b);
      const expected = row.map((e, id) => [e / sum, id] as const).sort((a, b) => b[0] - a[0]);
      expect([...ids.subarray(t * size, (t + 1) * size)]).toEqual(expected.map(([, id]) => id));
      // float32 holds seven digits
      expected.forEach(([p], k) => expect(probabilities[t * size + k]).toBeCloseTo(p, 7));
    }
  });

  test("gives each target its own probability, also one that is not listed", () => {
    const targets = [6, 0, 3];
    const all = mostLikely(scores, size, { count: size });
    const { next } = mostLikely(scores, size, { count: 1, targets });
    const own = targets.map((id, t) => all.probabilities[t * size + all.ids.subarray(t * size).indexOf(id)]);
    expect([...next]).toEqual(own);
  });

  test("keeps to numbers where scores are extreme, and puts equals in the order of their ids", () => {
    const { ids, probabilities } = mostLikely(Float32Array.of(-3e38, 1e4, 1e4, -1e4), 4);
    expect([...ids]).toEqual([1, 2, 0, 3]);
    expect([...probabilities]).toEqual([0.5, 0.5, 0, 0]);
  });

  test("says what is wrong with shapes", () => {
    expect(() => mostLikely(new Float32Array(5), 2)).toThrow("mostLikely: scores is [5]; expected [T, V=2].");
    expect(() => mostLikely(new Float32Array(4), 2, { targets: [0, 0, 0] })).toThrow("targets is [3]; expected [T=2]");
  });

  test("lists a whole number of symbols, none too", () => {
    for (const count of [-1, 2.5, Number.NaN]) {
      const said = `mostLikely: count is ${count}; expected a whole number of at least 0`;
      expect(() => mostLikely(scores, size, { count })).toThrow(said);
    }
    expect(mostLikely(scores, size, { count: 0, targets: [1] })).toMatchObject({ count: 0, next: { length: 1 } });
  });
});
