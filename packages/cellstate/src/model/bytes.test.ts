/** A model as bytes: what comes back is the same model to the last bit, under names that others read. */
import { describe, expect, test } from "vitest";
import { blocksLstm, gru, lstm, lstmp, slstm, zoo } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import {
  type Architecture,
  dense,
  dropout,
  embedding,
  heads,
  inputs,
  recurrent,
  sequential,
} from "../layers/layers.ts";
import { modelFrom } from "./bytes.ts";
import type { Inputs } from "./feed.ts";
import { createModel, type Model } from "./model.ts";
import { readSafetensors } from "./safetensors.ts";
import { numbersOf, storedTensor } from "./safetensors-numbers.ts";
import { sealed } from "./testing.ts";

const [B, T, V] = [3, 5, 7];
const random = generator(5, "bytes");
const ids: Inputs = {
  values: Uint32Array.from({ length: B * T }, () => random.integer(V)),
  shape: [B, T],
  lengths: [5, 2, 4],
};
const numbers = (size: number): Inputs => ({
  values: Float32Array.from({ length: B * T * size }, () => random.normal()),
  shape: [B, T, size],
});
const chrono = { kind: "call", name: "chrono", arguments: [50] } as const;

const cases: Readonly<Record<string, [Architecture, Inputs]>> = {
  characters: [
    sequential(
      embedding({ vocabulary: V, size: 4 }),
      recurrent(lstm, { units: 5, layers: 2, dropout: 0.3 }),
      dense({ units: V }),
    ),
    ids,
  ],
  "both directions and the last step": [
    sequential(
      recurrent(gru, { units: 3, direction: "both", output: "last" }),
      dense({ units: 2, activation: "tanh" }),
    ),
    numbers(2),
  ],
  projection: [
    sequential(recurrent(lstmp, { units: 6, projection: 3, layers: 2 }), dropout({ rate: 0.5 })),
    numbers(4),
  ],
  blocks: [sequential(recurrent(blocksLstm, { units: 6, blocks: 2 })), numbers(1)],
  "matrices cut into heads": [sequential(recurrent(slstm, { units: 6, heads: 3 })), numbers(3)],
  "start values": [
    sequential(recurrent(lstm, { units: 4, start: { R: "orthogonal", b_f: chrono, b_i: -1 } })),
    numbers(2),
  ],
  "several inputs and heads": [
    sequential(
      inputs({
        word: sequential(embedding({ vocabulary: V, size: 2 })),
        more: sequential(dense({ units: 3, activation: "relu" })),
      }),
      recurrent(lstm, { units: 4 }),
      heads({
        tag: sequential(dense({ units: 3 })),
        value: sequential(recurrent(gru, { units: 2, direction: "backward" })),
      }),
    ),
    { word: { ...ids, lengths: undefined } as never, more: numbers(4) as never },
  ],
};
const facts = {
  vocabulary: { characters: ["a", "😀", "𝒳", "\u0000", "\ud800", '"', "\\", "é"] },
  scaler: { mean: [0.1, -1e-300], deviation: 1 / 3 },
  nested: [{ __proto__: null, is: true }, null, "2026"],
};

async function outcome(model: Model, x: Inputs) {
  const { outputs, states } = await model.predict(x);
  return { outputs, states, parameters: model.parameters() };
}

