/**
 * Copy memory: some symbols, many blanks, a sign, and then the symbols are to be said again in order.
 * After Hochreiter and Schmidhuber, 1997, in the form of Arjovsky, Shah and Bengio, "Unitary Evolution Recurrent Neural
 * Networks", 2016, §5.1. Here only the steps of the answer count in the loss.
 */

import { wholeFrom } from "../../errors.ts";
import type { Generator } from "../random.ts";
import { MOST_STEPS, oneHot, type Sequence, type Task, taskOf } from "./task.ts";

/** How long, and of how many symbols. */
export interface CopyOptions {
  /** How many symbols are to be copied. Default 10. */
  readonly length?: number;
  /** How many different ones there are. Default 8. */
  readonly symbols?: number;
  /** Blanks between the last of them and the sign. Default 20. */
  readonly blanks?: number;
}

/**
 * Copy memory. The gap is the same for each of the symbols: from where it is read to where it is to be said.
 *
 * @throws {ArgumentError} if the length is not 1 to 1000, symbols not 2 to 1000, or blanks not 1 to 10,000
 * @example const task = copy({ length: 5, blanks: 30 }); // 5 symbols, 30 blanks, sign, 5 blanks; gap 36
 */
export function copy({ length = 10, symbols = 8, blanks = 20 }: CopyOptions = {}): Task {
  wholeFrom(1, "copy", "length", length, 1000);
  wholeFrom(2, "copy", "symbols", symbols, 1000);
  wholeFrom(1, "copy", "blanks", blanks, MOST_STEPS);
  const data = Array.from({ length: symbols }, (_, id) => String(id + 1));
  const inputs = [...data, "·", "?"];
  const [BLANK, SIGN] = [symbols, symbols + 1];
  const trained = length + blanks + 1;

  function one(random: Generator, gap: number | undefined): Sequence {
    const answerAt = gap ?? trained;
    const ids = Array.from({ length }, () => random.integer(symbols));
    const steps = answerAt + length;
    const read = Array.from({ length: steps }, (_, t) => ids[t] ?? (t === answerAt - 1 ? SIGN : BLANK));
    return {
      x: oneHot(read, inputs.length),
      targets: Array.from({ length: steps }, (_, t) => ids[t - answerAt] ?? 0),
      weights: Array.from({ length: steps }, (_, t) => (t < answerAt ? 0 : 1)),
      eventAt: 0,
      answerAt,
    };
  }

  return taskOf({
    name: "copy",
    options: { length, symbols, blanks },
    inputs,
    outputs: data,
    output: "every",
    targets: "ids",
    score: "accuracy",
    chance: 1 / symbols,
    gaps: { from: trained, to: trained },
    leastGap: length + 2,
    answerSteps: length,
    one,
    write: (step) => inputs[step.indexOf(1)]!,
  });
}
