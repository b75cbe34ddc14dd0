/** Files of quantized models: small, read back to the last bit, and refused where a number or a part is not right. */
import { describe, expect, test } from "vitest";
import { lstm, slstm } from "../../cells/index.ts";
import { FileError } from "../../errors.ts";
import { dense, embedding, recurrent, sequential } from "../../layers/layers.ts";
import { modelFrom } from "../bytes.ts";
import { createModel } from "../model.ts";
import { quantize } from "../quantize.ts";
import { readSafetensors, type StoredTensor } from "../safetensors.ts";
import { storedTensor } from "../safetensors-numbers.ts";
import { sealed } from "../testing.ts";

const made = await createModel(
  sequential(embedding({ vocabulary: 5, size: 4 }), recurrent(slstm, { units: 6, heads: 2 }), dense({ units: 5 })),
  { seed: 2, facts: { vocabulary: ["a", "😀"] } },
);
const small = await quantize(made);
const bytes = small.toBytes();
const whole = readSafetensors(bytes);
const x = { values: [0, 1, 2, 3, 4, 0], shape: [1, 6] };

async function refusal(file: Uint8Array): Promise<string> {
  try {
    await modelFrom(file, { file: "m.safetensors" });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error.message.replace(/[0-9a-f]{64}/g, "<digest>");
  }
  return "accepted";
}

