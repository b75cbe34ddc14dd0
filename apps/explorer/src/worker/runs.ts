/** What a model made of a text, kept for a while: views ask several things of one trace. */
import type { Model, Prediction, Trace } from "cellstate";
import { type Fixed, type ModelCard, openedModel, twinOf } from "./models.ts";
import { type Input, inputFrom } from "./tokens.ts";

/** A model over a text, with some values held at numbers. */
export interface Asked {
  readonly id: number;
  readonly text: string;
  readonly fixed: Fixed;
  /** Another symbol in the place of one. */
  readonly swap?: Swap;
}

export interface Swap {
  readonly step: number;
  readonly id: number;
}

export interface Run {
  readonly model: Model;
  readonly card: ModelCard;
  readonly input: Input;
  readonly trace: Trace;
  readonly output: Prediction;
}

/** One layer in one direction, as traces name it. */
export interface Place {
  readonly layer: string;
  readonly direction: "forward" | "backward";
}

/** As trained and clamped, the text and the swapped one. */
const KEPT = 4;

/** Makes the same only once, of the last few that were asked for. */
export function remembering<Q, A>(make: (question: Q) => Promise<A>): (question: Q) => Promise<A> {
  const known = new Map<string, Promise<A>>();
  return (question) => {
    const key = JSON.stringify(question);
    const answer = known.get(key) ?? make(question);
    // the last one asked for stands last
    known.delete(key);
    known.set(key, answer);
    answer.catch(() => known.delete(key));
    for (const oldest of [...known.keys()].slice(0, -KEPT)) known.delete(oldest);
    return answer;
  };
}

/** @throws {ArgumentError} if the text holds nothing that the model reads */
export const runOf = remembering(async ({ id, text, fixed, swap }: Asked): Promise<Run> => {
  const { card } = openedModel(id);
  const model = twinOf(id, fixed);
  const input = inputFrom(card.reading, text);
  // the symbols are the model's input itself
  if (swap && input.ids && swap.step < input.ids.length) input.ids[swap.step] = swap.id;
  return { model, card, input, trace: await model.trace(input.x), output: await model.predict(input.x) };
});

/** Of a model that expects symbols: how many there are. */
export function symbolsOf({ card: { reading }, output }: Run): number | undefined {
  const count = reading.kind === "values" ? undefined : reading.kind === "ids" ? reading.count : reading.tokens.length;
  return output.shape.at(-1) === count ? count : undefined;
}
