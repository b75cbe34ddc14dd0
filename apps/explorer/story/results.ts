/**
 * What is recorded of the story's two networks, in `results.json`, and how it is measured. `train.ts` writes it; the
 * page shows it; the tests measure again and compare. Whoever has the model files gets the same numbers.
 */
import type { Model } from "cellstate";
import { type Baselines, baselinesOf } from "./baselines.ts";
import { type GradientResults, gradientsOf } from "./gradients.ts";
import { betweens, heldOutStories } from "./grammar.ts";
import { byDistance, judge, type Score, scoreOf, type Test, testStories, tests } from "./judge.ts";
import type { UnitResults } from "./unit.ts";

export interface Results {
  /** Sentences between the last event and the question in each set of stories, [least, most]. */
  readonly tests: Readonly<Record<Test, readonly [number, number]>>;
  /** What one gets without a network in the stories of `near` and `far`. */
  readonly baselines: Baselines;
  readonly lstm: ModelResults;
  readonly rnn: ModelResults;
  readonly unit: UnitResults;
  /** Every training, also those whose models were not kept. */
  readonly runs: readonly Run[];
}

/** Of a model as it lies in its file, in half precision. */
export interface ModelResults extends Figures {
  readonly file: string;
  readonly bytes: number;
  readonly parameters: number;
  /** Which of `runs` it comes from. */
  readonly run: number;
}

export interface Figures {
  readonly scores: Readonly<Record<Test, Score>>;
  /** The stories of all sets together. `to` is null in the last range, which has no end. */
  readonly byDistance: readonly (Score & { readonly from: number; readonly to: number | null })[];
  readonly gradients: GradientResults;
}

/** One training. */
export interface Run {
  readonly cell: string;
  /** How recurrent matrices begin: "uniform", ± 1/√units, or "orthogonal". */
  readonly start: string;
  readonly learningRate: number;
  readonly seed: number;
  /** On the way: words learned from, and the validation stories (nats at the last answer; share of rulers named). */
  readonly curve: readonly { readonly words: number; readonly loss: number; readonly named: number }[];
  /** The point of the curve whose weights were kept: the one with the smallest loss. */
  readonly kept: number;
  /** With float32 weights. */
  readonly scores: Readonly<Record<Test, Score>>;
}

/** All scores of a model by the stories of the three sets. */
export async function scoresOf(model: Model): Promise<Record<Test, Score>> {
  const entries: [Test, Score][] = [];
  for (const test of tests) entries.push([test, scoreOf(await judge(model, testStories(test)))]);
  return Object.fromEntries(entries) as Record<Test, Score>;
}

export async function figuresOf(model: Model): Promise<Figures> {
  const verdicts = new Map<Test, Awaited<ReturnType<typeof judge>>>();
  for (const test of tests) verdicts.set(test, await judge(model, testStories(test)));
  const scores = Object.fromEntries([...verdicts].map(([test, some]) => [test, scoreOf(some)]));
  return {
    scores: scores as Record<Test, Score>,
    byDistance: byDistance([...verdicts.values()].flat()),
    gradients: await gradientsOf(model, gradientStories()),
  };
}

const gradientStories = () => heldOutStories(200, { seed: 0, purpose: "gradients", between: betweens.farthest });

export const baselines = (): Baselines => baselinesOf([...testStories("near"), ...testStories("far")]);
