/**
 * A small training whose every bit is fixed: what all JavaScript engines and processors must agree on. It goes
 * through what could differ: normal and uniform start values, gathered rows, products, normalised rows, exp and
 * tanh, dropout's noise, the loss, clipping, Adam's powers, a cosine; and a prediction with 8-bit matrices, for which
 * machines take different instructions. Only the public API, nothing of Node.
 */
import {
  adam,
  cosine,
  createModel,
  crossEntropy,
  dense,
  dropout,
  embedding,
  generator,
  gru,
  layerNormLstm,
  lstm,
  quantize,
  recurrent,
  sequential,
  slstm,
  train,
  windows,
} from "cellstate";

export const STEPS = 50;
const VOCABULARY = 29;

export interface Result {
  /** Of all parameters after the last step, SHA-256 in hexadecimal. */
  readonly hash: string;
  /** Of what the quantized model predicts, the same. */
  readonly quantized: string;
  /** Of every step; they tell where two runs begin to differ. */
  readonly losses: readonly number[];
}

/** Trains for 50 steps and hashes the weights, and what they predict as 8-bit integers. */
export async function job(): Promise<Result> {
  const random = generator(7, "bits");
  // A stream that can be learned in part: each id follows from the one before or from chance.
  const ids = new Uint32Array(12 * 24 * 20 + 1);
  for (let n = 1; n < ids.length; n++) {
    ids[n] = random.integer(6) > 0 ? (ids[n - 1]! * 5 + 3) % VOCABULARY : random.integer(VOCABULARY);
  }
  const model = await createModel(
    sequential(
      embedding({ vocabulary: VOCABULARY, size: 13 }),
      recurrent(lstm, { units: 37, start: { R: "orthogonal" } }),
      dropout({ rate: 0.2 }),
      recurrent(layerNormLstm, { units: 24 }),
      recurrent(gru, { units: 18 }),
      recurrent(slstm, { units: 12, heads: 3 }),
      dense({ units: VOCABULARY }),
    ),
    { seed: 5 },
  );
  const losses: number[] = [];
  await train(model, windows(ids, { length: 24, batch: 12, carryState: true }), {
    loss: crossEntropy(),
    optimizer: adam({ learningRate: cosine({ peak: 2e-2, warmUp: 5, end: 1e-5 }) }),
    clipNorm: 1,
    steps: STEPS,
    seed: 3,
    onProgress: ({ loss }) => losses.push(loss),
  });
  const hash = await hashOf(model.parameters().map(({ values }) => values));
  const small = await quantize(model);
  const { values } = await small.predict({ values: ids.subarray(0, 21 * 11), shape: [21, 11] });
  for (const one of [model, small]) one.close();
  return { hash, quantized: await hashOf([values]), losses };
}

/** SHA-256 of float32 numbers, in hexadecimal. */
async function hashOf(arrays: readonly Float32Array[]): Promise<string> {
  const bytes = new Uint8Array(4 * arrays.reduce((sum, values) => sum + values.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const values of arrays) {
    for (const value of values) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
