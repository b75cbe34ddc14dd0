/**
 * Which units are on in some steps and off in others: ranked by the area under the ROC curve, the chance that a step
 * inside has a larger value than one outside. A unit picked on some sequences is scored on others: with hundreds of
 * units, some are selective by chance for whatever one marks.
 */
import { ArgumentError } from "../errors.ts";
import { column, type Mask, meanOf, type Series, sidesOf, stepsOf } from "./series.ts";

/** How one unit tells the steps inside from those outside. */
export interface Selectivity {
  /** From 0. */
  readonly unit: number;
  /** P(inside > outside) + ½ P(inside = outside), 0 … 1. */
  readonly auc: number;
  /** 2 · auc − 1: 1 on inside and off outside, −1 the other way round, 0 no difference. */
  readonly score: number;
  /** Mean inside. */
  readonly inside: number;
  /** Mean outside. */
  readonly outside: number;
}

/**
 * All units, the most selective first, whether on inside or off; equal ones by their number.
 *
 * @param values - a traced value, of one row or several
 * @param mask - spans of steps, or 1 (inside), 0 (outside), −1 (neither) for every step, `[B, T]`
 * @throws {ArgumentError | ShapeError} if the mask does not fit, or leaves nothing inside or outside
 * @example const [best] = selectivity(trace.get("h"), [{ row: 0, from: 12, to: 19 }]);
 */
export function selectivity(values: Series, mask: Mask): Selectivity[] {
  const judge = judgeOf(values, mask, "selectivity");
  const all = Array.from({ length: values.shape[2] }, (_, unit) => judge(unit));
  return all.sort((a, b) => Math.abs(b.score) - Math.abs(a.score) || a.unit - b.unit);
}

function judgeOf(values: Series, mask: Mask, where: string): (unit: number) => Selectivity {
  const { inside, outside } = sidesOf(values, mask, where);
  return (unit) => {
    const [on, off] = [column(values, unit, inside), column(values, unit, outside)];
    const auc = areaOf(on, off);
    return { unit, auc, score: 2 * auc - 1, inside: meanOf(on), outside: meanOf(off) };
  };
}

/** By ranks (Mann and Whitney, 1947); of equal values each has the mean of their ranks. */
function areaOf(on: Float64Array, off: Float64Array): number {
  const [a, b] = [on.slice().sort(), off.slice().sort()];
  // how many outside are below, and how many equal, walking both in order
  let [below, upTo, wins] = [0, 0, 0];
  for (const value of a) {
    while (below < b.length && b[below]! < value) below++;
    upTo = Math.max(upTo, below);
    while (upTo < b.length && b[upTo]! <= value) upTo++;
    wins += below + (upTo - below) / 2;
  }
  return wins / (a.length * b.length);
}

/** How far one unit falls inside. */
export interface Drop extends Selectivity {
  /** Mean outside − mean inside. */
  readonly drop: number;
}

/** Which units count. */
export interface DropOptions {
  /** Only units whose mean over all steps is above this. Default 0.85. */
  readonly above?: number;
}

/**
 * The unit whose value falls most inside, among those that are mostly on: of what is kept, the unit that is emptied.
 *
 * @param values - a traced value
 * @param mask - which steps are inside, `[B, T]`
 * @throws {ArgumentError | ShapeError} if the mask does not fit, or no unit is on so much
 * @example const { unit, inside, outside } = largestDrop(trace.get("f"), stepsOfTheWord);
 */
export function largestDrop(values: Series, mask: Mask, { above = 0.85 }: DropOptions = {}): Drop {
  const where = "largestDrop";
  const judge = judgeOf(values, mask, where);
  const steps = stepsOf(values, where);
  let best: Drop | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (let unit = 0; unit < values.shape[2]; unit++) {
    const mean = meanOf(column(values, unit, steps));
    highest = Math.max(highest, mean);
    if (!(mean > above)) continue;
    const found = withDrop(judge(unit));
    if (best === undefined || found.drop > best.drop) best = found;
  }
  if (best) return best;
  const mend = `the largest mean of a unit is ${highest.toPrecision(3)}; ask for less.`;
  throw new ArgumentError({ where, argument: "above", given: above, expected: "less than some unit's mean", mend });
}

const withDrop = (found: Selectivity): Drop => ({ ...found, drop: found.outside - found.inside });

/** Values and what is marked in them. */
export interface Marked {
  /** A traced value. */
  readonly values: Series;
  /** Which steps are inside. */
  readonly mask: Mask;
}

/** A unit's score where it was picked, and elsewhere. */
export interface HeldOut {
  /** From 0. */
  readonly unit: number;
  /** On the sequences that it was picked on: the best of many, and so too good. */
  readonly picked: Drop;
  /** On the others: what may be said of it. */
  readonly heldOut: Drop;
}

/**
 * The unit that is best on some sequences, and how good it is on others.
 *
 * @param picked - where the unit is picked
 * @param heldOut - other sequences, where it is scored: the same value of the same model
 * @param options.by - `"on"`: on inside, off outside (default); `"off"`: the other way round; `"drop"`: as `largestDrop`
 * @throws {ArgumentError | ShapeError} if a mask does not fit, or the two have not the same units
 * @example
 * const { unit, heldOut } = heldOutScore({ values: a, mask: dies }, { values: b, mask: diesToo }, { by: "drop" });
 * // "unit 20 falls from 0.97 to 0.01 at «dies» (area under the curve 0.99 on 300 other stories)"
 */
export function heldOutScore(
  picked: Marked,
  heldOut: Marked,
  options: DropOptions & { readonly by?: "on" | "off" | "drop" } = {},
): HeldOut {
  const where = "heldOutScore";
  const { by = "on" } = options;
  const [own, other] = [picked.values.shape[2], heldOut.values.shape[2]];
  if (own !== other) {
    const mend = "take the same value of the same model in both.";
    throw new ArgumentError({ where, argument: "heldOut", given: other, expected: `${own} units`, mend });
  }
  const best = by === "drop" ? largestDrop(picked.values, picked.mask, options) : bestOf(picked, by);
  return {
    unit: best.unit,
    picked: withDrop(best),
    heldOut: withDrop(judgeOf(heldOut.values, heldOut.mask, where)(best.unit)),
  };
}

function bestOf({ values, mask }: Marked, by: "on" | "off"): Selectivity {
  const sign = by === "on" ? 1 : -1;
  return selectivity(values, mask).reduce((best, one) => (sign * one.score > sign * best.score ? one : best));
}
