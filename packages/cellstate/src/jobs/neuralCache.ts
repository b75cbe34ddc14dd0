/**
 * A memory of what has just been read, beside a trained model: where the network is now in a state like an earlier
 * one, what came then is likelier to come again. It learns nothing, and finds names and words that no weights know.
 *
 * Grave, Joulin and Usunier, "Improving Neural Language Models with a Continuous Cache", 2017, equations 3 to 5:
 *   p(w) = (1 − λ)·p_model(w) + λ·p_cache(w)
 *   p_cache(w) ∝ Σ_i 1[w = x_{i+1}]·exp(θ·h_t·h_i), over the last `size` pairs of a state h_i and what came after it
 */
import { exp, log } from "../data/numbers.ts";
import { ArgumentError } from "../errors.ts";
import type { Model } from "../model/model.ts";

/** How a cache is mixed in. */
export interface CacheOptions {
  /** How many steps it remembers, 1 to 1,000,000. Default 500. */
  readonly size?: number;
  /** θ, how much likeness counts, 0 or above: at 0 all that is remembered counts alike. Default 0.5. */
  readonly theta?: number;
  /** λ, the cache's part of the mixture, from 0 up to, not with, 1. Default 0.15. */
  readonly lambda?: number;
}

/** A sequence under way, read with a cache. */
export interface CachedStream {
  /**
   * Takes one step.
   *
   * @param id - what came
   * @returns the logarithms of the probabilities of what comes next, `[V]`, nats; the next step overwrites them
   * @throws {ArgumentError} if the model knows no such id
   */
  step(id: number): Float64Array;
  /** Forgets everything. */
  reset(): void;
  /** Gives its memory back. */
  close(): void;
}

/**
 * A stream of a language model whose probabilities are mixed with those of a cache of its last states. The states are
 * what the output layer reads. The same bits on every machine.
 *
 * @param model - one that reads ids and gives a score for each: `embedding`, layers, `dense`
 * @throws {ArgumentError} if the model is none, or an option is out of its range
 * @example
 * const stream = neuralCache(model, { size: 500, theta: 0.5, lambda: 0.15 });
 * for (const id of ids) logProbabilities = stream.step(id);
 */
export function neuralCache(model: Model, options: CacheOptions = {}): CachedStream {
  const { size, theta, lambda } = cacheSettings(options, "neuralCache");
  const reader = readWithCache(model, size, "neuralCache");
  const mixed = new Float64Array(reader.vocabulary);
  const weights = new Float64Array(size);
  return {
    step(id) {
      const { scores } = reader.step(id);
      const { likeness, ids } = reader;
      const largest = largestOf(scores, scores.length);
      let sum = 0;
      for (let w = 0; w < scores.length; w++) sum += mixed[w] = exp(scores[w]! - largest);
      const { count } = reader;
      const share = (count === 0 ? 1 : 1 - lambda) / sum;
      for (let w = 0; w < mixed.length; w++) mixed[w]! *= share;
      const nearest = largestOf(likeness, count);
      let all = 0;
      for (let i = 0; i < count; i++) all += weights[i] = exp(theta * (likeness[i]! - nearest));
      for (let i = 0; i < count; i++) mixed[ids[i]!]! += (lambda * weights[i]!) / all;
      for (let w = 0; w < mixed.length; w++) mixed[w] = log(mixed[w]!);
      return mixed;
    },
    reset: reader.reset,
    close: reader.close,
  };
}

/** A stream, and how like its state now is to each of the last ones. */
export interface CacheReader {
  readonly vocabulary: number;
  /** How many steps are remembered now. */
  readonly count: number;
  /** What came after each of them, in no order. */
  readonly ids: Int32Array;
  /** h_t·h_i of each, after the last step. */
  readonly likeness: Float64Array;
  step(id: number): { readonly scores: Float32Array };
  reset(): void;
  close(): void;
}

export function readWithCache(model: Model, size: number, where: string): CacheReader {
  const first = model.architecture.layers[0]!;
  if (first.kind !== "embedding") throw noLanguageModel(where, "one that reads values");
  const { vocabulary } = first;
  const stream = model.stream();
  const state = stream.features();
  let scores = stream.step(0);
  stream.reset();
  if (scores.length !== vocabulary) {
    stream.close();
    throw noLanguageModel(where, `one with ${scores.length} outputs for ${vocabulary} ids`);
  }
  const width = state.length;
  const before = new Float32Array(width);
  const states = new Float32Array(size * width);
  const ids = new Int32Array(size);
  const likeness = new Float64Array(size);
  let steps = 0;
  let count = 0;
  let next = 0;
  return {
    vocabulary,
    get count() {
      return count;
    },
    ids,
    likeness,
    step(id) {
      before.set(state);
      scores = stream.step(id);
      // what came after the state before is known now
      if (steps > 0) {
        states.set(before, next * width);
        ids[next] = id;
        next = next + 1 === size ? 0 : next + 1;
        count = Math.min(size, count + 1);
      }
      steps++;
      stream.features(state);
      for (let i = 0, from = 0; i < count; i++, from += width) {
        likeness[i] = dot(state, states, from);
      }
      return { scores };
    },
    reset() {
      stream.reset();
      steps = 0;
      count = 0;
      next = 0;
    },
    close: () => stream.close(),
  };
}

/** Σ a_k·b_{from + k}: four sums side by side, so that none waits for another, then together, always in this order. */
function dot(a: Float32Array, b: Float32Array, from: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 4 <= a.length; k += 4) {
    s0 += a[k]! * b[from + k]!;
    s1 += a[k + 1]! * b[from + k + 1]!;
    s2 += a[k + 2]! * b[from + k + 2]!;
    s3 += a[k + 3]! * b[from + k + 3]!;
  }
  for (; k < a.length; k++) s0 += a[k]! * b[from + k]!;
  return s0 + s1 + (s2 + s3);
}

export const largestOf = (values: ArrayLike<number>, count: number): number => {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < count; k++) largest = Math.max(largest, values[k]!);
  return largest;
};

/** @throws {ArgumentError} if an option is out of its range */
export function cacheSettings(options: CacheOptions, where: string): Required<CacheOptions> {
  const { size = 500, theta = 0.5, lambda = 0.15 } = options;
  const check = (argument: string, given: number, isFine: boolean, expected: string, mend: string): void => {
    if (!isFine) throw new ArgumentError({ where, argument, given, expected, mend });
  };
  const isSize = Number.isSafeInteger(size) && size >= 1 && size <= 1_000_000;
  check("size", size, isSize, "a whole number from 1 to 1000000", "500 steps are usual.");
  check("theta", theta, theta >= 0 && Number.isFinite(theta), "a number of at least 0", "0.5 is usual.");
  check("lambda", lambda, lambda >= 0 && lambda < 1, "a number from 0 up to, not with, 1", "0.15 is usual.");
  return { size, theta, lambda };
}

function noLanguageModel(where: string, described: string): ArgumentError {
  const facts = { argument: "model", given: undefined, described };
  const expected = "a language model: a score for each id that it reads";
  return new ArgumentError({ where, ...facts, expected, mend: "train one with trainLanguage." });
}