describe("a quantized model's file", () => {
  test("is read back as the same model, to the last bit, on both engines", async () => {
    const again = await modelFrom(bytes);
    expect(again.weights).toBe("i8");
    expect(again.facts).toEqual(small.facts);
    expect(again.parameters()).toEqual(small.parameters());
    expect((await again.predict(x)).values).toEqual((await small.predict(x)).values);
    expect(again.toBytes()).toEqual(bytes);
    const exact = await modelFrom(bytes, { engine: "reference" });
    expect(exact.parameters()).toEqual(small.parameters());
    expect(exact.toBytes()).toEqual(bytes);
    for (const one of [again, exact]) one.close();
  });

  test("holds matrices and tables as I8 with a float32 scale for each row, vectors as float32", () => {
    for (const { name, shape } of made.parameters()) {
      const { dtype, shape: stored } = whole.tensors.get(name)!;
      expect([dtype, stored]).toEqual([shape.length === 2 ? "I8" : "F32", shape]);
      const scale = whole.tensors.get(`${name}.scale`);
      expect(scale?.shape).toEqual(shape.length === 2 ? [shape[0]] : undefined);
    }
    const { format, weights } = JSON.parse(whole.metadata.get("cellstate")!);
    expect([format, weights]).toEqual([2, "i8"]);
  });

  test("is a quarter as large, and files with float32 weights are what they were", async () => {
    const large = await createModel(sequential(recurrent(lstm, { units: 128 })), { input: 128 });
    const rounded = await quantize(large);
    const ratio = large.toBytes().length / rounded.toBytes().length;
    expect(ratio).toBeGreaterThan(3.7); // 4, less the scales, the biases and the text
    const { format, weights } = JSON.parse(readSafetensors(large.toBytes()).metadata.get("cellstate")!);
    expect([format, weights]).toEqual([1, undefined]);
    for (const one of [large, rounded]) one.close();
  });

  test("is refused where something in it is not right", async () => {
    const steps = (change: (values: Int8Array) => void): StoredTensor => {
      const { shape, bytes: stored } = whole.tensors.get("dense.0.W")!;
      const values = new Int8Array(stored.slice().buffer);
      change(values);
      return storedTensor(values, shape);
    };
    const scales = (change: (values: Float32Array) => void): StoredTensor => {
      const { shape, bytes: stored } = whole.tensors.get("dense.0.W.scale")!;
      const values = new Float32Array(stored.slice().buffer);
      change(values);
      return storedTensor(values, shape);
    };
    const scaled = (value: number) => ({ "dense.0.W.scale": scales((v) => void (v[1] = value)) });
    const files: [string, Record<string, StoredTensor | undefined>, ((card: Record<string, unknown>) => unknown)?][] = [
      ["a step beyond the end", { "dense.0.W": steps((v) => void (v[7] = -64)) }],
      ["a row that its scale does not fit", { "dense.0.W": steps((v) => v.fill(1, 6, 12)) }],
      ["a scale that is NaN", scaled(Number.NaN)],
      ["an infinite scale", scaled(Number.POSITIVE_INFINITY)],
      ["a negative scale", scaled(-0.001)],
      ["a scale of too many bits", scaled(0.1)],
      ["a scale that no weight can have", scaled(3e38)],
      ["no scales", { "dense.0.W.scale": undefined }],
      ["too few scales", { "dense.0.W.scale": storedTensor(Float32Array.of(1), [1]) }],
      ["scales of a vector", { "dense.0.b.scale": storedTensor(Float32Array.of(1, 1, 1, 1, 1), [5]) }],
      ["float32 for steps", { "dense.0.W": storedTensor(new Float32Array(30), [5, 6]) }],
      ["bytes without sign for steps", { "dense.0.W": storedTensor(new Uint8Array(30), [5, 6]) }],
      ["steps for a vector", { "dense.0.b": storedTensor(new Int8Array(5), [5]) }],
      ["weights that are called float32", {}, (card) => ({ ...card, weights: "f32" })],
      ["weights of a kind that nobody knows", {}, (card) => ({ ...card, weights: "i4" })],
      ["a newer format", {}, (card) => ({ ...card, format: 4 })],
    ];
    const said: string[] = [];
    for (const [name, tensors, change] of files) said.push(`${name}: ${await refusal(sealed(whole, tensors, change))}`);
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "a step beyond the end: m.safetensors: dense.0.W[7] is -64; expected a whole number from -63 to 63.
        the file was not written by this library, or changed; quantize the model again.
      a row that its scale does not fit: m.safetensors: dense.0.W.scale[1] is 0.0058296918869018555; expected 0.00009253527969121933, the scale of its row.
        the file was not written by this library, or changed; quantize the model again.
      a scale that is NaN: m.safetensors: dense.0.W.scale[1] is NaN; expected a finite number.
        train again; these weights are lost.
      an infinite scale: m.safetensors: dense.0.W.scale[1] is Infinity; expected a finite number.
        train again; these weights are lost.
      a negative scale: m.safetensors: dense.0.W.scale[1] is -0.0010000000474974513; expected 0.0010000020265579224, the scale of its row.
        the file was not written by this library, or changed; quantize the model again.
      a scale of too many bits: m.safetensors: dense.0.W.scale[1] is 0.10000000149011612; expected 0.10000038146972656, the scale of its row.
        the file was not written by this library, or changed; quantize the model again.
      a scale that no weight can have: m.safetensors: dense.0.W.scale[1] is 3.0000000054977558e+38; expected 3.402797707725092e+38, the scale of its row.
        the file was not written by this library, or changed; quantize the model again.
      no scales: m.safetensors: dense.0.W.scale is missing; expected a tensor [5].
        the file's parts do not belong together; save it again.
      too few scales: m.safetensors: dense.0.W.scale.shape is [1]; expected [5].
        the file's parts do not belong together; save it again.
      scales of a vector: m.safetensors: dense.0.b.scale is one too many; expected only the model's parameters.
        the file's parts do not belong together; save it again.
      float32 for steps: m.safetensors: dense.0.W.dtype is "F32"; expected I8.
        the file's parts do not belong together; save it again.
      bytes without sign for steps: m.safetensors: dense.0.W.dtype is "U8"; expected I8.
        the file's parts do not belong together; save it again.
      steps for a vector: m.safetensors: dense.0.b.dtype is "I8"; expected one of F64 F32 BF16 F16.
        the file's parts do not belong together; save it again.
      weights that are called float32: m.safetensors: dense.0.W.scale is one too many; expected only the model's parameters.
        the file's parts do not belong together; save it again.
      weights of a kind that nobody knows: m.safetensors: cellstate.weights is "i4"; expected one of "f32", "i8".
        the file is no cellstate model, or damaged; save it again.
      a newer format: m.safetensors: cellstate.format is 4; expected at most 3.
        the file was written by a newer version; update cellstate."
    `);
  });
});
