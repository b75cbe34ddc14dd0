/**
 * Learning rates over a training. A rate is a pure function of the step and of the records so far, so that a resumed
 * training has the same. Steps are updates everywhere. `plateau.ts` has the one that looks at records.
 */
import { cosPi } from "../data/numbers.ts";
import { ArgumentError } from "../errors.ts";
import { check, isNumber, isPart, noOthers, optionsOf } from "../options.ts";
import { recorded } from "../recipe.ts";
import type { TrainingRecord } from "./checkpoint.ts";

/** A learning rate over a training: a pure function of the step, and of the records so far. */
export interface Rate {
  /** What reports call it. */
  readonly name: string;
  /**
   * The learning rate of update `step` (from 0) of `total`, with the records that came before it.
   *
   * @param step - from 0
   * @param total - how many updates there will be
   * @param records - all judgements so far
   */
  at(step: number, total: number, records?: readonly TrainingRecord[]): number;
}

/**
 * Always the same; a bare number does as well.
 *
 * @param learningRate - above 0
 * @throws {ArgumentError} if it is not above 0
 * @example adam({ learningRate: constant(1e-3) })
 */
export function constant(learningRate: number): Rate {
  const said = { expected: "a number above 0", mend: "for example constant(1e-3)." };
  check(isNumber(learningRate) && learningRate > 0, "constant", "learningRate", learningRate, said);
  return recorded("constant", [learningRate], { name: "constant", at: () => learningRate });
}

export interface WarmUpOptions {
  /** The rate at the top. */
  readonly peak: number;
  /** Updates over which the rate grows from 0 to the peak. Default 0. */
  readonly warmUp?: number;
  /** Where it ends. Default 0. */
  readonly end?: number;
}

/**
 * Straight up to the peak, then half a cosine down to the end (Loshchilov and Hutter, 2017, one period).
 *
 * @throws {ArgumentError} if the peak is not above 0, the end not between 0 and the peak, or the warm-up below 0
 * @example cosine({ peak: 8e-3, warmUp: 50, end: 1e-5 })
 */
export const cosine = (options: WarmUpOptions): Rate =>
  warmedUp("cosine", options, (along) => 0.5 * (1 + cosPi(along)));

/**
 * Straight up to the peak, then straight down to the end.
 *
 * @throws {ArgumentError} if the peak is not above 0, the end not between 0 and the peak, or the warm-up below 0
 * @example linear({ peak: 2e-3, warmUp: 100 })
 */
export const linear = (options: WarmUpOptions): Rate => warmedUp("linear", options, (along) => 1 - along);

/** `left`: what is left of the way from peak to end, after a part of the updates behind the warm-up. */
function warmedUp(name: string, options: WarmUpOptions, left: (along: number) => number): Rate {
  const { peak, warmUp = 0, end = 0, ...others } = optionsOf(name, options);
  noOthers(name, others);
  const areNumbers = [peak, warmUp, end].every(isNumber);
  if (!(areNumbers && peak > 0 && end >= 0 && end <= peak && warmUp >= 0)) {
    throw new ArgumentError({
      where: name,
      argument: "options",
      given: { peak, warmUp, end },
      described: `peak ${peak}, warmUp ${warmUp}, end ${end}`,
      expected: "a peak above 0, an end between 0 and the peak, a warm-up of at least 0 updates",
      mend: `for example ${name}({ peak: 8e-3, warmUp: 50, end: 1e-5 }).`,
    });
  }
  return recorded(name, [{ peak, warmUp, end }], {
    name,
    at(step, total) {
      if (step < warmUp) return (peak * (step + 1)) / warmUp;
      return end + (peak - end) * left(Math.min(1, (step - warmUp) / Math.max(1, total - warmUp)));
    },
  });
}

export interface StepDecayOptions {
  /** The first one. */
  readonly learningRate: number;
  /** After every so many updates the rate is multiplied. Either this or `at`. */
  readonly every?: number;
  /** The updates, in order, after which the rate is multiplied. */
  readonly at?: readonly number[];
  /** By what. Default 0.1. */
  readonly factor?: number;
}

