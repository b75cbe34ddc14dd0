/**
 * Numbers to pixels and back, linear or in powers of ten, and lines through them. Small on purpose: of d3 only its round
 * ticks are taken, since the rest of d3-scale and d3-shape would be a twelfth of all that the page may weigh.
 */
import { nice, ticks } from "d3-array";

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

export const linear = (domain: Pair, range: Pair): Scale =>
  Object.assign(between(domain, range, same, same), { ticks: (count: number) => ticks(...domain, count) });

/** Widened to round numbers. */
export const roundLinear = ([low, high]: Pair, range: Pair): Scale => linear(nice(low, high, 10), range);

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
