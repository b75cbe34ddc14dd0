/** Metrics beside plain NumPy by scikit-learn's definitions, whole and streamed, and where there is nothing to divide by. */
import { describe, expect, test } from "vitest";
import { type MetricCase, metricCases } from "../../../../../tests/fixtures/more-losses.ts";
import * as metrics from "../../metrics.ts";
import type { Metrics } from "./metric.ts";

const { accuracy, adjustedR2, bitsPerCharacter, confusionMatrix, f1, mae, measure, mse } = metrics;
const { perplexity, r2, rmse, topKRecall } = metrics;

const f1s = {
  binary: f1({ average: "binary" }),
  micro: f1({ average: "micro" }),
  macro: f1({ average: "macro" }),
  weighted: f1({ average: "weighted" }),
};
const wanted = (one: MetricCase): Metrics => {
  const all: Metrics = {
    accuracy: accuracy(),
    ...f1s,
    ...{ mse: mse(), rmse: rmse(), mae: mae(), r2: r2(), adjustedR2: adjustedR2({ predictors: one.predictors ?? 0 }) },
    ...{ top3: topKRecall({ k: 3 }), top2: topKRecall({ k: 2 }) },
    ...{ confusion: confusionMatrix(), perplexity: perplexity(), bits: bitsPerCharacter() },
  };
  const isFit = (name: string): boolean => name !== "top3" || one.outputs.shape[1]! > 2;
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in one.values && isFit(name)));
};

/** Two sequences of unequal length, padded with what would be seen in every number. */
function ragged({ shape, values }: { shape: readonly number[]; values: readonly number[] }, padding: number) {
  const [count = 0, width = 1] = shape;
  const steps = Math.ceil((count + 3) / 2);
  const lengths = [count - steps, steps];
  const laid = new Array<number>(2 * steps * width).fill(padding);
  values.forEach((value, k) => {
    laid[k < lengths[0]! * width ? k : k + (steps - lengths[0]!) * width] = value;
  });
  return { values: laid, shape: [2, steps, ...shape.slice(1)], lengths };
}

describe.each(metricCases().map((one) => [one.name, one] as const))("%s", (_, one) => {
  const chosen = wanted(one);
  const compare = (found: Readonly<Record<string, unknown>>): void => {
    expect(Object.keys(chosen).length).toBeGreaterThan(3);
    for (const name of Object.keys(chosen)) {
      const [is, should] = [found[name], one.values[name]];
      // the fixtures are printed with 12 digits
      if (Array.isArray(is)) expect(is, name).toEqual(should);
      else
        expect(Math.abs((is as number) - (should as number)), name).toBeLessThanOrEqual(
          2e-11 * Math.abs(should as number),
        );
    }
  };

  test("one sequence a row", () => {
    const weights = one.weights ? { weights: one.weights } : {};
    compare(
      measure(
        chosen,
        { ...one.outputs, values: [...one.outputs.values] },
        { ...one.targets, values: [...one.targets.values] },
        weights,
      ),
    );
  });

  test("ragged sequences: padding counts nowhere", () => {
    const weights = one.weights && ragged({ shape: [one.weights.length], values: one.weights }, 5);
    const targets = ragged(one.targets, 1);
    compare(measure(chosen, ragged(one.outputs, 9), targets, weights ? { weights } : {}));
  });
});

const ids = (values: number[]) => ({ values, shape: [values.length] });
const rows = (values: number[], width: number) => ({ values, shape: [values.length / width, width] });

