/** Predictions do not depend on what was predicted before, on how time is cut into pieces, or on padding. */
import { expect, test } from "vitest";
import { gru, lstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { dense, embedding, recurrent, sequential } from "../layers/layers.ts";
import { meanSquaredError } from "../train/losses.ts";
import { createModel, internalsOf, type Model } from "./model.ts";

const V = 9;
const random = generator(8, "predict");
const idsOf = (count: number): Uint32Array => Uint32Array.from({ length: count }, () => random.integer(V));
const make = (output: "every" | "last", direction: "forward" | "both" = "forward"): Promise<Model> =>
  createModel(
    sequential(
      embedding({ vocabulary: V, size: 3 }),
      recurrent(lstm, { units: 4, layers: 2 }),
      recurrent(gru, { units: 3, direction, output }),
      dense({ units: 2 }),
    ),
    { seed: 6 },
  );

test("a larger batch, a smaller one and a larger one again give what a fresh model gives", async () => {
  const model = await make("every", "both");
  for (const [batch, steps] of [
    [2, 3],
    [40, 2],
    [1, 1],
    [3, 90],
    [50, 7],
  ] as const) {
    const x = { values: idsOf(batch * steps), shape: [batch, steps] };
    expect((await model.predict(x)).values).toEqual((await (await make("every", "both")).predict(x)).values);
  }
});

test("10,000 steps in pieces give each step's bits, and the last of them after output: last", async () => {
  const steps = 10_000;
  const x = { values: idsOf(2 * steps), shape: [2, steps], lengths: [steps, 9000] };
  const every = await (await make("every")).predict(x);
  const last = await (await make("last")).predict(x);
  const row = (b: number, t: number): Float32Array =>
    every.values.subarray((b * steps + t) * 2, (b * steps + t + 1) * 2);
  expect(last.shape).toEqual([2, 2]);
  expect([...last.values]).toEqual([...row(0, steps - 1), ...row(1, 8999)]);
  expect(last.states).toEqual(every.states);
  const stream = (await make("every")).stream();
  let out = new Float32Array(2);
  for (let t = 0; t < steps; t++) out = stream.step(x.values[t]!) as typeof out;
  expect([...out]).toEqual([...row(0, steps - 1)]);
});

test("steps that no sequence has change nothing and hold 0", async () => {
  const model = await make("every");
  const short = await model.predict({ values: [1, 2, 3, 4], shape: [2, 2] });
  const values = new Float32Array(2 * 9000).fill(V + 5); // not even an id
  values.set([1, 2]);
  values.set([3, 4], 9000);
  const long = await model.predict({ values, shape: [2, 9000], lengths: [2, 2] });
  expect(long.values.subarray(0, 4)).toEqual(short.values.subarray(0, 4));
  expect(long.values.subarray(18_000, 18_004)).toEqual(short.values.subarray(4));
  expect(long.values.filter((v) => v !== 0)).toHaveLength(8);
  expect(long.states).toEqual(short.states);
});

test("ids are the same numbers in any kind of array", async () => {
  const model = await make("last", "both");
  const ids = [...idsOf(12)];
  const first = (await model.predict({ values: ids, shape: [3, 4] })).values;
  for (const Kind of [Float32Array, Float64Array, Int32Array, Uint32Array, Uint16Array, Uint8Array]) {
    expect((await model.predict({ values: Kind.from(ids), shape: [3, 4] })).values).toEqual(first);
  }
});

test("half a sequence, and the other half from its states, give the whole", async () => {
  const model = await make("every");
  const ids = idsOf(20);
  const whole = await model.predict({ values: ids, shape: [2, 10] });
  const half = (from: number) => ({
    values: Uint32Array.of(...ids.subarray(from, from + 5), ...ids.subarray(10 + from, 15 + from)),
    shape: [2, 5],
  });
  const first = await model.predict(half(0));
  const second = await model.predict(half(5), { from: first.states });
  expect(second.values.subarray(0, 10)).toEqual(whole.values.subarray(10, 20));
  expect(second.states).toEqual(whole.states);
});

test("a call that waits takes all that it was given as it was when it was made", async () => {
  const model = await createModel(sequential(recurrent(gru, { units: 3 }), dense({ units: 1 })), { input: 1 });
  const given = () => ({
    x: { values: Float32Array.of(1, 2, 3, 4), shape: [2, 2, 1], lengths: [2, 1] },
    targets: { values: [0, 1, 0, 1], shape: [2, 2, 1] },
    from: { h: Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6) },
    weights: Float32Array.of(1, 2, 3, 4),
    lastAdjoints: { h: [1, 2, 3, 4, 5, 6] },
  });
  const all = ({ x, targets, ...options }: ReturnType<typeof given>) =>
    Promise.all([
      model.predict(x, options),
      model.trace(x, options).then(({ values }) => values),
      model.gradients(x, targets, meanSquaredError(), options),
    ]);
  const expected = await all(given());
  const before = internalsOf(model)
    .core()
    .performer.perform(function* () {
      for (const start = performance.now(); performance.now() < start + 20; ) yield;
    });
  const changed = given();
  const found = all(changed);
  const { x, targets, from, weights, lastAdjoints } = changed;
  for (const array of [x.values, x.lengths, targets.values, from.h, weights, lastAdjoints.h]) array.fill(1);
  await before;
  expect(await found).toEqual(expected);
  model.close();
});
