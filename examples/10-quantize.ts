/**
 * A smaller model: half precision and 8-bit matrices. What is in the file, what it costs in loss, and that the integers
 * survive the file bit for bit.
 *
 * Prints, within three seconds:
 *
 *     float32   282 KB  2.271333 nats
 *     float16   143 KB  2.271327 nats
 *     8 bits     79 KB  2.271280 nats
 *     the file holds the integers, bit for bit: true
 */
import { readFileSync } from "node:fs";
import { crossEntropy, encode, evaluate, modelFrom, quantize, trainLanguage, windows } from "cellstate";

const file = new URL("../packages/cli/data/tiny-shakespeare.txt", import.meta.url);
const text = readFileSync(file, "utf8").slice(0, 60_000);
const { model, vocabulary } = await trainLanguage(text.slice(0, 54_000), { units: 96, steps: 80, window: 32, seed: 1 });
const judged = windows(encode(text.slice(54_000), vocabulary, { unknown: "drop" }), {
  length: 256,
  batch: 1,
  carryState: true,
});

const small = await quantize(model);
const half = await modelFrom(model.toBytes({ precision: "f16" }));
const loss = crossEntropy();
for (const [name, one, bytes] of [
  ["float32", model, model.toBytes()],
  ["float16", half, model.toBytes({ precision: "f16" })],
  ["8 bits", small, small.toBytes()],
] as const) {
  const { loss: nats } = await evaluate(one, judged, { loss });
  console.log(`${name.padEnd(8)} ${(bytes.length / 1024).toFixed(0).padStart(4)} KB  ${nats.toFixed(6)} nats`);
}
const again = await modelFrom(small.toBytes());
const integers = small.parameters();
const isSame = again.parameters().every(({ values }, k) => values.every((v, n) => v === integers[k]!.values[n]));
console.log(`the file holds the integers, bit for bit: ${isSame}`);
for (const one of [model, half, small, again]) one.close();
