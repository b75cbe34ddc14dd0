/**
 * Temporal order: among random symbols stand two that count, each X or Y, far from one another and from the end; which
 * of the four orders was it? Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997, task 6a, whose sequences have
 * 100 to 110 symbols; by default half as many, which a small LSTM learns from some ten thousand sequences.
 */

import { wholeFrom } from "../../errors.ts";
import type { Generator } from "../random.ts";
import { MOST_STEPS, oneHot, type Sequence, type Task, taskOf } from "./task.ts";

const symbols = ["E", "B", "a", "b", "c", "d", "X", "Y"] as const;
const [FIRST, LAST, DISTRACTORS, X] = [0, 1, 2, 6];
/** Shorter ones have no room for the marks between first symbol and last. */
const SHORTEST = 10;
const ranges = (length: number) => ({
  lengths: [length, Math.floor((length * 11) / 10)],
  first: [Math.floor(length / 10), Math.floor(length / 5)],
  second: [Math.floor(length / 2), Math.floor((length * 3) / 5)],
});
type Range = readonly number[];

/** The shortest gap has the shortest sequence with the latest first mark. */
const gapsOf = (length: number) => {
  const { lengths, first } = ranges(length);
  return { from: lengths[0]! - 1 - first[1]!, to: lengths[1]! - 1 - first[0]! };
};

/** The length whose gaps have this one in their middle. */
const lengthFor = (gap: number): number => Math.round((gap + 1) / 0.9);

/**
 * Temporal order. E, then a b c d at random with X or Y at two places, then B; the answer after B is which two they
 * were: XX, XY, YX or YY. The marks stand at 1/10 to 1/5 and at 1/2 to 3/5 of the length. The gap goes from the first
 * mark to B.
 *
 * @param options.length - the shortest length; the longest is 1.1 times as much. Default 50; 100 is that of 1997. Gaps
 *   that it cannot have are had with the same rule at another length
 * @throws {ArgumentError} if the length is no whole number from 10 to 10,000
 * @example const task = temporalOrder(); // sequences of 50 to 55 symbols, gaps of 39 to 49
 */
export function temporalOrder({ length = 50 }: { readonly length?: number } = {}): Task {
  wholeFrom(SHORTEST, "temporalOrder", "length", length, MOST_STEPS);
  const gaps = gapsOf(length);
  const within = (random: Generator, [from = 0, to = 0]: Range) => from + random.integer(to - from + 1);

  function one(random: Generator, gap: number | undefined): Sequence {
    const isTrained = gap === undefined || (gap >= gaps.from && gap <= gaps.to);
    const { lengths, first, second } = ranges(isTrained ? length : lengthFor(gap));
    let [steps, mark] = [0, 0];
    if (gap === undefined) {
      steps = within(random, lengths);
      mark = within(random, first);
    } else {
      // all pairs of length and mark that leave this gap are equally likely
      const [shortest, longest] = lengths.map((most) => most - 1 - gap);
      mark = within(random, [Math.max(first[0]!, shortest!), Math.min(first[1]!, longest!)]);
      steps = mark + gap + 1;
    }
    const marks = [mark, within(random, second)];
    const kinds = marks.map(() => random.integer(2));
    const ids = Array.from({ length: steps }, () => DISTRACTORS + random.integer(4));
    ids[0] = FIRST;
    ids[steps - 1] = LAST;
    marks.forEach((t, k) => {
      ids[t] = X + kinds[k]!;
    });
    const x = oneHot(ids, symbols.length);
    return { x, targets: [2 * kinds[0]! + kinds[1]!], eventAt: mark, answerAt: steps - 1 };
  }

  return taskOf({
    name: "temporalOrder",
    options: { length },
    inputs: symbols,
    outputs: ["XX", "XY", "YX", "YY"],
    output: "last",
    targets: "ids",
    score: "accuracy",
    chance: 1 / 4,
    gaps,
    leastGap: Math.min(gaps.from, gapsOf(SHORTEST).from + 1),
    one,
    write: (step) => symbols[step.indexOf(1)]!,
  });
}