describe("where there is little to count", () => {
  test("no rows: NaN, and an empty matrix", () => {
    const nothing = { weights: [0, 0] };
    const classes = measure(
      { accuracy: accuracy(), top: topKRecall({ k: 1 }), ...f1s, perplexity: perplexity(), bits: bitsPerCharacter() },
      rows([1, 2, 2, 1], 2),
      ids([0, 1]),
      nothing,
    );
    expect(Object.values(classes)).toEqual(new Array(8).fill(Number.NaN));
    expect(measure({ m: confusionMatrix() }, rows([1, 2, 2, 1], 2), ids([0, 1]), nothing).m).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const all = { mse: mse(), rmse: rmse(), mae: mae(), r2: r2(), adjusted: adjustedR2({ predictors: 1 }) };
    expect(Object.values(measure(all, rows([1, 2], 1), rows([1, 2], 1), nothing))).toEqual(
      new Array(5).fill(Number.NaN),
    );
  });

  test("R² of constant targets is 1 where all is exact, else 0; of one row NaN", () => {
    const of = (y: number[], t: number[]): number => measure({ r2: r2() }, rows(y, 1), rows(t, 1)).r2;
    expect(of([0.1, 0.1, 0.1], [0.1, 0.1, 0.1])).toBe(1);
    expect(of([0.1, 0.1, 0.2], [0.1, 0.1, 0.1])).toBe(0);
    expect(of([1], [1])).toBeNaN();
    for (let k = 1; k < 50; k++) {
      const [y, weight] = [Math.sin(k) ** 2, Math.cos(k) ** 2];
      const all = rows([y, y, y, y + 1], 1);
      const found = measure({ r2: r2() }, all, rows([y, y, y, y], 1), { weights: [weight, 0.3, weight / 7, 2] });
      expect(found.r2, `${y} ${weight}`).toBe(0);
    }
    expect(of([Number.NaN, 1], [1, 1])).toBeNaN();
    expect(of([1, 2], [1, 3])).toBe(0.5);
  });

  test("R² keeps its digits where targets are large and near one another", () => {
    const t = Array.from({ length: 50 }, (_, k) => 1e9 + (k % 5));
    const y = t.map((v, k) => v + (k % 2 ? 0.5 : -0.5));
    // variance 2, error ¼; the mean of 1e9 has 7 digits behind the point
    expect(measure({ r2: r2() }, rows(y, 1), rows(t, 1)).r2).toBeCloseTo(1 - 0.25 / 2, 8);
  });

  test("adjusted R² is NaN without a row to spare", () => {
    const of = (predictors: number): number =>
      measure({ a: adjustedR2({ predictors }) }, rows([1, 2, 4, 4], 1), rows([1, 2, 3, 5], 1)).a;
    expect(of(0)).toBeCloseTo(1 - 2 / 8.75, 12);
    expect(of(2)).toBeCloseTo(1 - ((2 / 8.75) * 3) / 1, 12);
    expect(of(3)).toBeNaN();
  });

  test("F1 without predicted or actual positives is 0, and classes that occur nowhere count in no mean", () => {
    const never = rows([2, 1, 0, 2, 1, 0, 0, 1, 0], 3);
    const of = (average: "binary" | "macro" | "micro" | "weighted", targets: number[], positive = 1): number =>
      measure({ f: f1({ average, positive }) }, never, ids(targets)).f;
    // predicted 0, 0, 1
    expect(of("binary", [0, 0, 0], 2)).toBe(0);
    expect(of("binary", [2, 0, 2], 2)).toBe(0);
    expect(of("macro", [0, 0, 0])).toBeCloseTo((0.8 + 0) / 2, 12); // class 2 occurs nowhere
    expect(of("weighted", [0, 0, 0])).toBeCloseTo(0.8, 12);
    expect(of("micro", [0, 0, 2])).toBeCloseTo(2 / 3, 12);
  });

  test("an output that is never yes and should not be is a class all the same", () => {
    const macro = { macro: f1({ average: "macro" }) };
    const found = measure(macro, rows([1, -1, -1, 1, 1, -1], 3), rows([1, 0, 0, 0, 1, 0], 3));
    expect(found.macro).toBeCloseTo((2 / 3 + 1 + 0) / 3, 12); // as scikit-learn has it of a matrix of 0 and 1
  });

  test("of equal outputs the first is taken, so that the first of k is the accuracy", () => {
    const even = rows([1, 1, 1, 1, 1, 1, 1, 1, 1], 3);
    const found = measure(
      { one: topKRecall({ k: 1 }), two: topKRecall({ k: 2 }), all: accuracy() },
      even,
      ids([0, 1, 2]),
    );
    expect(found).toEqual({ one: 1 / 3, two: 2 / 3, all: 1 / 3 });
  });

  test("an output that is NaN is never right by silence", () => {
    const broken = rows([Number.NaN, 1, 1, Number.NaN], 2);
    expect(measure({ a: accuracy() }, broken, ids([1, 0])).a).toBe(0);
    expect(measure({ p: perplexity() }, broken, ids([1, 0])).p).toBeNaN();
  });

  test("perplexity stays exact where exp of the outputs would overflow", () => {
    const found = measure({ p: perplexity(), b: bitsPerCharacter() }, rows([1000, 1000, -5000, -5000], 2), ids([0, 1]));
    expect(found).toEqual({ p: expect.closeTo(2, 12), b: expect.closeTo(1, 12) });
  });

  test("ignored targets count nowhere, wherever their id lies", () => {
    const y = rows([2, 1, 1, 2, 1, 2], 2);
    expect(measure({ a: accuracy() }, y, ids([0, -100, 0]), { ignoreIndex: -100 }).a).toBe(0.5);
    expect(measure({ a: accuracy() }, y, ids([0, 1, 0]), { ignoreIndex: 0 }).a).toBe(1);
  });
});

