/**
 * The character model at fixed recipes and numbers of characters, against what the same recipes reach in PyTorch (1×128,
 * embedding 64, 32 lanes of windows of 64, Adam, clip 1, 50 updates of warm-up, cosine to 1e-5), on the last tenth of
 * tiny Shakespeare as one stream: 1.723 nats a character after 3M and 1.632 after 7M with 128 units, 1.558 with 256.
 */
import { readFileSync } from "node:fs";
import {
  adam,
  cosine,
  createModel,
  crossEntropy,
  dense,
  embedding,
  encode,
  evaluate,
  lstm,
  recurrent,
  sequential,
  splitStream,
  train,
  vocabularyOf,
  windows,
} from "cellstate";
import { expect, test } from "vitest";

const text = readFileSync(new URL("../packages/cli/data/tiny-shakespeare.txt", import.meta.url), "utf8");
const vocabulary = vocabularyOf(text);
const V = vocabulary.characters.length;
const [training, validation] = splitStream(encode(text, vocabulary), 0.9);

test.each([
  { units: 128, characters: 3e6, peak: 8e-3, reached: 1.723 },
  { units: 128, characters: 7e6, peak: 1e-2, reached: 1.632 },
  { units: 256, characters: 7e6, peak: 4e-3, reached: 1.558 },
])(
  "$units units, $characters characters reach $reached nats on the validation part, within 0.03",
  async ({ units, characters, peak, reached }) => {
    const model = await createModel(
      sequential(embedding({ vocabulary: V, size: 64 }), recurrent(lstm, { units }), dense({ units: V })),
      { seed: 1 },
    );
    await train(model, windows(training, { length: 64, batch: 32, carryState: true }), {
      loss: crossEntropy(),
      optimizer: adam({ learningRate: cosine({ peak, warmUp: 50, end: 1e-5 }) }),
      clipNorm: 1,
      steps: Math.round(characters / (32 * 64)),
      seed: 1,
    });
    const judged = windows(validation, { length: 256, batch: 1, carryState: true });
    const { loss, count } = await evaluate(model, judged, { loss: crossEntropy() });
    model.close();
    console.log(`${units} units, ${characters} characters: ${loss.toFixed(4)} nats (PyTorch ${reached})`);
    expect(count).toBe(validation.length - 1);
    expect(loss).toBeLessThan(reached + 0.03);
  },
);
