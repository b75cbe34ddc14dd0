/** What the networks are taught from: next words, weights, lengths that grow, and a rate that falls. */
import { expect, test } from "vitest";
import { heldOutStories } from "./grammar.ts";
import { course, lastAnswers, optimizerOf, storiesAt } from "./lessons.ts";
import { names, words } from "./sentences.ts";

const TOTAL = 6_000_000;
const data = course(TOTAL);
const rows = (values: ArrayLike<number>, length: number) =>
  Array.from({ length: values.length / length }, (_, b) => Array.from(values).slice(b * length, (b + 1) * length));

test("every word is followed by its target, and the names that answer a question count ten times", () => {
  for (const step of [0, 700, data.steps - 1]) {
    const { x, targets, weights } = data.batch(0, step, 5);
    const [, length] = x.shape as [number, number];
    const stories = storiesAt(step, data.steps, 5);
    rows(x.values, length).forEach((ids, b) => {
      const { words: text, questions } = stories[b]!;
      expect(ids.map((id) => words[id])).toEqual(text.slice(0, -1));
      expect(rows(targets.values, length)[b]!.map((id) => words[id])).toEqual(text.slice(1));
      const counted = rows((weights as typeof x).values, length)[b]!;
      const heavy = counted.flatMap((weight, t) => (weight === 10 ? [t + 1] : []));
      expect(heavy).toEqual(questions.map(({ at }) => at));
      expect(counted.filter((weight) => weight !== 1)).toHaveLength(heavy.length);
      expect(heavy.every((at) => (names as readonly string[]).includes(text[at]!))).toBe(true);
    });
  }
});

test("stories grow from 48 to 96 and 128 words, some 2048 words an update, and more is told in between", () => {
  expect(data.steps).toBe(2930);
  const at = (along: number) => storiesAt(Math.floor(along * data.steps), data.steps, 0);
  const shapes = [0, 0.14, 0.16, 0.34, 0.36, 0.999].map((along) => [at(along).length, at(along)[0]!.words.length - 1]);
  expect(shapes).toEqual([
    [43, 48],
    [43, 48],
    [21, 96],
    [21, 96],
    [16, 128],
    [16, 128],
  ]);
  const most = (along: number) => {
    const steps = Array.from({ length: 60 }, (_, n) => storiesAt(Math.floor(along * data.steps) + n, data.steps, 0));
    return Math.max(...steps.flat().flatMap(({ questions }) => questions.map(({ between }) => between)));
  };
  expect([most(0), most(0.2), most(0.6)]).toEqual([0, 2, 6]);
});

test("an update's stories are a function of step and seed", () => {
  expect(data.batch(0, 9, 1)).toEqual(data.batch(0, 9, 1));
  expect(data.batch(0, 9, 1).x.values).not.toEqual(data.batch(0, 9, 2).x.values);
  expect(data.batch(0, 9, 1).x.values).not.toEqual(data.batch(0, 10, 1).x.values);
});

test("the rate warms up over 50 updates, is flat for half of the training, and falls straight to 0", () => {
  const { rate } = optimizerOf(8);
  const at = [0, 24, 49, 500, 1000, 1500, 1999].map((step) => rate.at(step, 2000));
  expect(at).toEqual([0.16, 4, 8, 8, 8, 4, expect.closeTo(0.008, 12)]);
});

test("a validation counts each story's last answer alone", () => {
  const stories = heldOutStories(5, { seed: 0, purpose: "lessons", between: [0, 3] });
  const { weights, targets, x } = lastAnswers(stories);
  const [, length] = x.shape as [number, number];
  stories.forEach(({ questions }, b) => {
    const { at, answer } = questions.at(-1)!;
    const counted = rows(weights.values, length)[b]!;
    expect(counted.flatMap((weight, t) => (weight === 0 ? [] : [[t + 1, weight]]))).toEqual([[at, 1]]);
    expect(words[(targets.values as Uint32Array)[b * length + at - 1]!]).toBe(answer);
  });
});
