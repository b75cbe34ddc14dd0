/**
 * How far the lines of a grid lie from one another, across one axis: as near as parts and wires beside one another
 * allow, and in the middle where there is room to spare.
 */
import type { Line } from "./grid.ts";

/** Something on a line that takes room beside it, over a stretch along it. */
export interface Item {
  readonly line: number;
  readonly low: number;
  readonly high: number;
  /** Half of its width. */
  readonly half: number;
  readonly isPart: boolean;
}

/** What lies between the lines of one axis. */
export interface Spacing {
  /** Between two lines through the same parts. */
  readonly pitch: number;
  readonly parts: number;
  /** Between a part and a wire that passes it. */
  readonly mixed: number;
  readonly wires: number;
}

/** Lines that belong together, at a fixed distance; spare lines without a wire belong to none. */
interface Cluster {
  readonly lines: number[];
  readonly items: Item[];
}

/** The position of every line that something lies on. */
export function positionsOf(lines: readonly Line[], items: readonly Item[], spacing: Spacing): number[] {
  const offset = (line: number): number => lines[line]!.offset * spacing.pitch;
  const clusters = clustersOf(lines, items);
  /** How far the middle of `b` lies at least from that of `a`. */
  function apart(a: Cluster, b: Cluster): number {
    let most = 0;
    for (const one of a.items) {
      for (const other of b.items) {
        const distance = between(one, other, spacing);
        if (distance > 0) most = Math.max(most, distance + offset(one.line) - offset(other.line));
      }
    }
    return most;
  }
  const early = clusters.map(() => 0);
  const distances = clusters.map((b, k) => clusters.slice(0, k).map((a) => apart(a, b)));
  distances.forEach((row, b) => {
    row.forEach((distance, a) => {
      early[b] = Math.max(early[b]!, early[a]! + distance);
    });
  });
  const late = clusters.map(() => Math.max(0, ...early));
  for (let b = clusters.length - 1; b >= 0; b--) {
    distances[b]!.forEach((distance, a) => {
      late[a] = Math.min(late[a]!, late[b]! - distance);
    });
  }
  const positions = lines.map(() => Number.NaN);
  clusters.forEach((cluster, k) => {
    for (const line of cluster.lines) positions[line] = (early[k]! + late[k]!) / 2 + offset(line);
  });
  return positions;
}

function between(a: Item, b: Item, { parts, mixed, wires }: Spacing): number {
  const near = a.isPart || b.isPart ? 0 : 1; // corners of two wires side by side do not touch either
  if (a.low > b.high + near || b.low > a.high + near) return 0;
  const gap = a.isPart && b.isPart ? parts : a.isPart || b.isPart ? mixed : wires;
  return a.half + b.half + gap;
}

function clustersOf(lines: readonly Line[], items: readonly Item[]): Cluster[] {
  const clusters = new Map<string, Cluster>();
  const byLine = new Map<number, Item[]>();
  for (const item of items) byLine.set(item.line, [...(byLine.get(item.line) ?? []), item]);
  lines.forEach(({ place }, line) => {
    const own = byLine.get(line);
    if (place === undefined && own === undefined) return;
    const key = place === undefined ? `spare ${line}` : `${place}`;
    const cluster = clusters.get(key) ?? { lines: [], items: [] };
    clusters.set(key, cluster);
    cluster.lines.push(line);
    if (own !== undefined) cluster.items.push(...own);
  });
  return [...clusters.values()];
}
