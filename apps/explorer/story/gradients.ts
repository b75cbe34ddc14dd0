/**
 * How much an earlier word matters for the answer: how long the gradient with respect to each word is (its place in the
 * embedding), by how far back the word stands. Of the log-probability of the right name, which is what training follows
 * and which goes to 0 where a model is sure; and of the name's score, which does not.
 */
import {
  createModel,
  crossEntropy,
  type Loss,
  type Model,
  meanSquaredError,
  type Sequences,
  sequential,
} from "cellstate";
import { EMBEDDING, type Lesson, lastAnswers } from "./lessons.ts";
import { idOf } from "./sentences.ts";
import type { Story } from "./teller.ts";

/** Over all stories' words that stand from `from` up to, not with, `to` words before the answer. */
export interface GradientNorms {
  readonly from: number;
  readonly to: number;
  readonly logProbability: { readonly mean: number; readonly median: number };
  readonly score: { readonly mean: number; readonly median: number };
}

const DISTANCES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];
const BATCH = 25; // stories that run together

/** @param stories - with at least 128 words before their last answer, for full ranges */
export async function gradientsByDistance(model: Model, stories: readonly Story[]): Promise<GradientNorms[]> {
  const [table, ...others] = model.parameters();
  const twin = await createModel(sequential(...model.architecture.layers.slice(1)), { input: EMBEDDING, threads: 1 });
  twin.setParameters(Object.fromEntries(others.map(({ name, values }) => [name, values])));
  const found: { distance: number; logProbability: number; score: number }[] = [];
  for (let n = 0; n < stories.length; n += BATCH) {
    const some = stories.slice(n, n + BATCH);
    const lesson = lastAnswers(some);
    const x = embedded(lesson.x, table!.values);
    const logProbability = await norms(twin, x, lesson, crossEntropy(), lesson.targets);
    const score = await norms(twin, x, lesson, meanSquaredError(), await lifted(twin, x, some));
    some.forEach(({ questions }, b) => {
      const { at } = questions.at(-1)!;
      for (let distance = 1; distance <= at; distance++) {
        const place = b * x.shape[1]! + at - distance;
        found.push({ distance, logProbability: logProbability[place]!, score: score[place]! });
      }
    });
  }
  twin.close();
  return DISTANCES.slice(0, -1).map((from, n) => {
    const to = DISTANCES[n + 1]!;
    const some = found.filter(({ distance }) => distance >= from && distance < to);
    const of = (key: "logProbability" | "score") => middles(some.map((one) => one[key]));
    return { from, to, logProbability: of("logProbability"), score: of("score") };
  });
}

/** A model's input after its embedding, `[B, T, E]`. */
function embedded({ values, shape, lengths }: Sequences, table: Float32Array): Sequences {
  const rows = new Float32Array(values.length * EMBEDDING);
  values.forEach((id, place) => {
    rows.set(table.subarray(id * EMBEDDING, (id + 1) * EMBEDDING), place * EMBEDDING);
  });
  return { values: rows, shape: [...shape, EMBEDDING], lengths: lengths! };
}

/** Targets whose squared error has the gradient −1 at the right name's score and 0 at all others. */
async function lifted(model: Model, x: Sequences, stories: readonly Story[]): Promise<Sequences> {
  const { values, shape } = await model.predict(x);
  const [, steps, size] = shape as [number, number, number];
  stories.forEach(({ questions }, b) => {
    const { at, answer } = questions.at(-1)!;
    values[(b * steps + at - 1) * size + idOf(answer)]! += size / 2;
  });
  return { values, shape, lengths: x.lengths! };
}

/** The length of each word's gradient, `[B, T]`, of its own story's loss. */
async function norms(model: Model, x: Sequences, { weights }: Lesson, loss: Loss, targets: Sequences) {
  const { inputs } = await model.gradients(x, targets, loss, { weights });
  const [count, steps] = x.shape as [number, number];
  return Float64Array.from({ length: count * steps }, (_, place) => {
    const row = inputs!.values.subarray(place * EMBEDDING, (place + 1) * EMBEDDING);
    return count * Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)); // the loss is a mean over stories
  });
}

function middles(values: readonly number[]): { mean: number; median: number } {
  const sorted = Float64Array.from(values).sort();
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { mean: rounded(mean), median: rounded(sorted[sorted.length >> 1]!) };
}

const rounded = (value: number): number => Number(value.toPrecision(4));
