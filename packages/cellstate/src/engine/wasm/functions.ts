/**
 * Elementary functions of four lanes at a time, multiplied and added separately in a fixed order, so that
 * they give the same bits on every machine. Relative errors are below 4e-7 (measured in functions.test.ts);
 * NaN stays NaN, which is why limits are `pmin(pmax(x, low), high)` with x as the first operand.
 */
import { type Code, f32x4, i32x4, type Scope, v128 } from "./assembler.ts";

const { add, sub, mul, div, pmin, pmax } = f32x4;
const splat = f32x4.const;

/**
 * p₀ + p₁ x + p₂ x² + …, as (p₀ + p₁ x) + x² ((p₂ + p₃ x) + …) all the way down (Estrin): what limits a loop of
 * these functions is how long one value takes, not how many multiplications.
 */
function polynomial(w: Scope, x: Code, terms: readonly Code[]): Code {
  if (terms.length === 1) return terms[0]!;
  const pairs: Code[] = [];
  for (let k = 0; k < terms.length; k += 2) {
    const next = terms[k + 1];
    pairs.push(next === undefined ? terms[k]! : w.let(w.multiplyAdd(next, x, terms[k]!)));
  }
  return pairs.length === 1 ? pairs[0]! : polynomial(w, w.let(mul(x, x)), pairs);
}

// ln 2 in two parts, the first so short that its product with an exponent is exact.
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440054690583e-4;

/** 1.5 · 2²³: adding it rounds to a whole number, which then stands in the lowest bits. */
const ROUND = 12582912;

/** Between these exp(x) is a normal number. */
const LOWEST = -87.3;
const HIGHEST = 88.72283;

/**
 * exp(x) = 2ⁿ e^r, n = round(x / ln 2), r = x − n ln 2, e^r = (1 + r) + r² P(r), between the limits. P is fitted for
 * the least relative error for |r| ≤ ln 2 / 2: 3e-9.
 */
function boundedExp(w: Scope, bounded: Code): Code {
  const rounded = w.let(w.multiplyAdd(bounded, splat(1 / Math.LN2), splat(ROUND)));
  const n = w.let(sub(rounded, splat(ROUND)));
  const r = w.let(w.multiplyAdd(n, splat(-LN2_LOW), w.multiplyAdd(n, splat(-LN2_HIGH), bounded)));
  const p = polynomial(w, r, EXP.map(splat));
  const e = w.multiplyAdd(mul(r, r), p, add(r, splat(1)));
  return w.let(i32x4.add(e, i32x4.shl(rounded, 23)));
}

const EXP = [0.4999999403953552, 0.1666651964187622, 0.041668400168418884, 0.008368851616978645, 0.0013814320554956794];

/** exp(x) for x ≤ 0, beyond the limit 0. */
const expOfNegative = (w: Scope, x: Code): Code =>
  v128.andNot(boundedExp(w, w.let(pmax(x, splat(LOWEST)))), f32x4.lt(x, splat(LOWEST)));

/** exp(x), beyond the limits 0 and ∞. */
function exp(w: Scope, x: Code): Code {
  const bounded = w.let(pmin(pmax(x, splat(LOWEST)), splat(HIGHEST)));
  const inside = v128.andNot(boundedExp(w, bounded), f32x4.lt(x, splat(LOWEST)));
  return v128.choose(splat(Infinity), inside, f32x4.gt(x, splat(HIGHEST)));
}

/**
 * sigmoid(x) = 1 / (1 + exp(−x)), with the minus sign in the constants: −r = x + n ln 2. It ends at 1.2e-38,
 * above the denormals, which are slow. It is what most maps spend their time with: a term less, 1.1e-7.
 */
function sigmoid(w: Scope, x: Code): Code {
  const bounded = w.let(pmin(pmax(x, splat(LOWEST)), splat(-LOWEST)));
  const rounded = w.let(w.multiplyAdd(bounded, splat(-1 / Math.LN2), splat(ROUND)));
  const n = w.let(sub(rounded, splat(ROUND)));
  // −r = x + n ln 2
  const r = w.let(w.multiplyAdd(n, splat(LN2_LOW), w.multiplyAdd(n, splat(LN2_HIGH), bounded)));
  const p = polynomial(w, r, SIGMOID.map(splat));
  const e = w.multiplyAdd(mul(r, r), p, sub(splat(1), r));
  return div(splat(1), add(splat(1), i32x4.add(e, i32x4.shl(rounded, 23))));
}

