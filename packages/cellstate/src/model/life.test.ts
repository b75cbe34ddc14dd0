/** A model's life: what decides about it, what it shares, what its end ends, and that a failed call leaves no trace. */
import { describe, expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { gru, lstm, slstm } from "../cells/index.ts";
import { dense, dropout, embedding, heads, inputs, recurrent, sequential } from "../layers/layers.ts";
import { crossEntropy, meanSquaredError } from "../train/losses.ts";
import { modelFrom } from "./bytes.ts";
import { createModel, internalsOf } from "./model.ts";

const series = (steps: number, size: number, batch = 1) => ({
  values: Float32Array.from({ length: batch * steps * size }, (_, k) => ((k * 7) % 11) / 11),
  shape: [batch, steps, size],
});
const open = sequential(recurrent(lstm, { units: 3 }), dense({ units: 1 }));
// biome-ignore lint/suspicious/noExplicitAny: JavaScript's users have no compiler
const any = (value: unknown): any => value;

describe("a model whose input size the data decides", () => {
  test.each<[string, unknown]>([
    ["null", null],
    ["a number", 3],
    ["no shape", { values: [1] }],
    ["a negative size", { values: [1], shape: [1, 1, -1] }],
    ["half a value", { values: [1], shape: [1, 1, 1.5] }],
    ["too few values", { values: [1, 2], shape: [1, 1, 5] }],
    ["NaN", { values: [Number.NaN, 1, 1, 1], shape: [1, 1, 4] }],
    ["a length beyond T", { values: [1, 2, 3, 4], shape: [1, 1, 4], lengths: [2] }],
    ["a length of 0", { values: [1, 2, 3, 4], shape: [1, 1, 4], lengths: [0] }],
    ["no step", { values: [], shape: [1, 0, 4] }],
  ])("is not decided by wrong data: %s", async (_name, x) => {
    const model = await createModel(open);
    await expect(model.predict(any(x))).rejects.toThrow(/^model\.predict: x/);
    expect((await model.predict(series(2, 2))).shape).toEqual([1, 2, 1]);
  });

  test("is not decided by data that its cell cannot take", async () => {
    const square = cell("Square", "x : units\nh = tanh(x + R_h @ h[t-1])");
    const model = await createModel(sequential(recurrent(square, { units: 3 })));
    await expect(model.predict(series(2, 2))).rejects.toThrow("as many as units");
    expect((await model.predict(series(2, 3))).shape).toEqual([1, 2, 3]);
  });

  test("can be closed before it saw any", async () => {
    const model = await createModel(open);
    model.close();
    model.close();
    await expect(model.predict(series(2, 2))).rejects.toThrow("has been closed");
  });

  test("has no parameters before, and says so", async () => {
    const model = await createModel(open);
    expect(() => model.parameters()).toThrow("how many values a step of the input has");
  });

  test.each<[unknown, string]>([
    [0, "input is 0; expected a whole number from 1"],
    [Number.NaN, "input is NaN"],
    ["3", 'input is "3"'],
    [{ other: 3 }, "input.other is 3; expected one of "],
  ])("is not given a size that is none: %j", async (input, sentence) => {
    await expect(createModel(open, { input: any(input) })).rejects.toThrow(`createModel: ${sentence}`);
  });
});

describe("models that share weights", () => {
  test("with other facts live and end together", async () => {
    const model = await createModel(open, { input: 2, facts: { a: 1 } });
    const other = model.withFacts({ b: 2 });
    expect(other.facts).toEqual({ a: 1, b: 2 });
    other.setParameters({ "dense.0.b": [5] });
    expect(model.parameters()).toEqual(other.parameters());
    const stream = model.stream();
    other.close();
    expect(() => stream.step([1, 2])).toThrow("closed");
    expect(() => model.parameters()).toThrow("has been closed");
  });

  test("a twin that ends on the way ends its call, and gives back what the call has taken", async () => {
    const options = { input: 3, threads: 1 };
    const model = await createModel(sequential(recurrent(lstm, { units: 200 }), dense({ units: 2 })), options);
    const { space } = internalsOf(model).core();
    const [x, y] = [series(150, 3, 40), series(150, 2, 40)];
    const expected = await model.predict(x);
    const sizes: number[] = [];
    for (let n = 0; n < 8; n++) {
      const twin = model.with({ f: 0.5 });
      const call = n % 2 === 0 ? twin.gradients(x, y, meanSquaredError()) : twin.predict(x);
      const ended = expect(call).rejects.toThrow("has been closed");
      await new Promise((resolve) => setImmediate(resolve));
      twin.close();
      await ended;
      sizes.push(space.bytes);
    }
    expect(sizes.at(-1)).toBe(sizes[1]);
    expect((await model.predict(x)).values).toEqual(expected.values);
    model.close();
  });

  test("a twin's twin keeps what was fixed before", async () => {
    const model = await createModel(sequential(recurrent(lstm, { units: 2 })), { input: 1, seed: 4 });
    const once = await model.with({ f: 1, o: 0.5 }).predict(series(4, 1));
    const twice = await model.with({ f: 1 }).with({ o: 0.5 }).predict(series(4, 1));
    expect(twice.values).toEqual(once.values);
  });

  test("a layer's name is the whole name: recurrent.1 is not the beginning of recurrent.10", async () => {
    const model = await createModel(sequential(recurrent(gru, { units: 2, layers: 11 })), { input: 1 });
    const trace = await model.with({ z: 0.25 }, { layer: "recurrent.1" }).trace(series(2, 1));
    const z = (layer: string) => trace.get("z", { layer }).values[0];
    expect(z("recurrent.1")).toBe(0.25);
    expect(z("recurrent.10")).not.toBe(0.25);
    expect(() => model.with({ z: 1 }, { layer: "recurrent.11" })).toThrow(/layer is "recurrent\.11"; expected one of/);
  });

  test("a twin is not written to a file that would not be it", async () => {
    const model = await createModel(open, { input: 1 });
    expect(() => model.with({ f: 1 }).toBytes()).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: model.toBytes: model is a model with fixed values of f; expected the model that with() was called on.
        a file holds equations and weights as they are; fix the values again after loading.]
    `);
  });

  test("twins that came and went hold no memory", async () => {
    const model = await createModel(open, { input: 1 });
    const { space } = internalsOf(model).core();
    const come = async (times: number): Promise<number> => {
      for (let k = 0; k < times; k++) {
        const twin = model.with({ f: 1 });
        await twin.predict(series(40, 1));
        twin.close();
      }
      return space.bytes;
    };
    const before = await come(1);
    expect(await come(50)).toBe(before);
  });
});

describe("a closed stream", () => {
  test("gives, takes and resets no state: its memory is another's", async () => {
    const model = await createModel(open, { input: 1 });
    const stream = model.stream();
    stream.step(1);
    const state = stream.state();
    stream.close();
    expect(() => stream.state()).toThrow("closed");
    expect(() => stream.setState(state)).toThrow("closed");
    expect(() => stream.reset()).toThrow("closed");
    expect(() => stream.step(1)).toThrow("closed");
  });
});

describe("a step that was refused", () => {
  const two = sequential(
    recurrent(lstm, { units: 2 }),
    heads({ a: sequential(dense({ units: 1 })), b: sequential(dense({ units: 2 })) }),
  );
  test.each<[string, unknown[]]>([
    ["a head that is none", [[1, 2], undefined, "c"]],
    ["an array of another length", [[1, 2], new Float32Array(9)]],
    ["a value too few", [[1]]],
    ["NaN behind a number", [[5, Number.NaN]]],
    ["beyond float32", [[5, 1e39]]],
    ["nothing", []],
    ["null", [null]],
    ["text", ["ab"]],
  ])("leaves the state as it was: %s", async (_name, given) => {
    const model = await createModel(two, { input: 2 });
    const stream = model.stream();
    stream.step([1, 2]);
    const before = structuredClone(stream.state());
    expect(() => any(stream).step(...given)).toThrow(/^stream\.step: /);
    expect(stream.state()).toEqual(before);
    expect(() => stream.setState({ h: [1, 2], c: [1] })).toThrow("c is 1 numbers");
    expect(stream.state()).toEqual(before);
  });

  test("of several inputs, too", async () => {
    const architecture = sequential(
      inputs({ a: sequential(embedding({ vocabulary: 3, size: 2 })), b: sequential(dropout({ rate: 0 })) }),
      dense({ units: 1 }),
    );
    const model = await createModel(architecture, { input: { b: 1 } });
    const stream = model.stream();
    expect(() => stream.step(any(undefined))).toThrow("stream.step: x.a is undefined");
    expect(() => stream.step({ a: 1 })).toThrow("stream.step: x.b is undefined");
    expect(stream.step({ a: 1, b: 0.5 })).toHaveLength(1);
  });
});

test("the float64 engine's streams go on when its memory grows", async () => {
  const architecture = sequential(
    embedding({ vocabulary: 5, size: 3 }),
    recurrent(lstm, { units: 4 }),
    dense({ units: 2 }),
  );
  const model = await createModel(architecture, { engine: "reference", seed: 1 });
  const whole = (await model.predict({ values: [1, 2, 3, 4], shape: [1, 4] })).values;
  const stream = model.stream();
  for (const [k, id] of [1, 2, 3, 4].entries()) {
    expect([...stream.step(id)]).toEqual([...whole.subarray(2 * k, 2 * k + 2)]);
    await model.predict({ values: new Uint8Array(500 * 2 ** k), shape: [1, 500 * 2 ** k] });
  }
});

test("a run that finds no memory says so, and leaves what there is to others", async () => {
  // one edge alone is [60,000, 32,768] float32: more than the 4 GB that there can be
  const architecture = sequential(
    embedding({ vocabulary: 2, size: 32_768 }),
    recurrent(cell("Wide", "x : units\nh = x + h[t-1]"), { units: 32_768, direction: "backward" }),
  );
  const model = await createModel(architecture);
  const before = await model.predict({ values: [1, 0], shape: [1, 2] });
  await expect(model.predict({ values: new Uint8Array(60_000), shape: [1, 60_000] })).rejects.toThrow(
    "not enough memory",
  );
  expect((await model.predict({ values: [1, 0], shape: [1, 2] })).values).toEqual(before.values);
});

test("parameters outside the blocks of a matrix are not counted", async () => {
  const count = async (n: number) =>
    (await createModel(sequential(recurrent(slstm, { units: 8, heads: n })), { input: 3 })).parameterCount;
  expect((await count(1)) - (await count(4))).toBe(4 * (64 - 16));
});

test("what a fixed value cuts off has gradient 0, and every head needs its loss", async () => {
  const trunk = recurrent(lstm, { units: 3 });
  const model = await createModel(
    sequential(trunk, heads({ a: sequential(dense({ units: 2 })), b: sequential(recurrent(gru, { units: 2 })) })),
    { input: 1 },
  );
  const targets = { a: { values: [1, 1], shape: [1, 2] }, b: { values: [0, 0, 0, 0], shape: [1, 2, 2] } };
  const nothing = { a: crossEntropy(), b: meanSquaredError() };
  const { parameters } = await model.with({ o: 0 }).gradients(series(2, 1), targets, nothing);
  for (const { name, values } of parameters) {
    if (name === "heads.a.dense.0.b") expect(values.some((v) => v !== 0)).toBe(true);
    if (name.startsWith("recurrent.0.") || name === "heads.a.dense.0.W")
      expect(Math.max(...values.map(Math.abs))).toBe(0);
  }
  await expect(model.gradients(series(2, 1), targets, { a: crossEntropy() } as never)).rejects.toThrow("add b");
});

test("adjoints of last states are checked like states", async () => {
  const model = await createModel(sequential(recurrent(lstm, { units: 2 })), { input: 1 });
  const targets = { values: [0, 0], shape: [1, 1, 2] };
  const given = (lastAdjoints: Record<string, number[]>) =>
    model.gradients(series(1, 1), targets, meanSquaredError(), { lastAdjoints });
  await expect(given({ c: [1] })).rejects.toThrow("c is 1 numbers; expected 2 numbers, [1, 2]");
  await expect(given({ q: [1, 2] })).rejects.toThrow('state is "q"');
});

describe("facts", () => {
  test.each<[string, unknown, string]>([
    ["a typed array", { scaler: { mean: Float32Array.of(1) } }, "facts.scaler.mean is Float32Array of 4 bytes"],
    ["NaN", { list: [1, Number.NaN] }, "facts.list[1] is NaN"],
    ["a big number", { n: 1n }, "facts.n is 1"],
    ["a date", { at: new Date(0) }, "facts.at is {  }"],
    ["a list", [], "facts is []"],
  ])("that JSON would change are refused: %s", async (_name, facts, sentence) => {
    await expect(createModel(open, { input: 1, facts: any(facts) })).rejects.toThrow(`createModel: ${sentence}`);
    const model = await createModel(open, { input: 1 });
    expect(() => model.withFacts(any(facts))).toThrow(`model.withFacts: ${sentence}`);
  });

  test("that contain themselves are refused", async () => {
    const facts: Record<string, unknown> = {};
    facts.self = facts;
    await expect(createModel(open, { input: 1, facts })).rejects.toThrow("at most 64 levels");
  });

  test("from a file may be extended", async () => {
    const model = await createModel(open, { input: 1, facts: { a: [1, "😀"] } });
    expect((await modelFrom(model.toBytes())).withFacts({ b: null }).facts).toEqual({ a: [1, "😀"], b: null });
  });
});
