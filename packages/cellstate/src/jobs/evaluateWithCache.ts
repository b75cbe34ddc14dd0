/**
 * What a neural cache is worth on a text: the loss with it and without, read once as one stream. Where θ and λ are to
 * be chosen, that is done on the text's beginning, which is then not judged.
 */
import { exp, log } from "../data/numbers.ts";
import type { Parts } from "../engine/engine.ts";
import { AbortedError, ArgumentError } from "../errors.ts";
import { inParts } from "../model/breathe.ts";
import type { Model } from "../model/model.ts";
import { type CacheOptions, type CacheReader, cacheSettings, largestOf, readWithCache } from "./neuralCache.ts";

/** How a cache is judged. */
export interface CacheEvaluationOptions extends CacheOptions {
  /** θ and λ are chosen on this part of the text, at its beginning; from 0, the default: they are as given, up to 0.9. */
  readonly choose?: number;
  /** Ends it with an `AbortedError`. */
  readonly signal?: AbortSignal;
}

/** What came out. */
export interface CacheEvaluation {
  /** Nats an id without the cache. */
  readonly loss: number;
  /** The same with it. */
  readonly cachedLoss: number;
  /** How many ids were judged. */
  readonly count: number;
  /** The cache that was judged; λ = 0 where none was better than any of those tried. */
  readonly cache: Required<CacheOptions>;
  /** On how many ids, before the judged ones, θ and λ were chosen; 0 if they were given. */
  readonly chosenOn: number;
}

/** What is tried where θ and λ are to be chosen: all pairs. */
const THETAS = [0, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2];
const LAMBDAS = [0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4];

/**
 * Judges a language model with a neural cache and without, on one stream with its state carried.
 *
 * @param model - a language model
 * @param ids - the text, `[T]`; each id but the first is predicted from all before it
 * @throws {ArgumentError} if nothing is left to judge, an id is unknown to the model, or an option is out of its range
 * @throws {AbortedError} if the signal stops it
 * @example
 * const { loss, cachedLoss, cache } = await evaluateWithCache(model, ids, { size: 1000, choose: 0.2 });
 */
export async function evaluateWithCache(
  model: Model,
  ids: ArrayLike<number>,
  options: CacheEvaluationOptions = {},
): Promise<CacheEvaluation> {
  const where = "evaluateWithCache";
  const { choose = 0, signal } = options;
  const settings = cacheSettings(options, where);
  if (!(choose >= 0 && choose <= 0.9)) {
    const mend = "0.2 chooses on the first fifth.";
    throw new ArgumentError({ where, argument: "choose", given: choose, expected: "a number from 0 to 0.9", mend });
  }
  const chosenOn = Math.floor(choose * (ids.length - 1));
  const count = ids.length - 1 - chosenOn;
  if (count < 1 || (choose > 0 && chosenOn < 1)) {
    const facts = { argument: "ids", given: ids.length, described: `${ids.length} long` };
    throw new ArgumentError({
      where,
      ...facts,
      expected: "a text with something to judge",
      mend: "give a longer one.",
    });
  }
  const reader = readWithCache(model, settings.size, where);
  try {
    const check = (): void => {
      if (signal?.aborted) throw new AbortedError(where, signal.reason);
    };
    return await inParts(judge(reader, ids, settings, chosenOn), check);
  } finally {
    reader.close();
  }
}

function* judge(
  reader: CacheReader,
  ids: ArrayLike<number>,
  settings: Required<CacheOptions>,
  chosenOn: number,
): Parts<CacheEvaluation> {
  let cache = settings;
  const tried = new Float64Array(THETAS.length * LAMBDAS.length);
  let loss = 0;
  let cachedLoss = 0;
  for (let t = 0; t + 1 < ids.length; t++) {
    const { scores } = reader.step(ids[t]!);
    const target = ids[t + 1]!;
    const own = lossOf(scores, target);
    if (t < chosenOn) {
      THETAS.forEach((theta, row) => {
        const cached = recalled(reader, theta, target);
        LAMBDAS.forEach((lambda, column) => {
          tried[row * LAMBDAS.length + column]! += mixed(own, cached, lambda);
        });
      });
      if (t + 1 === chosenOn) {
        const best = tried.indexOf(Math.min(...tried));
        const [theta, lambda] = [THETAS[Math.floor(best / LAMBDAS.length)]!, LAMBDAS[best % LAMBDAS.length]!];
        cache = { ...settings, theta, lambda };
      }
    } else {
      loss += own;
      cachedLoss += mixed(own, recalled(reader, cache.theta, target), cache.lambda);
    }
    yield;
  }
  const count = ids.length - 1 - chosenOn;
  reader.step(ids[count + chosenOn]!); // an id that the model does not know is said, also where it is the last
  return { loss: loss / count, cachedLoss: cachedLoss / count, count, cache, chosenOn };
}

/** −log p_model(target): the softmax of the scores. */
function lossOf(scores: Float32Array, target: number): number {
  const largest = largestOf(scores, scores.length);
  let sum = 0;
  for (let w = 0; w < scores.length; w++) sum += exp(scores[w]! - largest);
  return log(sum) + largest - scores[target]!;
}

/** p_cache(target); nothing is recalled where nothing is remembered. */
function recalled({ likeness, ids, count }: CacheReader, theta: number, target: number): number | undefined {
  if (count === 0) return undefined;
  const nearest = largestOf(likeness, count);
  let hits = 0;
  let all = 0;
  for (let i = 0; i < count; i++) {
    const weight = exp(theta * (likeness[i]! - nearest));
    all += weight;
    if (ids[i] === target) hits += weight;
  }
  return hits / all;
}

/** −log((1 − λ)·p_model + λ·p_cache), finite also where p_model is too small for a number. */
function mixed(own: number, cached: number | undefined, lambda: number): number {
  if (cached === undefined || lambda === 0) return own;
  return cached === 0 ? own - log(1 - lambda) : -log((1 - lambda) * exp(-own) + lambda * cached);
}
