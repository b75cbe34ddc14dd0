/**
 * A small training whose every bit is fixed: what all JavaScript engines and processors must agree on. It goes
 * through what could differ: normal and uniform start values, gathered rows, products, normalised rows, exp and
 * tanh, dropout's noise, the loss, clipping, Adam's powers, a cosine. Only the public API, nothing of Node.
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
  /** Of every step; they tell where two runs begin to differ. */
  readonly losses: readonly number[];
}

/** Trains for 50 steps and hashes the weights. */
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
  const parameters = model.parameters();
  const bytes = new Uint8Array(4 * parameters.reduce((sum, { values }) => sum + values.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { values } of parameters) {
    for (const value of values) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  model.close();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { hash: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""), losses };
}
