/**
 * What deep networks have between their layers: layer norm, residual connections, and activity regularisation, a
 * price on large or restless activations that only training pays.
 */
import { ArgumentError } from "../errors.ts";
import type { Layer, NamesOf } from "./layers.ts";

/** What `layerNorm` returns: plain data. */
export interface LayerNormLayer {
  readonly kind: "layerNorm";
}

/** What `residual` returns: plain data. */
export interface ResidualLayer<N extends string = string> {
  readonly kind: "residual";
  readonly layers: readonly Layer[];
  readonly names?: N;
}

/** What `activityRegularization` returns: plain data. */
export interface ActivityRegularizationLayer {
  readonly kind: "activityRegularization";
  /** Times mean(x²). */
  readonly l2: number;
  /** Times mean((x_t − x_{t−1})²). */
  readonly temporal: number;
}

/**
 * Brings each step's values to mean 0 and variance 1, then scales and shifts each: y = s ⊙ layernorm(x) + b,
 * `[B, T, I] → [B, T, I]`, ε 1e-5; s starts at 1, b at 0. Ba et al., "Layer Normalization", 2016, equation 4.
 *
 * @example sequential(recurrent(lstm, { units: 64 }), layerNorm(), dense({ units: 65 }))
 */
export const layerNorm = (): LayerNormLayer => Object.freeze({ kind: "layerNorm" });

/**
 * Layers with a way around them: y = x + f(x). What f gives is as long as what goes in; layer norm and dropout within f
 * leave x itself untouched. He et al., "Deep Residual Learning", 2016, equation 1.
 *
 * @param layers - f, one layer after the other; no embedding and no branches
 * @throws {ArgumentError} if there is no layer, or something that is none
 * @example residual(layerNorm(), recurrent(lstm, { units: 64 }), dropout({ rate: 0.2 }))
 */
export function residual<const L extends readonly Layer[]>(...layers: L): ResidualLayer<NamesOf<L[number]>> {
  const known = layers.length > 0 && layers.every((layer) => typeof Object(layer).kind === "string");
  if (!known) {
    const given = layers.length > 0 ? layers.find((layer) => typeof Object(layer).kind !== "string") : 0;
    const mend = 'for example residual(dense({ units: 64, activation: "relu" }), dense({ units: 64 })).';
    throw new ArgumentError({ where: "residual", argument: "layers", given, expected: "layers, at least one", mend });
  }
  return Object.freeze({ kind: "residual", layers: Object.freeze([...layers]) });
}

/**
 * Passes its values on, and adds l2 · mean(x²) + temporal · mean((x_t − x_{t−1})²) to what training makes smaller: the
 * means are over all values of all steps there are, and over all with a step before them in the batch. Predictions,
 * validations and the losses that are reported know nothing of it. Before dropout it sees what the layer gave, behind
 * it what was kept. AR and TAR of Merity et al., "Revisiting Activation Regularization for Language RNNs", 2017,
 * section 4, who take l2 2 on dropped and temporal 1 on undropped outputs.
 *
 * @param options.l2 - AR's α, 0 or more; default 0
 * @param options.temporal - TAR's β, 0 or more; default 0
 * @throws {ArgumentError} if one is no such number, or both are 0
 * @example activityRegularization({ l2: 2, temporal: 1 })
 */
export function activityRegularization({
  l2 = 0,
  temporal = 0,
}: {
  readonly l2?: number;
  readonly temporal?: number;
}): ActivityRegularizationLayer {
  const where = "activityRegularization";
  for (const [argument, given] of Object.entries({ l2, temporal })) {
    if (typeof given === "number" && given >= 0 && given < 2 ** 127) continue;
    const mend = `for example ${where}({ l2: 2, temporal: 1 }).`;
    throw new ArgumentError({ where, argument, given, expected: "a number of at least 0", mend });
  }
  if (l2 === 0 && temporal === 0) {
    const expected = "a number above 0, or one for temporal";
    const mend = `leave the layer out, or give ${where}({ l2: 2 }).`;
    throw new ArgumentError({ where, argument: "l2", given: 0, expected, mend });
  }
  return Object.freeze({ kind: "activityRegularization", l2, temporal });
}
