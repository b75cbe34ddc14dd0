/** Does a model name the ruler? Judged by the last question of held-out stories: the likeliest of all words counts. */
import type { Model } from "cellstate";
import { betweens, heldOutStories } from "./grammar.ts";
import { lastAnswers } from "./lessons.ts";
import { idOf } from "./sentences.ts";
import type { Story } from "./teller.ts";

/** What a model said in one story. */
export interface Verdict {
  readonly isRight: boolean;
  /** Words since the ruler was last named. */
  readonly distance: number;
}

/** Of so many stories, in how many the ruler was named. */
export interface Score {
  readonly stories: number;
  readonly right: number;
}

/** The sets that models are judged by, each of so many stories that no training and no choice has seen. */
export type Test = keyof typeof betweens;
export const tests = Object.keys(betweens) as Test[];
export const TEST_STORIES = 1000;
export const testStories = (test: Test, count: number = TEST_STORIES): Story[] =>
  heldOutStories(count, { seed: 0, purpose: "test", between: betweens[test] });

const BATCH = 50; // stories that run together

/** Lets a model finish the last question of every story. */
export async function judge(model: Pick<Model, "predict">, stories: readonly Story[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (let n = 0; n < stories.length; n += BATCH) {
    const some = stories.slice(n, n + BATCH);
    const { values, shape } = await model.predict(lastAnswers(some).x);
    const [, steps, size] = shape as [number, number, number];
    some.forEach(({ questions }, b) => {
      const { at, answer, distance } = questions.at(-1)!;
      const from = (b * steps + at - 1) * size; // after the title
      const best = largestAt(values.subarray(from, from + size));
      verdicts.push({ isRight: best === idOf(answer), distance });
    });
  }
  return verdicts;
}

function largestAt(scores: Float32Array): number {
  let best = 0;
  for (let k = 1; k < scores.length; k++) if (scores[k]! > scores[best]!) best = k;
  return best;
}

export const scoreOf = (verdicts: readonly Verdict[]): Score => ({
  stories: verdicts.length,
  right: verdicts.filter(({ isRight }) => isRight).length,
});

/** Where the ranges of distances begin, in words; the last has no end. */
const DISTANCES = [8, 16, 24, 32, 40, 48, 56, 64, 80, 100, 130];

/** Scores by how many words the ruler's name lies back: `from` up to, not with, `to`. */
export const byDistance = (verdicts: readonly Verdict[]): (Score & { from: number; to: number | null })[] =>
  DISTANCES.map((from, n) => {
    const to = DISTANCES[n + 1] ?? null;
    const some = verdicts.filter(({ distance }) => distance >= from && distance < (to ?? Number.POSITIVE_INFINITY));
    return { from, to, ...scoreOf(some) };
  });
