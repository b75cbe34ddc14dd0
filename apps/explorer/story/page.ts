/**
 * What the page has of the story from the start, in `page.json`: the words of its first telling, so that they stand
 * before any network is open, and of all that was measured what it shows. `train.ts` writes it; a test makes it again.
 */
import { type Cast, demonstration, firstCast } from "./demonstration.ts";
import type { ModelResults, Results, Run } from "./results.ts";
import { type Name, names, type Title, titleOf } from "./sentences.ts";
import type { Sentence } from "./teller.ts";
import type { UnitResults } from "./unit.ts";

/** A story as it is told, without what a network makes of it. */
export interface Telling {
  readonly cast: Cast;
  readonly titles: readonly [Title, Title, Title];
  readonly words: readonly string[];
  readonly sentences: readonly Sentence[];
  /** Where the name stands that the story ends with. */
  readonly question: number;
}

/** Of one network, as it lies in its file. */
export interface Measured {
  readonly parameters: number;
  /** Share of 1000 stories whose ruler is named: with little, more and most in between. */
  readonly scores: readonly [number, number, number];
  /** While it learned: share of validation stories whose ruler is named. */
  readonly named: readonly number[];
  /** Share of stories whose ruler is named, by how far back the name stands. */
  readonly byDistance: readonly number[];
  /** Medians of ‖∂ score / ∂ word‖, the score of the right name: by how far back the word stands. */
  readonly slopes: readonly number[];
  /** … and where it is the ruler's name, or a word of the sentences told since. */
  readonly nameSlope: number;
  readonly betweenSlope: number;
}

export interface PageFacts {
  readonly first: Telling;
  readonly names: readonly Name[];
  readonly unit: UnitResults;
  /** Sentences between in the three sets of stories. */
  readonly betweens: readonly (readonly [number, number])[];
  readonly stories: number;
  /** Share that a guess gets which fits the title. */
  readonly chance: number;
  readonly learningRates: readonly number[];
  /** Words learned from, at each point of `named`. */
  readonly learned: readonly number[];
  /** Words, where each range of `byDistance` begins. */
  readonly distances: readonly number[];
  readonly slopeDistances: readonly number[];
  readonly lstm: Measured;
  readonly rnn: Measured;
  /** Scores of the best plain RNN whose recurrent matrix began orthogonal. */
  readonly orthogonal: readonly [number, number, number];
}

export function tellingOf(cast: Cast, between?: number): Telling {
  const { words, sentences, questions } = demonstration(cast, between);
  const [first, second, third] = cast;
  return {
    cast,
    titles: [titleOf(first), titleOf(second), titleOf(third)],
    words,
    sentences,
    question: questions[0]!.at,
  };
}

export function pageFacts({ tests, baselines, lstm, rnn, unit, runs }: Results): PageFacts {
  const best = (start: string): Run =>
    runs
      .filter((run) => run.cell === runs[rnn.run]!.cell && run.start === start)
      .reduce((a, b) => (b.curve[b.kept]!.named > a.curve[a.kept]!.named ? b : a));
  const scoresOf = ({ near, far, farthest }: ModelResults["scores"]) =>
    [near, far, farthest].map(({ right, stories }) => right / stories) as [number, number, number];
  const measured = (one: ModelResults): Measured => ({
    parameters: one.parameters,
    scores: scoresOf(one.scores),
    named: runs[one.run]!.curve.map(({ named }) => named),
    byDistance: one.byDistance.map(({ right, stories }) => right / stories),
    slopes: one.gradients.byDistance.map(({ score }) => score.median),
    nameSlope: one.gradients.name.score.median,
    betweenSlope: one.gradients.between.score.median,
  });
  return {
    first: tellingOf(firstCast),
    names,
    unit,
    betweens: [tests.near, tests.far, tests.farthest],
    stories: lstm.scores.near.stories,
    chance: baselines.chance,
    learningRates: runs
      .filter(({ cell, start }) => cell === runs[rnn.run]!.cell && start === "uniform")
      .map((run) => run.learningRate),
    learned: runs[lstm.run]!.curve.map(({ words }) => words),
    distances: lstm.byDistance.map(({ from }) => from),
    slopeDistances: lstm.gradients.byDistance.map(({ from }) => from),
    lstm: measured(lstm),
    rnn: measured(rnn),
    orthogonal: scoresOf(best("orthogonal").scores),
  };
}
