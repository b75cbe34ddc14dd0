/** The lines of a cell's diagram: polylines with rounded corners, arrow heads, and places along them. */
import type { Diagram, DiagramWire, Point } from "cellstate";

const ROUND = 11; // radius of a corner
const HEAD = { length: 7, half: 3.4 };

const between = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** From a towards b. */
function towards(a: Point, b: Point, by: number): Point {
  const part = by / (between(a, b) || 1);
  return { x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part };
}

const at = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** SVG path data; it ends where the arrow head begins, unless the wire is a rail. */
export function wirePath({ points, isRail }: DiagramWire): string {
  const last = points.length - 1;
  const ends = points.map((p, k) => (k === last && !isRail ? towards(p, points[k - 1]!, HEAD.length - 1) : p));
  const parts = ends.map((point, k) => {
    if (k === 0) return `M${at(point)}`;
    if (k === last || points[k]!.isDot) return `L${at(point)}`;
    const [before, after] = [ends[k - 1]!, ends[k + 1]!];
    // two corners share what is between them
    const room = (other: Point, isEnd: boolean): number => between(point, other) / (isEnd ? 1 : 2);
    const radius = Math.min(ROUND, room(before, k === 1), room(after, k === last - 1));
    return `L${at(towards(point, before, radius))}Q${at(point)} ${at(towards(point, after, radius))}`;
  });
  return parts.join("");
}

/** The head of the arrow at a wire's end. */
export function headPath({ points }: DiagramWire): string {
  const [from, tip] = [points.at(-2)!, points.at(-1)!];
  const foot = towards(tip, from, HEAD.length);
  const [x, y] = [((foot.y - tip.y) / HEAD.length) * HEAD.half, ((tip.x - foot.x) / HEAD.length) * HEAD.half];
  return `M${at(tip)}L${at({ x: foot.x + x, y: foot.y + y })}L${at({ x: foot.x - x, y: foot.y - y })}Z`;
}

/** How far along a wire its points lie, as parts of the whole. */
export function partsAlong(points: readonly Point[]): number[] {
  let sum = 0;
  const lengths = points.map((point, k) => {
    if (k > 0) sum += between(points[k - 1]!, point);
    return sum;
  });
  return lengths.map((length) => length / (sum || 1));
}

const CLEAR = { far: 34, high: 46 }; // around a place on a rail: enough on either side, and what counts above and below

/** Where on a level wire something can stand, as far from other wires, nodes and names as there is room. */
export function roomOn(diagram: Diagram, wire: DiagramWire): Point {
  const [from, to] = stretchOf(wire);
  const { y } = from;
  const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)];
  const isNear = (other: Point): boolean => Math.abs(other.y - y) < CLEAR.high;
  const taken: Span[] = [
    [left, left],
    [right, right],
    ...diagram.nodes.filter(isNear).map(({ x, width }): Span => [x - width / 2, x + width / 2]),
    ...diagram.nodes.flatMap(({ names }) => names.filter(isNear).map(({ x }): Span => [x - 5, x + 5])),
    ...diagram.dots.filter(isNear).map(({ x }): Span => [x, x]),
    ...diagram.wires.flatMap(({ points }) =>
      points.flatMap((b, k): Span[] => {
        const a = points[k - 1];
        const isUpright = a !== undefined && a.x === b.x;
        const crosses = isUpright && Math.min(a.y, b.y) < y + CLEAR.high && Math.max(a.y, b.y) > y - CLEAR.high;
        return crosses ? [[b.x, b.x]] : [];
      }),
    ),
    // inside of the cell
    [Number.NEGATIVE_INFINITY, diagram.body.x],
  ];
  const room = (x: number): number =>
    Math.min(CLEAR.far, ...taken.map(([low, high]) => (x < low ? low - x : x > high ? x - high : 0)));
  // the one before an operation stands near it, any other where it has most room
  let best = right;
  for (let x = right; x >= left; x -= 2) if (room(x) > room(best)) best = x;
  return { x: best, y };
}

type Span = readonly [number, number];

/** The longest level stretch of a wire. */
function stretchOf({ points }: DiagramWire): readonly [Point, Point] {
  let best: readonly [Point, Point] = [points[0]!, points[1]!];
  const level = ([a, b]: readonly [Point, Point]): number => (a.y === b.y ? Math.abs(a.x - b.x) : 0);
  for (let k = 1; k < points.length; k++) {
    const own = [points[k - 1]!, points[k]!] as const;
    if (level(own) > level(best)) best = own;
  }
  return best;
}
