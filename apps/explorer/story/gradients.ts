/**
 * How much an earlier word matters for the answer: how long the gradient with respect to it is (its place in the
 * embedding), by how far back it stands, and whether it is the ruler's name or a word of the sentences told since. Of
 * the log-probability of the right name, which is what training follows and which goes to 0 where a model is sure; and
 * of the name's score, which does not.
 */
import { type Model, sequences } from "cellstate";
import { inputGradients } from "cellstate/analysis";
import { idOf } from "./sentences.ts";
import type { Story } from "./teller.ts";

/** Lengths of gradients over some words. */
export interface Norms {
  readonly logProbability: { readonly mean: number; readonly median: number };
  readonly score: { readonly mean: number; readonly median: number };
}

export interface GradientResults {
  /** Words that stand from `from` up to, not with, `to` words before the answer. */
  readonly byDistance: readonly (Norms & { readonly from: number; readonly to: number })[];
  /** Where the ruler was last named. */
  readonly name: Norms;
  /** The words of the sentences between that and the question, which do not matter. */
  readonly between: Norms;
}

const DISTANCES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];
const MAXIMUM = DISTANCES.at(-1)!;

interface Found {
  readonly distance: number;
  readonly isName: boolean;
  readonly isBetween: boolean;
  readonly logProbability: number;
  readonly score: number;
}

/** @param stories - long ones: what stands at a distance is averaged over those that reach so far */
export async function gradientsOf(model: Model, stories: readonly Story[]): Promise<GradientResults> {
  const found: Found[] = [];
  for (const { words, sentences, questions } of stories) {
    const { at, answer, distance: toName } = questions.at(-1)!;
    const x = sequences([words.slice(0, at).map(idOf)]);
    const target = idOf(answer);
    const { norms } = await inputGradients(model, x, { target });
    const { norms: ofScore } = await inputGradients(model, x, { target, of: "value" });
    const kinds = sentences.flatMap(({ kind, from, to }) => Array<string>(to - from).fill(kind));
    norms.forEach((logProbability, t) => {
      const distance = at - t;
      const isBetween = distance < toName && kinds[t] === "elsewhere";
      found.push({ distance, isName: distance === toName, isBetween, logProbability, score: ofScore[t]! });
    });
  }
  const normsOf = (isWanted: (one: Found) => boolean): Norms => {
    const some = found.filter(isWanted);
    return {
      logProbability: middles(some.map(({ logProbability }) => logProbability)),
      score: middles(some.map(({ score }) => score)),
    };
  };
  return {
    byDistance: DISTANCES.filter((from) => from < MAXIMUM).map((from, n) => {
      const to = DISTANCES[n + 1]!;
      return { from, to, ...normsOf(({ distance }) => distance >= from && distance < to) };
    }),
    name: normsOf(({ isName }) => isName),
    between: normsOf(({ isBetween }) => isBetween),
  };
}

function middles(values: readonly number[]): { mean: number; median: number } {
  const sorted = Float64Array.from(values).sort();
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { mean: rounded(mean), median: rounded(sorted[sorted.length >> 1]!) };
}

const rounded = (value: number): number => Number(value.toPrecision(4));
