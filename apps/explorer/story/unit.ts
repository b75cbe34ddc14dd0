/**
 * The unit that shows best how something is forgotten at "dies": found on some held-out stories, scored on others. A
 * mean over all units would hide it, as most of them have other things to remember.
 */
import { cell, type Model, schedule } from "cellstate";
import { heldOutScore, type Marked, selectivity } from "cellstate/analysis";
import { betweens, heldOutStories } from "./grammar.ts";
import { lastAnswers } from "./lessons.ts";
import { titleOf } from "./sentences.ts";
import type { Sentence, Story } from "./teller.ts";

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
  /**
   * What it remembers: its state while other things are told, under kings and under queens, on the stories on which it
   * was scored. It was not chosen for that.
   */
  readonly title: {
    readonly state: string;
    readonly king: number;
    readonly queen: number;
    /** How probable it is that the state is higher under a king than under a queen. */
    readonly separation: number;
  };
}

const STORIES = 200;
const WORD = "dies";
const OTHERS = ["loses", "gives", "wins", "now", "becomes", "long", "the"];

/** The unit whose share of the old memory falls most at "dies", among those that remember nearly always (above .85). */
export async function forgetfulUnit(model: Model): Promise<UnitResults> {
  const layer = model.architecture.layers.find(({ kind }) => kind === "recurrent");
  if (layer?.kind !== "recurrent") throw new RangeError("The model has no recurrent layer.");
  const { name, text } = layer.cell;
  // s = a * s[t-1] + b: a is what is kept
  const [found] = Object.entries(schedule(cell(name, text)).linear);
  if (found === undefined) throw new RangeError(`${name} has no state that is linear in its own past.`);
  const [state, { a: value }] = found;
  const stories = (purpose: string) => heldOutStories(STORIES, { seed: 0, purpose, between: betweens.near });
  const [choosing] = await read(model, stories("choose"), [value]);
  const [scoring, states] = await read(model, stories("score"), [value, state]);
  const dies = (reading: Reading) => marked(reading, ({ word }) => (word === WORD ? 1 : 0));
  const { unit, picked, heldOut } = heldOutScore(dies(choosing!), dies(scoring!), { by: "drop", above: 0.85 });
  const { places, values } = unitOf(scoring!, unit);
  const mean = (isAsked: (word: string) => boolean): number => {
    const asked = values.filter((_, t) => isAsked(places[t]!.word));
    return rounded(asked.reduce((sum, one) => sum + one, 0) / asked.length);
  };
  const titles = marked(unitOf(states!, unit), ({ kind, ruler }) =>
    kind !== "elsewhere" || ruler === undefined ? -1 : titleOf(ruler) === "king" ? 1 : 0,
  );
  const [byTitle] = selectivity(titles.values, titles.mask);
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
    title: {
      state,
      king: rounded(byTitle!.inside),
      queen: rounded(byTitle!.outside),
      separation: rounded(byTitle!.auc),
    },
  };
}

/** A word that was read, and where it stands. */
interface Place extends Pick<Sentence, "kind" | "ruler"> {
  readonly word: string;
}

/** One equation's value at every word of some stories, one story after the other. */
interface Reading {
  readonly places: readonly Place[];
  /** `[places, units]`. */
  readonly values: Float32Array;
}

const BATCH = 50; // stories that run together

/** What these equations' values were at every word that is read; the last of a story never is. */
async function read(model: Model, stories: readonly Story[], names: readonly string[]): Promise<Reading[]> {
  const places = stories.flatMap(({ words, sentences }) =>
    sentences.flatMap((one) => words.slice(one.from, one.to).map((word) => ({ ...one, word }))).slice(0, -1),
  );
  const parts = names.map((): Float32Array[] => []);
  for (let n = 0; n < stories.length; n += BATCH) {
    const trace = await model.trace(lastAnswers(stories.slice(n, n + BATCH)).x);
    names.forEach((name, k) => {
      const { values, shape, lengths } = trace.get(name);
      const [batch, steps, units] = shape;
      for (let b = 0; b < batch; b++) {
        const from = b * steps * units;
        parts[k]!.push(values.subarray(from, from + (lengths?.[b] ?? steps) * units));
      }
    });
  }
  return parts.map((some) => ({ places, values: joined(some) }));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}

function unitOf({ places, values }: Reading, unit: number): Reading {
  const units = values.length / places.length;
  return { places, values: Float32Array.from(places, (_, t) => values[t * units + unit]!) };
}

/** 1: inside; 0: outside; −1: left out. */
const marked = ({ places, values }: Reading, mark: (place: Place) => number): Marked => ({
  values: { values, shape: [1, places.length, values.length / places.length] },
  mask: places.map(mark),
});

const rounded = (value: number): number => Number(value.toFixed(5));
