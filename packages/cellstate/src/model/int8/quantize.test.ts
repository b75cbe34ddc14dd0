/** Models with 8-bit matrices: what they compute, and what they refuse. */
import { describe, expect, test } from "vitest";
import { cell } from "../../cell/cell.ts";
import { gru, lstm, lstmp, peepholeLstm, slstm } from "../../cells/index.ts";
import { generator } from "../../data/random.ts";
import { encode, vocabularyOf } from "../../data/text.ts";
import { windows } from "../../data/windows.ts";
import { type Architecture, dense, embedding, recurrent, sequential } from "../../layers/layers.ts";
import { evaluate } from "../../train/evaluate.ts";
import { crossEntropy, meanSquaredError } from "../../train/losses.ts";
import { adam } from "../../train/optimizers.ts";
import { train } from "../../train/train.ts";
import { createModel, type Model } from "../model.ts";
import { quantize } from "../quantize.ts";
import { sequences } from "../sequences.ts";

const I = 5;
const LENGTHS = [3, 11, 7, 11, 1, 6, 2, 9, 4, 5, 5, 5, 5, 5, 5, 8, 8, 8, 8]; // 19: more than are rounded at a time

const own = cell(
  "Own",
  `
  a = sigmoid(W_a @ x + R_a @ h[t-1] + p_a * h[t-1] + b_a)
  h = a * h[t-1] + (1 - a) * tanh(W_h @ x + R_a @ (a * h[t-1]))
`,
);

const architectures: Record<string, Architecture> = {
  "two layers and a dense one": sequential(recurrent(lstm, { units: 13, layers: 2 }), dense({ units: 3 })),
  "64 units": sequential(recurrent(lstm, { units: 64 })),
  projection: sequential(recurrent(lstmp, { units: 13, projection: 7 })),
  peepholes: sequential(recurrent(peepholeLstm, { units: 9 })),
  gru: sequential(recurrent(gru, { units: 40 }), dense({ units: 3, activation: "tanh" })),
  "blocks on the diagonal": sequential(recurrent(slstm, { units: 15, heads: 3 })),
  "a matrix used twice": sequential(recurrent(own, { units: 10 })),
};

const random = generator(7, "inputs");
const steps = Math.max(...LENGTHS);
const x = {
  values: Float32Array.from({ length: LENGTHS.length * steps * I }, () => 2 * random.uniform() - 1),
  shape: [LENGTHS.length, steps, I],
  lengths: LENGTHS,
};
const stepOf = (b: number, t: number): Float32Array => x.values.subarray((b * steps + t) * I, (b * steps + t + 1) * I);

const largest = (values: ArrayLike<number>): number => Math.max(...Array.from(values, Math.abs));
const distance = (a: Float32Array, b: Float32Array): number => largest(a.map((value, k) => value - b[k]!));

describe.each(Object.entries(architectures))("8-bit matrices, %s", (_, architecture) => {
  const make = (engine: "wasm" | "reference" = "wasm") => createModel(architecture, { seed: 3, input: I, engine });

  test("a stream, a sequence alone and a batch have the same bits", async () => {
    const model = await quantize(await make());
    const whole = await model.predict(x);
    const size = whole.shape[2]!;
    const stream = model.stream();
    for (const [b, length] of LENGTHS.entries()) {
      const expected = whole.values.subarray(b * steps * size, (b * steps + length) * size);
      stream.reset();
      const streamed = Array.from({ length }, (_, t) => [...stream.step(stepOf(b, t))]).flat();
      expect(streamed).toEqual([...expected]);
      const values = x.values.subarray(b * steps * I, (b * steps + length) * I);
      const alone = await model.predict({ values, shape: [1, length, I] });
      expect(alone.values).toEqual(expected);
      for (const [key, state] of Object.entries(stream.state())) expect(alone.states[key]).toEqual(state);
    }
    model.close();
  });

  test("the float64 engine computes the same, to 2e-6", async () => {
    // float32 behind equal integers; the seed is such that no value lies so close to the border of two steps that the
    // engines fall to different sides
    const [fast, exact] = [await quantize(await make()), await quantize(await make("reference"))];
    expect(exact.engine).toBe("reference");
    const [a, b] = [await fast.predict(x), await exact.predict(x)];
    expect(distance(a.values, b.values)).toBeLessThan(2e-6);
    for (const model of [fast, exact]) model.close();
  });

  test("what it computes is near to what the model with float32 weights does, and not the same", async () => {
    const model = await make();
    const small = await quantize(model);
    const [a, b] = [await model.predict(x), await small.predict(x)];
    // a step is 1/63 of the largest value of a row; errors of a row's products mostly cancel
    const apart = distance(a.values, b.values) / largest(a.values);
    expect(apart).toBeLessThan(0.05);
    expect(apart).toBeGreaterThan(0);
    model.close();
    expect((await small.predict(x)).values).toEqual(b.values);
    small.close();
  });
});

