/**
 * Activity regularisation is training's alone: predictions, validations and reported losses know nothing of it; its
 * means are over the steps that there are, however they are padded; its gradient agrees with central differences.
 */
import { describe, expect, test } from "vitest";
import { gru } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { batches, windows } from "../data/windows.ts";
import { activityRegularization } from "../layers/deep.ts";
import { dense, dropout, embedding, type Layer, recurrent, sequential } from "../layers/layers.ts";
import { createModel, internalsOf, type Model } from "../model/model.ts";
import { evaluate } from "./evaluate.ts";
import { meanSquaredError } from "./losses.ts";
import { sgd } from "./optimizers.ts";
import { openSession } from "./session.ts";
import { type Progress, train } from "./train.ts";

const UNITS = 7;
const LENGTHS = [4, 9, 1, 6, 9];
const random = generator(5, "series");
const numbers = (count: number) => Float64Array.from({ length: count }, () => random.normal());
const x = { values: numbers(5 * 9 * 3), shape: [5, 9, 3], lengths: LENGTHS };
const targets = { values: numbers(5 * 9 * 2), shape: [5, 9, 2], lengths: LENGTHS };

const make = (layers: readonly Layer[], engine: "wasm" | "reference" = "reference") =>
  createModel(sequential(recurrent(gru, { units: UNITS }), ...layers, dense({ units: 2 })), {
    seed: 2,
    input: 3,
    engine,
  });

/** Loss and penalty of a batch, and what one step of plain descent takes off every parameter: the gradient. */
async function stepOf(model: Model, batch = { x, targets, firstStep: true }, carry = false) {
  const session = await openSession(internalsOf(model).core(x), meanSquaredError(), sgd({ learningRate: 1 }));
  const before = model.parameters();
  const made = await session.step([batch], { step: 0, seed: 1, learningRate: 1, clipNorm: undefined, carry });
  const taken = model.parameters().map(({ values }, k) => values.map((v, n) => before[k]!.values[n]! - v));
  session.close();
  model.setParameters(Object.fromEntries(before.map(({ name, values }) => [name, values])));
  return { ...made, taken };
}

/** Σ over the rows there are, by a trace's values of h. */
function priceOf(values: Float32Array, steps: number, { l2 = 0, temporal = 0 }): number {
  let [squares, rows, changes, pairs] = [0, 0, 0, 0];
  LENGTHS.forEach((length, b) => {
    for (let t = 0; t < length; t++) {
      rows++;
      if (t > 0) pairs++;
      for (let u = 0; u < UNITS; u++) {
        const at = (b * steps + t) * UNITS + u;
        squares += values[at]! ** 2;
        if (t > 0) changes += (values[at]! - values[at - UNITS]!) ** 2;
      }
    }
  });
  return (l2 * squares) / (rows * UNITS) + (temporal * changes) / (pairs * UNITS);
}

describe.each([
  ["l2", { l2: 2 }],
  ["temporal", { temporal: 1.5 }],
  ["both", { l2: 0.7, temporal: 3 }],
])("%s", (_, prices) => {
  test("is the mean over the steps there are, and its gradient agrees with central differences", async () => {
    const [priced, plain] = [await make([activityRegularization(prices)]), await make([])];
    const found = await stepOf(priced);
    const without = await stepOf(plain);
    expect(found.loss).toBe(without.loss);
    expect(without.penalty).toBe(0);
    const { values } = (await plain.trace(x)).get("h");
    // the trace is rounded to float32
    expect(found.penalty).toBeCloseTo(priceOf(values, 9, prices), 6);
    const parameters = plain.parameters();
    for (let n = 0; n < 12; n++) {
      const k = random.integer(parameters.length - 2); // not the output's, which h does not depend on
      const { name, values: start } = parameters[k]!;
      const place = random.integer(start.length);
      const at = async (by: number): Promise<number> => {
        const moved = Float64Array.from(start);
        moved[place]! += by;
        priced.setParameters({ [name]: moved });
        const { penalty } = await stepOf(priced);
        priced.setParameters({ [name]: start });
        return penalty;
      };
      const slope = ((await at(1e-3)) - (await at(-1e-3))) / 2e-3;
      // taken off float32 parameters: 6e-8 of numbers near 1
      expect(found.taken[k]![place]! - without.taken[k]![place]!, name).toBeCloseTo(slope, 5);
    }
    for (const one of [priced, plain]) one.close();
  });

  test("is the same with more padding, and with the rows in another order", async () => {
    const model = await make([activityRegularization(prices)], "wasm");
    const expected = await stepOf(model);
    const wider = (given: { values: Float64Array; shape: number[] }, size: number) => {
      const values = new Float64Array(5 * 14 * size).fill(9);
      for (let b = 0; b < 5; b++) {
        values.set(given.values.subarray((4 - b) * 9 * size, (5 - b) * 9 * size), b * 14 * size);
      }
      return { values, shape: [5, 14, size], lengths: [...LENGTHS].reverse() };
    };
    const found = await stepOf(model, { x: wider(x, 3), targets: wider(targets, 2), firstStep: true });
    expect(found.penalty).toBeCloseTo(expected.penalty, 6);
    found.taken.forEach((values, k) => {
      values.forEach((v, n) => expect(v).toBeCloseTo(expected.taken[k]![n]!, 5));
    });
    model.close();
  });
});

