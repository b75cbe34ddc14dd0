/**
 * How much is taken off every count, for what has not been seen: one number for counts of 1, of 2, and of 3 or more
 * (Chen and Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling", 1998, equation 26).
 */

/** What is taken off a count of 1, of 2, and of 3 or more, at places 1 to 3; place 0 is 0. */
export type Discounts = readonly [0, number, number, number];

/** Where the formula gives none, as KenLM's `--discount_fallback`. */
export const FALLBACK: Discounts = [0, 0.5, 1, 1.5];

/**
 * Y = n₁ / (n₁ + 2·n₂), D₁ = 1 − 2Y·n₂/n₁, D₂ = 2 − 3Y·n₃/n₂, D₃ = 3 − 4Y·n₄/n₃.
 *
 * @param n - how many n-grams have a count of 1 … 4, at places 1 to 4
 * @returns `FALLBACK` where one of the four is 0, or the formula leaves 0 < D_c < c: a small or very regular text
 */
export function discountsOf(n: ArrayLike<number>): Discounts {
  const [n1, n2, n3, n4] = [n[1]!, n[2]!, n[3]!, n[4]!];
  if (n1 === 0 || n2 === 0 || n3 === 0 || n4 === 0) return FALLBACK;
  const y = n1 / (n1 + 2 * n2);
  const discounts: Discounts = [0, 1 - (2 * y * n2) / n1, 2 - (3 * y * n3) / n2, 3 - (4 * y * n4) / n3];
  return discounts.every((discount, c) => c === 0 || (discount > 0 && discount < c)) ? discounts : FALLBACK;
}

/** What is taken off a count. */
export const discountFor = (discounts: Discounts, count: number): number => discounts[count > 3 ? 3 : count]!;
