/** Scores as probabilities: what a model of symbols expects next, and what it gave to the symbol that came. */
import { ShapeError, wholeFrom } from "../errors.ts";
import { probabilities as softmax } from "./probabilities.ts";

/** The likeliest symbols after each step. */
export interface Likely {
  /** How many are listed for each step. */
  readonly count: number;
  /** `[T, count]`, the likeliest first; of equals the lower id. */
  readonly ids: Uint32Array<ArrayBuffer>;
  /** `[T, count]` */
  readonly probabilities: Float32Array<ArrayBuffer>;
  /** Of the given targets, one for each step that has one. */
  readonly next: Float32Array<ArrayBuffer>;
}

/**
 * The softmax of each row of scores, of which the largest are listed.
 *
 * @param scores - `[T, V]`, as `predict` gives them for one sequence
 * @param size - V
 * @param options.count - how many to list; default 8, at most V
 * @param options.targets - the symbol after each step, `[T]` or fewer; their probabilities come in `next`
 * @throws {ArgumentError} if the count is no whole number
 * @throws {ShapeError} if scores do not divide into rows of V, or there are more targets than rows
 * @example const { ids, probabilities } = mostLikely(values, 65, { count: 3 });
 */
export function mostLikely(
  scores: Float32Array,
  size: number,
  { count = 8, targets = [] }: { readonly count?: number; readonly targets?: ArrayLike<number> } = {},
): Likely {
  wholeFrom(0, "mostLikely", "count", count);
  const steps = scores.length / size;
  if (!Number.isInteger(steps)) fail("scores", [scores.length], ["T", `V=${size}`], "give the output of one sequence.");
  if (targets.length > steps) fail("targets", [targets.length], [`T=${steps}`], "one target for each step at most.");
  const listed = Math.min(count, size);
  const ids = new Uint32Array(steps * listed);
  const probabilities = new Float32Array(steps * listed);
  const next = new Float32Array(targets.length);
  const all = softmax(scores, size);
  for (let t = 0; t < steps; t++) {
    const row = all.subarray(t * size, (t + 1) * size);
    const order = Array.from(row.keys()).sort((a, b) => row[b]! - row[a]! || a - b);
    for (let k = 0; k < listed; k++) {
      ids[t * listed + k] = order[k]!;
      probabilities[t * listed + k] = row[order[k]!]!;
    }
    if (t < next.length) next[t] = row[targets[t]!] ?? 0;
  }
  return { count: listed, ids, probabilities, next };
}

function fail(argument: string, given: number[], expected: (number | string)[], mend: string): never {
  throw new ShapeError({ where: "mostLikely", argument, given, expected, mend });
}
