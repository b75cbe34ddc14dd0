/**
 * Other places where the same units are on: what else looks, to the network, like the steps that are selected.
 * Strobelt, Gehrmann, Pfister and Rush, "LSTMVis", 2018.
 */
import { ArgumentError, wholeFrom } from "../errors.ts";
import { placed, type Series, type Span, stepsOf } from "./series.ts";

/** When a unit is on, and how much is wanted. */
export interface SimilarOptions {
  /** A unit is on above this. Default 0.3. */
  readonly threshold?: number;
  /** How many matches at most. Default 20. */
  readonly most?: number;
}

/** As many steps as the selection has. */
export interface Match {
  /** From 0. */
  readonly row: number;
  /** The first step, from 0. */
  readonly from: number;
  /** The last step. */
  readonly to: number;
  /** How many of the selected units are on all along. */
  readonly shared: number;
  /** shared / (how many are on all along here or in the selection), 0 … 1. */
  readonly score: number;
}

/** What is like a selection. */
export interface Similar {
  /** The units that are on all along the selection. */
  readonly units: readonly number[];
  /** The most alike first, then in the order of the rows and steps; none overlaps the selection. */
  readonly matches: readonly Match[];
}

/**
 * Other steps at which the same units are on all along.
 *
 * @param values - a traced value; a state squashed to −1 … 1, h or tanh(c), serves best
 * @param selected - some steps of one row
 * @throws {ArgumentError} if the steps are not there, no unit is on all along them, or `most` is no whole number
 * @example const { matches } = similarSteps(trace.get("h"), { row: 0, from: 12, to: 15 });
 */
export function similarSteps(values: Series, selected: Span, options: SimilarOptions = {}): Similar {
  const where = "similarSteps";
  const { threshold = 0.3, most = 20 } = options;
  wholeFrom(0, where, "most", most);
  const { shape, lengths } = values;
  const [batch, T, units] = shape;
  stepsOf(values, where); // its checks
  const { row: own, from, to } = placed(values, selected, where, "selected");
  const length = to - from + 1;
  /** For how many steps, this one the last, each unit has been on. */
  const runs = new Uint32Array(units);
  const isOn = (row: number, first: number): boolean[] => {
    const on = new Array<boolean>(units).fill(true);
    for (let t = first; t < first + length; t++) {
      for (let u = 0; u < units; u++) if (!(values.values[(row * T + t) * units + u]! > threshold)) on[u] = false;
    }
    return on;
  };
  const wanted = isOn(own, from);
  const chosen = wanted.flatMap((on, u) => (on ? [u] : []));
  if (chosen.length === 0) {
    const mend = "select fewer steps, or lower it.";
    throw new ArgumentError({
      where,
      argument: "threshold",
      given: threshold,
      expected: "less than some unit's value",
      mend,
    });
  }
  const matches: Match[] = [];
  for (let row = 0; row < batch; row++) {
    runs.fill(0);
    for (let t = 0; t < (lengths?.[row] ?? T); t++) {
      let [shared, others] = [0, 0];
      for (let u = 0; u < units; u++) {
        runs[u] = values.values[(row * T + t) * units + u]! > threshold ? runs[u]! + 1 : 0;
        if (runs[u]! < length) continue;
        if (wanted[u]) shared++;
        else others++;
      }
      const first = t - length + 1;
      const overlaps = row === own && t >= from && first <= to;
      if (first < 0 || overlaps || shared === 0) continue;
      matches.push({ row, from: first, to: t, shared, score: shared / (chosen.length + others) });
    }
  }
  matches.sort((a, b) => b.score - a.score || a.row - b.row || a.from - b.from);
  return { units: chosen, matches: matches.slice(0, most) };
}