/**
 * The rate falls in steps: after every so many updates (PyTorch's StepLR), or after the given ones (MultiStepLR).
 *
 * @throws {ArgumentError} if not just one of `every` and `at` is given, or a number is out of its range
 * @example stepDecay({ learningRate: 1, every: 1000, factor: 0.5 })
 * @example stepDecay({ learningRate: 1, at: [6000, 8000] })
 */
export function stepDecay(options: StepDecayOptions): Rate {
  const { learningRate, every, at, factor = 0.1, ...others } = optionsOf("stepDecay", options);
  noOthers("stepDecay", others);
  const isCount = (n: number): boolean => Number.isSafeInteger(n) && n > 0;
  const areSteps = every === undefined ? Array.isArray(at) && at.every(isCount) : at === undefined && isCount(every);
  const areNumbers = isNumber(learningRate) && isNumber(factor);
  if (!(areSteps && areNumbers && learningRate > 0 && factor > 0 && factor <= 1)) {
    throw new ArgumentError({
      where: "stepDecay",
      argument: "options",
      given: { learningRate, every, at, factor },
      described: `learningRate ${learningRate}, every ${every}, at ${at && `[${at}]`}, factor ${factor}`,
      expected: "a rate above 0, a factor above 0 and up to 1, and either every or at: whole numbers of at least 1",
      mend: "for example stepDecay({ learningRate: 1, every: 1000, factor: 0.5 }).",
    });
  }
  return recorded("stepDecay", [options], {
    name: "step decay",
    at(step) {
      let rate = learningRate;
      const falls = every === undefined ? at!.filter((one) => one <= step).length : Math.floor(step / every);
      for (let k = 0; k < falls; k++) rate *= factor;
      return rate;
    },
  });
}

export interface OneCycleOptions {
  /** The rate at the top; `learningRateRange` helps to find it. */
  readonly peak: number;
  /** The part of the training in which the rate rises. Default 0.3. */
  readonly rise?: number;
  /** Where it begins. Default peak / 25. */
  readonly start?: number;
  /** Where it ends. Default start / 10,000. */
  readonly end?: number;
  /** Both ways along half a cosine, or straight. Default "cosine". */
  readonly shape?: "cosine" | "linear";
}

/**
 * Up to a high peak and down to almost nothing, once in a training (Smith and Topin, "Super-Convergence", 2018; PyTorch's
 * OneCycleLR in two phases, which may move the momentum too: here it stays).
 *
 * @throws {ArgumentError} if a rate is not above 0 or above the peak, the rise not between 0 and 1, or the shape unknown
 * @example adamW({ learningRate: oneCycle({ peak: 1e-2 }) })
 */
export function oneCycle(options: OneCycleOptions): Rate {
  const given = optionsOf("oneCycle", options);
  const { peak, rise = 0.3, start = peak / 25, end = start / 1e4, shape = "cosine", ...others } = given;
  noOthers("oneCycle", others);
  const isRate = (rate: number): boolean => isNumber(rate) && isNumber(peak) && rate > 0 && rate <= peak;
  if (!(isRate(start) && isRate(end) && isPart(rise) && rise > 0 && (shape === "cosine" || shape === "linear"))) {
    throw new ArgumentError({
      where: "oneCycle",
      argument: "options",
      given: { peak, rise, start, end, shape },
      described: `peak ${peak}, rise ${rise}, start ${start}, end ${end}, shape ${shape}`,
      expected:
        'a peak above 0, start and end above 0 and up to it, a rise between 0 and 1, shape "cosine" or "linear"',
      mend: "for example oneCycle({ peak: 1e-2 }).",
    });
  }
  const between = (from: number, to: number, along: number): number =>
    shape === "linear" ? from + (to - from) * along : to + ((from - to) / 2) * (1 + cosPi(along));
  return recorded("oneCycle", [{ peak, rise, start, end, shape }], {
    name: "one cycle",
    at(step, total) {
      const top = rise * total - 1; // between two updates, mostly
      if (step < top) return between(start, peak, step / top);
      return between(peak, end, Math.min(1, (step - top) / (total - 1 - top)));
    },
  });
}