describe("a quantized model", async () => {
  const text = "the king is dead, long live the king. what a piece of work is a man, how noble in reason! ".repeat(30);
  const vocabulary = vocabularyOf(text);
  const ids = encode(text, vocabulary);
  const V = vocabulary.characters.length;
  const architecture = sequential(
    embedding({ vocabulary: V, size: 16 }),
    recurrent(lstm, { units: 32 }),
    dense({ units: V }),
  );
  const model = await createModel(architecture, { seed: 1, facts: { vocabulary } });
  const data = windows(ids, { length: 16, batch: 8, carryState: true });
  const loss = crossEntropy();
  await train(model, data, { loss, optimizer: adam({ learningRate: 1e-2 }), clipNorm: 1, steps: 150, seed: 1 });
  const small = await quantize(model);
  const line = sequences([[...ids.subarray(0, 20)]]);

  test("of characters loses less than one per cent", async () => {
    const [whole, rounded] = [await evaluate(model, data, { loss }), await evaluate(small, data, { loss })];
    expect(rounded.count).toBe(whole.count);
    expect(whole.loss).toBeLessThan(1); // it has learned something that could be lost
    expect(Math.abs(rounded.loss / whole.loss - 1)).toBeLessThan(0.01);
  });

  test("has the facts, architecture and engine of the one that it was made from, and says what it is", () => {
    expect(small.facts).toEqual(model.facts);
    expect(small.architecture).toEqual(model.architecture);
    expect([model.weights, small.weights, small.engine]).toEqual(["f32", "i8", "wasm"]);
    expect(small.withFacts({ a: 1 }).weights).toBe("i8");
    expect(small.parameterCount).toBe(model.parameterCount);
  });

  test("has rows of at most 63 steps on either side, exactly multiples of one float32", () => {
    for (const { name, shape, values } of small.parameters()) {
      const original = model.parameters().find((p) => p.name === name)!;
      if (shape.length === 1) {
        expect(values).toEqual(original.values);
        continue;
      }
      const [rows, columns] = shape as [number, number];
      for (let r = 0; r < rows; r++) {
        const row = values.subarray(r * columns, (r + 1) * columns);
        const scale = largest(row) / 63;
        expect(Math.fround(scale)).toBe(scale);
        expect(row.every((w) => Number.isInteger(w / scale))).toBe(true);
        const before = original.values.subarray(r * columns, (r + 1) * columns);
        expect(distance(row, before)).toBeLessThanOrEqual(scale / 2);
      }
    }
  });

  test("quantized again is itself", async () => {
    const again = await quantize(small);
    expect(again.parameters()).toEqual(small.parameters());
    expect((await again.predict(line)).values).toEqual((await small.predict(line)).values);
    again.close();
  });

  test("traces every value of what it predicts", async () => {
    const trace = await small.trace(line);
    const hidden = await small.predict(line);
    expect(trace.get("h").values.slice(-32)).toEqual(hidden.states["recurrent.0.forward.h"]);
    expect(trace.get("f").caption).toMatch(/forget/);
  });

  test("with fixed values is another one of the same weights, and follows when they are set", async () => {
    const copy = await quantize(model);
    const clamped = copy.with({ f: 1 });
    expect(clamped.weights).toBe("i8");
    const before = await clamped.predict(line);
    expect(before.values).not.toEqual((await copy.predict(line)).values);
    const b = model
      .parameters()
      .find(({ name }) => name === "dense.0.W")!
      .values.map((w) => 2 * w);
    copy.setParameters({ "dense.0.W": b });
    const after = await clamped.predict(line);
    // twice the weights are twice the scale, and the bias was 0 or is what it was
    expect(after.values).not.toEqual(before.values);
    expect(copy.parameters().find(({ name }) => name === "dense.0.W")!.values).toEqual(
      small
        .parameters()
        .find(({ name }) => name === "dense.0.W")!
        .values.map((w) => 2 * w),
    );
    copy.close();
  });

  test("of zeros, and of numbers at both ends of float32, computes numbers", async () => {
    const odd = await createModel(sequential(recurrent(lstm, { units: 3 })), { input: 2, seed: 1 });
    odd.setParameters({
      "recurrent.0.forward.W_f": [0, 0, 0, 0, 0, 0],
      "recurrent.0.forward.W_i": [3.4028234663852886e38, 1, -3.4028234663852886e38, 0, 1e-45, 0],
    });
    const rounded = await quantize(odd);
    const values = Object.fromEntries(rounded.parameters().map((p) => [p.name, p.values]));
    expect([...values["recurrent.0.forward.W_f"]!]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(values["recurrent.0.forward.W_i"]!.every(Number.isFinite)).toBe(true);
    expect([...values["recurrent.0.forward.W_i"]!].slice(4)).toEqual([0, 0]);
    const y = await rounded.predict({ values: [0, 0, 1e-45, 0, 1, -1], shape: [1, 3, 2] });
    expect(y.values.every(Number.isFinite)).toBe(true);
    const again = await quantize(rounded);
    expect(again.parameters()).toEqual(rounded.parameters());
    for (const one of [odd, rounded, again]) one.close();
  });

  test("is not trained, and says what to do instead", async () => {
    const said: string[] = [];
    const attempts: (() => Promise<unknown>)[] = [
      () => train(small, data, { loss, optimizer: adam({ learningRate: 1e-2 }), steps: 1 }),
      () => small.gradients(line, sequences([[...ids.subarray(1, 21)]]), loss),
      () => quantize({} as Model),
      async () => quantize(await createModel(sequential(recurrent(lstm, { units: 3 })))),
    ];
    for (const attempt of attempts) said.push(await attempt().then(String, (error: Error) => error.message));
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "train: model is a quantized model; expected a model with float32 weights.
        take the model that it was made from, and quantize that again afterwards.
      model.gradients: model is a quantized model; expected a model with float32 weights.
        take the model that it was made from, and quantize that again afterwards.
      quantize: model is "object"; expected a model.
        pass what createModel, modelFrom or loadModel returned.
      createModel: input is undefined; expected how many values a step of the input has.
        give it, createModel(architecture, { input: 1 }), or run the model on data first."
    `);
  });

  test("goes on predicting while others train, and closes with its streams", async () => {
    const other = await createModel(sequential(recurrent(gru, { units: 4 }), dense({ units: 1 })), { input: 1 });
    const expected = (await small.predict(line)).values;
    const copy = await quantize(model);
    const stream = copy.stream();
    const loss = meanSquaredError();
    await other.gradients(sequences([[1, 2, 3]]), sequences([[1, 2, 3]]), loss);
    stream.step(1);
    copy.close();
    expect(() => stream.step(1)).toThrow(/closed/);
    await expect(copy.predict(line)).rejects.toThrow(/closed/);
    expect((await small.predict(line)).values).toEqual(expected);
    other.close();
  });
});
