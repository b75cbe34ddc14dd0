/**
 * From lines to lengths: how wide every part is, and how far the lines of the grid lie from one another, so that
 * parts and wires keep their distance and the whole is no larger than it has to be.
 */
import type { Grid, Line } from "./grid.ts";
import type { Part } from "./parts.ts";
import { cornersOf, type Route } from "./route.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

const BOX = { width: 56, height: 36 };
const ROUND = 26;
const PORT = 14; // between two wires that enter one box
const SIGN = 7.4; // a letter of a label

export function sizeOf(part: Part, ports: number): Size {
  const text = part.label.length * SIGN;
  switch (part.kind) {
    case "box": {
      const height = part.names.length > 1 ? Math.max(BOX.height, part.names.length * PORT + 8) : BOX.height;
      return { width: Math.max(BOX.width, text + 18, (ports - 1) * PORT + 22), height };
    }
    case "operation":
    case "constant":
      return { width: part.label.length === 1 ? ROUND : Math.max(ROUND + 8, text + 16), height: ROUND };
    case "state in":
    case "state out":
      return { width: Math.max(30, text + 14), height: 28 };
    default:
      return { width: 34, height: 34 };
  }
}

/** Something that takes room across a line, over a stretch along it. */
interface Item {
  readonly line: number;
  readonly low: number;
  readonly high: number;
  readonly half: number;
  readonly isPart: boolean;
}

const GAPS = { parts: 24, mixed: 15, wires: 14 };

/** Where each line lies; spare lines without a wire lie anywhere. */
export function positionsOf(lines: readonly Line[], items: readonly Item[], gaps = GAPS): number[] {
  const clusters: { lines: number[]; items: Item[] }[] = [];
  const clusterOf = new Map<number, number>();
  const used = new Set(items.map((i) => i.line));
  lines.forEach((line, k) => {
    const last = clusters.at(-1);
    const isSame = last && line.place !== undefined && lines[last.lines[0]!]!.place === line.place;
    if (!isSame && !used.has(k) && line.place === undefined) return;
    if (isSame) last.lines.push(k);
    else clusters.push({ lines: [k], items: [] });
    clusterOf.set(k, clusters.length - 1);
  });
  for (const item of items) clusters[clusterOf.get(item.line)!]!.items.push(item);
  const offset = (k: number): number => lines[k]!.offset * PORT;

  const distance = (a: Item, b: Item): number => {
    const near = a.isPart || b.isPart ? 0 : 1; // corners of two wires side by side do not touch either
    if (a.low > b.high + near || b.low > a.high + near) return 0;
    const gap = a.isPart && b.isPart ? gaps.parts : a.isPart || b.isPart ? gaps.mixed : gaps.wires;
    return a.half + b.half + gap;
  };
  const apart = clusters.map((b, k) =>
    clusters.slice(0, k).map((a) => {
      let most = 0;
      for (const x of a.items) {
        for (const y of b.items) {
          const d = distance(x, y);
          if (d > 0) most = Math.max(most, d + offset(x.line) - offset(y.line));
        }
      }
      return most;
    }),
  );
  const n = clusters.length;
  const early = new Array<number>(n).fill(0);
  for (let b = 0; b < n; b++) for (let a = 0; a < b; a++) early[b] = Math.max(early[b]!, early[a]! + apart[b]![a]!);
  const end = Math.max(...early);
  const late = new Array<number>(n).fill(end);
  for (let a = n - 1; a >= 0; a--)
    for (let b = a + 1; b < n; b++) late[a] = Math.min(late[a]!, late[b]! - apart[b]![a]!);
  const result = new Array<number>(lines.length).fill(Number.NaN);
  clusters.forEach((cluster, c) => {
    for (const k of cluster.lines) result[k] = (early[c]! + late[c]!) / 2 + offset(k);
  });
  return result;
}

/** What takes room across the columns (`axis` 0) or across the rows (1). */
export function itemsOf(
  grid: Grid,
  axis: 0 | 1,
  parts: ReadonlyMap<Part, { readonly points: readonly number[]; readonly size: Size }>,
  routes: readonly Route[],
): Item[] {
  const { width } = grid;
  const across = (p: number): number => (axis === 0 ? p % width : Math.floor(p / width));
  const along = (p: number): number => (axis === 0 ? Math.floor(p / width) : p % width);
  const items: Item[] = [];
  const inUse = new Set<number>();
  for (const { points } of parts.values()) for (const p of points) inUse.add(along(p));
  for (const { points } of routes) for (const p of cornersOf(points)) inUse.add(along(p));
  const ranks = [...inUse].sort((a, b) => a - b);
  const rank = new Map(ranks.map((line, k) => [line, k]));
  const beside = axis === 1 ? 1 : 0; // parts beside one another keep clear of one another's rows
  for (const [part, { points, size }] of parts) {
    const half = (axis === 0 ? size.width : size.height) / 2;
    const lines = points.map(across).sort((a, b) => a - b);
    const stretch = points.map(along);
    const line = lines[lines.length >> 1]!;
    // nothing stands above or below the input, so that its wire has room to turn
    const low = axis === 0 && part.kind === "input" ? 0 : rank.get(Math.min(...stretch))! - beside;
    items.push({ line, low, high: rank.get(Math.max(...stretch))! + beside, half, isPart: true });
  }
  for (const { points } of routes) {
    const corners = cornersOf(points);
    for (let k = 1; k < corners.length; k++) {
      const [a, b] = [corners[k - 1]!, corners[k]!];
      if (across(a) !== across(b)) continue;
      const [low, high] = [rank.get(Math.min(along(a), along(b)))!, rank.get(Math.max(along(a), along(b)))!];
      items.push({ line: across(a), low, high, half: 0, isPart: false });
    }
  }
  return items;
}
