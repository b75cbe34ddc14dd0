/**
 * One computation, however it is cut: a batch at once, each sequence alone, a stream step by step, two halves with
 * the state carried. On wasm, where tiles, blocks and hoisting could tell, all of them are equal to the last bit.
 */
import { describe, expect, test } from "vitest";
import { blocksLstm, gru, layerNormLstm, lstm, lstmp, minLstm, slstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { activityRegularization, layerNorm, residual } from "../layers/deep.ts";
import { type Architecture, dense, embedding, recurrent, sequential } from "../layers/layers.ts";
import { createModel } from "./model.ts";

const I = 5;
const LENGTHS = [3, 11, 7, 11, 1, 6, 2, 9, 4]; // nine rows: one tile of four or eight does not hold them

const architectures: Record<string, Architecture> = {
  lstm: sequential(recurrent(lstm, { units: 13, layers: 2 }), dense({ units: 3 })),
  "lstm, 64 units": sequential(recurrent(lstm, { units: 64 })),
  lstmp: sequential(recurrent(lstmp, { units: 13, projection: 7 })),
  gru: sequential(recurrent(gru, { units: 13 }), dense({ units: 3, activation: "tanh" })),
  "layer-norm lstm": sequential(recurrent(layerNormLstm, { units: 13 })),
  sLSTM: sequential(recurrent(slstm, { units: 12, heads: 3 })),
  minLSTM: sequential(recurrent(minLstm, { units: 13 })),
  "memory blocks": sequential(recurrent(blocksLstm, { units: 12, blocks: 4 })),
  "residuals and norms": sequential(
    recurrent(gru, { units: 13, layers: 3, residual: true, layerNorm: true }),
    residual(layerNorm(), dense({ units: 7, activation: "tanh" }), dense({ units: 13 })),
    activityRegularization({ l2: 1, temporal: 1 }),
    layerNorm(),
    dense({ units: 3 }),
  ),
};

function ragged(seed: number) {
  const random = generator(seed, "inputs");
  const steps = Math.max(...LENGTHS);
  const values = Float32Array.from({ length: LENGTHS.length * steps * I }, () => 2 * random.uniform() - 1);
  return { values, shape: [LENGTHS.length, steps, I], lengths: LENGTHS };
}

/** Steps `from … to` of sequence b. */
const part = (values: ArrayLike<number>, steps: number, size: number, b: number, from: number, to: number): number[] =>
  Array.from({ length: (to - from) * size }, (_, k) => values[(b * steps + from) * size + k]!);

describe.each(Object.entries(architectures))("%s on wasm", (_, architecture) => {
  const x = ragged(7);
  const [batch, steps] = x.shape as [number, number];
  const alone = (b: number, from = 0, to = LENGTHS[b]!) => ({
    values: part(x.values, steps, I, b, from, to),
    shape: [1, to - from, I],
  });
  const make = () => createModel(architecture, { seed: 3, input: I });

  test("a batch gives each sequence the bits it has alone", async () => {
    const model = await make();
    const whole = await model.predict(x);
    const size = whole.shape[2]!;
    for (let b = 0; b < batch; b++) {
      const own = await model.predict(alone(b));
      expect([...own.values]).toEqual(part(whole.values, steps, size, b, 0, LENGTHS[b]!));
      for (const [key, states] of Object.entries(whole.states)) {
        expect([...own.states[key]!], key).toEqual(part(states, 1, states.length / batch, b, 0, 1));
      }
    }
    model.close();
  });

  test("a stream gives, step by step, the bits of the whole", async () => {
    const model = await make();
    const whole = await model.predict(x);
    const size = whole.shape[2]!;
    const stream = model.stream();
    for (const b of [1, 0, 4]) {
      stream.reset();
      for (let t = 0; t < LENGTHS[b]!; t++) {
        const y = stream.step(Float32Array.from(part(x.values, steps, I, b, t, t + 1)));
        expect([...y]).toEqual(part(whole.values, steps, size, b, t, t + 1));
      }
      for (const [key, state] of Object.entries(stream.state())) {
        const states = whole.states[key]!;
        expect([...state], key).toEqual(part(states, 1, states.length / batch, b, 0, 1));
      }
    }
    model.close();
  });

  test("two parts with the states carried give the bits of the whole", async () => {
    const model = await make();
    const whole = await model.predict(x);
    const size = whole.shape[2]!;
    const cut = 4;
    const rows = [1, 2, 3, 5, 7];
    const join = (from: number, to: (b: number) => number) => ({
      values: rows.flatMap((b) =>
        part(x.values, steps, I, b, from, from + (to(b) - from)).concat(pad(steps - cut, b, from, to)),
      ),
      shape: [rows.length, steps - cut, I],
      lengths: rows.map((b) => to(b) - from),
    });
    const pad = (most: number, b: number, from: number, to: (b: number) => number): number[] =>
      new Array((most - (to(b) - from)) * I).fill(0);
    const first = await model.predict(join(0, () => cut));
    const second = await model.predict(
      join(cut, (b) => LENGTHS[b]!),
      { from: first.states },
    );
    rows.forEach((b, k) => {
      const both = [
        ...part(first.values, steps - cut, size, k, 0, cut),
        ...part(second.values, steps - cut, size, k, 0, LENGTHS[b]! - cut),
      ];
      expect(both).toEqual(part(whole.values, steps, size, b, 0, LENGTHS[b]!));
    });
    for (const [key, states] of Object.entries(second.states)) {
      const width = states.length / rows.length;
      rows.forEach((b, k) => {
        expect(part(states, 1, width, k, 0, 1), key).toEqual(part(whole.states[key]!, 1, width, b, 0, 1));
      });
    }
    model.close();
  });
});

test("a sequence longer than a piece has the bits it has step by step, and padding is 0", async () => {
  const model = await createModel(sequential(embedding({ vocabulary: 7, size: 4 }), recurrent(gru, { units: 5 })), {
    seed: 2,
  });
  const random = generator(1, "ids");
  const steps = 5000; // predict cuts time into pieces of 4096 rows
  const ids = Uint32Array.from({ length: 2 * steps }, () => Math.floor(random.uniform() * 7));
  const lengths = [steps, 4097];
  const whole = await model.predict({ values: ids, shape: [2, steps], lengths });
  const stream = model.stream();
  for (let b = 0; b < 2; b++) {
    stream.reset();
    let differing = 0;
    for (let t = 0; t < lengths[b]!; t++) {
      const y = stream.step(ids[b * steps + t]!);
      y.forEach((v, k) => {
        if (!Object.is(v, whole.values[(b * steps + t) * 5 + k])) differing++;
      });
    }
    expect(differing).toBe(0);
  }
  expect(whole.values.subarray((steps + lengths[1]!) * 5).every((v) => v === 0)).toBe(true);
  model.close();
});

test("the order of rows in a batch changes no bit", async () => {
  const model = await createModel(sequential(recurrent(lstm, { units: 9, direction: "both", layers: 2 })), {
    seed: 1,
    input: I,
  });
  const x = ragged(9);
  const [batch, steps] = x.shape as [number, number];
  const order = [4, 8, 0, 2, 6, 1, 7, 3, 5];
  const turned = {
    values: order.flatMap((b) => part(x.values, steps, I, b, 0, steps)),
    shape: x.shape,
    lengths: order.map((b) => LENGTHS[b]!),
  };
  const [first, second] = [await model.predict(x), await model.predict(turned)];
  const size = first.shape[2]!;
  order.forEach((b, k) => {
    expect(part(second.values, steps, size, k, 0, steps)).toEqual(part(first.values, steps, size, b, 0, steps));
  });
  expect(order).toHaveLength(batch);
  model.close();
});
