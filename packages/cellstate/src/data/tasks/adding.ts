/**
 * The adding problem: of T pairs (value, marker) two are marked, and their values are to be added at the end.
 * Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997, §5.4, here with one marker in each half, so that a value
 * has to be carried over half of the steps at least. Who cannot answers 1 at best: squared error 1/6.
 */

import { wholeFrom } from "../../errors.ts";
import type { Generator } from "../random.ts";
import { MOST_STEPS, type Sequence, type Task, taskOf } from "./task.ts";

/**
 * The adding problem. A step is a value from 0 to 1 and a marker, 0 or 1; the target is the sum of the two marked.
 * The gap goes from the first marker to the last step.
 *
 * @param options.length - steps, T; default 100. A gap of T or more is had with longer sequences
 * @throws {ArgumentError} if the length is no whole number from 2 to 10,000
 * @example
 * const task = adding();
 * const layers = sequential(recurrent(lstm, { units: 64, output: task.output }), dense({ units: task.outputs.length }));
 */
export function adding({ length = 100 }: { readonly length?: number } = {}): Task {
  wholeFrom(2, "adding", "length", length, MOST_STEPS);

  function one(random: Generator, gap: number | undefined): Sequence {
    const steps = Math.max(length, (gap ?? 0) + 1);
    const half = Math.floor(steps / 2);
    const x = new Float32Array(steps * 2);
    for (let t = 0; t < steps; t++) x[2 * t] = random.uniform();
    const first = gap === undefined ? random.integer(half) : steps - 1 - gap;
    // a first marker in the second half, which only a short gap asks for, leaves the steps after it
    const after = Math.max(half, first + 1);
    const second = after + random.integer(steps - after);
    let sum = 0;
    for (const t of [first, second]) {
      x[2 * t + 1] = 1;
      sum += x[2 * t]!;
    }
    return { x, targets: [sum], eventAt: first, answerAt: steps - 1 };
  }

  return taskOf({
    name: "adding",
    options: { length },
    inputs: ["value", "marker"],
    outputs: ["sum"],
    output: "last",
    targets: "values",
    score: "squared error",
    chance: 1 / 6, // the variance of the sum of two uniform numbers, 2/12
    gaps: { from: length - Math.floor(length / 2), to: length - 1 },
    leastGap: 1,
    one,
    write: ([value, marker]) => `${value!.toFixed(2)}${marker ? "*" : ""}`,
  });
}
