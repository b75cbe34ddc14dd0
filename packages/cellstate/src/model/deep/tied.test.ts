/**
 * Tied embeddings: a model whose output layer has the embedding's table computes, bit for bit, what an untied one with
 * the same numbers in both places does, and its table's gradient is the sum of the two.
 */
import { describe, expect, test } from "vitest";
import { gru, lstm } from "../../cells/index.ts";
import { generator } from "../../data/random.ts";
import { dense, dropout, embedding, heads, inputs, type Layer, recurrent, sequential } from "../../layers/layers.ts";
import { crossEntropy, meanSquaredError } from "../../train/losses.ts";
import { adam, adamW, sgd } from "../../train/optimizers.ts";
import { openSession } from "../../train/session.ts";
import { modelFrom } from "../bytes.ts";
import { createModel, internalsOf, type Model } from "../model.ts";
import { quantize } from "../quantize.ts";
import { createTouched } from "../touched.ts";

const SIZE = 5;
const LENGTHS = [3, 11, 7, 11, 1, 6, 2, 9, 4];
const ROWS = LENGTHS.reduce((a, b) => a + b);
const FEW = 13; // entries, fewer than rows: looked up
const MANY = 3 * ROWS; // more than rows

function batchOf(vocabulary: number, seed = 1, lengths = LENGTHS) {
  const random = generator(seed, "ids");
  const steps = Math.max(...lengths);
  const shape = [lengths.length, steps] as const;
  const ids = () => Uint32Array.from({ length: shape[0] * steps }, () => random.integer(vocabulary));
  return { x: { values: ids(), shape, lengths }, targets: { values: ids(), shape, lengths } };
}

const layersOf = (vocabulary: number, isTied: boolean, size = SIZE): Layer[] => [
  embedding({ vocabulary, size }),
  recurrent(lstm, { units: size, layers: 2, residual: true }),
  dense({ units: vocabulary, ...(isTied && { tied: "embedding.0" }) }),
];

type Options = Parameters<typeof createModel>[1];

/** A tied model, and an untied one with the same numbers. */
async function twoOf(vocabulary: number, options: Options = {}, size = SIZE): Promise<[Model, Model]> {
  const tied = await createModel(sequential(...layersOf(vocabulary, true, size)), { seed: 3, ...options });
  const untied = await createModel(sequential(...layersOf(vocabulary, false, size)), { seed: 4, ...options });
  const random = generator(8, "biases");
  const own = Object.fromEntries(
    tied.parameters().map(({ name, values }) => [name, values.map((v) => v || random.normal())]),
  );
  tied.setParameters(own);
  untied.setParameters({ ...own, "dense.0.W": own["embedding.0.W"]! });
  return [tied, untied];
}

const byName = (named: readonly { readonly name: string; readonly values: Float32Array }[]) =>
  Object.fromEntries(named.map(({ name, values }) => [name, values]));

