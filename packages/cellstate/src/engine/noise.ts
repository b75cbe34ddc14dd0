/**
 * Noise from a counter: any place's number is a function of its key, so that nothing is stored for the
 * backward pass or for resuming. The mixer is `lowbias32` (C. Wellons, "Prospecting for Hash Functions", 2018);
 * every engine computes exactly this in 32-bit integers.
 */
export function mix(word: number): number {
  let x = word >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

const GOLDEN = 0x9e3779b9;

/** The part of the hash that a row's lanes share; `row` may also be the number of a sequence, or an id. */
export function rowKey(low: number, high: number, purpose: number, row: number): number {
  return mix(low ^ mix(high ^ mix(Math.imul(purpose + 1, GOLDEN) ^ mix(row))));
}

/** Uniform in [0, 1) with 24 bits, for lane `lane` of a row with that key. */
export const uniform = (key: number, lane: number): number => (mix(key + Math.imul(lane, GOLDEN)) >>> 8) * 2 ** -24;
