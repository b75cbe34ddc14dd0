/**
 * How much memory runs take, and that what keeps it small (blocks of outputs, pieces of time) changes no bit. An
 * engine's memory grows by half of itself at least, so that bounds leave that much room.
 */
import { describe, expect, test } from "vitest";
import { gru, lstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { batches } from "../data/windows.ts";
import { dense, dropout, embedding, heads, type Layer, recurrent, sequential } from "../layers/layers.ts";
import { evaluate } from "../train/evaluate.ts";
import { crossEntropy, meanSquaredError } from "../train/losses.ts";
import { adam, sgd } from "../train/optimizers.ts";
import { train } from "../train/train.ts";
import { blockRows, inPlace } from "./heads.ts";
import type { RowLoss } from "./loss.ts";
import { createModel, internalsOf, type Model } from "./model.ts";

const MB = 1e6;
const bytesOf = (model: Model): number => internalsOf(model).core().space.bytes;

const random = generator(1, "memory");
const integers = (count: number, below: number): Uint32Array =>
  Uint32Array.from({ length: count }, () => random.integer(below));

describe("outputs in blocks of rows", () => {
  const VOCABULARY = 40_000;
  const LENGTHS = [60, 31, 59, 3];
  const shape = [LENGTHS.length, 60];
  const x = { values: integers(240, 11), shape, lengths: LENGTHS };
  const targets = { values: integers(240, VOCABULARY), shape, lengths: LENGTHS };
  const weights = { values: Float32Array.from({ length: 240 }, (_, k) => (k % 5) / 2), shape };

  /** Without training a dropout does nothing, but what it gives is not the dense layer's output. */
  const architectures: [string, readonly Layer[], readonly Layer[]][] = [
    ["a dense layer", [dense({ units: VOCABULARY })], [dense({ units: VOCABULARY }), dropout({ rate: 0.5 })]],
    [
      "a dense layer with tanh, which its backward pass reads",
      [dense({ units: VOCABULARY, activation: "tanh" })],
      [dense({ units: VOCABULARY, activation: "tanh" }), dropout({ rate: 0.5 })],
    ],
    [
      "two heads",
      [heads({ a: sequential(dense({ units: VOCABULARY })), b: sequential(dense({ units: VOCABULARY })) })],
      [
        heads({
          a: sequential(dense({ units: VOCABULARY }), dropout({ rate: 0.5 })),
          b: sequential(dense({ units: VOCABULARY }), dropout({ rate: 0.5 })),
        }),
      ],
    ],
  ];

  test.each(architectures)("%s: loss and gradients have the bits of all rows at once", async (name, blocks, whole) => {
    expect(blockRows(VOCABULARY)).toBeLessThan(LENGTHS.reduce((a, b) => a + b));
    const [a, b] = await Promise.all(
      [blocks, whole].map(async (layers) => {
        const made = sequential(embedding({ vocabulary: 11, size: 4 }), recurrent(gru, { units: 3 }), ...layers);
        const model = await createModel(made, { seed: 4 });
        const given = name === "two heads" ? { a: targets, b: targets } : targets;
        const gradients = await model.gradients(x, given, crossEntropy(), { weights });
        model.close();
        return gradients;
      }),
    );
    expect(a!.loss).toBe(b!.loss);
    expect(a!.parameters).toEqual(b!.parameters);
    expect(a!.firstStates).toEqual(b!.firstStates);
  });

  test("training with 50,000 symbols, B = 32, T = 64, takes a fifth of one array of all outputs", async () => {
    const vocabulary = 50_000;
    const made = sequential(recurrent(gru, { units: 4 }), dense({ units: vocabulary }));
    const model = await createModel(made, { seed: 1, input: 1 });
    const inputs = { values: Float32Array.from(integers(2048, 9)), shape: [32, 64, 1] };
    const ids = { values: integers(2048, vocabulary), shape: [32, 64] };
    const data = batches(inputs, ids, { batch: 32 });
    await train(model, data, { loss: crossEntropy(), optimizer: sgd({ learningRate: 0.1 }), steps: 1 });
    await evaluate(model, data, { loss: crossEntropy() });
    expect(2048 * vocabulary * 4).toBeGreaterThan(400 * MB);
    expect(bytesOf(model)).toBeLessThan(80 * MB);
    await model.predict(inputs);
    expect(bytesOf(model)).toBeLessThan(100 * MB);
    model.close();
  });

  test("a loss that reads the output after it has written the adjoint keeps them apart", () => {
    const { schedule } = meanSquaredError();
    expect(inPlace(schedule)!.buffers.map(({ name, storage }) => [name, storage])).toContainEqual(["δx", "x"]);
    const [map] = schedule.forward.before as [RowLoss["schedule"]["forward"]["before"][0] & { op: "map" }];
    const late = { ...map, code: [...map.code, map.code[0]!] };
    expect(map.code[0]).toMatchObject({ op: "read" });
    expect(inPlace({ ...schedule, forward: { ...schedule.forward, before: [late] } })).toBeUndefined();
  });
});

describe("pieces of time", () => {
  test("32 sequences of 4,096 steps take no more memory than 128 steps, to predict and to judge", async () => {
    const model = await createModel(sequential(recurrent(lstm, { units: 64 }), dense({ units: 3 })), { input: 2 });
    const x = { values: Float32Array.from({ length: 32 * 4096 * 2 }, () => random.uniform()), shape: [32, 4096, 2] };
    const targets = { values: integers(32 * 4096, 3), shape: [32, 4096] };
    await model.predict(x);
    expect(32 * 4096 * 6 * 64 * 4).toBeGreaterThan(200 * MB); // six values a unit, all steps at once
    expect(bytesOf(model)).toBeLessThan(16 * MB);
    await evaluate(model, batches(x, targets, { batch: 32 }), { loss: crossEntropy() });
    expect(bytesOf(model)).toBeLessThan(32 * MB); // targets, weights and losses of all rows, and another run
    model.close();
  });

  test.each(["wasm", "reference"] as const)(
    "a loss over ragged pieces has the bits of the whole, on %s",
    async (engine) => {
      const layers = [embedding({ vocabulary: 5, size: 2 }), recurrent(gru, { units: 3 }), dense({ units: 4 })];
      const model = await createModel(sequential(...layers), { seed: 2, engine });
      const lengths = [1000, 2500, 2049, 1];
      const x = { values: integers(4 * 2500, 5), shape: [4, 2500], lengths };
      const targets = { values: integers(4 * 2500, 4), shape: [4, 2500], lengths };
      const { loss, count } = await evaluate(model, batches(x, targets, { batch: 4 }), { loss: crossEntropy() });
      const whole = await model.gradients(x, targets, crossEntropy());
      expect(count).toBe(lengths.reduce((a, b) => a + b));
      expect(loss).toBe((whole.loss * count) / count);
      model.close();
    },
  );
});

test("training an LSTM keeps six values a unit and step, and the adjoint of its output", async () => {
  const [batch, steps, units] = [32, 256, 128];
  const model = await createModel(sequential(recurrent(lstm, { units }), dense({ units: 3 })), { input: 1 });
  const x = { values: Float32Array.from({ length: batch * steps }, () => random.uniform()), shape: [batch, steps, 1] };
  const targets = { values: integers(batch * steps, 3), shape: [batch, steps] };
  const data = batches(x, targets, { batch });
  await train(model, data, { loss: crossEntropy(), optimizer: sgd({ learningRate: 0.1 }), steps: 1 });
  const value = batch * steps * units * 4;
  expect(bytesOf(model)).toBeGreaterThan(7 * value);
  expect(bytesOf(model)).toBeLessThan(1.5 * 7.5 * value); // x, targets and weights of all rows too, and growth by half
  model.close();
});

test("gradients are whole where adding up an input's adjoints is what makes the memory grow", async () => {
  const layers = [recurrent(lstm, { units: 3, direction: "both" }), dense({ units: 1 })] as const;
  for (let steps = 4; steps <= 40; steps += 4) {
    const shape = [4, steps, 64];
    const x = { values: Float32Array.from({ length: 4 * steps * 64 }, () => random.normal()), shape };
    const y = { values: new Float32Array(4 * steps), shape: [4, steps, 1] };
    const model = await createModel(sequential(...layers), { input: 64, threads: 1 });
    const first = await model.gradients(x, y, meanSquaredError());
    expect(first).toEqual(await model.gradients(x, y, meanSquaredError()));
    model.close();
  }
});

describe("what is too much for the memory", () => {
  test("is said as such, and leaves nothing taken: streams", async () => {
    const model = await createModel(sequential(recurrent(lstm, { units: 64 })), { input: 400 });
    const sizes = Array.from({ length: 12 }, () => {
      expect(() => model.streams(2 ** 24)).toThrow(/^not enough memory: .*\n {2}open fewer streams\.$/);
      return bytesOf(model);
    });
    expect(sizes.at(-1)).toBe(sizes[1]);
    model.close();
  });

  test("is said as such, and leaves nothing taken: an optimizer's moments and a loss", async () => {
    const model = await createModel(sequential(recurrent(gru, { units: 100 })), { input: 1 });
    const { space } = internalsOf(model).core();
    const x = { values: new Float32Array(3), shape: [1, 3, 1] };
    const y = { values: new Float32Array(300), shape: [1, 3, 100] };
    await model.gradients(x, y, meanSquaredError());
    const free = (): number => {
      const region = space.allocate(1);
      space.free(region);
      return region.address;
    };
    const before = free();
    const { allocate } = space;
    for (let room = 0; room < 12; room++) {
      let left = room;
      Object.assign(space, {
        allocate(length: number) {
          if (left-- <= 0) throw new RangeError("no room");
          return allocate(length);
        },
      });
      const optimizer = adam({ learningRate: 0.1 });
      const data = batches(x, y, { batch: 1 });
      const training = train(model, data, { loss: meanSquaredError(), optimizer, steps: 1 });
      await training.catch((error) => expect(error).toMatchObject({ code: "memory" }));
      if (room < 6) await expect(training).rejects.toThrow("not enough memory: no room");
      Object.assign(space, { allocate });
      expect(free()).toBe(before);
    }
    model.close();
  });
});