describe.each([
  ["looked up", FEW],
  ["row by row", MANY],
])("a tied table, %s", (_, vocabulary) => {
  const { x, targets } = batchOf(vocabulary);

  test("is one parameter, under the embedding's name, and starts as a dense layer's matrix of its shape", async () => {
    const model = await createModel(sequential(...layersOf(vocabulary, true)), { seed: 3 });
    const names = model.parameters().map(({ name }) => name);
    expect(names.filter((name) => !name.startsWith("recurrent"))).toEqual(["embedding.0.W", "dense.0.b"]);
    const { shape, values } = model.parameters()[0]!;
    expect(shape).toEqual([vocabulary, SIZE]);
    const largest = Math.max(...values.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(1 / Math.sqrt(SIZE));
    expect(largest).toBeGreaterThan(0.8 / Math.sqrt(SIZE));
    const untied = await createModel(sequential(...layersOf(vocabulary, false)), { seed: 3 });
    expect(model.parameterCount).toBe(untied.parameterCount - vocabulary * SIZE);
    for (const one of [model, untied]) one.close();
  });

  test("gives an untied model's bits: whole, by stream, by streams, fixed, from a file", async () => {
    const [tied, untied] = await twoOf(vocabulary);
    const expected = (await untied.predict(x)).values;
    expect((await tied.predict(x)).values).toEqual(expected);
    const again = await modelFrom(tied.toBytes());
    expect(again.architecture).toEqual(tied.architecture);
    expect(again.parameters()).toEqual(tied.parameters());
    expect((await again.predict(x)).values).toEqual(expected);
    const [clamped, other] = [tied.with({ f: 1 }), untied.with({ f: 1 })];
    expect((await clamped.predict(x)).values).toEqual((await other.predict(x)).values);
    const [stream, streams] = [tied.stream(), await tied.streams(3)];
    const steps = x.shape[1];
    for (let t = 0; t < LENGTHS[1]!; t++) {
      const id = x.values[steps + t]!;
      const row = expected.subarray((steps + t) * vocabulary, (steps + t + 1) * vocabulary);
      expect(stream.step(id)).toEqual(row);
      expect((await streams.step([2, 0], [id, 1])).subarray(0, vocabulary)).toEqual(row);
    }
    // what is set is set for both uses
    const table = tied.parameters()[0]!.values.map((v) => 2 * v);
    tied.setParameters({ "embedding.0.W": table });
    untied.setParameters({ "embedding.0.W": table, "dense.0.W": table });
    expect((await tied.predict(x)).values).toEqual((await untied.predict(x)).values);
    expect((await tied.trace(x)).get("h", { layer: "recurrent.1" })).toEqual(
      (await untied.trace(x)).get("h", { layer: "recurrent.1" }),
    );
    for (const one of [tied, untied, again]) one.close();
  });

  test("quantized it has an untied one's numbers, in memory and in a file that holds it once", async () => {
    const [tied, untied] = await twoOf(vocabulary);
    const [small, other] = [await quantize(tied), await quantize(untied)];
    const expected = (await other.predict(x)).values;
    expect((await small.predict(x)).values).toEqual(expected);
    const bytes = small.toBytes();
    expect(bytes.length).toBeLessThan(other.toBytes().length);
    const again = await modelFrom(bytes);
    expect(again.parameters()).toEqual(small.parameters());
    expect((await again.predict(x)).values).toEqual(expected);
    expect(again.stream().step(4)).toEqual(other.stream().step(4));
    for (const one of [tied, untied, small, other, again]) one.close();
  });

  test.each(["wasm", "reference"] as const)("its gradient is the sum of the two, on %s", async (engine) => {
    const [tied, untied] = await twoOf(vocabulary, { engine });
    const found = await tied.gradients(x, targets, crossEntropy(), { embedded: true });
    const expected = await untied.gradients(x, targets, crossEntropy(), { embedded: true });
    expect(found.loss).toBe(expected.loss);
    expect(found.inputs).toEqual(expected.inputs);
    const [own, apart] = [byName(found.parameters), byName(expected.parameters)];
    const both = apart["embedding.0.W"]!.map((v, k) => v + apart["dense.0.W"]![k]!);
    const largest = Math.max(...both.map(Math.abs));
    // another order of one sum, in float32
    const tolerance = engine === "wasm" ? 1e-6 : 1e-7;
    const worst = Math.max(...both.map((v, k) => Math.abs(v - own["embedding.0.W"]![k]!)));
    expect(worst / largest).toBeLessThan(tolerance);
    for (const { name, values } of found.parameters) if (name !== "embedding.0.W") expect(values).toEqual(apart[name]);
    for (const one of [tied, untied]) one.close();
  });

  test("agrees with central differences in float64, within 1e-7", async () => {
    const model = await createModel(sequential(...layersOf(vocabulary, true)), { seed: 5, engine: "reference" });
    const { parameters } = await model.gradients(x, targets, crossEntropy());
    const start = model.parameters()[0]!.values;
    const random = generator(3, "places");
    const lossAt = async (place: number, by: number): Promise<number> => {
      const moved = Float64Array.from(start);
      moved[place]! += by;
      model.setParameters({ "embedding.0.W": moved });
      return (await model.gradients(x, targets, crossEntropy())).loss;
    };
    const largest = Math.max(...parameters[0]!.values.map(Math.abs));
    for (let n = 0; n < 12; n++) {
      const place = random.integer(start.length);
      const slope = ((await lossAt(place, 1e-4)) - (await lossAt(place, -1e-4))) / 2e-4;
      expect(Math.abs(slope - parameters[0]!.values[place]!) / largest).toBeLessThan(1e-7);
    }
    model.close();
  });

  test.each([
    ["sgd", sgd({ learningRate: 0.5 })],
    ["adam", adam({ learningRate: 0.1 })],
    ["adamW", adamW({ learningRate: 0.1, weightDecay: 0.3 })],
  ])("trained by %s, whatever rows are gone through, it ends with the same bits", async (_, optimizer) => {
    const [some, all] = [await twoOf(vocabulary), await twoOf(vocabulary)].map(([tied]) => tied);
    const every = { ...optimizer, rests: false };
    const sessions = [
      await openSession(internalsOf(some!).core(), crossEntropy(), optimizer),
      await openSession(internalsOf(all!).core(), crossEntropy(), every),
    ];
    for (let step = 0; step < 4; step++) {
      const batch = { ...batchOf(vocabulary, step), firstStep: true };
      const options = { step, seed: 1, learningRate: 0.1, clipNorm: 0.5, carry: false };
      const [a, b] = [await sessions[0]!.step([batch], options), await sessions[1]!.step([batch], options)];
      expect(a).toEqual(b);
    }
    expect(await sessions[0]!.parameters()).toEqual(await sessions[1]!.parameters());
    for (const session of sessions) session.close();
    for (const one of [some!, all!]) one.close();
  });
});

test.each(["wasm", "reference"] as const)(
  "entries are dropped where they are looked up, never in the output, and weights beside a tied table, on %s",
  async (engine) => {
    const made = async (isTied: boolean): Promise<Model> => {
      const layers = [
        embedding({ vocabulary: FEW, size: SIZE, dropout: 0.4 }),
        recurrent(lstm, { units: SIZE, weightDrop: 0.3, zoneout: 0.1 }),
        dense({ units: FEW, ...(isTied && { tied: "embedding.0" }) }),
      ];
      return createModel(sequential(...layers), { seed: 3, engine });
    };
    const [tied, untied] = [await made(true), await made(false)];
    const own = byName(tied.parameters());
    tied.setParameters(own); // as float32
    untied.setParameters({ ...own, "dense.0.W": own["embedding.0.W"]! });
    const batch = { ...batchOf(FEW), firstStep: true };
    const taken = async (model: Model) => {
      const session = await openSession(internalsOf(model).core(), crossEntropy(), sgd({ learningRate: 1 }));
      const before = byName(model.parameters());
      const options = { step: 2, seed: 1, learningRate: 1, carry: false };
      const { loss } = await session.step([batch], options);
      session.close();
      const after = byName(model.parameters());
      return { loss, of: (name: string) => before[name]!.map((v, k) => v - after[name]![k]!) };
    };
    const [a, b] = [await taken(tied), await taken(untied)];
    expect(a.loss).toBe(b.loss);
    const [input, output] = [b.of("embedding.0.W"), b.of("dense.0.W")];
    // differences of float32 numbers up to 1
    a.of("embedding.0.W").forEach((v, k) => expect(v).toBeCloseTo(input[k]! + output[k]!, 6));
    // some entry is dropped: no gradient as an input, one as an output
    const rows = Array.from({ length: FEW }, (_, id) => input.subarray(id * SIZE, (id + 1) * SIZE));
    expect(rows.some((row) => row.every((v) => v === 0))).toBe(true);
    for (const one of [tied, untied]) one.close();
  },
);

test("of a tied table every row has a gradient, also where a batch asks for few ids", async () => {
  const model = await createModel(sequential(...layersOf(9000, true)), { seed: 1 });
  const core = internalsOf(model).core();
  const runner = core.newRunner({ batch: 1, rows: 3 }, { backward: false });
  expect(createTouched(core)(runner, 3).every((mark) => mark === 1)).toBe(true);
  runner.close();
  model.close();
});

test("a vocabulary that is judged in blocks has the loss and gradients that it has untied", async () => {
  const vocabulary = 33_000; // 128 rows of outputs are a block
  const lengths = [100, 60];
  const [tied, untied] = await twoOf(vocabulary, {}, 4);
  const { x, targets } = batchOf(vocabulary, 5, lengths);
  const found = await tied.gradients(x, targets, crossEntropy());
  const expected = await untied.gradients(x, targets, crossEntropy());
  expect(found.loss).toBe(expected.loss);
  const apart = byName(expected.parameters);
  const table = found.parameters[0]!.values;
  let worst = 0;
  for (let k = 0; k < table.length; k++) {
    worst = Math.max(worst, Math.abs(table[k]! - apart["embedding.0.W"]![k]! - apart["dense.0.W"]![k]!));
  }
  // float32, gradients of up to 0.01
  expect(worst).toBeLessThan(1e-8);
  for (const one of [tied, untied]) one.close();
});

test("an input's embedding is tied by its whole name, under one of several heads", async () => {
  const word = sequential(embedding({ vocabulary: 9, size: 4 }), recurrent(gru, { units: 4 }));
  const architecture = sequential(
    inputs({ word, more: sequential(dense({ units: 3 })) }),
    dropout({ rate: 0.1 }),
    dense({ units: 4, activation: "tanh" }),
    heads({
      next: sequential(dense({ units: 9, tied: "inputs.word.embedding.0" })),
      value: sequential(dense({ units: 1 })),
    }),
  );
  const model = await createModel(architecture, { seed: 1, input: { more: 2 } });
  const names = model.parameters().map(({ name }) => name);
  expect(names).toContain("inputs.word.embedding.0.W");
  expect(names.filter((name) => name.startsWith("heads.next"))).toEqual(["heads.next.dense.0.b"]);
  const x = { word: { values: [1, 8, 3], shape: [1, 3] }, more: { values: [1, 2, 3, 4, 5, 6], shape: [1, 3, 2] } };
  const targets = { next: { values: [2, 0, 8], shape: [1, 3] }, value: { values: [1, 0, 1], shape: [1, 3, 1] } };
  const loss = { next: crossEntropy(), value: meanSquaredError() };
  const { parameters } = await model.gradients(x, targets, loss);
  // rows of ids that are no input have the output's part
  expect(byName(parameters)["inputs.word.embedding.0.W"]!.every((v) => v !== 0)).toBe(true);
  const again = await modelFrom(model.toBytes());
  expect((await again.predict(x)).outputs).toEqual((await model.predict(x)).outputs);
  for (const one of [model, again]) one.close();
});

test("ties that cannot be are refused, with what to do instead", async () => {
  const said: string[] = [];
  const attempts: Layer[][] = [
    [embedding({ vocabulary: 7, size: 4 }), dense({ units: 7, tied: "embedding.1" })],
    [recurrent(gru, { units: 4 }), dense({ units: 7, tied: "embedding.0" })],
    [embedding({ vocabulary: 7, size: 4 }), dense({ units: 6, tied: "embedding.0" })],
    [embedding({ vocabulary: 7, size: 4 }), recurrent(gru, { units: 5 }), dense({ units: 7, tied: "embedding.0" })],
    [
      embedding({ vocabulary: 4, size: 4 }),
      dense({ units: 4, tied: "embedding.0" }),
      dense({ units: 4, tied: "embedding.0" }),
    ],
  ];
  for (const layers of attempts) {
    said.push(await createModel(sequential(...layers), { input: 3 }).then(String, (error: Error) => error.message));
  }
  expect(said.join("\n")).toMatchInlineSnapshot(`
    "dense: tied is "embedding.1"; expected one of embedding.0.
      name an embedding, or leave tied out.
    dense: tied is "embedding.0"; expected nothing: there is no embedding.
      name an embedding, or leave tied out.
    dense: units is 6; expected 7, the vocabulary of embedding.0.
      give units: 7.
    dense: x is 5; expected 4 values a step, the size of embedding.0.
      put dense({ units: 4 }) before it.
    dense: tied is "embedding.0"; expected an embedding other than dense.0's.
      leave tied out in all dense layers but one."
  `);
});
