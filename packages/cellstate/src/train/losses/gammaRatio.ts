/**
 * R(a) = log Γ(a + ½) − log Γ(a) − ½ log a for a ≥ 1, and its slope, out of what every map can do. The difference is
 * computed as one: it tends to −1/(8a), where two logarithms of Γ would cancel all their digits.
 */
import type { Formula, Value } from "../../cell/formula.ts";

/** How far a is moved up, Γ(a + 1) = a Γ(a), before the series is exact enough. */
const SHIFT = 6;

/**
 * log Γ(b + ½) − log Γ(b) = ½ log b + Σ COEFFICIENTS[k] / b^(2k + 1) as b grows (DLMF 5.11.8 at h = ½ and 0: the
 * differences of Bernoulli polynomials). The first one left out is 0.0038/b¹¹: 2e-12 at b = 7.
 */
const COEFFICIENTS = [-1 / 8, 1 / 192, -1 / 640, 17 / 14336, -31 / 18432];

/** Error of the value in float64 below 1e-11, measured beside log Γ. */
export function gammaRatio(f: Formula, a: Value): { readonly value: Value; readonly slope: Value } {
  const half = f.number(0.5);
  const one = f.number(1);
  const b = f.add(a, f.number(SHIFT));
  const inverse = f.divide(one, b);
  const square = f.multiply(inverse, inverse);

  // Σ c_k b^−(2k+1), and −Σ (2k+1) c_k b^−(2k+2)
  let series = f.number(0);
  let slope = f.number(0);
  for (let k = COEFFICIENTS.length - 1; k >= 0; k--) {
    series = f.add(f.number(COEFFICIENTS[k]!), f.multiply(square, series));
    slope = f.add(f.number(-(2 * k + 1) * COEFFICIENTS[k]!), f.multiply(square, slope));
  }
  series = f.multiply(inverse, series);
  slope = f.multiply(square, slope);

  // what the shift has added: Π (a+k)/(a+k+½), and Σ 1/(a+k) − 1/(a+k+½)
  let product = one;
  let sum = f.number(0);
  for (let k = 0; k < SHIFT; k++) {
    const low = k === 0 ? a : f.add(a, f.number(k));
    const high = f.add(low, half);
    product = f.multiply(product, f.divide(low, high));
    sum = f.add(sum, f.divide(half, f.multiply(low, high)));
  }
  // ½ log b − ½ log a + log Π = ½ log(b/a · Π²); its slope is −SHIFT/(2ab) + Σ
  const moved = f.multiply(f.divide(b, a), f.multiply(product, product));
  const value = f.add(series, f.multiply(half, f.unary("log", moved)));
  const bySize = f.divide(f.number(SHIFT / 2), f.multiply(a, b));
  return { value, slope: f.add(slope, f.subtract(sum, bySize)) };
}
