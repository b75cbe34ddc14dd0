/**
 * The embedded Reber grammar: B, a T or P, strings of Reber's grammar, the same T or P once more, E. The model predicts
 * the symbol that follows, at every step; the last but one it can only know who has kept the second.
 * Reber, "Implicit Learning of Artificial Grammars", 1967; Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997,
 * §5.1. With one string inside, a simple network learns it too; several in a row make every gap long.
 */

import { wholeFrom } from "../../errors.ts";
import type { Generator } from "../random.ts";
import { oneHot, type Sequence, type Task, taskOf } from "./task.ts";

const symbols = ["B", "T", "P", "S", "X", "V", "E"];
const idOf = (symbol: string): number => symbols.indexOf(symbol);
const CHOICES = [idOf("T"), idOf("P")];
const SHORTEST = 5; // BTXSE and BPVVE

/** Reber's grammar: what may follow in each state, and which state that leads to. Both ways are equally likely. */
const grammar: readonly (readonly (readonly [symbol: string, to: number])[])[] = [
  [["B", 1]],
  [
    ["T", 2],
    ["P", 3],
  ],
  [
    ["S", 2],
    ["X", 4],
  ],
  [
    ["T", 3],
    ["V", 5],
  ],
  [
    ["X", 3],
    ["S", 6],
  ],
  [
    ["P", 4],
    ["V", 6],
  ],
  [["E", 7]],
];
const STATES = grammar.length;

/** The part of sequences with the longest gaps that does not count as trained: each has been seen some times only. */
const RARE = 1e-3;

/** 2⁻⁵⁰⁰: dividing by it rounds nothing. */
const TINY = 3.054936363499605e-151;

/**
 * The embedded Reber grammar. Judged is the last symbol but one: T or P, as the second was. The gap goes from the step
 * that shows the second to the step that asks for the last but one, which is as many as the symbols of the strings
 * between.
 *
 * @param options.strings - strings of Reber's grammar in a row; default 1, as in the literature, which a simple network
 *   learns, too
 * @throws {ArgumentError} if there are not 1 to 32
 * @example const task = embeddedReber({ strings: 4 }); // B c (Reber × 4) c E
 */
export function embeddedReber({ strings = 1 }: { readonly strings?: number } = {}): Task {
  wholeFrom(1, "embeddedReber", "strings", strings, 32);
  const end = strings * STATES;
  const follow = (place: number) => {
    const from = place - (place % STATES); // state 7 of a string is state 0 of the next
    return grammar[place - from]!.map(([symbol, to]) => ({ id: idOf(symbol), to: from + to }));
  };

  /**
   * `chances[n][place]`: how likely exactly n symbols are from there to the end, of some thousand symbols as multiples of
   * `TINY`, since they are only compared with one another. Longer ones are added when needed.
   */
  const chances: Float64Array[] = [Float64Array.from({ length: end + 1 }, (_, place) => (place === end ? 1 : 0))];
  const chancesFor = (count: number): Float64Array => {
    for (let n = chances.length; n <= count; n++) {
      const row = Float64Array.from({ length: end + 1 }, (_, place) => {
        if (place === end) return 0;
        const ways = follow(place);
        return ways.reduce((sum, { to }) => sum + chances[n - 1]![to]!, 0) / ways.length;
      });
      const isTiny = row.every((chance) => chance < TINY);
      chances.push(isTiny ? row.map((chance) => chance / TINY) : row);
    }
    return chances[count]!;
  };

  /** The symbols of all strings; of so many symbols, if that is given, each string as likely as among all of them. */
  function inside(random: Generator, count: number | undefined): number[] {
    const ids: number[] = [];
    for (let place = 0; place < end; ) {
      const ways = follow(place);
      let chosen = ways[0]!;
      if (ways.length > 1) {
        const left = count === undefined ? undefined : chancesFor(count - ids.length - 1);
        const [first, second] = ways.map(({ to }) => (left === undefined ? 1 : left[to]!));
        if (random.uniform() * (first! + second!) >= first!) chosen = ways[1]!;
      }
      ids.push(chosen.id);
      place = chosen.to;
    }
    return ids;
  }

  function one(random: Generator, gap: number | undefined): Sequence {
    const kept = CHOICES[random.integer(2)]!;
    const ids = [idOf("B"), kept, ...inside(random, gap), kept, idOf("E")];
    // the last symbol has no successor to predict
    return {
      x: oneHot(ids.slice(0, -1), symbols.length),
      targets: ids.slice(1),
      eventAt: 1,
      answerAt: ids.length - 3,
    };
  }

  const shortest = strings * SHORTEST;
  let longest = shortest;
  for (let seen = 0; seen < 1 - RARE; longest++) seen += chancesFor(longest)[0]!;

  return taskOf({
    name: "embeddedReber",
    options: { strings },
    inputs: symbols,
    outputs: symbols,
    output: "every",
    targets: "ids",
    score: "accuracy",
    chance: 1 / 2,
    gaps: { from: shortest, to: longest - 1 },
    leastGap: shortest,
    choices: CHOICES,
    one,
    write: (step) => symbols[step.indexOf(1)]!,
  });
}
