/** What is no whole model file is refused, with the file's name, its field and a mend. */
import { describe, expect, test } from "vitest";
import { lstm } from "../cells/index.ts";
import { FileError } from "../errors.ts";
import { dense, recurrent, sequential } from "../layers/layers.ts";
import { modelFrom } from "./bytes.ts";
import { createModel } from "./model.ts";
import { readSafetensors, type StoredTensor, withDigest, writeSafetensors } from "./safetensors.ts";
import { storedTensor } from "./safetensors-numbers.ts";
import { sealed } from "./testing.ts";

async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    await modelFrom(bytes, { file: "m.safetensors" });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error.message.replace(/[0-9a-f]{64}/g, "<digest>");
  }
  return "accepted";
}

describe("what is no whole model is refused:", async () => {
  const model = await createModel(sequential(recurrent(lstm, { units: 2 }), dense({ units: 1 })), {
    input: 3,
    seed: 1,
  });
  const bytes = model.toBytes();
  const whole = readSafetensors(bytes);
  const layer = (card: Record<string, unknown>, n = 0): Record<string, unknown> =>
    (card.architecture as { layers: Record<string, unknown>[] }).layers[n]!;
  const text = (equations: string) => sealed(whole, {}, (c) => void (layer(c).cell = { name: "C", text: equations }));
  const half = (word: number): StoredTensor => ({
    ...{ dtype: "F16", shape: [1] },
    bytes: new Uint8Array(Uint16Array.of(word).buffer),
  });
  const dropped = Object.fromEntries([...whole.tensors.keys()].map((name) => [name, undefined]));
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  const deepText = (card: Record<string, unknown>, levels: number): string =>
    JSON.stringify({ ...card, ...(card.architecture === "deep" ? {} : { facts: "deep" }) }).replace(
      '"deep"',
      `${"[".repeat(levels)}${"]".repeat(levels)}`,
    );
  const weights = (...values: number[]) => storedTensor(Float32Array.from(values), [values.length]);

  test("cut short, wherever", async () => {
    for (let length = 0; length < bytes.length; length += 64) {
      expect(await refusal(bytes.subarray(0, length))).toMatch(/cut short|at least 8 bytes/);
    }
    expect(await refusal(bytes.subarray(0, bytes.length - 1))).toMatch(/cut short/);
  });

  test("every single bit, everywhere", async () => {
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1 << (at % 8);
      expect(await refusal(damaged), `byte ${at}`).toMatch(/^m\.safetensors: /);
    }
  });

  test("or another's, damaged, or of parts that do not belong together", async () => {
    const files: [string, () => Uint8Array][] = [
      ["a bit of a weight", () => bytes.map((byte, at) => (at === bytes.length - 3 ? byte ^ 1 : byte))],
      [
        "no digest",
        () => writeSafetensors({ ...whole, metadata: new Map([["cellstate", whole.metadata.get("cellstate")!]]) }),
      ],
      [
        "another program's file",
        () => writeSafetensors(withDigest({ ...whole, metadata: new Map([["format", "pt"]]) })),
      ],
      ["a newer format", () => sealed(whole, {}, (c) => ({ ...c, format: 4 }))],
      ["a format that is no number", () => sealed(whole, {}, (c) => ({ ...c, format: "1" }))],
      ["a description that is no JSON", () => sealed(whole, {}, () => "{format:1}")],
      ["a description that is null", () => sealed(whole, {}, () => "null")],
      ["a missing tensor", () => sealed(whole, { "dense.0.b": undefined })],
      ["a tensor too many", () => sealed(whole, { extra: weights(1) })],
      ["a wrong shape", () => sealed(whole, { "dense.0.b": weights(1, 2) })],
      ["a wrong rank", () => sealed(whole, { "dense.0.W": weights(1, 2) })],
      ["whole numbers for weights", () => sealed(whole, { "dense.0.b": storedTensor(Uint8Array.of(1), [1]) })],
      ["NaN", () => sealed(whole, { "dense.0.b": weights(Number.NaN) })],
      ["infinity", () => sealed(whole, { "dense.0.b": weights(Number.NEGATIVE_INFINITY) })],
      ["beyond float32", () => sealed(whole, { "dense.0.b": storedTensor(Float64Array.of(1e39), [1]) })],
      ["NaN in half precision", () => sealed(whole, { "dense.0.b": half(0x7e01) })],
      ["infinity in half precision", () => sealed(whole, { "dense.0.b": half(0xfc00) })],
      ["signalling NaN in bfloat16", () => sealed(whole, { "dense.0.b": { ...half(0x7f81), dtype: "BF16" } })],
      ["8-bit floats", () => sealed(whole, { "dense.0.b": { dtype: "F8_E4M3", shape: [1], bytes: Uint8Array.of(9) } })],
      ["equations that do not parse", () => text("h = tanh(W_h @ x")],
      ["equations that are too deep", () => text(`h = ${"tanh(".repeat(100)}x${")".repeat(100)}`)],
      ["too many lines", () => text(`${"# a\n".repeat(250)}h = tanh(W_h @ x)`)],
      [
        "too many parts",
        () =>
          text(`${Array.from({ length: 150 }, (_, k) => `a${k} = a${k}[t-1]${" * x".repeat(20)}`).join("\n")}\nh = x`),
      ],
      ["other equations", () => text("h = tanh(W_h @ x + R_h @ h[t-1])")],
      ["units that the tensors have not", () => sealed(whole, {}, (c) => void (layer(c).sizes = { units: 3 }))],
      ["inputs that the tensors have not", () => sealed(whole, {}, (c) => ({ ...c, inputSizes: { "": 4 } }))],
      ["no size of the input", () => sealed(whole, {}, (c) => ({ ...c, inputSizes: {} }))],
      [
        "a size of an input that is not there",
        () => sealed(whole, {}, (c) => ({ ...c, inputSizes: { "": 3, other: 1 } })),
      ],
      ["a size below 1", () => sealed(whole, {}, (c) => ({ ...c, inputSizes: { "": -3 } }))],
      ["an unknown layer", () => sealed(whole, {}, (c) => void (layer(c, 1).kind = "lambda"))],
      ["a newer format, of which nothing else is known", () => sealed(whole, {}, () => ({ format: 7, cells: {} }))],
      ["equations of 65 KB", () => text(`h = tanh(W_h @ x) # ${"a".repeat(65_536)}`)],
      [
        "a size that no weight bears out",
        () =>
          sealed(whole, dropped, (c) => {
            const cell = { name: "N", text: "x : units\nh = x + h[t-1]" };
            const layers = [{ ...layer(c), cell, start: {}, sizes: { units: 2 ** 24 } }];
            return { ...c, inputSizes: { "": 2 ** 24 }, architecture: { kind: "sequential", layers } };
          }),
      ],
      ["facts that are too deep", () => sealed(whole, {}, (c) => ({ ...c, facts: { a: nested(70) } }))],
      ["facts a million lists deep", () => sealed(whole, {}, (c) => deepText(c, 1_000_000))],
      [
        "layers a million lists deep",
        () => sealed(whole, {}, (c) => deepText({ ...c, architecture: "deep" }, 1_000_000)),
      ],
      ["facts that are a list", () => sealed(whole, {}, (c) => ({ ...c, facts: [] }))],
    ];
    const said: string[] = [];
    for (const [name, make] of files) said.push(`${name}: ${await refusal(make())}`);
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "a bit of a weight: m.safetensors: __metadata__.sha256 is "<digest>"; expected <digest>, the digest of its content.
        the content changed after it was saved: fetch the file again, or save the model again.
      no digest: m.safetensors: __metadata__.sha256 is missing; expected a digest.
        whoever changed the file on purpose: load the old one, model.setParameters(…), and save that.
      another program's file: m.safetensors: cellstate is missing; expected a model's description.
        the file is no cellstate model, or damaged; save it again.
      a newer format: m.safetensors: cellstate.format is 4; expected at most 3.
        the file was written by a newer version; update cellstate.
      a format that is no number: m.safetensors: cellstate.format is "1"; expected a whole number.
        the file is no cellstate model, or damaged; save it again.
      a description that is no JSON: m.safetensors: cellstate is "{format:1}"; expected JSON.
        the file is no cellstate model, or damaged; save it again.
      a description that is null: m.safetensors: cellstate.format is undefined; expected a whole number.
        the file is no cellstate model, or damaged; save it again.
      a missing tensor: m.safetensors: dense.0.b is missing; expected a tensor [1].
        the file's parts do not belong together; save it again.
      a tensor too many: m.safetensors: extra is one too many; expected only the model's parameters.
        the file's parts do not belong together; save it again.
      a wrong shape: m.safetensors: dense.0.b.shape is [2]; expected [1].
        the file's parts do not belong together; save it again.
      a wrong rank: m.safetensors: dense.0.W.shape is [2]; expected [1, 2].
        the file's parts do not belong together; save it again.
      whole numbers for weights: m.safetensors: dense.0.b.dtype is "U8"; expected one of F64 F32 BF16 F16.
        the file's parts do not belong together; save it again.
      NaN: m.safetensors: dense.0.b[0] is NaN; expected a finite number.
        train again; these weights are lost.
      infinity: m.safetensors: dense.0.b[0] is -Infinity; expected a finite number.
        train again; these weights are lost.
      beyond float32: m.safetensors: dense.0.b[0] is 1e+39; expected a finite number.
        train again; these weights are lost.
      NaN in half precision: m.safetensors: dense.0.b[0] is NaN; expected a finite number.
        train again; these weights are lost.
      infinity in half precision: m.safetensors: dense.0.b[0] is -Infinity; expected a finite number.
        train again; these weights are lost.
      signalling NaN in bfloat16: m.safetensors: dense.0.b[0] is NaN; expected a finite number.
        train again; these weights are lost.
      8-bit floats: m.safetensors: dense.0.b.dtype is "F8_E4M3"; expected one of F64 F32 BF16 F16.
        the file's parts do not belong together; save it again.
      equations that do not parse: m.safetensors: cellstate.architecture is wrong (C, line 1, column 9: this parenthesis is not closed); expected layers as this version knows them.
        the file is no cellstate model, or damaged; save it again.
      equations that are too deep: m.safetensors: cellstate.architecture is wrong (C, line 1, column 330: more than 64 levels stand inside one another; give a part of it an equation of its own); expected layers as this version knows them.
        the file is no cellstate model, or damaged; save it again.
      too many lines: m.safetensors: cellstate.architecture is wrong (C: the text has more than 200 lines; write one cell only); expected layers as this version knows them.
        the file is no cellstate model, or damaged; save it again.
      too many parts: m.safetensors: cellstate.architecture is wrong (C: the text has 7203 names, numbers and signs; 3000 are the most; write one cell only); expected layers as this version knows them.
        the file is no cellstate model, or damaged; save it again.
      other equations: m.safetensors: recurrent.0.forward.R_f is one too many; expected only the model's parameters.
        the file's parts do not belong together; save it again.
      units that the tensors have not: m.safetensors: recurrent.0.forward.W_f.shape is [2, 3]; expected [3, 3].
        the file's parts do not belong together; save it again.
      inputs that the tensors have not: m.safetensors: recurrent.0.forward.W_f.shape is [2, 3]; expected [2, 4].
        the file's parts do not belong together; save it again.
      no size of the input: m.safetensors: cellstate.architecture is wrong (createModel: input is undefined; expected how many values a step of the input has.); expected equations and sizes that fit.
        the file's parts do not belong together; save it again.
      a size of an input that is not there: m.safetensors: cellstate.inputSizes is ["other"]; expected the architecture's inputs only.
        the file's parts do not belong together; save it again.
      a size below 1: m.safetensors: cellstate.inputSizes is "{\\"\\":-3}"; expected a size from 1 to 16777216 for each input.
        the file is no cellstate model, or damaged; save it again.
      an unknown layer: m.safetensors: cellstate.architecture is wrong (no layer is called "lambda"); expected layers as this version knows them.
        the file is no cellstate model, or damaged; save it again.
      a newer format, of which nothing else is known: m.safetensors: cellstate.format is 7; expected at most 3.
        the file was written by a newer version; update cellstate.
      equations of 65 KB: m.safetensors: cellstate.architecture is wrong (more than 65536 characters of equations); expected layers as this version knows them.
        the file is no cellstate model, or damaged; save it again.
      a size that no weight bears out: m.safetensors: cellstate.architecture is 469762048 bytes a step; expected at most 16777216 bytes a step.
        the file's parts do not belong together; save it again.
      facts that are too deep: m.safetensors: cellstate.facts is { a }; expected an object, not too deep.
        the file is no cellstate model, or damaged; save it again.
      facts a million lists deep: m.safetensors: cellstate.facts is [[[[…]]]]; expected an object, not too deep.
        the file is no cellstate model, or damaged; save it again.
      layers a million lists deep: m.safetensors: cellstate.architecture is wrong (architecture is no object); expected layers as this version knows them.
        the file is no cellstate model, or damaged; save it again.
      facts that are a list: m.safetensors: cellstate.facts is []; expected an object, not too deep.
        the file is no cellstate model, or damaged; save it again."
    `);
  });

  test("or no bytes at all", async () => {
    await expect(modelFrom(bytes.buffer as never)).rejects.toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: modelFrom: bytes is {  }; expected a Uint8Array.
        an ArrayBuffer becomes one by new Uint8Array(buffer).]
    `);
    await expect(modelFrom(bytes, { engine: "gpu" as never })).rejects.toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: modelFrom: engine is "gpu"; expected one of "wasm", "reference".
        leave it out for "wasm".]
    `);
  });
});
