/** Scores as probabilities, for pages and reports; `crossEntropy` and `generateText` see the same distribution. */
import { exp } from "../data/numbers.ts";
import { ShapeError } from "../errors.ts";

/**
 * Softmax: how likely each class is by a model's scores, p_k = exp z_k / Σ exp z. The same bits on every machine, and
 * stable for scores of any size.
 *
 * @param scores - a row of scores, `[O]`, as `stream.step` gives them; or several, one after the other, as in
 *   `(await model.predict(x)).values`
 * @param size - scores in a row, O; default all of them
 * @returns as many probabilities; each row's sum is 1
 * @throws {ShapeError} if the scores are no whole rows
 * @example const likely = probabilities(stream.step(id)); // likely[k]: how likely symbol k comes next
 */
export function probabilities(scores: ArrayLike<number>, size: number = scores.length): Float32Array {
  if (!(Number.isSafeInteger(size) && size > 0) || scores.length % size !== 0) {
    const facts = { given: [scores.length], expected: ["rows", `O=${size}`] };
    const mend = "size is how many scores a row has, the last number of a prediction's shape.";
    throw new ShapeError({ where: "probabilities", argument: "scores", ...facts, mend });
  }
  const result = new Float32Array(scores.length);
  const row = new Float64Array(size);
  for (let from = 0; from < scores.length; from += size) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < size; k++) largest = Math.max(largest, scores[from + k]!);
    let sum = 0;
    for (let k = 0; k < size; k++) sum += row[k] = exp(scores[from + k]! - largest);
    for (let k = 0; k < size; k++) result[from + k] = row[k]! / sum;
  }
  return result;
}
