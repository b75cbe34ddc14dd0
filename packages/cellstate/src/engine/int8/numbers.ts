/**
 * What 8-bit matrices are, in numbers. A row of a matrix (an entry of a table) is q · s with whole q from −63 to 63 and
 * one scale s. Scales have 17 significant bits, so that every q · s has at most 23 and is exactly a float32: the weights
 * of such a model are ordinary float32 numbers, from which q and s can be had back to the last bit.
 *
 * A row that meets such a matrix is rounded to as many steps, one scale a row. 63 and not 127: the relaxed dot product
 * wants one operand of 7 bits, and with two of 7 bits four products fit 16 bits, which is what makes processors without
 * an instruction for the whole of it fast (`dots.ts`); PyTorch's `reduce_range` is the same on the other operand. Sums of
 * integers are exact, so every kernel gives the same bits.
 */

/** Steps of a weight, and of a value, on either side of 0. */
export const STEPS = 63;

/** The largest value of a row is taken for this at least, so that 63 divided by it is a number. */
export const LEAST = 2 ** -120;

/** Longer rows could leave 32 bits: 2¹⁸ · 127 · 63 < 2³¹. Their products stay float32. */
const LONGEST = 2 ** 18;

/** Rows with a smaller scale become 0: it could soon be no normal number. */
const SMALLEST = 2 ** -100;

export const canBeIntegers = (columns: number): boolean => columns <= LONGEST;

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The scale of a row with this largest |w|: the least of 17 significant bits with which all steps reach it. */
export function scaleOf(largest: number): number {
  float[0] = largest / STEPS;
  bits[0] = (bits[0]! + 0x7f) & ~0x7f;
  // at the very end of float32, the next lower one
  if (Math.fround(float[0]! * STEPS) === Infinity) bits[0] -= 0x80;
  return float[0]! >= SMALLEST ? float[0]! : 0;
}

/** max |v|; NaN if there is one. */
export function largestOf(values: Float32Array): number {
  let largest = 0;
  for (let k = 0; k < values.length; k++) {
    const size = Math.abs(values[k]!);
    if (size > largest) largest = size;
    else if (size !== size) return size;
  }
  return largest;
}

/** The step nearest to a weight; halves go to the even one. */
export const stepOf = (weight: number, scale: number): number => (scale === 0 ? 0 : roundToEven(weight / scale));

/** Rounds one row in place to what integers hold; a row that has been rounded stays as it is. */
export function roundRow(row: Float32Array): void {
  const scale = scaleOf(largestOf(row));
  for (let k = 0; k < row.length; k++) row[k] = stepOf(row[k]!, scale) * scale;
}

/** 1.5 · 2⁵²: adding it leaves no bits behind the point, and rounds halves to the even neighbour. */
const ROUND = 6755399441055744;
const roundToEven = (x: number): number => x + ROUND - ROUND;

/**
 * A row of values as the kernels see it, step · scale, in the kernels' own float32 arithmetic up to the integers:
 * for equal values equal steps. The float64 engine's judgement rests on it.
 */
export function roundValues(values: ArrayLike<number>): Float64Array {
  const floats = Float32Array.from(values);
  const largest = Math.max(largestOf(floats), LEAST);
  const scale = Math.fround(largest / STEPS);
  const inverse = Math.fround(STEPS / largest);
  return Float64Array.from(floats, (value) => {
    return roundToEven(Math.fround(value * inverse)) * scale;
  });
}
