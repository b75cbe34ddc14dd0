/** Decoding judged by looking at every alignment of small outputs, and the error rate by hand. */
import { describe, expect, test } from "vitest";
import { generator } from "../../data/random.ts";
import type { Sequences } from "../../model/sequences.ts";
import { alignmentLoss, logSoftmax } from "./alignments.ts";
import { ctcBeamSearch, ctcBestPath, labelErrorRate } from "./decode.ts";

const outputsOf = (rows: number[][][]): Sequences => {
  const steps = Math.max(...rows.map((row) => row.length));
  const size = rows[0]![0]!.length;
  const values = new Float64Array(rows.length * steps * size).fill(99);
  rows.forEach((row, b) => values.set(row.flat(), b * steps * size));
  return { values, shape: [rows.length, steps, size], lengths: rows.map((row) => row.length) };
};
/** A step that says one label clearly. */
const says = (label: number, size = 4): number[] => Array.from({ length: size }, (_, k) => (k === label ? 5 : 0));
const path = (...labels: number[]): number[][] => labels.map((label) => says(label));

test("the best path drops repeats and blanks, and reads no further than a sequence goes", () => {
  const outputs = outputsOf([path(1, 1, 0, 1, 2, 2, 3, 0), path(0, 0), path(3), path(2, 0, 2, 1)]);
  expect(ctcBestPath(outputs)).toEqual([[1, 1, 2, 3], [], [3], [2, 2, 1]]);
  expect(ctcBestPath(outputs, { blank: 2 })).toEqual([[1, 0, 1, 3, 0], [0], [3], [0, 1]]);
  expect(ctcBeamSearch(outputs, { width: 4 }).map(({ labels }) => labels)).toEqual(ctcBestPath(outputs));
});

describe("the beam search", () => {
  const random = generator(12, "beam");
  const logits = Array.from({ length: 40 }, () =>
    Array.from({ length: 5 }, () => Array.from({ length: 3 }, () => 3 * random.uniform())),
  );

  test("with room for all finds the likeliest labels of all, with their probability over all alignments", () => {
    const candidates: number[][] = [[]];
    for (let k = 0; k < candidates.length; k++) {
      if (candidates[k]!.length < 5) candidates.push([...candidates[k]!, 1], [...candidates[k]!, 2]);
    }
    let differs = 0;
    for (const row of logits) {
      const scored = candidates.map((labels) => ({
        labels,
        score: -alignmentLoss(Float64Array.from(row.flat()), 3, Uint32Array.from(labels), 0, undefined),
      }));
      const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
      const [found] = ctcBeamSearch(outputsOf([row]), { width: 1000 });
      expect(found!.labels).toEqual(best.labels);
      expect(found!.logProbability).toBeCloseTo(best.score, 12);
      if (ctcBestPath(outputsOf([row]))[0]!.join() !== best.labels.join()) differs++;
    }
    expect(differs).toBeGreaterThan(0); // the best path is no substitute
  });

  test("sums the alignments of labels that no single alignment has first", () => {
    // Graves 2006, figure 2: each step prefers the blank, and the label is likelier than none
    const step = [Math.log(0.6), Math.log(0.4)];
    const outputs = outputsOf([[step, step]]);
    expect(ctcBestPath(outputs)).toEqual([[]]);
    const [found] = ctcBeamSearch(outputs);
    expect(found!.labels).toEqual([1]);
    expect(found!.logProbability).toBeCloseTo(Math.log(0.64), 12);
  });

  test("a narrow one is no likelier than a wide one", () => {
    for (const row of logits) {
      const at = (width: number) => ctcBeamSearch(outputsOf([row]), { width })[0]!.logProbability;
      expect(at(1)).toBeLessThanOrEqual(at(64) + 1e-12);
    }
  });

  test("refuses a blank beyond the outputs, no width, and outputs of another shape", () => {
    const outputs = outputsOf([path(1)]);
    expect(() => ctcBeamSearch(outputs, { blank: 4 })).toThrow("blank is 4");
    expect(() => ctcBestPath(outputs, { blank: 4 })).toThrow("blank is 4");
    expect(() => ctcBeamSearch(outputs, { width: 0 })).toThrow("width is 0");
    expect(() => ctcBestPath({ values: [1, 2], shape: [1, 2] })).toThrow("outputs.shape is [1, 2]");
  });
});

test("log-softmax sums to one, in each row for itself", () => {
  const p = logSoftmax([1, 2, 3, 1e4, -1e4, 0], 3);
  expect(Math.exp(p[0]!) + Math.exp(p[1]!) + Math.exp(p[2]!)).toBeCloseTo(1, 14);
  expect(p[3]).toBe(0);
});

test("the label error rate counts insertions, deletions and exchanges for each right label", () => {
  expect(labelErrorRate([[1, 2, 3]], [[1, 2, 3]])).toBe(0);
  expect(labelErrorRate([[1, 3]], [[1, 2, 3]])).toBeCloseTo(1 / 3);
  expect(labelErrorRate([[1, 2, 3, 4]], [[2, 2, 3]])).toBeCloseTo(2 / 3);
  expect(labelErrorRate([[], [5, 5, 5]], [[1, 2], []])).toBe(2.5);
  expect(() => labelErrorRate([[1]], [[1], [2]])).toThrow("1 sequences for 2");
});
