/**
 * Which unit shows best that something is forgotten at "dies": found on some held-out stories, scored on others. A mean
 * over all units would hide it: most of them have other things to remember.
 */
import type { Model } from "cellstate";
import { lastAnswers } from "./lessons.ts";
import type { Story } from "./teller.ts";

/** Every value of one equation over some stories: a row for each word read, `[words, units]`. */
export interface Reading {
  readonly words: readonly string[];
  readonly units: number;
  readonly values: Float32Array;
}

const BATCH = 50; // stories that run together

/** What a named value, "f" or another, was at every word of the stories. */
export async function read(model: Pick<Model, "trace">, stories: readonly Story[], name: string): Promise<Reading> {
  const words: string[] = [];
  const parts: Float32Array[] = [];
  let units = 0;
  for (let n = 0; n < stories.length; n += BATCH) {
    const some = stories.slice(n, n + BATCH);
    const { values, shape } = (await model.trace(lastAnswers(some).x)).get(name);
    const [, steps] = shape;
    units = shape[2];
    some.forEach((story, b) => {
      const read = story.words.slice(0, -1);
      words.push(...read);
      parts.push(values.slice(b * steps * units, (b * steps + read.length) * units));
    });
  }
  const all = new Float32Array(words.length * units);
  parts.reduce((at, part) => {
    all.set(part, at);
    return at + part.length;
  }, 0);
  return { words, units, values: all };
}

/** One unit's values, a number for each word read. */
export const unitOf = ({ values, units, words }: Reading, unit: number): Float32Array =>
  Float32Array.from(words, (_, t) => values[t * units + unit]!);

/** A unit's mean over the words that are asked for, all if omitted. */
export function meanOf(reading: Reading, unit: number, isAsked: (word: string) => boolean = () => true): number {
  const { values, units, words } = reading;
  let sum = 0;
  let count = 0;
  words.forEach((word, t) => {
    if (!isAsked(word)) return;
    sum += values[t * units + unit]!;
    count++;
  });
  return sum / count;
}

/**
 * The unit whose value falls furthest at a word, among those that are above `least` on the whole.
 *
 * @throws {RangeError} if no unit is
 */
export function largestDrop(reading: Reading, word: string, least: number): number {
  let best: { unit: number; drop: number } | undefined;
  for (let unit = 0; unit < reading.units; unit++) {
    const mean = meanOf(reading, unit);
    const drop = mean - meanOf(reading, unit, (one) => one === word);
    if (mean > least && drop > (best?.drop ?? Number.NEGATIVE_INFINITY)) best = { unit, drop };
  }
  if (best === undefined) throw new RangeError(`No unit has a mean above ${least}.`);
  return best.unit;
}

/**
 * How well a low value tells a word from all others: the probability that it is lower there than at another word, ties
 * counted half (the area under the receiver operating characteristic).
 */
export function separation(values: Float32Array, isThere: (place: number) => boolean): number {
  const order = Uint32Array.from(values, (_, t) => t).sort((a, b) => values[b]! - values[a]!);
  let there = 0;
  let pairs = 0; // in which it is lower there
  let others = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    let tiedThere = 0;
    while (to < order.length && values[order[to]!] === values[order[from]!]) if (isThere(order[to++]!)) tiedThere++;
    const tiedOthers = to - from - tiedThere;
    pairs += tiedThere * (others + tiedOthers / 2);
    there += tiedThere;
    others += tiedOthers;
    from = to;
  }
  return pairs / (there * others);
}
