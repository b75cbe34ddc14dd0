/**
 * All alignments of labels with steps at once: the forward and backward variables of Graves et al. 2006, section 4.1,
 * in logarithms and float64. An alignment says at each step a label or the blank; repeats and blanks fall away. The
 * labels are read with a blank before, between and behind them, and `s` counts places in that row, 2·L + 1 of them.
 */
import { exp, log } from "../../data/numbers.ts";

const NEVER = Number.NEGATIVE_INFINITY;

/** ln(eᵃ + eᵇ). */
export function logAdd(a: number, b: number): number {
  const less = a < b ? a : b;
  const more = a < b ? b : a;
  return less === NEVER ? more : more + log(1 + exp(less - more));
}

/** Each row less the logarithm of its sum of exponentials: ln softmax. */
export function logSoftmax(values: ArrayLike<number>, size: number): Float64Array {
  const result = Float64Array.from(values);
  for (let at = 0; at < result.length; at += size) {
    const row = result.subarray(at, at + size);
    let largest = NEVER;
    for (const value of row) largest = Math.max(largest, value);
    let sum = 0;
    for (const value of row) sum += exp(value - largest);
    const shift = log(sum);
    row.forEach((value, k) => {
      row[k] = value - largest - shift;
    });
  }
  return result;
}

/** The fewest steps that labels take: one each, and a blank between two that are the same. */
export const fewestSteps = (labels: ArrayLike<number>): number =>
  Array.from(labels).reduce((sum, label, k, all) => sum + (k > 0 && all[k - 1] === label ? 2 : 1), 0);

/**
 * −ln p(labels | outputs), over all alignments; infinite where there is none.
 *
 * @param outputs - logits, `[T, size]`
 * @param adjoint - becomes the derivative by the logits, softmax − how probable each label is at each step given
 *   the labels (equation 16 with the softmax's own derivative); left alone where there is no alignment
 */
export function alignmentLoss(
  outputs: Float64Array,
  size: number,
  labels: Uint32Array,
  blank: number,
  adjoint: Float64Array | undefined,
): number {
  const steps = outputs.length / size;
  const places = 2 * labels.length + 1;
  const p = logSoftmax(outputs, size);
  /** What each place says. */
  const said = Uint32Array.from({ length: places }, (_, s) => (s % 2 === 0 ? blank : labels[(s - 1) / 2]!));
  /** May an alignment go on from place s − 2, over the blank between? Not between two that are the same. */
  const skips = said.map((label, s) => (s % 2 === 1 && s > 1 && label !== said[s - 2] ? 1 : 0));

  // α_t(s) = p_t(said(s)) · (α_{t−1}(s) + α_{t−1}(s − 1) + α_{t−1}(s − 2)), the last only where it skips
  const alpha = new Float64Array(steps * places).fill(NEVER);
  for (let t = 0; t < steps; t++) {
    const before = (t - 1) * places;
    for (let s = 0; s < places; s++) {
      let sum = t === 0 ? (s < 2 ? 0 : NEVER) : alpha[before + s]!;
      if (t > 0 && s > 0) sum = logAdd(sum, alpha[before + s - 1]!);
      if (t > 0 && skips[s] === 1) sum = logAdd(sum, alpha[before + s - 2]!);
      alpha[t * places + s] = sum + p[t * size + said[s]!]!;
    }
  }
  const end = steps * places - 1;
  const total = places === 1 ? alpha[end]! : logAdd(alpha[end]!, alpha[end - 1]!);
  if (adjoint === undefined || total === NEVER) return -total;

  // β_t(s): all ways from (t, s) to the end, without p_t; α_t(s)·β_t(s) is the share of the alignments through (t, s)
  const beta = new Float64Array(places).fill(NEVER);
  beta.fill(0, Math.max(0, places - 2));
  for (let t = steps - 1; t >= 0; t--) {
    const through = alpha.subarray(t * places, (t + 1) * places).map((value, s) => value + beta[s]!);
    // Their sum is p(labels) at every step. Here it is this step's own, so that shares sum to 1 for the largest logits too.
    const largest = through.reduce((most, value) => Math.max(most, value));
    const shares = through.map((value) => exp(value - largest));
    const sum = shares.reduce((all, share) => all + share);
    for (let k = 0; k < size; k++) adjoint[t * size + k] = exp(p[t * size + k]!);
    for (let s = 0; s < places; s++) adjoint[t * size + said[s]!]! -= shares[s]! / sum;
    for (let s = 0; s < places; s++) beta[s]! += p[t * size + said[s]!]!;
    // upwards: what lies above is still of step t
    for (let s = 0; s + 1 < places; s++) {
      beta[s] = logAdd(beta[s]!, beta[s + 1]!);
      if (skips[s + 2] === 1) beta[s] = logAdd(beta[s]!, beta[s + 2]!);
    }
  }
  return -total;
}
