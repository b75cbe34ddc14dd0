/**
 * Numbers to pixels and back, linear or in powers of ten, and lines through them. Small on purpose: d3-scale and d3-shape
 * would be a twelfth of all that the page may weigh. Its round numbers are theirs.
 */

export interface Scale {
  (value: number): number;
  /** From a pixel back. */
  invert(pixel: number): number;
  /** Round numbers within it, about so many. */
  ticks(count: number): number[];
}

type Pair = readonly [number, number];

function between([low, high]: Pair, [from, to]: Pair, forth: (v: number) => number, back: (v: number) => number) {
  const [a, b] = [forth(low), forth(high)];
  const scale = (value: number): number => from + ((forth(value) - a) / (b - a)) * (to - from);
  const invert = (pixel: number): number => back(a + ((pixel - from) / (to - from)) * (b - a));
  return Object.assign(scale, { invert });
}

const same = (v: number): number => v;

/** 1, 2 or 5 times a power of ten, so that about so many of them fit between the two: the nearest by ratio. */
function roundStep([low, high]: Pair, count: number): number {
  const wanted = (high - low) / count;
  const ten = 10 ** Math.floor(Math.log10(wanted));
  const part = wanted / ten;
  return ten * (part >= Math.sqrt(50) ? 10 : part >= Math.sqrt(10) ? 5 : part >= Math.SQRT2 ? 2 : 1);
}

const EPSILON = 1e-9; // of a step: what dividing by it leaves of a whole number

/** The multiples of a round step between the two, as short decimals. */
function ticks(domain: Pair, count: number): number[] {
  const step = roundStep(domain, count);
  const first = Math.ceil(domain[0] / step - EPSILON);
  const last = Math.floor(domain[1] / step + EPSILON);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

export const linear = (domain: Pair, range: Pair): Scale =>
  Object.assign(between(domain, range, same, same), { ticks: (count: number) => ticks(domain, count) });

/** Widened to round numbers, and again as long as a wider span has rounder ones. */
export function roundLinear(domain: Pair, range: Pair): Scale {
  let [low, high] = domain;
  for (let step = 0, next = roundStep(domain, 10); next !== step; next = roundStep([low, high], 10)) {
    step = next;
    low = Math.floor(low / step + EPSILON) * step;
    high = Math.ceil(high / step - EPSILON) * step;
  }
  return linear([low, high], range);
}

/** Widened to whole powers of ten, which are its ticks. */
export function powers([low, high]: Pair, range: Pair): Scale {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const tenTo = (v: number): number => 10 ** v;
  const scale = between([tenTo(first), tenTo(last)], range, Math.log10, tenTo);
  return Object.assign(scale, {
    ticks(count: number) {
      const every = Math.max(1, Math.ceil((last - first) / count));
      return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, k) => tenTo(first + k * every));
    },
  });
}

/** A power of ten as it is written: .01, 10, 10⁻⁷. */
export function powerText(value: number): string {
  const exponent = Math.round(Math.log10(value));
  if (Math.abs(exponent) < 3) return exponent < 0 ? `.${"1".padStart(-exponent, "0")}` : String(10 ** exponent);
  return `10${String(exponent).replace(/./g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]!)}`;
}

/** A path through points; a missing one makes a gap. */
export function pathOf(points: readonly (Pair | undefined)[]): string {
  let isOn = false;
  const parts = points.map((point) => {
    const part = point && `${isOn ? "L" : "M"}${point[0].toFixed(2)},${point[1].toFixed(2)}`;
    isOn = point !== undefined;
    return part ?? "";
  });
  return parts.join("");
}
