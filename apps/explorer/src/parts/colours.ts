/**
 * The colours of a cell's values: six that stay apart for every kind of colour blindness, each with a sign, since
 * colour never speaks alone. One rule for every cell: linear states, the rails, take the fourth, the output the sixth,
 * the others the rest in the order of computation; several values of one equation share. So the LSTM's forget gate is
 * the first, its candidate the third.
 */
import { interpolateCividis } from "d3-scale-chromatic";
import type { CellCard } from "../worker/models.ts";

export interface Stage {
  /** Of its equation in the order of computation, from 0. */
  readonly index: number;
  /** "①" */
  readonly numeral: string;
  /** A shape that goes with the colour. */
  readonly sign: string;
  /** A custom property of the styles: "var(--stage-1)". */
  readonly colour: string;
}

const SIGNS = ["▼", "▲", "◆", "■", "●", "○"];
const NUMERALS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳";
const RAIL = 4;
const OUTPUT = 6;
const OTHERS = [1, 2, 3, 5];

/** By the value's name. */
export function stagesOf(cell: CellCard): ReadonlyMap<string, Stage> {
  let others = 0;
  const places: number[] = [];
  const inOrder = [...cell.values].sort((a, b) => a.stage - b.stage);
  return new Map(
    inOrder.map(({ name, stage: index, linear }) => {
      const isOutput = name === cell.output;
      places[index] ??= isOutput ? OUTPUT : linear ? RAIL : OTHERS[others++ % OTHERS.length]!;
      const place = places[index];
      const numeral = NUMERALS[index] ?? `(${index + 1})`;
      return [name, { index, numeral, sign: SIGNS[place - 1]!, colour: `var(--stage-${place})` }];
    }),
  );
}

/** How numbers become colours: 0 … 1 from dark to light, or signed from orange over white to blue. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly isSigned: boolean;
  /** From nothing, which is the ground, to much. */
  readonly isAmount?: boolean;
}

/** 0 … 1 for values that keep to it, else as far to both sides as the largest goes. */
export function rangeOf(values: Float32Array): Range {
  let [low, high] = [0, 0];
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (low >= 0 && high <= 1) return { low: 0, high: 1, isSigned: false };
  const far = Math.max(-low, high) || 1;
  return { low: -far, high: far, isSigned: true };
}

/** Of one unit, of values `[steps, size]`: signed ones as far as it goes itself. */
export function ownRange(all: Range, values: Float32Array, unit: number, size: number): Range {
  if (!all.isSigned) return all;
  let far = 0;
  for (let at = unit; at < values.length; at += size) far = Math.max(far, Math.abs(values[at]!));
  return { low: -(far || 1), high: far || 1, isSigned: true };
}

/** 256 colours as bytes, red green blue. */
function table(colour: (part: number) => string): Uint8Array {
  const bytes = new Uint8Array(256 * 3);
  for (let k = 0; k < 256; k++) bytes.set(channels(colour(k / 255)), k * 3);
  return bytes;
}

const channels = (colour: string): number[] =>
  colour.startsWith("#")
    ? [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
    : colour.match(/\d+/g)!.slice(0, 3).map(Number);

/** From colour to colour in even parts. */
function through(...stops: readonly string[]): Uint8Array {
  const known = stops.map(channels);
  return table((part) => {
    const at = Math.min(part * (known.length - 1), known.length - 1 - 1e-9);
    const [from, to] = [known[Math.floor(at)]!, known[Math.floor(at) + 1]!];
    return `rgb(${from.map((c, k) => Math.round(c + (to[k]! - c) * (at % 1))).join(" ")})`;
  });
}

const signed = (middle: string): Uint8Array => through("#B35806", "#E49A48", middle, "#6FA8CF", "#2166AC");

const tables = {
  plain: table(interpolateCividis),
  light: signed("#F7F7F7"),
  dark: signed("#1B2027"),
  // the fourth stage's colour, and darker (on dark, lighter) where it is most
  amountLight: through("#FFFFFF", "#C9B43A", "#3F3600"),
  amountDark: through("#181C22", "#94832B", "#FFF3A8"),
};

export const coloursFor = (range: Range, isDark: boolean): Uint8Array =>
  range.isAmount
    ? isDark
      ? tables.amountDark
      : tables.amountLight
    : range.isSigned
      ? isDark
        ? tables.dark
        : tables.light
      : tables.plain;

/** Which of the 256 a value takes. */
export const placeIn = (range: Range, value: number): number =>
  Math.max(0, Math.min(255, Math.round(((value - range.low) / (range.high - range.low)) * 255)));

/** As CSS, for a single value. */
export function colourOf(range: Range, value: number, isDark: boolean): string {
  const colours = coloursFor(range, isDark);
  const at = placeIn(range, value) * 3;
  return `rgb(${colours[at]} ${colours[at + 1]} ${colours[at + 2]})`;
}

/** Black or white, whichever reads better on the value's colour: at least 4.5 to 1. */
export function inkOn(range: Range, value: number, isDark: boolean): string {
  const colours = coloursFor(range, isDark);
  const at = placeIn(range, value) * 3;
  const light = (channel: number): number => ((channel / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = 0.2126 * light(colours[at]!) + 0.7152 * light(colours[at + 1]!) + 0.0722 * light(colours[at + 2]!);
  return luminance > 0.179 ? "#000" : "#fff"; // where both have the same contrast: √(1.05 · .05) − .05
}
