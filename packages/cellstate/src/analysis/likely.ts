/** Scores as probabilities: what a model of symbols expects next, and what it gave to the symbol that came. */
import { exp } from "../data/numbers.ts";
import { ShapeError } from "../errors.ts";

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
 * @throws {ShapeError} if scores do not divide into rows of V, or there are more targets than rows
 * @example const { ids, probabilities } = mostLikely(values, 65, { count: 3 });
 */
export function mostLikely(
  scores: Float32Array,
  size: number,
  { count = 8, targets = [] }: { readonly count?: number; readonly targets?: ArrayLike<number> } = {},
): Likely {
  const steps = scores.length / size;
  if (!Number.isInteger(steps)) fail("scores", [scores.length], ["T", `V=${size}`], "give the output of one sequence.");
  if (targets.length > steps) fail("targets", [targets.length], [`T=${steps}`], "one target for each step at most.");
  const listed = Math.min(count, size);
  const ids = new Uint32Array(steps * listed);
  const probabilities = new Float32Array(steps * listed);
  const next = new Float32Array(targets.length);
  const row = new Float64Array(size);
  for (let t = 0; t < steps; t++) {
    softmax(scores.subarray(t * size, (t + 1) * size), row);
    const order = Array.from(row.keys()).sort((a, b) => row[b]! - row[a]! || a - b);
    for (let k = 0; k < listed; k++) {
      ids[t * listed + k] = order[k]!;
      probabilities[t * listed + k] = row[order[k]!]!;
    }
    if (t < next.length) next[t] = row[targets[t]!] ?? 0;
  }
  return { count: listed, ids, probabilities, next };
}

/** e^(s − largest) over their sum, in float64. */
function softmax(scores: Float32Array, into: Float64Array): void {
  let largest = -Infinity;
  for (const s of scores) largest = Math.max(largest, s);
  let sum = 0;
  for (let k = 0; k < scores.length; k++) sum += into[k] = exp(scores[k]! - largest);
  for (let k = 0; k < scores.length; k++) into[k]! /= sum;
}

function fail(argument: string, given: number[], expected: (number | string)[], mend: string): never {
  throw new ShapeError({ where: "mostLikely", argument, given, expected, mend });
}
