/** How long each unit of a linear state remembers, and how the values of anything traced are spread. */
import { expressionText } from "../cell/text.ts";
import { log } from "../data/numbers.ts";
import type { Inputs } from "../model/feed.ts";
import type { Model } from "../model/model.ts";
import type { States } from "../model/states.ts";
import type { Trace } from "../model/traced.ts";
import { type LayerQuery, layerOf, rowOf, traceFrom } from "./layer.ts";
import { keepsAndWrites, linearStateOf } from "./linear.ts";
import { column, meanOf, type Series, stepsOf } from "./series.ts";

/** How long each unit keeps what it has. */
export interface TimeScales {
  /** Where it is from: "recurrent.0". */
  readonly layer: string;
  /** Which way the layer runs. */
  readonly direction: "forward" | "backward";
  /** The state's name. */
  readonly state: string;
  /** What is kept, s = a ⊙ s[t-1] + b, as text: "f". */
  readonly a: string;
  /** Mean of a over all steps of all rows, `[units]`. */
  readonly means: Float64Array;
  /** −1 / ln |mean of a|, in steps, `[units]`; infinite from 1 on, 0 where nothing is kept. */
  readonly scales: Float64Array;
}

/**
 * The time scale of every unit of a linear state: in so many steps a value falls to 1/e if a stays at its mean.
 * Mahto et al., "Multi-timescale Representation Learning in LSTM Language Models", 2021.
 *
 * @param model - the model whose memory it is
 * @param x - inputs as in `predict`, or a trace of the same model
 * @param options.state - a state that is linear in its own past; the first such one if omitted
 * @param options.from - where to start, as in `predict`, where x is no trace
 * @throws {ArgumentError} if the cell has no such state, or the model no such layer
 * @example const { scales } = await timeScales(model, trace, { layer: "recurrent.0" });
 */
export async function timeScales(
  model: Model,
  x: Inputs | Trace,
  options: LayerQuery & { readonly state?: string; readonly from?: States } = {},
): Promise<TimeScales> {
  const where = "timeScales";
  const at = layerOf(model, options, where);
  const linear = linearStateOf(at, options.state, where);
  const trace = await traceFrom(model, x, options.from);
  const { layer, direction } = at;
  const [batch] = trace.get("x", { layer, direction }).shape;
  const width = at.width(linear.state);
  const sums = new Float64Array(width);
  let count = 0;
  for (let b = 0; b < batch; b++) {
    const row = rowOf(trace, at, b, where);
    const { keeps } = keepsAndWrites(at, linear, row);
    for (let k = 0; k < keeps.length; k++) sums[k % width]! += keeps[k]!;
    count += row.steps;
  }
  const means = sums.map((sum) => sum / count);
  const scales = means.map((mean) => (Math.abs(mean) >= 1 ? Number.POSITIVE_INFINITY : -1 / log(Math.abs(mean))));
  return { layer, direction, state: linear.state, a: expressionText(linear.a), means, scales };
}

/** Of one unit, or of all. */
export interface Spread {
  /** The least value. */
  readonly min: number;
  /** The mean. */
  readonly mean: number;
  /** The largest value. */
  readonly max: number;
  /** Share of the values below the lower bound. */
  readonly low: number;
  /** Share of the values above the upper bound. */
  readonly high: number;
}

/** How the values of a trace spread. */
export interface Summary {
  /** Of all units together. */
  readonly all: Spread;
  /** Of each. */
  readonly units: readonly Spread[];
  /** Steps of all rows together. */
  readonly steps: number;
}

/**
 * Least, mean and largest value of every unit and of all, and how saturated they are: the share of the values below
 * 0.1
 * and above 0.9, or below and above other bounds.
 *
 * @param values - a traced value
 * @param options.below - lower bound; default 0.1
 * @param options.above - upper bound; default 0.9
 * @throws {ShapeError} if they are no `[B, T, units]`
 * @example const { all } = summarize(trace.get("f")); // all.high: which share of it is above 0.9
 */
export function summarize(
  values: Series,
  { below = 0.1, above = 0.9 }: { readonly below?: number; readonly above?: number } = {},
): Summary {
  const steps = stepsOf(values, "summarize");
  const spread = (own: Float64Array): Spread => ({
    min: own.reduce((least, v) => Math.min(least, v), Number.POSITIVE_INFINITY),
    mean: meanOf(own),
    max: own.reduce((most, v) => Math.max(most, v), Number.NEGATIVE_INFINITY),
    low: own.filter((v) => v < below).length / own.length,
    high: own.filter((v) => v > above).length / own.length,
  });
  const units = Array.from({ length: values.shape[2] }, (_, u) => spread(column(values, u, steps)));
  const mean = (of: (unit: Spread) => number): number => meanOf(Float64Array.from(units, of));
  const all: Spread = {
    min: Math.min(...units.map(({ min }) => min)),
    mean: mean((u) => u.mean),
    max: Math.max(...units.map(({ max }) => max)),
    low: mean((u) => u.low),
    high: mean((u) => u.high),
  };
  return { all, units, steps: steps.length };
}