describe("what does not fit is refused", () => {
  const y = rows([2, 1, 1, 2, 1, 2], 2);
  test.each<[string, () => unknown, string]>([
    [
      "an id that is no class",
      () => measure({ a: accuracy() }, y, ids([0, 1, 2])),
      "measure: targets is 2; expected a whole number from 0 to 1.",
    ],
    [
      "values for classes",
      () => measure({ top: topKRecall({ k: 1 }) }, y, rows([1, 2, 3, 4, 5, 6], 2)),
      "measure: metrics.top is about ids, and the targets are values; expected targets that are ids.",
    ],
    [
      "ids for values",
      () => measure({ error: mse() }, y, ids([0, 1, 1])),
      "measure: metrics.error is about values, and the targets are ids; expected targets that are values.",
    ],
    [
      "a target of ½ for decisions",
      () => measure({ a: accuracy() }, rows([1, 2], 1), rows([1, 0.5], 1)),
      "measure: metrics.a is about decisions, and a target is 0.5; expected targets that are ids, or 0 and 1.",
    ],
    [
      "parameters of a distribution for decisions",
      () => measure({ a: accuracy() }, y, rows([1, 0, 1], 1)),
      "measure: metrics.a is about decisions, and 2 outputs belong to each target;",
    ],
    [
      "a matrix of several decisions",
      () => measure({ m: confusionMatrix() }, y, rows([1, 0, 1, 0, 1, 0], 2)),
      "measure: metrics.m is about one decision a row, and there are 2;",
    ],
    [
      "more places than classes",
      () => measure({ top: topKRecall({ k: 3 }) }, y, ids([0, 1, 1])),
      "measure: metrics.top.k is 3; expected a whole number from 1 to 2.",
    ],
    [
      "a class that is not there",
      () => measure({ f: f1({ average: "binary", positive: 2 }) }, y, ids([0, 1, 1])),
      "measure: metrics.f.positive is 2; expected a whole number from 0 to 1.",
    ],
    [
      "an output that is not there",
      () => measure({ e: mae({ output: 2 }) }, y, rows([1, 0, 1], 1)),
      "measure: metrics.e.output is 2; expected a whole number from 0 to 1.",
    ],
    [
      "targets of another shape",
      () => measure({ a: accuracy() }, y, ids([0, 1])),
      "measure: targets is [2]; expected [3, D, a divisor of 2].",
    ],
    [
      "weights of another length",
      () => measure({ a: accuracy() }, y, ids([0, 1, 1]), { weights: [1, 1] }),
      "measure: weights is [2]; expected [B=3, T=1].",
    ],
    [
      "a negative weight",
      () => measure({ a: accuracy() }, y, ids([0, 1, 1]), { weights: [1, 1, -1] }),
      "measure: weights is -1; expected a finite number of at least 0.",
    ],
    [
      "an average that is none",
      () => f1({ average: "mean" as "macro" }),
      'f1: average is "mean"; expected one of binary, macro, micro, weighted.',
    ],
    [
      "half a predictor",
      () => adjustedR2({ predictors: 0.5 }),
      "adjustedR2: predictors is 0.5; expected a whole number of at least 0.",
    ],
  ])("%s", (_, call, sentence) => {
    expect(call).toThrow(sentence);
  });
});
