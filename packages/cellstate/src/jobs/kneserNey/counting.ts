/**
 * N-grams with interpolated, modified Kneser-Ney smoothing, counted in parts and read symbol by symbol.
 *
 * Chen and Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling", 1998, section 3.5:
 *   p_k(w | u) = (a(uw) − D(a(uw))) / Σ_v a(uv) + γ(u) · p_{k−1}(w | u without its first symbol)
 *   γ(u) = Σ_v D(a(uv)) / Σ_v a(uv),   p_0 = 1 / V
 * a is how often the n-gram occurs at the highest order, and below it how many different symbols occur in front of it.
 * Both are kept, so that the counts of order n are those of every lower order as well.
 */
import { log } from "../../data/numbers.ts";
import type { Parts } from "../../engine/engine.ts";
import { type Discounts, discountFor, discountsOf } from "./discounts.ts";
import { createTrie, NONE, ROOT, type Trie } from "./trie.ts";

type Ids = ArrayLike<number>;

/** What is counted; all of it has been checked. */
export interface Counted {
  readonly vocabulary: number;
  readonly order: number;
  readonly limit: number;
}

export interface Counts {
  /** How many ids were counted. */
  readonly counted: number;
  walk(): Walk;
  /** Nats an id over all but the first, by n-grams of 1, 2, … `order` symbols. */
  losses(ids: Ids): Parts<number[]>;
}

/** A text under way. */
export interface Walk {
  /** At place k the probability of the id that was read last, by n-grams of k symbols. */
  readonly probabilities: Float64Array;
  next(id: number): void;
}

/** Unless somebody asks for more: some seconds, and some 150 MB at order 7. */
export const MOST_COUNTED = 2_000_000;

const PART = 1 << 14; // n-grams; some milliseconds

/** Counts the last `limit` ids of a text, `[T]`. */
export function* countNGrams(training: Ids, { vocabulary, order, limit }: Counted): Parts<Counts> {
  const counted = Math.min(limit, training.length);
  const trie = createTrie();
  const firsts = yield* countAll(trie, training, training.length - counted, order);
  const byCount = yield* levelsOf(trie, firsts, trie.countOf, order);
  const byContinuation = yield* levelsOf(trie, firsts, trie.continuationsOf, order - 1);

  function walk(): Walk {
    /** The nodes of the last 0, 1, … symbols: what comes next is judged by them. */
    const contexts = new Int32Array(order).fill(NONE);
    contexts[0] = ROOT;
    const probabilities = new Float64Array(order + 1);
    return {
      probabilities,
      next(id) {
        let lower = 1 / vocabulary;
        let longer = ROOT; // what takes the next place of `contexts`
        for (let k = 1; k <= order; k++) {
          const context = contexts[k - 1]!;
          const node = context === NONE ? NONE : trie.find(context, id);
          probabilities[k] = byCount(k, context, node, lower);
          if (k < order) lower = byContinuation(k, context, node, lower);
          contexts[k - 1] = longer;
          longer = node;
        }
      },
    };
  }

  return {
    counted,
    walk,
    *losses(ids) {
      const { probabilities, next } = walk();
      const sums = new Float64Array(order);
      for (let t = 0; t < ids.length; t++) {
        next(ids[t]!);
        if (t > 0) for (let k = 1; k <= order; k++) sums[k - 1]! -= log(probabilities[k]!);
        if (t % PART === 0) yield;
      }
      return Array.from(sums, (sum) => (ids.length < 2 ? Number.NaN : sum / (ids.length - 1)));
    },
  };
}

/** Counts every n-gram of the text from `from` on. Returns the first node of each order; the last of all is behind it. */
function* countAll(trie: Trie, ids: Ids, from: number, order: number): Parts<number[]> {
  const length = ids.length - from;
  /** The node of the n-gram that begins here, order by order. */
  const nodes = new Int32Array(length).fill(ROOT);
  const firsts = [0];
  for (let k = 1; k <= order; k++) {
    firsts.push(trie.size);
    for (let t = 0; t + k <= length; t++) {
      const fresh = trie.size;
      const node = trie.count(nodes[t]!, ids[from + t + k - 1]!);
      // the symbol at t has not stood in front of the rest before; nodes[t + 1] is still the rest
      if (node === fresh && k > 1) trie.addContinuation(nodes[t + 1]!);
      nodes[t] = node;
      if (t % PART === 0) yield;
    }
  }
  firsts.push(trie.size);
  return firsts;
}

/**
 * The formula at the head of this file, from one kind of counts.
 *
 * @param k - the order
 * @param context - the node of the k − 1 symbols before, or `NONE`
 * @param node - the node of the n-gram, or `NONE`
 * @param lower - the probability by an order less
 */
type Probability = (k: number, context: number, node: number, lower: number) => number;

/** Discounts of each order, and sums over what follows each n-gram. */
function* levelsOf(
  trie: Trie,
  firsts: readonly number[],
  countOf: (node: number) => number,
  most: number,
): Parts<Probability> {
  const discounts: Discounts[] = [];
  const inner = firsts[most]!; // n-grams of the highest order are no contexts
  /** Σ_v a(uv), and γ(u). */
  const totals = new Int32Array(inner);
  const left = new Float64Array(inner);
  for (let k = 1; k <= most; k++) {
    const [first, end] = [firsts[k]!, firsts[k + 1]!];
    const sizes = new Float64Array(5);
    for (let node = first; node < end; node++) {
      const count = countOf(node);
      if (count < 5) sizes[count]!++;
    }
    yield;
    const own = discountsOf(sizes);
    discounts[k] = own;
    for (let node = first; node < end; node++) {
      const count = countOf(node);
      const context = trie.parentOf(node);
      totals[context]! += count;
      left[context]! += discountFor(own, count);
      if (node % PART === 0) yield;
    }
  }
  for (let node = 0; node < inner; node++) if (totals[node]! > 0) left[node]! /= totals[node]!;
  return (k, context, node, lower) => {
    const total = context === NONE ? 0 : totals[context]!;
    if (total === 0) return lower;
    const count = node === NONE ? 0 : countOf(node);
    return (count - discountFor(discounts[k]!, count)) / total + left[context]! * lower;
  };
}
