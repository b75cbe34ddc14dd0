/** In which order to draw units: by what they keep, by what they tell apart, by which of them move together. */
import { ArgumentError } from "../errors.ts";
import { clusterOrder, correlations } from "./cluster.ts";
import { selectivity } from "./selectivity.ts";
import { column, type Mask, meanOf, type Series, stepsOf } from "./series.ts";

/** The orders that `orderUnits` knows. */
export const unitOrders = ["index", "mean", "time scale", "selectivity", "cluster"] as const;
/** One of `unitOrders`. */
export type UnitOrder = (typeof unitOrders)[number];

/** What the orders need besides the values. */
export interface OrderOptions {
  /** What to tell apart, for `"selectivity"`. */
  readonly mask?: Mask;
  /** Of every unit, for `"time scale"`: `timeScales(…).scales`. */
  readonly scales?: ArrayLike<number>;
}

/**
 * The units in the order in which to draw them.
 *
 * @param values - a traced value
 * @param by - `"index"`; `"mean"`, largest first; `"time scale"`, slowest first (`scales`); `"selectivity"`, from on inside
 *   to off inside (`mask`); `"cluster"`, those next to each other that move together
 * @returns `[units]`: the unit that comes first, second, …
 * @throws {ArgumentError} if there is no such order, or what it needs is missing
 * @example const order = orderUnits(trace.get("h"), "cluster");
 */
export function orderUnits(
  values: Series,
  by: UnitOrder,
  { mask, scales }: OrderOptions = {},
): Uint32Array<ArrayBuffer> {
  const where = "orderUnits";
  const units = values.shape[2];
  const steps = stepsOf(values, where);
  const need = (argument: string, expected: string, given?: ArrayLike<number>): never => {
    const described = given && `of length ${given.length}`;
    throw new ArgumentError({ where, argument, given, described, expected, mend: `"${by}" needs it.` });
  };
  const columns = (): Float64Array[] => Array.from({ length: units }, (_, u) => column(values, u, steps));
  switch (by) {
    case "index":
      return Uint32Array.from({ length: units }, (_, u) => u);
    case "mean":
      return descending(columns().map(meanOf));
    case "time scale":
      if (scales?.length !== units) return need("scales", `a number for each of ${units} units`, scales);
      return descending(Array.from(scales));
    case "selectivity": {
      if (mask === undefined) return need("mask", "spans of steps, or a number for each step");
      const scores = new Array<number>(units);
      for (const { unit, score } of selectivity(values, mask)) scores[unit] = score;
      return descending(scores);
    }
    case "cluster":
      return clusterOrder(correlations(columns()), units);
    default: {
      const expected = `one of ${unitOrders.map((one) => `"${one}"`).join(", ")}`;
      throw new ArgumentError({ where, argument: "by", given: by, expected, mend: 'for example "cluster".' });
    }
  }
}

/** Largest first; equal ones by their number. */
const descending = (keys: readonly number[]): Uint32Array<ArrayBuffer> =>
  Uint32Array.from(
    Uint32Array.from(keys.keys()).sort((a, b) => (keys[b]! > keys[a]! ? 1 : keys[b]! < keys[a]! ? -1 : a - b)),
  );
