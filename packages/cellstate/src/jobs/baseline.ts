/**
 * What counting alone reaches on a text: the loss of predictions from single symbols, from pairs, and from longer
 * n-grams with Kneser-Ney smoothing. A model that does not beat the pairs has learned nothing worth its weights; one
 * that beats the n-grams has learned more than counting can.
 */
import { log } from "../data/numbers.ts";
import type { Level } from "../data/text.ts";
import { atOnce, type Parts } from "../engine/engine.ts";
import { countNGrams, MOST_COUNTED } from "./kneserNey/counting.ts";

/** What counting alone reaches; a model should be below all of it. */
export interface TextBaseline {
  /** Nats a symbol from guessing blindly: ln V. */
  readonly uniform: number;
  /** Nats a symbol from how often each occurs, whatever came before. */
  readonly unigram: number;
  /** Nats a symbol from the one before it. */
  readonly bigram: number;
  /** From up to `order` − 1 symbols before it: interpolated, modified Kneser-Ney. */
  readonly kneserNey: CountingBaseline;
}

/** What n-grams reach. */
export interface CountingBaseline {
  /** The n that is best on the judged part, as the model's best weights are chosen there too. */
  readonly order: number;
  /** Nats a symbol with it. */
  readonly loss: number;
  /** Nats a symbol by n = 1, 2, …. */
  readonly losses: readonly number[];
  /** How many symbols were counted: the training part's last. */
  readonly counted: number;
}

/** How a baseline is made. */
export interface BaselineOptions {
  /** The longest n-grams, 1 to 8. Default 7; 3 is usual for words. */
  readonly order?: number;
  /** N-grams are counted in at most so many of the training part's last symbols. Default 2,000,000. */
  readonly limit?: number;
}

/** The longest n-grams worth counting: of words most longer ones come once. */
export const usualOrder = (level: Level): number => (level === "word" ? 3 : 7);

/** Ids of a text, `[T]`. */
type Ids = ArrayLike<number>;

/**
 * Counts in the training part, judged on the validation part's predictions, the same that a model is judged on.
 * p₁(b) = (n(b) + 1) / (N + V); p₂(b | a) = (n(ab) + d(a)·p₁(b)) / (n(a) + d(a)), d(a) the number of different
 * symbols seen after a (Witten and Bell, 1991). Longer n-grams: `kneserNey`.
 *
 * @param training - ids, `[T]`
 * @param validation - ids, `[T]`; the first is not judged
 * @param vocabulary - how many ids there are
 * @example const { bigram, kneserNey } = textBaseline(ids.subarray(0, 900), ids.subarray(900), 65);
 */
export function textBaseline(
  training: Ids,
  validation: Ids,
  vocabulary: number,
  options: BaselineOptions = {},
): TextBaseline {
  return atOnce(atOnce(countBaseline(training, vocabulary, options))(validation));
}

/** The counting alone, in parts; what it returns judges a validation part, in parts too. */
export function* countBaseline(
  training: Ids,
  vocabulary: number,
  { order = 7, limit = MOST_COUNTED }: BaselineOptions,
): Parts<(validation: Ids) => Parts<TextBaseline>> {
  const counts = yield* countNGrams(training, { vocabulary, order, limit });
  const pairs = pairCounts(vocabulary);
  const single = new Float64Array(vocabulary);
  const before = new Float64Array(vocabulary);
  const followers = new Float64Array(vocabulary);
  for (let t = 0; t < training.length; t++) {
    const b = training[t]!;
    single[b]!++;
    if (t % PART === 0) yield;
    if (t === 0) continue;
    const a = training[t - 1]!;
    before[a]!++;
    if (pairs.add(a, b) === 1) followers[a]!++;
  }
  return function* (validation) {
    let unigram = 0;
    let bigram = 0;
    const count = validation.length - 1;
    for (let t = 1; t <= count; t++) {
      const a = validation[t - 1]!;
      const b = validation[t]!;
      const p = (single[b]! + 1) / (training.length + vocabulary);
      unigram -= log(p);
      const free = Math.max(1, followers[a]!);
      bigram -= log((pairs.of(a, b) + free * p) / (before[a]! + free));
      if (t % PART === 0) yield;
    }
    const losses = yield* counts.losses(validation);
    const loss = Math.min(...losses);
    const kneserNey = { order: losses.indexOf(loss) + 1, loss, losses, counted: counts.counted };
    return { uniform: log(vocabulary), unigram: unigram / count, bigram: bigram / count, kneserNey };
  };
}

const PART = 1 << 16; // symbols; a few milliseconds

/**
 * How far a loss is from what n-grams reach, in words, also where the model loses.
 *
 * @param loss - the model's, nats a symbol
 * @param kneserNey - a baseline's figure
 * @returns `0.015 nats ahead of counting 7-grams (1.516)`, or behind it, or level with it
 * @example besideCounting(1.534, baseline.kneserNey); // "0.018 nats behind counting 7-grams (1.516)"
 */
export function besideCounting(loss: number, kneserNey: Pick<CountingBaseline, "order" | "loss">): string {
  const apart = Math.abs(loss - kneserNey.loss).toFixed(3);
  const side = loss < kneserNey.loss ? "ahead of" : "behind";
  const distance = Number(apart) === 0 ? "level with" : `${apart} nats ${side}`;
  return `${distance} counting ${nGrams(kneserNey.order)} (${kneserNey.loss.toFixed(3)})`;
}

/**
 * `7-grams`, with words for the short ones.
 *
 * @param order - n
 * @example nGrams(2); // "pairs"
 */
export const nGrams = (order: number): string => ["single symbols", "pairs", "triples"][order - 1] ?? `${order}-grams`;

interface Pairs {
  /** The count with this one. */
  add(a: number, b: number): number;
  of(a: number, b: number): number;
}

/** A table where it is small, else only what occurs. */
function pairCounts(vocabulary: number): Pairs {
  if (vocabulary <= 1024) {
    const table = new Uint32Array(vocabulary * vocabulary);
    return {
      add: (a, b) => (table[a * vocabulary + b] = table[a * vocabulary + b]! + 1),
      of: (a, b) => table[a * vocabulary + b]!,
    };
  }
  const known = new Map<number, number>();
  return {
    add(a, b) {
      const count = (known.get(a * vocabulary + b) ?? 0) + 1;
      known.set(a * vocabulary + b, count);
      return count;
    },
    of: (a, b) => known.get(a * vocabulary + b) ?? 0,
  };
}
