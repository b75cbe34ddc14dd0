/**
 * How the story's networks are taught: new stories in every batch, short ones with little in between first and longer
 * ones later; words that answer a question count ten times. Without either a network of this size does not learn to
 * name the ruler in six million words.
 */
import {
  type Architecture,
  adam,
  type Batch,
  type Cell,
  type Dataset,
  dense,
  embedding,
  generator,
  type Optimizer,
  recurrent,
  type Sequences,
  sequential,
} from "cellstate";
import { trainingStory } from "./grammar.ts";
import { idOf, words } from "./sentences.ts";
import type { Story } from "./teller.ts";

export const EMBEDDING = 48;
export const UNITS = 128;
/** Words in an update. */
export const UPDATE = 2048;
export const ANSWER_WEIGHT = 10;
const MOST = 6; // sentences of other things in a row, at the end
const STAGES = [
  { until: 0.15, length: 48 },
  { until: 0.35, length: 96 },
  { until: 1, length: 128 },
] as const;
const WARM_UP = 50; // updates

/** How recurrent matrices begin: uniform ± 1/√units, or orthogonal. */
export type Start = "uniform" | "orthogonal";

/** One layer of a cell between an embedding and a layer with one output for each word. */
export const architectureOf = (cell: Cell, start: Start): Architecture =>
  sequential(
    embedding({ vocabulary: words.length, size: EMBEDDING }),
    recurrent(cell, { units: UNITS, start: { R: start } }),
    dense({ units: words.length }),
  );

/** Adam with a rate that is flat for half of the training, after a short warm-up, and then falls straight to 0. */
export const optimizerOf = (peak: number): Optimizer =>
  adam({
    learningRate: {
      name: "flat, then straight down",
      at: (step, total) => peak * Math.min(1, (step + 1) / WARM_UP, 2 * (1 - step / total)),
    },
  });

/** Every word as input, the next one as target. */
export interface Lesson {
  /** Ids, `[B, T]`. */
  readonly x: Sequences;
  readonly targets: Sequences;
  /** How much each target counts, `[B, T]`. */
  readonly weights: Sequences;
}

/**
 * Stories as what a network reads and should say next; they may be of different lengths.
 *
 * @param weightOf - how much a story's word at a place counts
 */
export function lessonOf(stories: readonly Story[], weightOf: (story: Story, place: number) => number): Lesson {
  const lengths = stories.map(({ words }) => words.length - 1);
  const steps = Math.max(...lengths);
  const shape = [stories.length, steps];
  const x = new Uint32Array(stories.length * steps);
  const targets = new Uint32Array(x.length);
  const weights = new Float32Array(x.length);
  stories.forEach((story, b) => {
    const ids = story.words.map(idOf);
    for (let t = 0; t < lengths[b]!; t++) {
      x[b * steps + t] = ids[t]!;
      targets[b * steps + t] = ids[t + 1]!;
      weights[b * steps + t] = weightOf(story, t + 1);
    }
  });
  const of = (values: Uint32Array | Float32Array): Sequences => ({ values, shape, lengths });
  return { x: of(x), targets: of(targets), weights: of(weights) };
}

/** The stories of one update of `updates`. */
export function storiesAt(step: number, updates: number, seed: number): Story[] {
  const along = step / updates;
  const { length } = STAGES.find(({ until }) => along < until)!;
  const most = Math.floor(Math.min(1, 2 * along) * MOST);
  const random = generator(seed, `king story training ${step}`);
  return Array.from({ length: Math.round(UPDATE / length) }, () =>
    trainingStory(random, { length: length + 1, most: random.integer(most + 1) }),
  );
}

/** The whole course: as many updates as `words` are enough for, the same for the same seed. */
export function course(words: number): Dataset {
  const updates = Math.ceil(words / UPDATE);
  return {
    steps: updates,
    carryState: false,
    batch(_epoch, step, seed): Batch {
      const stories = storiesAt(step, updates, seed);
      const answers = stories.map(({ questions }) => new Set(questions.map(({ at }) => at)));
      const weightOf = (story: Story, place: number): number =>
        answers[stories.indexOf(story)]!.has(place) ? ANSWER_WEIGHT : 1;
      return { ...lessonOf(stories, weightOf), firstStep: true };
    },
  };
}

/** The last question of each story, nothing else: for validation and for gradients. */
export const lastAnswers = (stories: readonly Story[]): Lesson =>
  lessonOf(stories, ({ questions }, place) => (place === questions.at(-1)!.at ? 1 : 0));
