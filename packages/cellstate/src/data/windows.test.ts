import { describe, expect, test } from "vitest";
import { sequences } from "../model/sequences.ts";
import { generator } from "./random.ts";
import { type Batch, batches, type Dataset, type Stream, splitStream, windows } from "./windows.ts";

const stream = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, n) => n);

/** Every target that counts, with the input it stands beside, row by row. */
function pairsOf(
  dataset: Dataset,
  epoch = 0,
  seed = 1,
): { input: number; target: number; row: number; step: number }[] {
  const pairs = [];
  for (let step = 0; step < dataset.steps; step++) {
    const { x, targets, weights } = dataset.batch(epoch, step, seed);
    const [rows, steps] = x.shape as [number, number];
    expect(targets.shape).toEqual(x.shape);
    for (let row = 0; row < rows; row++) {
      for (let t = 0; t < (x.lengths?.[row] ?? steps); t++) {
        const weight = weights === undefined ? 1 : (weights as { values: ArrayLike<number> }).values[row * steps + t];
        if (weight === 0) continue;
        pairs.push({ input: x.values[row * steps + t]!, target: targets.values[row * steps + t]!, row, step });
      }
    }
  }
  return pairs;
}

const cases = [
  [2, 1, 1],
  [3, 64, 1],
  [65, 8, 1],
  [66, 8, 1],
  [100, 7, 3],
  [34, 4, 4], // 33 pairs in 4 lanes: 9, 8, 8, 8: the last window holds one step of one lane
  [33, 4, 4],
  [11, 3, 10],
  [1000, 64, 32],
] as const;

describe.each([true, false])("windows with carryState %s", (carryState) => {
  test.each(cases)("%i ids in windows of %i, %i at a time, give every target exactly once", (count, length, batch) => {
    const dataset = windows(stream(count), { length, batch, carryState });
    for (const epoch of [0, 1]) {
      const pairs = pairsOf(dataset, epoch);
      expect(pairs.every(({ input, target }) => target === input + 1)).toBe(true);
      expect(pairs.map(({ target }) => target).sort((a, b) => a - b)).toEqual([...stream(count).subarray(1)]);
    }
    for (let step = 0; step < dataset.steps; step++) {
      const { x, firstStep } = dataset.batch(0, step, 1);
      expect(x.shape[1]).toBeLessThanOrEqual(length);
      expect(firstStep).toBe(!carryState || step === 0);
    }
  });
});

test.each(cases)("%i ids, length %i, batch %i: carried windows continue their lane", (count, length, batch) => {
  const dataset = windows(stream(count), { length, batch, carryState: true });
  const last = new Map<number, number>();
  for (const { input, row } of pairsOf(dataset)) {
    if (last.has(row)) expect(input).toBe(last.get(row)! + 1);
    last.set(row, input);
  }
  expect(last.size).toBe(batch);
});

test("the windows of a validation are the stream in order, the last one shorter", () => {
  const dataset = windows(stream(10), { length: 4, batch: 1, carryState: true });
  const shown = Array.from({ length: dataset.steps }, (_, step) => [...dataset.batch(0, step, 0).x.values]);
  expect(shown).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8]]);
});

test("a lane that has ended is padded by one step that does not count", () => {
  const { x, targets, weights } = windows(stream(34), { length: 4, batch: 4, carryState: true }).batch(0, 2, 0);
  expect(x).toEqual({ values: Uint32Array.of(8, 0, 0, 0), shape: [4, 1] });
  expect(targets.values).toEqual(Uint32Array.of(9, 0, 0, 0));
  expect(weights).toEqual({ values: Float32Array.of(1, 0, 0, 0), shape: [4, 1] });
});

test("batches depend on epoch, step and seed alone, in any order of asking", () => {
  const make = () => windows(stream(500), { length: 9, batch: 5 });
  const asked = make();
  const places: [number, number, number][] = [
    [3, 7, 2],
    [0, 0, 1],
    [3, 6, 2],
    [0, 0, 1],
    [3, 7, 2],
  ];
  for (const place of places) expect(asked.batch(...place)).toEqual(make().batch(...place));
  const order = (epoch: number, seed: number) => pairsOf(make(), epoch, seed).map(({ input }) => input);
  expect(order(0, 1)).not.toEqual(order(1, 1));
  expect(order(0, 1)).not.toEqual(order(0, 2));
});

test("streams of values, of several values a step, and with their own targets", () => {
  const single = windows(Float64Array.of(0.5, 1.5, 2.5), { length: 8, batch: 1 }).batch(0, 0, 0);
  expect(single.x).toEqual({ values: Float64Array.of(0.5, 1.5), shape: [1, 2, 1] });
  expect(single.targets.values).toEqual(Float64Array.of(1.5, 2.5));
  const several = { values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), shape: [4, 2] };
  const dataset = windows(several, { length: 3, batch: 1, carryState: true, targets: [9, 8, 7, 6] });
  expect(dataset.steps).toBe(2);
  expect(dataset.batch(0, 1, 0)).toEqual({
    x: { values: Float32Array.of(7, 8), shape: [1, 1, 2] },
    targets: { values: [6], shape: [1, 1] },
    firstStep: false,
  });
});