describe("a model and its bytes", () => {
  test.each(Object.entries(cases))("%s: the same bits come back", async (_name, [architecture, x]) => {
    const model = await createModel(architecture, { seed: 3, facts });
    const before = await outcome(model, x);
    const bytes = model.toBytes();
    const again = await modelFrom(bytes);
    expect(await outcome(again, x)).toStrictEqual(before);
    expect(again.architecture).toEqual(model.architecture);
    expect(JSON.stringify(again.facts)).toBe(JSON.stringify(facts));
    expect(again.toBytes()).toEqual(bytes);
    expect((await modelFrom(bytes, { engine: "reference" })).engine).toBe("reference");
  });

  test("every cell of the zoo comes back with the same bits", async () => {
    for (const [name, one] of Object.entries(zoo)) {
      const sizes = Object.fromEntries(one.facts.axes.map((axis) => [axis, 2]));
      const model = await createModel(sequential(recurrent(one as never, { units: 4, ...sizes } as never)), {
        input: 4,
      });
      const x = numbers(4);
      expect(await outcome(await modelFrom(model.toBytes()), x), name).toStrictEqual(await outcome(model, x));
    }
  });

  test("is plain safetensors: the parameters' names and shapes, and text in the metadata", async () => {
    const model = await createModel(cases.projection![0], { input: 4 });
    const { tensors, metadata } = readSafetensors(model.toBytes());
    expect([...tensors].map(([name, t]) => `${name} ${t.dtype} [${t.shape}]`).slice(0, 7)).toMatchInlineSnapshot(`
      [
        "recurrent.0.forward.P_h F32 [3,6]",
        "recurrent.0.forward.R_f F32 [6,3]",
        "recurrent.0.forward.R_g F32 [6,3]",
        "recurrent.0.forward.R_i F32 [6,3]",
        "recurrent.0.forward.R_o F32 [6,3]",
        "recurrent.0.forward.W_f F32 [6,4]",
        "recurrent.0.forward.W_g F32 [6,4]",
      ]
    `);
    for (const { name, shape, values } of model.parameters()) {
      expect(tensors.get(name)!.shape).toEqual(shape);
      expect(numbersOf(tensors.get(name)!)).toEqual(values);
    }
    expect([...metadata.keys()].sort()).toEqual(["cellstate", "format", "sha256"]);
    expect(JSON.parse(metadata.get("cellstate")!).architecture.layers[0].cell.text).toBe(lstmp.text);
  });

  test("in half precision are the nearest numbers, in half the space, and the model computes with them", async () => {
    const [architecture, x] = cases.characters!;
    const model = await createModel(architecture, { seed: 3, facts });
    const bytes = model.toBytes({ precision: "f16" });
    const { tensors, metadata } = readSafetensors(bytes);
    expect([...tensors.values()].every(({ dtype }) => dtype === "F16")).toBe(true);
    expect(JSON.parse(metadata.get("cellstate")!).format).toBe(1);
    const length = ({ tensors: of }: ReturnType<typeof readSafetensors>): number =>
      [...of.values()].reduce((sum, one) => sum + one.bytes.length, 0);
    expect(2 * length(readSafetensors(bytes))).toBe(length(readSafetensors(model.toBytes())));
    const again = await modelFrom(bytes);
    expect([again.weights, JSON.stringify(again.facts)]).toEqual(["f32", JSON.stringify(facts)]);
    // 11 significant bits: off by at most 2⁻¹¹ of the value, or by half a step of 2⁻²⁴ where it is small
    again.parameters().forEach(({ name, shape, values }, n) => {
      const from = model.parameters()[n]!;
      expect([name, shape]).toEqual([from.name, from.shape]);
      const off = values.map((v, k) => Math.abs(v - from.values[k]!) / Math.max(2 ** -14, Math.abs(from.values[k]!)));
      expect(Math.max(...off)).toBeLessThanOrEqual(2 ** -11);
    });
    model.setParameters(Object.fromEntries(again.parameters().map(({ name, values }) => [name, values])));
    expect(await outcome(again, x)).toStrictEqual(await outcome(model, x));
    expect(again.toBytes({ precision: "f16" })).toEqual(bytes);
  });

  test("of F64, F16 and BF16 are read too", async () => {
    const model = await createModel(sequential(dense({ units: 2 })), { input: 1 });
    const whole = readSafetensors(model.toBytes());
    const w = { dtype: "BF16", shape: [2, 1], bytes: Uint8Array.of(0x80, 0x3f, 0, 0xc0) } as const; // 1, −2
    const b = storedTensor(Float64Array.of(0.5, 0.25), [2]);
    const again = await modelFrom(sealed(whole, { "dense.0.W": w, "dense.0.b": b }));
    expect(again.parameters().map((p) => [...p.values])).toEqual([
      [1, -2],
      [0.5, 0.25],
    ]);
  });
});
