/** Learning rates: where they begin, where they end, and that they are functions of the step alone. */
import { describe, expect, test } from "vitest";
import { plateau } from "./plateau.ts";
import { constant, cosine, linear, oneCycle, stepDecay } from "./rates.ts";

describe("cosine", () => {
  const rate = cosine({ peak: 8e-3, warmUp: 50, end: 1e-5 });

  test("warms up in equal steps and reaches its peak with the last of them", () => {
    expect(rate.at(0, 1000)).toBeCloseTo(8e-3 / 50, 12);
    expect(rate.at(24, 1000)).toBeCloseTo(4e-3, 12);
    expect(rate.at(49, 1000)).toBe(8e-3);
  });

  test("falls along half a cosine from the peak to the end", () => {
    expect(rate.at(50, 1050)).toBe(8e-3);
    expect(rate.at(550, 1050)).toBeCloseTo((8e-3 + 1e-5) / 2, 12);
    expect(rate.at(300, 1050)).toBeCloseTo(1e-5 + (8e-3 - 1e-5) * 0.5 * (1 + Math.cos(Math.PI / 4)), 12);
    expect(rate.at(1050, 1050)).toBeCloseTo(1e-5, 15);
  });

  test("stays at the end when training goes on longer", () => {
    expect(rate.at(2000, 1050)).toBeCloseTo(1e-5, 15);
  });

  test("refuses an end above the peak", () => {
    expect(() => cosine({ peak: 1e-3, end: 1 })).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: cosine: options is peak 0.001, warmUp 0, end 1; expected a peak above 0, an end between 0 and the peak, a warm-up of at least 0 updates.
        for example cosine({ peak: 8e-3, warmUp: 50, end: 1e-5 }).]
    `);
  });
});

test("a constant rate is the same at every step", () => {
  expect([0, 10, 1e6].map((step) => constant(2e-3).at(step, 100))).toEqual([2e-3, 2e-3, 2e-3]);
});

test("one cycle begins and ends where it is told to, and stays at its end", () => {
  for (const shape of ["cosine", "linear"] as const) {
    const rate = oneCycle({ peak: 0.8, rise: 0.25, start: 0.1, end: 0.01, shape });
    expect(rate.at(0, 101)).toBeCloseTo(0.1, 15); // in PyTorch's form, which rounds
    expect(rate.at(100, 101)).toBeCloseTo(0.01, 15);
    expect(rate.at(500, 101)).toBeCloseTo(0.01, 15);
    expect(Math.max(...Array.from({ length: 101 }, (_, k) => rate.at(k, 101)))).toBeGreaterThan(0.78);
    expect(rate.at(0, 1)).toBeCloseTo(0.01, 15); // a training of one update has nothing but its end
  }
});

test("a plateau looks at the training loss where nothing validates", () => {
  const rate = plateau({ learningRate: 1, factor: 0.5, patience: 0 });
  const records = [3, 2, 2.5, 1].map((trainLoss, k) => ({
    ...{ step: k, epoch: 1, trainLoss, learningRate: 1, gradientNorm: 1, clippedShare: 0 },
  }));
  expect([0, 1, 2, 3, 4].map((n) => rate.at(n, 9, records.slice(0, n)))).toEqual([1, 1, 1, 0.5, 0.5]);
  expect(rate.at(3, 9)).toBe(1);
});

test.each<[string, () => unknown, string]>([
  ["linear", () => linear({ peak: 0 }), "is peak 0, warmUp 0, end 0; expected a peak above 0,"],
  [
    "oneCycle",
    () => oneCycle({ peak: 1, start: 2 }),
    "is peak 1, rise 0.3, start 2, end 0.0002, shape cosine; expected a peak",
  ],
  [
    "stepDecay",
    () => stepDecay({ learningRate: 1, every: 5, at: [3, 4] }),
    "is learningRate 1, every 5, at [3,4], factor 0.1; expected a rate above 0,",
  ],
  [
    "plateau",
    () => plateau({ learningRate: 1, factor: 1 }),
    "is learningRate 1, factor 1, patience 10, threshold 0.0001, cooldown 0, least 0; expected a rate above 0,",
  ],
])("%s says what it was given, what it expects, and an example", (name, call, sentence) => {
  expect(call).toThrow(`${name}: options ${sentence}`);
  expect(call).toThrow(`for example ${name}({ `);
});
