/** From a grid to lengths: sizes of parts, positions, the corners of wires, dots, and the rim of the cell. */
import type { DiagramCorner, Point, Rectangle } from "../diagram.ts";
import type { Grid } from "./grid.ts";
import type { Part, Parts } from "./parts.ts";
import { type Item, positionsOf, type Spacing } from "./positions.ts";
import { cornersOf, type Route, type Routed } from "./route.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface MeasuredWire {
  readonly route: Route;
  readonly points: readonly DiagramCorner[];
}

export interface Measured extends Size {
  readonly places: ReadonlyMap<Part, Point & Size>;
  readonly wires: readonly MeasuredWire[];
  readonly dots: readonly Point[];
  readonly body: Rectangle;
}

export const across: Spacing = { pitch: 14, parts: 24, mixed: 15, wires: 14 };
export const down: Spacing = { pitch: 18, parts: 28, mixed: 16, wires: 14 };
const BOX = { width: 56, height: 36 };
const ROUND = 26; // an operation of one sign
const TAG = { width: 30, height: 28 }; // a state
const SIDE = 34; // an input or output
const LETTER = 7.4; // of a label
const MARGIN = 12; // around it all
const RIM = 18; // from the outermost part or wire to the rim of the cell
const OUTSIDE = 12; // from the rim to what stands outside

function sizeOf(part: Part, entering: number): Size {
  const text = part.label.length * LETTER;
  switch (part.kind) {
    case "box": {
      const width = Math.max(BOX.width, text + 18, (entering - 1) * across.pitch + 22);
      return { width, height: Math.max(BOX.height, part.names.length > 1 ? part.names.length * down.pitch + 10 : 0) };
    }
    case "operation":
    case "constant":
      return { width: part.label.length === 1 ? ROUND : Math.max(ROUND + 8, text + 16), height: ROUND };
    case "state in":
    case "state out":
      return { width: Math.max(TAG.width, text + 14), height: TAG.height };
    case "input":
    case "output":
      return { width: Math.max(SIDE, text + 16), height: SIDE };
  }
}

const isOutside = (part: Part): boolean => isAside(part) || part.kind === "input" || part.kind === "output";

/** Outside at the left or right. */
const isAside = ({ kind }: Part): boolean => kind === "state in" || kind === "state out";

export function measure({ parts }: Parts, { grid, routes }: Routed): Measured {
  const crossings = new Map(parts.map((part) => [part, [] as number[]]));
  grid.partAt.forEach((number, p) => {
    if (number > 0) crossings.get(parts[number - 1]!)!.push(p);
  });
  const sizes = new Map(
    parts.map((part) => {
      const ends = routes.filter((r) => r.to === part).map((r) => r.points.at(-1));
      return [part, sizeOf(part, new Set(ends).size)] as const;
    }),
  );
  const xs = positionsOf(grid.columns, itemsOf(grid, 0, crossings, sizes, routes), across);
  const ys = positionsOf(grid.rows, itemsOf(grid, 1, crossings, sizes, routes), down);
  const at = (p: number): Point => ({ x: xs[p % grid.width]!, y: ys[Math.floor(p / grid.width)]! });

  const middles = new Map(
    parts.map((part) => [part, { ...middle(crossings.get(part)!.map(at)), ...sizes.get(part)! }]),
  );
  const forks = forksOf(routes);
  const corners = routes.map((route) => cornersOf(route.points).map((p) => ({ ...at(p), isDot: forks.has(p) })));
  const inside = [
    ...parts.filter((part) => !isOutside(part)).map((part) => rectangle(middles.get(part)!)),
    ...corners.flatMap((points) => points.slice(1, -1).map((p) => ({ ...p, width: 0, height: 0 }))),
  ];
  const outside = parts.filter(isOutside).map((part) => rectangle(middles.get(part)!));
  const rim = grown(around(inside.length > 0 ? inside : outside), RIM);
  const all = grown(around([rim, ...outside]), MARGIN);
  const move = <P extends Point>(p: P): P => ({ ...p, x: rounded(p.x - all.x), y: rounded(p.y - all.y) });

  const places = new Map([...middles].map(([part, place]) => [part, move(place)]));
  const wires = routes.map((route, k): MeasuredWire => {
    const points = corners[k]!.map(move);
    const start = atRim(places.get(route.value.part)!, points[0]!, points[1]!);
    const end = atRim(places.get(route.to)!, points.at(-1)!, points.at(-2)!);
    return { route, points: [start, ...points.slice(1, -1), end] };
  });
  const dots = [...forks].map((p) => move(at(p)));
  const { width, height } = all;
  return { width: rounded(width), height: rounded(height), places, wires, dots, body: move(rim) };
}