test("over two batches of an update it is what it is over both at once", async () => {
  const model = await make([activityRegularization({ l2: 1, temporal: 2 })]);
  model.setParameters(Object.fromEntries(model.parameters().map(({ name, values }) => [name, values]))); // as float32
  const cut = (given: { values: Float64Array }, size: number, from: number, to: number) => ({
    values: given.values.subarray(from * 9 * size, to * 9 * size),
    shape: [to - from, 9, size],
    lengths: LENGTHS.slice(from, to),
  });
  const part = (from: number, to: number) => ({
    x: cut(x, 3, from, to),
    targets: cut(targets, 2, from, to),
    firstStep: true,
  });
  const step = async (batches: readonly ReturnType<typeof part>[]) => {
    const session = await openSession(internalsOf(model).core(x), meanSquaredError(), sgd({ learningRate: 1 }));
    const before = model.parameters();
    const options = { step: 0, seed: 1, learningRate: 1, accumulate: 2, carry: false };
    const { penalty } = await session.step(batches, options);
    const after = model.parameters();
    session.close();
    model.setParameters(Object.fromEntries(before.map(({ name, values }) => [name, values])));
    return { penalty, after };
  };
  const [apart, whole] = [await step([part(0, 2), part(2, 5)]), await step([part(0, 5)])];
  expect(apart.penalty).toBeCloseTo(whole.penalty, 10);
  apart.after.forEach(({ name, values }, k) => {
    values.forEach((v, n) => expect(v, name).toBeCloseTo(whole.after[k]!.values[n]!, 6)); // as float32
  });
  model.close();
});

test("dropout before it leaves what is kept to pay for, dropout behind it does not", async () => {
  const [before, behind, plain] = [
    await make([dropout({ rate: 0.5 }), activityRegularization({ l2: 1 })]),
    await make([activityRegularization({ l2: 1 }), dropout({ rate: 0.5 })]),
    await make([activityRegularization({ l2: 1 })]),
  ];
  const [kept, all, none] = [await stepOf(before), await stepOf(behind), await stepOf(plain)];
  expect(all.penalty).toBe(none.penalty);
  // half are kept, twice as large: about twice the squares
  expect(kept.penalty / none.penalty).toBeGreaterThan(1.4);
  expect(kept.penalty / none.penalty).toBeLessThan(2.6);
  for (const one of [before, behind, plain]) one.close();
});

test.each(["wasm", "reference"] as const)(
  "an embedding that is looked up, and an output that goes to the loss, are watched too, on %s",
  async (engine) => {
    const layers = (l2: number) => [
      embedding({ vocabulary: 5, size: 3 }),
      ...(l2 > 0 ? [activityRegularization({ l2 })] : []),
      recurrent(gru, { units: 4 }),
      dense({ units: 2 }),
      ...(l2 > 0 ? [activityRegularization({ l2: 3 * l2 })] : []),
    ];
    const ids = { values: Uint32Array.from({ length: 45 }, () => random.integer(5)), shape: [5, 9], lengths: LENGTHS };
    const taken: Float32Array[][] = [];
    const losses: number[] = [];
    for (const l2 of [0, 1]) {
      const model = await createModel(sequential(...layers(l2)), { seed: 2, engine });
      const session = await openSession(internalsOf(model).core(), meanSquaredError(), sgd({ learningRate: 1 }));
      const before = model.parameters();
      const y = await model.predict(ids);
      const options = { step: 0, seed: 1, learningRate: 1, clipNorm: undefined, carry: false };
      const { loss, penalty } = await session.step([{ x: ids, targets, firstStep: true }], options);
      losses.push(loss);
      taken.push(model.parameters().map(({ values }, k) => values.map((v, n) => before[k]!.values[n]! - v)));
      const table = before[0]!.values;
      let [entries, outputs] = [0, 0];
      const counts = new Float64Array(5);
      LENGTHS.forEach((length, b) => {
        for (let t = 0; t < length; t++) {
          const id = ids.values[b * 9 + t]!;
          counts[id]!++;
          for (let u = 0; u < 3; u++) entries += table[id * 3 + u]! ** 2;
          for (let u = 0; u < 2; u++) outputs += y.values[(b * 9 + t) * 2 + u]! ** 2;
        }
      });
      const rows = LENGTHS.reduce((a, c) => a + c);
      expect(penalty).toBeCloseTo((l2 * entries) / (3 * rows) + (3 * l2 * outputs) / (2 * rows), 5);
      if (l2 > 0) {
        // the output's bias: 3 · 2 y / (2 · rows), summed
        const bias = taken[1]!.at(-1)!.map((v, u) => v - taken[0]!.at(-1)![u]!);
        let sum = 0;
        LENGTHS.forEach((length, b) => {
          for (let t = 0; t < length; t++) sum += y.values[(b * 9 + t) * 2]!;
        });
        expect(bias[0]).toBeCloseTo((3 * sum) / rows, 5);
      }
      session.close();
      model.close();
    }
    expect(losses[0]).toBe(losses[1]);
  },
);

