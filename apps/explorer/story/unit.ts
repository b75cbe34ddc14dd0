/**
 * The unit that shows best how something is forgotten at "dies": found on some held-out stories, scored on others. A
 * mean over all units would hide it, as most of them have other things to remember.
 */
import { cell, type Model, schedule } from "cellstate";
import { heldOutScore, type Marked } from "cellstate/analysis";
import { betweens, heldOutStories } from "./grammar.ts";
import { lastAnswers } from "./lessons.ts";
import type { Story } from "./teller.ts";

/** The unit, and how it was found. */
export interface UnitResults {
  /** The value's name in the equations, its layer, and the unit's place in it. */
  readonly value: string;
  readonly layer: string;
  readonly unit: number;
  /** On the stories by which it was chosen: means at "dies" and at all other words. */
  readonly chosen: { readonly stories: number; readonly dies: number; readonly elsewhere: number };
  /** On others. */
  readonly scored: {
    readonly stories: number;
    readonly dies: number;
    readonly elsewhere: number;
    /** Over all words. */
    readonly mean: number;
    /** How probable it is that the value is lower at "dies" than at another word: the area under the ROC curve. */
    readonly separation: number;
    /** Means at other words of interest. */
    readonly at: Readonly<Record<string, number>>;
  };
}

const STORIES = 300;
const WORD = "dies";
const OTHERS = ["loses", "gives", "wins", "now", "becomes", "long", "the"];

/** The unit whose share of the old memory falls most at "dies", among those that remember nearly always (above .85). */
export async function forgetfulUnit(model: Model): Promise<UnitResults> {
  const layer = model.architecture.layers.find(({ kind }) => kind === "recurrent");
  if (layer?.kind !== "recurrent") throw new RangeError("The model has no recurrent layer.");
  const { name, text } = layer.cell;
  // s = a * s[t-1] + b: a is what is kept
  const [linear] = Object.values(schedule(cell(name, text)).linear);
  if (linear === undefined) throw new RangeError(`${name} has no state that is linear in its own past.`);
  const value = linear.a;
  const stories = (purpose: string) => heldOutStories(STORIES, { seed: 0, purpose, between: betweens.near });
  const choosing = await read(model, stories("choose"), value);
  const scoring = await read(model, stories("score"), value);
  const { unit, picked, heldOut } = heldOutScore(marked(choosing), marked(scoring), { by: "drop", above: 0.85 });
  const mean = (isAsked: (word: string) => boolean): number => {
    const { words, values } = scoring;
    const units = values.length / words.length;
    const asked = words.flatMap((word, t) => (isAsked(word) ? [values[t * units + unit]!] : []));
    return rounded(asked.reduce((sum, one) => sum + one, 0) / asked.length);
  };
  return {
    value,
    layer: "recurrent.0",
    unit,
    chosen: { stories: STORIES, dies: rounded(picked.inside), elsewhere: rounded(picked.outside) },
    scored: {
      stories: STORIES,
      dies: rounded(heldOut.inside),
      elsewhere: rounded(heldOut.outside),
      mean: mean(() => true),
      separation: rounded(1 - heldOut.auc),
      at: Object.fromEntries(OTHERS.map((word) => [word, mean((one) => one === word)])),
    },
  };
}

/** One equation's value at every word of some stories, one story after the other. */
interface Reading {
  readonly words: readonly string[];
  /** `[words, units]`. */
  readonly values: Float32Array;
}

const BATCH = 50; // stories that run together

async function read(model: Model, stories: readonly Story[], name: string): Promise<Reading> {
  const words: string[] = [];
  const parts: Float32Array[] = [];
  for (let n = 0; n < stories.length; n += BATCH) {
    const some = stories.slice(n, n + BATCH);
    const { values, shape } = (await model.trace(lastAnswers(some).x)).get(name);
    const [, steps, units] = shape;
    some.forEach((story, b) => {
      const length = story.words.length - 1;
      words.push(...story.words.slice(0, length));
      parts.push(values.subarray(b * steps * units, (b * steps + length) * units));
    });
  }
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { words, values };
}

const marked = ({ words, values }: Reading): Marked => ({
  values: { values, shape: [1, words.length, values.length / words.length] },
  mask: words.map((word) => (word === WORD ? 1 : 0)),
});

const rounded = (value: number): number => Number(value.toFixed(5));
