/** The king story, told with names of the reader's choice and read by the page's own networks. */
import { type Model, sequences } from "cellstate";
import { memoryLedger, mostLikely } from "cellstate/analysis";
import type { Cast } from "../../story/demonstration.ts";
import { heldOutHeirs } from "../../story/heldOut.ts";
import { type Telling, tellingOf } from "../../story/page.ts";
import { whoRules } from "../../story/rulers.ts";
import { idOf, type Name, names, words } from "../../story/sentences.ts";
import { openedModel } from "./models.ts";

/** Whose story, and how much is told before its question. */
export interface Wish {
  readonly cast: Cast;
  readonly between: number;
}

/** What a network makes of a story. */
export interface Heard {
  /** How likely it finds each of the cast after every sentence, `[sentences, 3]`. */
  readonly answers: Float32Array;
  /** After so many of the `ruled` sentences, in which somebody rules, the ruler is the likeliest of all names. */
  readonly right: number;
  readonly ruled: number;
  /** How it ends the story itself: the likeliest words in the place of the last name, and how likely each of the cast is. */
  readonly ending: {
    readonly words: readonly string[];
    readonly likely: Float32Array;
    readonly cast: Float32Array;
  };
}

/** One unit of an LSTM along the story. */
export interface UnitHeard {
  readonly unit: number;
  /** At every word, `[T]`. */
  readonly f: Float32Array;
  readonly i: Float32Array;
  readonly g: Float32Array;
  readonly c: Float32Array;
  /** The word that crowns the first ruler, and what of its write is left in c after every word, `[T]`. */
  readonly source: number;
  readonly left: Float64Array;
}

export interface Told extends Telling, Heard {
  readonly between: number;
  /** Who may rule third, so that training never told of the three. */
  readonly heirs: readonly Name[];
  readonly unit: UnitHeard;
}

/** Of the ending. */
const SHOWN = 3;

export const storyCalls = {
  /**
   * Tells it to the LSTM.
   *
   * @throws {RangeError} if the three names are not different ones of the kingdom, or training may have told of them
   */
  async tell({ id, cast, between, unit }: Wish & { id: number; unit: number }): Promise<Told> {
    const { model } = openedModel(id);
    const telling = tellingOf(cast, between);
    const [first, second, third] = cast;
    const heirs = heldOutHeirs(first, second);
    if (!heirs.includes(third)) {
      throw new RangeError(
        `Training may have told of ${cast.join(", ")} in a row. After ${first} and ${second} may come ${heirs.join(", ")}.`,
      );
    }
    const heard = await hear(model, telling);
    const trace = await model.trace(readingOf(telling));
    const ledger = await memoryLedger(model, trace);
    const T = telling.words.length;
    const ofUnit = (name: string): Float32Array => {
      const { values, shape } = trace.get(name);
      return Float32Array.from({ length: T }, (_, t) => values[t * shape[2] + unit]!);
    };
    const source = telling.words.indexOf(telling.titles[0]);
    const parts = ledger.ofUnit(unit);
    return {
      ...telling,
      ...heard,
      between,
      heirs,
      unit: {
        unit,
        f: ofUnit("f"),
        i: ofUnit("i"),
        g: ofUnit("g"),
        c: ofUnit("c"),
        source,
        left: Float64Array.from({ length: T }, (_, t) => parts[t * (T + 1) + source + 1]!),
      },
    };
  },
  heirs: ({ first, second }: { first: Name; second: Name }): Name[] => heldOutHeirs(first, second),
  /** Tells it to any other network that knows the words. */
  async hear({ id, cast, between }: Wish & { id: number }): Promise<Heard> {
    return hear(openedModel(id).model, tellingOf(cast, between));
  },
};

const readingOf = ({ words }: Telling) => sequences([words.map(idOf)]);

async function hear(model: Model, telling: Telling): Promise<Heard> {
  const { cast, sentences, question } = telling;
  const { values } = await whoRules(model, telling);
  const answers = new Float32Array(sentences.length * cast.length);
  let [right, ruled] = [0, 0];
  sentences.forEach(({ ruler }, k) => {
    const row = values.subarray(k * names.length, (k + 1) * names.length);
    cast.forEach((name, n) => (answers[k * cast.length + n] = row[names.indexOf(name)]!));
    if (ruler === undefined) return;
    ruled++;
    if (row.every((one) => one <= row[names.indexOf(ruler)]!)) right++;
  });
  const { values: scores, shape } = await model.predict(readingOf(telling));
  const size = shape.at(-1)!;
  const last = scores.subarray((question - 1) * size, question * size);
  const all = mostLikely(last, size, { count: size });
  const likelyOf = (id: number): number => all.probabilities[all.ids.indexOf(id)]!;
  return {
    answers,
    right,
    ruled,
    ending: {
      words: Array.from(all.ids.subarray(0, SHOWN), (word) => words[word]!),
      likely: all.probabilities.slice(0, SHOWN),
      cast: Float32Array.from(cast, (name) => likelyOf(idOf(name))),
    },
  };
}