test("streams that cannot be cut are refused", () => {
  const options = { length: 4, batch: 4, carryState: true };
  expect(() => windows(stream(4), options)).toThrow("windows: stream is 4 long; expected at least 5 steps.");
  expect(() => windows(stream(1), { length: 4, batch: 4 })).toThrow("expected at least 2 steps");
  expect(() => windows([1, 2.5], { length: 1, batch: 1 })).toThrow("windows: stream[1] is 2.5; expected an id");
  expect(() => windows(stream(9), { ...options, targets: [1] })).toThrow("windows: targets is [1]; expected [N=9].");
  expect(() => windows({ values: [1, 2, 3], shape: [2, 2] }, options)).toThrow("stream.shape is [2, 2]");
  expect(() => windows(stream(9), { length: 0, batch: 1 })).toThrow("windows: length is 0");
  expect(() => windows(stream(9), { length: 1, batch: 1.5 })).toThrow("windows: batch is 1.5");
  expect(() => windows(stream(9), options).batch(0, 1, 0)).toThrow("step is 1; expected a whole number from 0 to 0");
});

const ragged = sequences([[1, 1], [2, 2, 2], [3], [4, 4, 4], [5]]);

test("batches serve every sequence once an epoch, with its length, target and weight", () => {
  const dataset = batches(ragged, { values: [10, 20, 30, 40, 50], shape: [5] }, { batch: 2, weights: [1, 2, 3, 4, 5] });
  expect(dataset.steps).toBe(3);
  const orders = [0, 1, 2].map((epoch) => {
    const seen = [0, 1, 2].map((step) => dataset.batch(epoch, step, 7));
    expect(seen.map(({ x }) => x.shape)).toEqual([
      [2, 3],
      [2, 3],
      [1, 3],
    ]);
    return seen.flatMap(({ x, targets, weights, firstStep }: Batch) => {
      expect(firstStep).toBe(true);
      return Array.from(targets.values as number[], (target, b) => {
        const length = x.lengths![b]!;
        const row = Array.from(x.values.slice(3 * b, 3 * b + length));
        expect(row).toEqual(new Array([2, 3, 1, 3, 1][target / 10 - 1]!).fill(target / 10));
        expect((weights as Float32Array)[b]).toBe(target / 10);
        return target;
      });
    });
  });
  for (const order of orders) expect([...order].sort()).toEqual([10, 20, 30, 40, 50]);
  expect(new Set(orders.map(String)).size).toBe(3);
});

test("batches in order, with targets and weights for every step", () => {
  const dataset = batches(ragged, ragged, {
    batch: 3,
    shuffle: false,
    weights: { values: new Float32Array(15), shape: [5, 3] },
  });
  const { x, targets, weights } = dataset.batch(5, 1, 9);
  expect(x).toEqual({ values: Uint32Array.of(4, 4, 4, 5, 0, 0), shape: [2, 3], lengths: Uint32Array.of(3, 1) });
  expect(targets).toEqual(x);
  expect(weights).toEqual({ values: new Float32Array(6), shape: [2, 3] });
});

test("sequences, targets and weights of other counts are refused", () => {
  const targets = { values: [1, 2], shape: [2] };
  expect(() => batches(ragged, targets, { batch: 2 })).toThrow("batches: targets is [2]; expected [B=5].");
  expect(() => batches(ragged, ragged, { batch: 2, weights: [1] })).toThrow("batches: weights is [1]; expected [B=5].");
  expect(() => batches({ ...ragged, lengths: [1, 2, 3, 4, 5] }, ragged, { batch: 2 })).toThrow("x.lengths[3] is 4");
});

test("a stream is split in two without loss, as its own kind", () => {
  const [first, second] = splitStream(stream(10), 0.75);
  expect([[...first], [...second]]).toEqual([
    [0, 1, 2, 3, 4, 5, 6],
    [7, 8, 9],
  ]);
  const [a, b] = splitStream({ values: [1, 2, 3, 4, 5, 6], shape: [3, 2] }, 0.5);
  expect([a, b]).toEqual([
    { values: [1, 2], shape: [1, 2] },
    { values: [3, 4, 5, 6], shape: [2, 2] },
  ]);
  expect(() => splitStream(stream(10), 1)).toThrow("splitStream: fraction is 1; expected a number between 0 and 1.");
});

test("any stream, length and batch cover every target once", () => {
  const random = generator(11, "coverage");
  for (let k = 0; k < 300; k++) {
    const [count, length, batch] = [2 + random.integer(120), 1 + random.integer(12), 1 + random.integer(9)];
    if (count - 1 < batch) continue;
    for (const carryState of [true, false]) {
      const pairs = pairsOf(windows(stream(count) as Stream, { length, batch, carryState }));
      const targets = pairs.map(({ target }) => target).sort((p, q) => p - q);
      expect(targets, `${count} ${length} ${batch} ${carryState}`).toEqual([...stream(count).subarray(1)]);
    }
  }
});
