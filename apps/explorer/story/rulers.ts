/**
 * "Who is king now?", asked of a model after every sentence. The story so far is read up to there and goes on with
 * "the ruler is"; the title is not given away: a name's probability is that of its title times that of the name after
 * it. The story itself goes on untouched, as it would without the question.
 */
import { type Model, sequences } from "cellstate";
import { probabilities } from "cellstate/analysis";
import { idOf, type Name, names, titleOf, titles } from "./sentences.ts";
import type { Story } from "./teller.ts";

export const PROMPT = ["the", "ruler", "is"] as const;

export interface Answers {
  /** After so many words each question was asked: the ends of the sentences. */
  readonly places: readonly number[];
  /** Whose probabilities the columns are. */
  readonly names: readonly Name[];
  /** How likely the model finds each name, `[places, names]`; what is missing to 1 are other words. */
  readonly values: Float32Array;
}

/**
 * @param model - one that reads the story's words; only `predict` is called, once
 * @param places - after how many words to ask; the sentences' ends if omitted
 */
export async function whoRules(
  model: Pick<Model, "predict">,
  story: Pick<Story, "words" | "sentences">,
  places: readonly number[] = story.sentences.map(({ to }) => to),
): Promise<Answers> {
  const ids = [...story.words.map(idOf)];
  const prompt = PROMPT.map(idOf);
  const rows = places.flatMap((place) => titles.map((title) => [...ids.slice(0, place), ...prompt, idOf(title)]));
  const { values, shape } = await model.predict(sequences(rows));
  const [, steps, size] = shape as [number, number, number];
  const likely = (row: number, step: number): Float32Array =>
    probabilities(values.subarray((row * steps + step) * size, (row * steps + step + 1) * size));
  const result = new Float32Array(places.length * names.length);
  places.forEach((place, k) => {
    titles.forEach((title, n) => {
      const row = k * titles.length + n;
      const last = place + PROMPT.length; // where the title is read
      const ofTitle = likely(row, last - 1)[idOf(title)]!;
      const ofNames = likely(row, last);
      names.forEach((name, column) => {
        if (titleOf(name) === title) result[k * names.length + column] = ofTitle * ofNames[idOf(name)]!;
      });
    });
  });
  return { places, names, values: result };
}
