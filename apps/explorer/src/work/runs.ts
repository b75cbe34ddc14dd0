/** What a model made of a text, kept for a while: views ask several things of one trace. */
import type { Model, Prediction, Trace } from "cellstate";
import { type Fixed, type ModelCard, openedModel, twinOf } from "./models.ts";
import { type Input, inputFrom } from "./tokens.ts";

/** A model over a text, with some values held at numbers. */
export interface Asked {
  readonly id: number;
  readonly text: string;
  readonly fixed: Fixed;
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

const runs = new Map<string, Promise<Run>>();

/** @throws {ArgumentError} if the text holds nothing that the model reads */
export function runOf({ id, text, fixed }: Asked): Promise<Run> {
  const key = JSON.stringify([id, text, fixed]);
  const known = runs.get(key);
  const run = known ?? made({ id, text, fixed });
  // the last one asked for stands last
  runs.delete(key);
  runs.set(key, run);
  run.catch(() => runs.delete(key));
  for (const oldest of [...runs.keys()].slice(0, -KEPT)) runs.delete(oldest);
  return run;
}

async function made({ id, text, fixed }: Asked): Promise<Run> {
  const { card } = openedModel(id);
  const model = twinOf(id, fixed);
  const input = inputFrom(card.reading, text);
  return { model, card, input, trace: await model.trace(input.x), output: await model.predict(input.x) };
}

/** Of a model that expects symbols: how many there are. */
export function symbolsOf({ card: { reading }, output }: Run): number | undefined {
  const count = reading.kind === "values" ? undefined : reading.kind === "ids" ? reading.count : reading.tokens.length;
  return output.shape.at(-1) === count ? count : undefined;
}
