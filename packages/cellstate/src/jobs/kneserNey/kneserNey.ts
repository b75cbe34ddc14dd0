/**
 * What careful counting reaches on a text: n-grams with interpolated, modified Kneser-Ney smoothing, the strongest
 * model of a text that only counts. A network that does not come near it has learned little. The formulas: counting.ts.
 */
import { log } from "../../data/numbers.ts";
import { atOnce } from "../../engine/engine.ts";
import { ArgumentError } from "../../errors.ts";
import { countNGrams, MOST_COUNTED } from "./counting.ts";

/** Ids of a text, `[T]`. */
type Ids = ArrayLike<number>;

/** How n-grams are counted. */
export interface KneserNeyOptions {
  /** How many ids there are; all of them get a probability, also those never seen. */
  readonly vocabulary: number;
  /** The longest n-gram, 1 to 8. Default 5. */
  readonly order?: number;
  /** At most so many ids are counted, the last ones. Default 2,000,000: some seconds, and some 150 MB at order 7. */
  readonly limit?: number;
}

/** A text's n-grams, counted. */
export interface KneserNey {
  /** The longest n-gram. */
  readonly order: number;
  /** How many ids there are. */
  readonly vocabulary: number;
  /** How many ids were counted. */
  readonly counted: number;
  /**
   * The logarithm of an id's probability, nats; over all ids the probabilities add up to 1.
   *
   * @param context - what comes before it; only the last `order − 1` ids count
   * @param id - the id that comes next
   */
  logProbability(context: Ids, id: number): number;
  /**
   * Nats an id over all of a text but its first id, each judged by those before it; NaN of fewer than two.
   *
   * @param ids - a text, `[T]`
   */
  loss(ids: Ids): number;
  /**
   * `loss` by n-grams of 1, 2, … `order` symbols: each is what an own model of that order would give.
   *
   * @param ids - a text, `[T]`
   */
  losses(ids: Ids): number[];
  /** Reads a text id by id. */
  reader(): KneserNeyReader;
}

/** A text under way. */
export interface KneserNeyReader {
  /**
   * The logarithm of the probability of the next id after those before it, nats.
   *
   * @param id - what comes next
   */
  next(id: number): number;
}

const MOST_ORDER = 8;

/**
 * Counts a text's n-grams: Chen and Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling", 1998,
 * section 3.5, interpolated, with three discounts for each order.
 *
 * @param training - ids, `[T]`
 * @throws {ArgumentError} if there is no id, an id is outside the vocabulary, or an option out of its range
 * @example
 * const counts = kneserNey(training, { order: 6, vocabulary: 65 });
 * counts.loss(validation); // nats a character
 * counts.logProbability([3, 1, 4], 1);
 */
export function kneserNey(training: Ids, options: KneserNeyOptions): KneserNey {
  const { vocabulary, order = 5, limit = MOST_COUNTED } = options;
  checkWhole("vocabulary", vocabulary, 1, 2 ** 24, "the number of different ids.");
  checkWhole("order", order, 1, MOST_ORDER, "5 to 7 are usual for characters, 3 for words.");
  checkWhole("limit", limit, 1, Number.MAX_SAFE_INTEGER, `leave it out for ${MOST_COUNTED}.`);
  if (training.length === 0) {
    const facts = { argument: "training", given: training, expected: "at least one id" };
    throw new ArgumentError({ where: "kneserNey", ...facts, mend: "give the text whose n-grams shall be counted." });
  }
  const check = (argument: string, id: number): void =>
    checkWhole(argument, id, 0, vocabulary - 1, "count with a vocabulary that has it.");
  const checkAll = (argument: string, ids: Ids): void => {
    for (let t = 0; t < ids.length; t++) {
      const id = ids[t]!;
      if (!(id >= 0 && id < vocabulary && Number.isInteger(id))) check(`${argument}[${t}]`, id);
    }
  };
  checkAll("training", training);
  const counts = atOnce(countNGrams(training, { vocabulary, order, limit }));

  function reader(): KneserNeyReader {
    const walk = counts.walk();
    return {
      next(id) {
        check("id", id);
        walk.next(id);
        return log(walk.probabilities[order]!);
      },
    };
  }
  function losses(ids: Ids): number[] {
    checkAll("ids", ids);
    return atOnce(counts.losses(ids));
  }
  return {
    order,
    vocabulary,
    counted: counts.counted,
    logProbability(context, id) {
      const { next } = reader();
      for (let t = Math.max(0, context.length - order + 1); t < context.length; t++) next(context[t]!);
      return next(id);
    },
    loss: (ids) => losses(ids)[order - 1]!,
    losses,
    reader,
  };
}

function checkWhole(argument: string, given: number, least: number, most: number, mend: string): void {
  if (Number.isSafeInteger(given) && given >= least && given <= most) return;
  const expected = `a whole number from ${least} to ${most}`;
  throw new ArgumentError({ where: "kneserNey", argument, given, expected, mend });
}