test("a window that goes on from the one before pays for no change from it", async () => {
  const model = await make([activityRegularization({ temporal: 1 })], "wasm");
  const core = internalsOf(model).core(x);
  const session = await openSession(core, meanSquaredError(), sgd({ learningRate: 1e-12 }));
  const options = { step: 0, seed: 1, learningRate: 1e-12, clipNorm: undefined, carry: true };
  const even = { values: x.values.subarray(0, 3 * 9), shape: [1, 9, 3] };
  const goal = { values: targets.values.subarray(0, 2 * 9), shape: [1, 9, 2] };
  await session.step([{ x: even, targets: goal, firstStep: true }], options);
  const { penalty } = await session.step([{ x: even, targets: goal, firstStep: false }], options);
  const first = await model.predict(even);
  const { values } = (await model.trace(even, { from: first.states })).get("h");
  let changes = 0;
  for (let k = UNITS; k < 9 * UNITS; k++) changes += (values[k]! - values[k - UNITS]!) ** 2;
  expect(penalty).toBeCloseTo(changes / (8 * UNITS), 6);
  // sequences of one step have no change at all
  const one = { values: [1, 2, 3], shape: [1, 1, 3] };
  const alone = await session.step(
    [{ x: one, targets: { values: [1, 2], shape: [1, 1, 2] }, firstStep: true }],
    options,
  );
  expect(alone.penalty).toBe(0);
  expect(alone.isSound).toBe(true);
  session.close();
  model.close();
});

test("predictions, streams, validations and reported losses are those of a model without it", async () => {
  const prices = [activityRegularization({ l2: 5, temporal: 5 })];
  const [priced, plain] = [await make(prices, "wasm"), await make([], "wasm")];
  const data = batches(x, targets, { batch: 2 });
  const loss = meanSquaredError();
  expect(await evaluate(priced, data, { loss })).toEqual(await evaluate(plain, data, { loss }));
  expect(await priced.predict(x)).toEqual(await plain.predict(x));
  expect(priced.stream().step([1, 2, 3])).toEqual(plain.stream().step([1, 2, 3]));
  expect(await priced.gradients(x, targets, loss)).toEqual(await plain.gradients(x, targets, loss));
  expect(priced.parameters()).toEqual(plain.parameters());
  const events: Record<"priced" | "plain", Progress[]> = { priced: [], plain: [] };
  const optimizer = sgd({ learningRate: 0.1 });
  const histories = [
    await train(priced, data, { loss, optimizer, epochs: 2, onProgress: (event) => events.priced.push(event) }),
    await train(plain, data, { loss, optimizer, epochs: 2, onProgress: (event) => events.plain.push(event) }),
  ];
  expect(events.priced[0]!.loss).toBe(events.plain[0]!.loss);
  expect(events.priced[0]!.penalty).toBeGreaterThan(0.1);
  expect(events.plain.every((event) => !("penalty" in event))).toBe(true);
  // what it is for: smaller activations, at some cost in loss
  expect(histories[0]!.records.at(-1)!.trainLoss).toBeGreaterThan(histories[1]!.records.at(-1)!.trainLoss);
  const size = async (model: Model): Promise<number> =>
    (await model.trace(x)).get("h").values.reduce((sum, v) => sum + v * v, 0);
  expect(await size(priced)).toBeLessThan(0.8 * (await size(plain)));
  for (const one of [priced, plain]) one.close();
});

test("over windows of a stream the penalty of a whole training is the same again", async () => {
  const data = windows(
    { values: Float64Array.from(numbers(120)), shape: [40, 3] },
    { length: 6, batch: 3, targets: { values: numbers(80), shape: [40, 2] }, carryState: true },
  );
  const all: (number | undefined)[][] = [];
  for (let k = 0; k < 2; k++) {
    const model = await make([activityRegularization({ l2: 1, temporal: 1 })], "wasm");
    const penalties: (number | undefined)[] = [];
    const optimizer = sgd({ learningRate: 0.1 });
    await train(model, data, {
      loss: meanSquaredError(),
      optimizer,
      epochs: 3,
      onProgress: ({ penalty }) => penalties.push(penalty),
    });
    all.push(penalties);
    model.close();
  }
  expect(all[0]).toEqual(all[1]);
  expect(all[0]!.every((penalty) => penalty! > 0)).toBe(true);
});