const rounded = (length: number): number => Math.round(length * 10) / 10;

const middle = (points: readonly Point[]): Point => {
  const { x, y, width, height } = around(points.map((p) => ({ ...p, width: 0, height: 0 })));
  return { x: x + width / 2, y: y + height / 2 };
};

const rectangle = ({ x, y, width, height }: Point & Size): Rectangle => ({
  x: x - width / 2,
  y: y - height / 2,
  width,
  height,
});

function around(rectangles: readonly Rectangle[]): Rectangle {
  const x = Math.min(...rectangles.map((r) => r.x));
  const y = Math.min(...rectangles.map((r) => r.y));
  const right = Math.max(...rectangles.map((r) => r.x + r.width));
  const bottom = Math.max(...rectangles.map((r) => r.y + r.height));
  return { x, y, width: right - x, height: bottom - y };
}

const grown = ({ x, y, width, height }: Rectangle, by: number): Rectangle => ({
  x: x - by,
  y: y - by,
  width: width + 2 * by,
  height: height + 2 * by,
});

/** The end of a wire where it meets the rim of its part, which it comes to from another point. */
function atRim({ x, y, width, height }: Point & Size, end: DiagramCorner, other: Point): DiagramCorner {
  if (other.x === end.x) return { ...end, y: rounded(y + (Math.sign(other.y - y) * height) / 2) };
  return { ...end, x: rounded(x + (Math.sign(other.x - x) * width) / 2) };
}

/** Crossings from which the wires of one value go on in several directions. */
function forksOf(routes: readonly Route[]): Set<number> {
  const next = new Map<string, number>();
  const forks = new Set<number>();
  const values = new Map<Part, number>();
  for (const { value, points } of routes) {
    if (!values.has(value.part)) values.set(value.part, values.size);
    points.slice(1, -1).forEach((p, k) => {
      const key = `${values.get(value.part)}.${value.index} ${p}`;
      const on = points[k + 2]!;
      if ((next.get(key) ?? on) !== on) forks.add(p);
      next.set(key, on);
    });
  }
  return forks;
}

/** What takes room beside the columns (`axis` 0) or the rows (1). */
function itemsOf(
  { width }: Grid,
  axis: 0 | 1,
  crossings: ReadonlyMap<Part, readonly number[]>,
  sizes: ReadonlyMap<Part, Size>,
  routes: readonly Route[],
): Item[] {
  const line = (p: number): number => (axis === 0 ? p % width : Math.floor(p / width));
  const along = (p: number): number => (axis === 0 ? Math.floor(p / width) : p % width);
  const corners = routes.map(({ points }) => cornersOf(points));
  // stretches are counted in lines that something lies on
  const inUse = new Set([...crossings.values(), ...corners].flat().map(along));
  const rank = new Map([...inUse].sort((a, b) => a - b).map((line, k) => [line, k]));
  const items: Item[] = [];
  for (const [part, points] of crossings) {
    const lines = points.map(line).sort((a, b) => a - b);
    const ranks = points.map((p) => rank.get(along(p))!);
    const size = sizes.get(part)!;
    // parts beside one another keep clear of one another's rows too; what stands outside does of everything
    const isFarOut = isOutside(part) && (isAside(part) ? axis === 0 : axis === 1);
    // beside the input its wire has room to turn
    const beside = isFarOut || part.kind === "input" ? rank.size : axis;
    items.push({
      line: lines[lines.length >> 1]!,
      low: Math.min(...ranks) - beside,
      high: Math.max(...ranks) + beside,
      half: (axis === 0 ? size.width : size.height) / 2 + (isFarOut ? OUTSIDE : 0),
      isPart: true,
    });
  }
  for (const wire of corners) {
    for (let k = 1; k < wire.length; k++) {
      const [a, b] = [wire[k - 1]!, wire[k]!];
      if (line(a) !== line(b)) continue;
      const [x, y] = [rank.get(along(a))!, rank.get(along(b))!];
      items.push({ line: line(a), low: Math.min(x, y), high: Math.max(x, y), half: 0, isPart: false });
    }
  }
  return items;
}
