/**
 * exp, log, pow and cos(πx) in float64, the same bits in every JavaScript engine: only + − × ÷, floor and
 * exact bit work, whose results the language fixes. `Math.exp`, `log`, `pow`, `cos` and `**` may differ between
 * engines; they would make start values, learning rate schedules, Adam's βᵗ and sampling differ.
 * Within 1 ulp of the true value where results are normal numbers, 2 at worst.
 */

/** ln 2 in two parts; the first has 21 trailing zero bits, so that k · LN2_HIGH is exact for |k| < 2²⁰. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

const bits = new DataView(new ArrayBuffer(8));

/** 2^k for −1022 ≤ k ≤ 1023, by its bits. */
function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** value · 2^k, rounded once at most. */
function scale(value: number, k: number): number {
  if (k > 1023) return value * powerOfTwo(1023) * powerOfTwo(Math.min(k - 1023, 1023));
  if (k >= -1021) return value * powerOfTwo(k);
  return value * powerOfTwo(k + 200 < -1022 ? -1022 : k + 200) * powerOfTwo(-200);
}

/** The exponent of a positive finite number, and its significand in [√½, √2), left in `significand`. */
let significand = 1;
function split(value: number): number {
  const isSubnormal = value < 2.2250738585072014e-308;
  bits.setFloat64(0, isSubnormal ? value * 18014398509481984 : value); // · 2⁵⁴
  const high = bits.getUint32(0);
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let exponent = (high >>> 20) - 1023 - (isSubnormal ? 54 : 0);
  significand = bits.getFloat64(0);
  if (significand >= Math.SQRT2) {
    significand /= 2;
    exponent += 1;
  }
  return exponent;
}

/** e^(high + low), |low| ≪ |high|: high = k·ln 2 + r, |r| ≤ ½ ln 2, and the Taylor series of e^r to r¹³. */
function expOf(high: number, low: number): number {
  const k = Math.floor(high * Math.LOG2E + 0.5);
  const left = high - k * LN2_HIGH;
  const right = k * LN2_LOW - low;
  const r = left - right;
  const lost = left - r - right;
  let p = 1 / 6227020800;
  p = p * r + 1 / 479001600;
  p = p * r + 1 / 39916800;
  p = p * r + 1 / 3628800;
  p = p * r + 1 / 362880;
  p = p * r + 1 / 40320;
  p = p * r + 1 / 5040;
  p = p * r + 1 / 720;
  p = p * r + 1 / 120;
  p = p * r + 1 / 24;
  p = p * r + 1 / 6;
  p = p * r + 0.5;
  return scale(1 + (r + (r * r * p + lost)), k);
}

/** e^x. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x > 709.7827128933841) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019412) return 0;
  return expOf(x, 0);
}

/**
 * The natural logarithm. x = 2^k·(1 + f); with s = f / (2 + f), ln(1 + f) = 2·artanh(s), arranged as
 * f − (f²/2 − s·(f²/2 + R(s²))) so that the rounding of s hardly counts (fdlibm, e_log.c).
 */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  const k = split(x);
  const f = significand - 1;
  const s = f / (2 + f);
  const z = s * s;
  const half = 0.5 * f * f;
  const rest = s * (half + 2 * z * (1 / 3 + z * artanhTail(z)));
  return k * LN2_HIGH - (half - (rest + k * LN2_LOW) - f);
}

/** artanh(s)/s = 1 + z/3 + z²·tail(z) with z = s² ≤ 0.0295. */
function artanhTail(z: number): number {
  let p = 1 / 25;
  p = p * z + 1 / 23;
  p = p * z + 1 / 21;
  p = p * z + 1 / 19;
  p = p * z + 1 / 17;
  p = p * z + 1 / 15;
  p = p * z + 1 / 13;
  p = p * z + 1 / 11;
  p = p * z + 1 / 9;
  p = p * z + 1 / 7;
  p = p * z + 1 / 5;
  return p;
}

