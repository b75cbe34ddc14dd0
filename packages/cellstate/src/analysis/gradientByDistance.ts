/** How the gradient fades with distance: what a loss late in a sequence says about inputs ever further back. */
import type { Inputs } from "../model/feed.ts";
import type { Losses } from "../model/loss.ts";
import type { Targets } from "../model/lossRunner.ts";
import { internalsOf, type Model } from "../model/model.ts";
import type { States } from "../model/states.ts";
import { lengthsIn } from "./rows.ts";
import { inputIn, normsOf, onFloats } from "./vectors.ts";

/** Where to start, and which losses count. */
export interface DistanceOptions {
  /** As in `model.gradients`: which steps' losses count. */
  readonly weights?: Targets["weights"];
  /** Where to start, as in `model.predict`. */
  readonly from?: States;
  /** Which input, where there are several; the first if omitted. */
  readonly input?: string;
}

/** How large the gradient is, by distance from the end. */
export interface GradientByDistance {
  /** `[T]`: at d the mean over rows of ‖∂ℓ/∂x‖ at the step d before the row's last, ℓ the row's own loss. */
  readonly means: Float64Array;
  /** How many rows are that long, `[T]`. */
  readonly rows: Uint32Array;
  /** ‖∂ℓ/∂x_t‖ of every row and step, `[B, T]`; 0 past a row's length. */
  readonly norms: Float64Array;
  /** Over all rows, as `model.gradients` has it. */
  readonly loss: number;
}

/**
 * How the gradient fades with distance: what a loss at the end of a sequence says about inputs ever further back. Each
 * row counts by its own loss, the weighted mean over its steps, so that the number of rows is no matter.
 *
 * @param model - any model
 * @param x - ids `[B, T]` or values `[B, T, I]`
 * @param targets - as in `model.gradients`
 * @param loss - one loss, or one for each head
 * @param options.weights - to look back from the last step alone: 1 there and 0 elsewhere
 * @throws {ShapeError | ArgumentError} as `model.gradients`
 * @example
 * const last = Float32Array.from({ length: B * T }, (_, k) => Number(k % T === T - 1));
 * const { means } = await gradientByDistance(model, x, targets, crossEntropy(), { weights: last });
 */
export async function gradientByDistance(
  model: Model,
  x: Inputs,
  targets: Targets["targets"],
  loss: Losses,
  options: DistanceOptions = {},
): Promise<GradientByDistance> {
  const where = "gradientByDistance";
  const { weights, from, input } = options;
  const lengths = lengthsIn(model, x, where);
  const more = { ...(weights && { weights }), ...(from && { from }), embedded: true };
  const { plan } = internalsOf(model, where).core();
  const isLast = plan.edges[[...plan.outputs.values()][0]!]!.rows === "last";
  const found = await onFloats(model, where, (floats) => floats.gradients(x, targets, loss, more));
  const { values, shape } = inputIn(found, input, where);
  const [batch, T, size] = shape as readonly number[] as [number, number, number];
  const norms = normsOf(values, size);
  const own = weightsOf(lengths, T, isLast, weights);
  const whole = own.reduce((sum, w) => sum + w, 0);
  const means = new Float64Array(T);
  const rows = new Uint32Array(T);
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < T; t++) norms[b * T + t]! *= own[b] === 0 ? 0 : whole / own[b]!;
    for (let d = 0; d < lengths[b]!; d++) {
      means[d]! += norms[b * T + lengths[b]! - 1 - d]!;
      rows[d]!++;
    }
  }
  for (let d = 0; d < T; d++) means[d]! /= Math.max(1, rows[d]!);
  return { means, rows, norms, loss: found.loss };
}

/** How much each row weighs in the loss of all. */
function weightsOf(lengths: Uint32Array, T: number, isLast: boolean, weights: Targets["weights"]): Float64Array {
  const given = weights === undefined ? undefined : "shape" in weights ? weights.values : weights;
  const isPerStep = given?.length === lengths.length * T;
  const of = (b: number, t: number): number => (given === undefined ? 1 : given[isPerStep ? b * T + t : b]!);
  return Float64Array.from(lengths, (length, b) => {
    if (isLast) return of(b, length - 1);
    let sum = 0;
    for (let t = 0; t < length; t++) sum += of(b, t);
    return sum;
  });
}
