/** Where the name of a value can stand beside its node, clear of wires and other nodes. */
import type { DiagramName, Point, Rectangle } from "../diagram.ts";
import { portOffset } from "./grid.ts";
import { down, type Measured, type Size } from "./measure.ts";
import type { Part } from "./parts.ts";

const LETTER = 7.5;
const HEIGHT = 13;
const CLEAR = 1.5; // around a name

export function spotsOf(parts: readonly Part[], measured: Measured): Map<Part, DiagramName[]> {
  const spots = new Map<Part, DiagramName[]>();
  const taken: Rectangle[] = parts.map((part) => boxed(measured.places.get(part)!));
  for (const { points } of measured.wires) {
    for (let k = 1; k < points.length; k++) taken.push(stretch(points[k - 1]!, points[k]!));
  }
  for (const part of parts) {
    if (part.kind !== "box" && part.kind !== "operation" && part.kind !== "constant") continue;
    const place = measured.places.get(part)!;
    if (part.names.length > 1) {
      spots.set(
        part,
        part.names.map((name, k) => ({ name, ...besidePort(place, k, part.names.length) })),
      );
      continue;
    }
    for (const name of part.names) {
      const size = { width: name.length * LETTER, height: HEIGHT };
      const free = around(place, size).find((spot) => !taken.some((r) => overlaps(r, boxed({ ...spot, ...size }))));
      const spot = free ?? around(place, size)[0]!;
      taken.push(boxed({ ...spot, ...size }));
      spots.set(part, [{ name, ...spot }]);
    }
  }
  return spots;
}

/** Right above, left above, right below, left below, further off. */
function around({ x, y, width, height }: Point & Size, size: Size): Point[] {
  const isWide = width > height;
  const right = x + width / 2 + (isWide ? -size.width / 2 : size.width / 2 - 2);
  const left = 2 * x - right;
  const above = y - height / 2 - size.height / 2 - (isWide ? 2 : -3);
  const below = 2 * y - above;
  const near = [
    { x: right, y: above },
    { x: left, y: above },
    { x: right, y: below },
    { x: left, y: below },
  ];
  const off = width / 2 + size.width / 2 + 3;
  const outer = [above, y, below].flatMap((level) => [
    { x: x + off, y: level },
    { x: x - off, y: level },
  ]);
  return [...near, ...outer];
}

/** Above the wire of one of several results. */
const besidePort = ({ x, y, width }: Point & Size, k: number, count: number): Point => ({
  x: x + width / 2 + 10,
  y: y + portOffset(k, count) * down.pitch - HEIGHT / 2,
});

const boxed = ({ x, y, width, height }: Point & Size): Rectangle => ({
  x: x - width / 2,
  y: y - height / 2,
  width,
  height,
});

const stretch = (a: Point, b: Point): Rectangle => ({
  x: Math.min(a.x, b.x),
  y: Math.min(a.y, b.y),
  width: Math.abs(a.x - b.x),
  height: Math.abs(a.y - b.y),
});

const overlaps = (a: Rectangle, b: Rectangle): boolean =>
  a.x < b.x + b.width + CLEAR &&
  b.x < a.x + a.width + CLEAR &&
  a.y < b.y + b.height + CLEAR &&
  b.y < a.y + a.height + CLEAR;