/** a·b exactly: the rounded product is returned, what it lost is left in `lost` (Dekker, 1971). */
let lost = 0;
function product(a: number, b: number): number {
  const p = a * b;
  const aBig = a * 134217729; // 2²⁷ + 1
  const aHigh = aBig - (aBig - a);
  const aLow = a - aHigh;
  const bBig = b * 134217729;
  const bHigh = bBig - (bBig - b);
  const bLow = b - bHigh;
  lost = aLow * bLow - (p - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return p;
}

/** a + b exactly for |a| ≥ |b|, in the same way. */
function sum(a: number, b: number): number {
  const total = a + b;
  lost = b - (total - a);
  return total;
}

/**
 * x^y with the special cases of `Math.pow`. The logarithm is carried in two numbers, some 70 bits, since
 * e^ multiplies its error by up to 745.
 */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const isOdd = Math.abs(y) < 9007199254740992 && Math.floor(y) === y && y - 2 * Math.floor(y / 2) === 1;
  if (y === Number.POSITIVE_INFINITY || y === Number.NEGATIVE_INFINITY) {
    const size = Math.abs(x);
    if (size === 1) return Number.NaN;
    return size > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  }
  if (x === 0 || x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY) {
    const size = (x === 0) === y > 0 ? 0 : Number.POSITIVE_INFINITY;
    return isOdd && (x < 0 || Object.is(x, -0)) ? -size : size;
  }
  if (x < 0) {
    if (Math.floor(y) !== y) return Number.NaN;
    return isOdd ? -powPositive(-x, y) : powPositive(-x, y);
  }
  return powPositive(x, y);
}

function powPositive(x: number, y: number): number {
  if (y === 1) return x;
  const k = split(x);
  const m = significand;
  const f = m - 1;
  // s = f / (1 + m) in two parts
  const below = 1 + m;
  const belowLow = m >= 1 ? 1 - (below - m) : m - (below - 1);
  const s = f / below;
  const back = product(s, below);
  const sLow = (f - back - lost - s * belowLow) / below;
  // z = s², series = 1/3 + z·tail, both in two parts
  const z = product(s, s);
  const zLow = lost + 2 * s * sLow;
  const series = sum(1 / 3, z * artanhTail(z));
  const seriesLow = lost + 1.850371707708594e-17; // 1/3 − the number 1/3
  const t = product(z, series);
  const tLow = lost + z * seriesLow + zLow * series;
  const u = product(s, t);
  const uLow = lost + s * tLow + sLow * t;
  // ln m = 2(s + s·t); ln x = k·ln 2 + ln m
  const part = sum(s, u);
  const partLow = lost + (sLow + uLow);
  let high: number;
  let low: number;
  if (k === 0) {
    high = 2 * part;
    low = 2 * partLow;
  } else {
    high = sum(k * LN2_HIGH, 2 * part);
    low = lost + 2 * partLow;
    const tail = product(k, LN2_LOW);
    low += lost;
    high = sum(high, tail);
    low += lost;
  }
  const rough = y * high;
  if (rough > 710) return Number.POSITIVE_INFINITY;
  if (rough < -746) return 0;
  if (Math.abs(rough) < 1e-20) return 1 + rough;
  const exact = product(y, high);
  const exactLow = lost + y * low;
  const total = sum(exact, exactLow);
  return total > 709.79 ? Number.POSITIVE_INFINITY : total < -745.14 ? 0 : expOf(total, lost);
}

/** cos(πx), exact at multiples of ½. */
export function cosPi(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  const turn = Math.abs(x) - 2 * Math.floor(Math.abs(x) / 2); // [0, 2), exact
  const r = turn > 1 ? 2 - turn : turn; // cos is even about π
  if (r <= 0.25) return cosSmall(r);
  if (r >= 0.75) return -cosSmall(1 - r);
  return sinSmall(0.5 - r);
}

/** sin(πx), exact at multiples of ½. */
export function sinPi(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  const turn = Math.abs(x) - 2 * Math.floor(Math.abs(x) / 2);
  const sign = turn > 1 === x < 0 ? 1 : -1;
  const half = turn > 1 ? turn - 1 : turn; // sin(π(1 + r)) = −sin(πr)
  const r = half > 0.5 ? 1 - half : half;
  return sign * (r <= 0.25 ? sinSmall(r) : cosSmall(0.5 - r));
}

/** Taylor series of sin(πr), |r| ≤ ¼, to (πr)¹⁷. */
function sinSmall(r: number): number {
  const a = product(r, Math.PI);
  const aLow = lost + r * 1.2246467991473532e-16; // π − the number π
  const z = a * a;
  let p = 1 / 355687428096000;
  for (let n = 15; n >= 3; n -= 2) p = 1 / FACTORIALS[n]! - p * z;
  return a + (aLow - a * z * p);
}

/** Taylor series of cos(πr), |r| ≤ ¼, to (πr)¹⁶. */
function cosSmall(r: number): number {
  const a = r * Math.PI;
  const z = a * a;
  let p = 1 / 20922789888000;
  for (let n = 14; n >= 4; n -= 2) p = 1 / FACTORIALS[n]! - p * z;
  const half = 0.5 * z;
  const top = 1 - half;
  return top + (1 - top - half + z * z * p);
}

const FACTORIALS = [1];
for (let n = 1; n <= 17; n++) FACTORIALS.push(FACTORIALS[n - 1]! * n);
