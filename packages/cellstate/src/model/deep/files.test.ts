/** Files of deep models: read back to the last bit, and refused, with a typed error, where they were tampered with. */
import { expect, test } from "vitest";
import { gru } from "../../cells/index.ts";
import { generator } from "../../data/random.ts";
import { FileError } from "../../errors.ts";
import { activityRegularization, layerNorm, residual } from "../../layers/deep.ts";
import { dense, embedding, recurrent, sequential } from "../../layers/layers.ts";
import { modelFrom } from "../bytes.ts";
import { createModel } from "../model.ts";
import { readSafetensors } from "../safetensors.ts";
import { storedTensor } from "../safetensors-numbers.ts";
import { mutated, mutatedText, sealed } from "../testing.ts";

const model = await createModel(
  sequential(
    embedding({ vocabulary: 7, size: 4 }),
    recurrent(gru, { units: 4, layers: 2, residual: true, layerNorm: true }),
    activityRegularization({ l2: 1, temporal: 1 }),
    residual(layerNorm(), dense({ units: 4, activation: "tanh" })),
    dense({ units: 7, tied: "embedding.0" }),
  ),
  { seed: 3 },
);
const bytes = model.toBytes();
const whole = readSafetensors(bytes);

async function refusal(file: Uint8Array): Promise<string> {
  try {
    (await modelFrom(file)).close();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error.message.split("\n")[0]!;
  }
  return "accepted";
}

type Card = { architecture: { layers: Record<string, unknown>[] } };
/** The file with other layers, under a digest that fits. */
const changed = (k: number, layer: Record<string, unknown>, others = {}): Uint8Array =>
  sealed(whole, others, (card) => {
    const { layers } = (card as unknown as Card).architecture;
    layers[k] = { ...layers[k], ...layer };
  });

test("a deep model's file holds the tied table once, and is read back as the same model", async () => {
  expect([...whole.tensors.keys()].filter((name) => !name.startsWith("recurrent.")).sort()).toEqual([
    "dense.0.W",
    "dense.0.b",
    "dense.1.b",
    "embedding.0.W",
    "layerNorm.0.b",
    "layerNorm.0.s",
  ]);
  const again = await modelFrom(bytes, { engine: "reference" });
  expect(again.toBytes()).toEqual(bytes);
  again.close();
});

test("a file whose parts do not belong together is refused", async () => {
  const two = storedTensor(new Float32Array(28), [7, 4]);
  const files: [string, Uint8Array][] = [
    ["a tie to nothing", changed(4, { tied: "embedding.1" })],
    ["a tie to a layer", changed(4, { tied: "recurrent.0" })],
    ["a tie to __proto__", changed(4, { tied: "__proto__" })],
    ["a tie of another size", changed(4, { units: 8 })],
    ["a tie and a matrix of its own", changed(4, {}, { "dense.1.W": two })],
    ["no tie, and no matrix", changed(4, { tied: undefined })],
    ["two ties", changed(3, { kind: "dense", units: 7, activation: "none", tied: "embedding.0" })],
    ["a residual that does not fit", changed(3, { layers: [{ kind: "dense", units: 5, activation: "none" }] })],
    ["a stack without its norms", changed(1, { layerNorm: false })],
    ["a norm of text", changed(1, { layerNorm: "true" })],
    ["a price that is no number", changed(2, { l2: "1" })],
    ["a negative price", changed(2, { temporal: -1 })],
  ];
  const said: string[] = [];
  for (const [name, file] of files) said.push(`${name}: ${await refusal(file)}`);
  expect(said.join("\n")).toMatchInlineSnapshot(`
    "a tie to nothing: cellstate.architecture is wrong (dense: tied is "embedding.1"; expected one of embedding.0.); expected equations and sizes that fit.
    a tie to a layer: cellstate.architecture is wrong (dense: tied is "recurrent.0"; expected one of embedding.0.); expected equations and sizes that fit.
    a tie to __proto__: cellstate.architecture is wrong (dense: tied is "__proto__"; expected one of embedding.0.); expected equations and sizes that fit.
    a tie of another size: cellstate.architecture is wrong (dense: units is 8; expected 7, the vocabulary of embedding.0.); expected equations and sizes that fit.
    a tie and a matrix of its own: dense.1.W is one too many; expected only the model's parameters.
    no tie, and no matrix: dense.1.W is missing; expected a tensor [7, 4].
    two ties: cellstate.architecture is wrong (dense: tied is "embedding.0"; expected an embedding other than dense.0's.); expected equations and sizes that fit.
    a residual that does not fit: cellstate.architecture is wrong (residual: residual is around layers from 4 values a step to 5; expected as many values out as in.); expected equations and sizes that fit.
    a stack without its norms: recurrent.1.layerNorm.b is one too many; expected only the model's parameters.
    a norm of text: cellstate.architecture is wrong (recurrent: layerNorm is "true"; expected true or false.); expected layers as this version knows them.
    a price that is no number: cellstate.architecture is wrong (activityRegularization.l2 is no number); expected layers as this version knows them.
    a negative price: cellstate.architecture is wrong (activityRegularization: temporal is -1; expected a number of at least 0.); expected layers as this version knows them."
  `);
});

test("damaged in 600 ways it is refused, or reads as a model that is what it says", { timeout: 120_000 }, async () => {
  const random = generator(6, "damage");
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  let refused = 0;
  for (let k = 0; k < 600; k++) {
    // every second one with a digest that fits, so that the layers themselves are read
    const isSealed = k % 2 === 0;
    const file = isSealed
      ? sealed(whole, {}, (card) => mutatedText(JSON.stringify(card), random) as unknown as Record<string, unknown>)
      : mutated(bytes, headerLength, random);
    if ((await refusal(file)) !== "accepted") refused++;
    else if (!isSealed) expect((await modelFrom(file)).toBytes(), `mutation ${k}`).toEqual(bytes);
  }
  expect(refused).toBeGreaterThan(400);
});
