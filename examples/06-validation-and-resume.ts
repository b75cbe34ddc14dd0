/**
 * A training as one does it: validation on what is held back, the best weights kept, an end when nothing gets better,
 * checkpoints on disk; stopped in the middle, it goes on in a new model to exactly the same end.
 *
 * Prints, within three seconds:
 *
 *     ended early after 56 updates; best after 32: 0.1913
 *     stopped after 17, resumed to 56: the same weights, to the last bit: true
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  adam,
  cosine,
  createModel,
  dense,
  generator,
  lstm,
  type Model,
  meanSquaredError,
  recurrent,
  sequential,
  splitStream,
  type TrainOptions,
  train,
  windows,
} from "cellstate";
import { loadCheckpoint, saveCheckpoint } from "cellstate/node";

const folder = mkdtempSync(join(tmpdir(), "cellstate-example-"));
const file = join(folder, "checkpoint.safetensors");

// Little and noisy, so that it can be learned by heart: validation gets worse at some point.
const random = generator(3, "noise");
const series = Float32Array.from({ length: 400 }, (_, t) => Math.sin(t / 6) + 0.4 * random.normal());
const [training, rest] = splitStream(series, 0.6);
const data = windows(training, { length: 30, batch: 4 });
const options: TrainOptions = {
  loss: meanSquaredError(),
  optimizer: adam({ learningRate: cosine({ peak: 2e-2, warmUp: 10 }) }),
  clipNorm: 1,
  epochs: 150,
  seed: 1,
  validation: windows(rest, { length: 30, batch: 1, carryState: true }),
  patience: 12,
};
const fresh = (): Promise<Model> =>
  createModel(sequential(recurrent(lstm, { units: 32 }), dense({ units: 1 })), { seed: 1, input: 1 });

const straight = await fresh();
const whole = await train(straight, data, options);
const { step, validationLoss } = whole.best!;
console.log(`ended ${whole.stopped} after ${whole.steps} updates; best after ${step}: ${validationLoss.toFixed(4)}`);

const stop = new AbortController();
const cut = await train(await fresh(), data, {
  ...options,
  signal: stop.signal,
  onProgress: (event) => event.step === 17 && stop.abort(),
  onCheckpoint: (checkpoint) => saveCheckpoint(checkpoint, file),
});
const resumed = await fresh();
const end = await train(resumed, data, { ...options, resume: await loadCheckpoint(file) });
const others = straight.parameters();
const isSame = resumed.parameters().every(({ values }, k) => values.every((v, n) => v === others[k]!.values[n]));
console.log(`stopped after ${cut.steps}, resumed to ${end.steps}: the same weights, to the last bit: ${isSame}`);
rmSync(folder, { recursive: true });