/** P(−r) of exp, one term shorter. */
const SIGMOID = [0.4999922513961792, -0.16667118668556213, 0.04189098998904228, -0.00831243023276329];

/**
 * tanh(x) = x P(x²) / Q(x²) for |x| ≤ 8.13, from there on exactly ±1. P and Q were fitted for the least relative
 * error, then moved by a few last bits until no result of all floats is beyond 1.
 */
function tanh(w: Scope, x: Code): Code {
  const bounded = w.let(pmin(pmax(x, splat(-8.13)), splat(8.13)));
  const square = w.let(mul(bounded, bounded));
  const p = polynomial(w, square, TANH_P.map(splat));
  const q = polynomial(w, square, TANH_Q.map(splat));
  const quotient = div(mul(bounded, p), q);
  // the last bits above hold without fused operations
  return w.fuses ? pmin(pmax(w.let(quotient), splat(-1)), splat(1)) : quotient;
}

const TANH_P = [1, 0.13436566293239594, 0.003562032012268901, 2.1729139916715212e-5, 1.4978596141190792e-8];
const TANH_Q = [1, 0.46769896149635315, 0.02612844668328762, 0.00033953343518078327, 8.424605084655923e-7];

/** s L(s²) = 2 artanh(s) = log((1 + s) / (1 − s)) for s² ≤ 1/9, fitted for the least relative error. */
const twiceArtanh = (w: Scope, s: Code): Code => mul(s, polynomial(w, w.let(mul(s, s)), ARTANH.map(splat)));

const ARTANH = [2, 0.6666631698608398, 0.40024909377098083, 0.27960604429244995, 0.2817833423614502];

/** log(1 + u) = 2 artanh(u / (2 + u)) for 0 ≤ u ≤ 1. */
const log1p = (w: Scope, u: Code): Code => twiceArtanh(w, w.let(div(u, add(splat(2), u))));

/** log(2ᵉ m) = e ln 2 + 2 artanh((m − 1) / (m + 1)), √½ ≤ m < √2. */
function log(w: Scope, x: Code): Code {
  // Denormals have no exponent of their own: they are multiplied by 2²³.
  const denormal = w.let(f32x4.lt(x, splat(2 ** -126)));
  const bits = w.let(v128.choose(mul(x, splat(2 ** 23)), x, denormal));
  const exponent = w.let(i32x4.shrS(i32x4.sub(bits, i32x4.const(SQRT_HALF)), 23));
  const m = w.let(i32x4.sub(bits, i32x4.shl(exponent, 23)));
  const e = w.let(sub(f32x4.convert(exponent), v128.and(denormal, splat(23))));
  const series = twiceArtanh(w, w.let(div(sub(m, splat(1)), add(m, splat(1)))));
  const value = add(mul(e, splat(LN2_HIGH)), add(series, mul(e, splat(LN2_LOW))));
  // log(0) = −∞; √x is what is left: NaN below 0, ∞ for ∞, NaN for NaN.
  const special = v128.choose(splat(-Infinity), f32x4.sqrt(x), f32x4.eq(x, splat(0)));
  const usual = v128.and(f32x4.gt(x, splat(0)), f32x4.lt(x, splat(Infinity)));
  return v128.choose(value, special, usual);
}

/** The bits of √½. */
const SQRT_HALF = 0x3f3504f3;

/** log(1 + exp(−|x|)), what softplus and logsigmoid bend their corner with. */
const corner = (w: Scope, x: Code): Code => log1p(w, w.let(expOfNegative(w, w.let(f32x4.neg(f32x4.abs(x))))));

/** The functions of a cell's equations; x is read more than once and should be a local. */
export const functions = {
  negative: (_: Scope, x: Code): Code => f32x4.neg(x),
  sigmoid,
  tanh,
  relu: (_: Scope, x: Code): Code => pmax(x, splat(0)),
  // softplus(x) = max(x, 0) + log(1 + exp(−|x|))
  softplus: (w: Scope, x: Code): Code => add(pmax(x, splat(0)), corner(w, x)),
  exp,
  log,
  // logsigmoid(x) = min(x, 0) − log(1 + exp(−|x|))
  logsigmoid: (w: Scope, x: Code): Code => sub(pmin(x, splat(0)), corner(w, x)),
  sqrt: (_: Scope, x: Code): Code => f32x4.sqrt(x),
  abs: (_: Scope, x: Code): Code => f32x4.abs(x),
  step: (_: Scope, x: Code): Code => v128.and(f32x4.gt(x, splat(0)), splat(1)),
} as const;
