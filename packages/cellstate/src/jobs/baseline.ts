/**
 * What counting alone reaches on a text: the loss of predictions from single characters and from pairs. A model
 * that does not beat the pairs has learned nothing worth its weights.
 */
import { log } from "../data/numbers.ts";

/** What counting alone reaches; a model should be below all three. */
export interface TextBaseline {
  /** Nats a character from guessing blindly: ln V. */
  readonly uniform: number;
  /** Nats a character from how often each occurs, whatever came before. */
  readonly unigram: number;
  /** Nats a character from the one before it. */
  readonly bigram: number;
}

/** Ids of a text, `[T]`. */
type Ids = ArrayLike<number>;

/**
 * Counts in the training part, judged on the validation part's predictions, the same that a model is judged on.
 * p₁(b) = (n(b) + 1) / (N + V); p₂(b | a) = (n(ab) + d(a)·p₁(b)) / (n(a) + d(a)), d(a) the number of different
 * characters seen after a (Witten and Bell, 1991).
 *
 * @param training - ids to count in
 * @param validation - ids to judge on
 * @param vocabulary - how many different ids there may be
 * @example const { unigram, bigram } = textBaseline(ids, encode("long live the king", vocabulary), V);
 */
export function textBaseline(training: Ids, validation: Ids, vocabulary: number): TextBaseline {
  const pairs = pairCounts(vocabulary);
  const single = new Float64Array(vocabulary);
  const before = new Float64Array(vocabulary);
  const followers = new Float64Array(vocabulary);
  for (let t = 0; t < training.length; t++) {
    const b = training[t]!;
    single[b]!++;
    if (t === 0) continue;
    const a = training[t - 1]!;
    before[a]!++;
    if (pairs.add(a, b) === 1) followers[a]!++;
  }
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
  }
  return { uniform: log(vocabulary), unigram: unigram / count, bigram: bigram / count };
}

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
