/** Learning rates over a training. A rate is a pure function of the step, so that a resumed training has the same. */
import { cosPi } from "../data/numbers.ts";
import { ArgumentError } from "../errors.ts";
import { recorded } from "../recipe.ts";

/** A learning rate over a training: a pure function of the step. */
export interface Rate {
  /** What reports call it. */
  readonly name: string;
  /**
   * The learning rate of update `step` (from 0) of `total`.
   *
   * @param step - from 0
   * @param total - how many updates there will be
   */
  at(step: number, total: number): number;
}

/**
 * Always the same; a bare number does as well.
 *
 * @param learningRate - above 0
 * @example adam({ learningRate: constant(1e-3) })
 */
export const constant = (learningRate: number): Rate =>
  recorded("constant", [learningRate], { name: "constant", at: () => learningRate });

export interface CosineOptions {
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
export function cosine({ peak, warmUp = 0, end = 0 }: CosineOptions): Rate {
  if (!(peak > 0 && end >= 0 && end <= peak && warmUp >= 0)) {
    const expected = "a peak above 0, an end between 0 and the peak, a warm-up of at least 0 updates";
    const described = `peak ${peak}, warmUp ${warmUp}, end ${end}`;
    const mend = "for example cosine({ peak: 8e-3, warmUp: 50, end: 1e-5 }).";
    throw new ArgumentError({
      where: "cosine",
      argument: "options",
      given: { peak, warmUp, end },
      described,
      expected,
      mend,
    });
  }
  return recorded("cosine", [{ peak, warmUp, end }], {
    name: "cosine",
    at(step, total) {
      if (step < warmUp) return (peak * (step + 1)) / warmUp;
      const along = Math.min(1, (step - warmUp) / Math.max(1, total - warmUp));
      return end + (peak - end) * 0.5 * (1 + cosPi(along));
    },
  });
}
