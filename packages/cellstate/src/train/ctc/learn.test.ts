/** CTC from end to end: a bidirectional LSTM learns to write down labels that are spread over noisy frames. */
import { expect, test } from "vitest";
import { lstm } from "../../cells/index.ts";
import { generator } from "../../data/random.ts";
import { batches } from "../../data/windows.ts";
import { dense, recurrent, sequential } from "../../layers/layers.ts";
import { createModel } from "../../model/model.ts";
import { type Sequences, sequences } from "../../model/sequences.ts";
import { checkpointFromBytes, checkpointToBytes } from "../checkpoint.ts";
import { evaluate } from "../evaluate.ts";
import { accuracy } from "../metrics/accuracy.ts";
import { adam } from "../optimizers.ts";
import { type TrainOptions, train } from "../train.ts";
import { ctc, labelsOf } from "./ctc.ts";
import { ctcBeamSearch, ctcBestPath, labelErrorRate } from "./decode.ts";

const LABELS = 5; // and the blank, 0
const SIZE = 4;

/**
 * Up to five labels, each held for two to five frames as a pattern of its own in noise, with up to two frames of noise
 * between: where a label begins and ends, and how many of the same kind there are, nobody says.
 */
function recordings(count: number, seed: number): { frames: Sequences; labels: number[][] } {
  const patterns = generator(1, "patterns");
  const pattern = Array.from({ length: LABELS }, () => Array.from({ length: SIZE }, () => patterns.normal()));
  const random = generator(seed, "recordings");
  const labels = Array.from({ length: count }, () =>
    Array.from({ length: random.integer(6) }, () => 1 + random.integer(LABELS)),
  );
  const frames = labels.map((row) => {
    const noisy = (values: readonly number[] = []) =>
      Array.from({ length: SIZE }, (_, k) => (values[k] ?? 0) + 0.4 * random.normal());
    const noise = (steps: number) => Array.from({ length: steps }, () => noisy());
    return [
      ...noise(1),
      ...row.flatMap((label) => [
        ...Array.from({ length: 2 + random.integer(4) }, () => noisy(pattern[label - 1])),
        ...noise(1 + random.integer(2)),
      ]),
    ];
  });
  return { frames: sequences(frames), labels };
}

const architecture = sequential(recurrent(lstm, { units: 13, direction: "both" }), dense({ units: LABELS + 1 }));
const learned = recordings(400, 2);
const data = batches(learned.frames, labelsOf(learned.labels), { batch: 20 });
const options = {
  loss: ctc(),
  optimizer: adam({ learningRate: 2e-2 }),
  clipNorm: 1,
  seed: 3,
} satisfies Partial<TrainOptions>;

test("a bidirectional LSTM transcribes what it has not heard with less than 4 % of its labels wrong", async () => {
  const model = await createModel(architecture, { input: SIZE, seed: 1 });
  const unheard = recordings(200, 4);
  const judge = async () => {
    const outputs = await model.predict(unheard.frames);
    const found = ctcBeamSearch(outputs, { width: 4 }).map(({ labels }) => labels);
    return [labelErrorRate(ctcBestPath(outputs), unheard.labels), labelErrorRate(found, unheard.labels)] as const;
  };
  expect((await judge())[0]).toBeGreaterThan(0.8);
  await train(model, data, { ...options, epochs: 12 });
  const [best, beam] = await judge();
  console.log(`label error rate: best path ${best.toFixed(3)}, beam of 4 ${beam.toFixed(3)}`);
  expect(best).toBeLessThan(0.04);
  expect(beam).toBeLessThan(0.04);
  model.close();
});

test("stopped in the middle of an epoch it goes on bit for bit, from a file", async () => {
  const whole = await createModel(architecture, { input: SIZE, seed: 1 });
  await train(whole, data, { ...options, steps: 31 });
  const half = await createModel(architecture, { input: SIZE, seed: 1 });
  const stop = new AbortController();
  const onProgress: TrainOptions["onProgress"] = ({ step }) => step === 13 && stop.abort();
  const { checkpoint } = await train(half, data, { ...options, steps: 31, onProgress, signal: stop.signal });
  const again = await createModel(architecture, { input: SIZE, seed: 9 });
  const resume = checkpointFromBytes(checkpointToBytes(checkpoint));
  await train(again, data, { ...options, steps: 31, resume });
  expect(resume.counters.step).toBe(13);
  expect(again.parameters()).toEqual(whole.parameters());
  for (const model of [whole, half, again]) model.close();
});

test("accumulated batches are one large one, weights and all, and metrics of rows are refused", async () => {
  const weights = Array.from({ length: 400 }, (_, k) => (k % 7) / 2);
  const of = (batch: number) => batches(learned.frames, labelsOf(learned.labels), { batch, weights });
  const large = await createModel(architecture, { input: SIZE, seed: 1 });
  const small = await createModel(architecture, { input: SIZE, seed: 1 });
  const { records } = await train(large, of(20), { ...options, steps: 4 });
  const { records: others } = await train(small, of(5), { ...options, steps: 4, accumulate: 4 });
  // float32 gradients of the same terms in another order, four updates on
  expect(Math.abs(others[0]!.trainLoss / records[0]!.trainLoss - 1)).toBeLessThan(1e-5);
  for (const [k, { values }] of small.parameters().entries()) {
    const own = large.parameters()[k]!.values;
    expect(values.reduce((most, v, n) => Math.max(most, Math.abs(v - own[n]!)), 0)).toBeLessThan(2e-4);
  }
  const judged = evaluate(large, of(20), { loss: ctc(), metrics: { right: accuracy() } });
  await expect(judged).rejects.toThrow("none of labels: labelErrorRate judges what was found");
  for (const model of [large, small]) model.close();
});
