/**
 * The lines that wires may run along: one or more through every column and row of parts, and spare ones between
 * them. A wire is a walk from crossing to crossing; whose wire runs between two crossings is kept here.
 */

import type { Place } from "./floor.ts";
import type { Part, Parts } from "./parts.ts";

/** Right, up, left, down. */
export type Direction = 0 | 1 | 2 | 3;

export interface Line {
  /** The column that it runs through, or the row, counted downwards; undefined if it is spare. */
  readonly place?: number;
  /** Which of the lines through that column or row, from the middle one. */
  readonly offset: number;
}

/** A crossing at a part's rim, and in which direction a wire leaves or arrives there. */
export interface Port {
  readonly point: number;
  readonly direction: Direction;
}

export interface Ports {
  /** Of each result. */
  readonly out: readonly (readonly Port[])[];
  /** Of the first input, and of the others. */
  readonly in: readonly [first: readonly Port[], others: readonly Port[]];
}

/** A crossing's number is its row line times `width` plus its column line. */
export interface Grid {
  readonly columns: readonly Line[];
  readonly rows: readonly Line[];
  readonly width: number;
  /** The part at a crossing: its number plus 1. */
  readonly partAt: Int16Array;
  /** The part with a port from which the way as far as the next parts goes by here, for its own wires: its number plus 1. */
  readonly keptFor: Int16Array;
  /** The wire from a crossing to the right, and the one downwards: its net's number plus 1. */
  readonly right: Int16Array;
  readonly below: Int16Array;
  readonly ports: ReadonlyMap<Part, Ports>;
  /** From a crossing to the next in a direction. */
  readonly step: readonly [number, number, number, number];
}

/** `entering`: how many lines enter a part; `spare`: how many lie between two columns or rows of parts. */
export function createGrid(
  { parts }: Parts,
  places: ReadonlyMap<Part, Place>,
  entering: (part: Part) => number,
  spare: number,
): Grid {
  const results = (part: Part): number => (part.kind === "box" ? Math.max(1, part.names.length) : 1);
  const boxes = parts.filter((part) => part.kind === "box");
  // what a box computes for another box goes down right of it and on below the boxes
  const severalIn = new Map(boxes.map((box) => [places.get(box)!.column, results(box) - 1]));
  const forBoxes = boxes.filter((box) => box.readers.some((r) => r.part.kind === "box"));
  const under = forBoxes.reduce((sum, box) => sum + results(box), 2);
  const downwards = (part: Part): number => 0 - places.get(part)!.row;
  const inside = linesOf(
    parts,
    (p) => places.get(p)!.column,
    entering,
    (c) => spare + (severalIn.get(c) ?? 0),
  );
  // where no state comes in on the left, wires into the first column need a way there
  const isOpen = parts.some((part) => part.inputs.length > 0 && places.get(part)!.column === inside[0]!.place);
  const columns = isOpen ? [...spareLines(spare), ...inside] : inside;
  const rows = linesOf(parts, downwards, results, (row) => spare + (row === 0 ? under : 0));

  const width = columns.length;
  const size = width * rows.length;
  const step = [1, -width, -1, width] as const;
  const partAt = new Int16Array(size);
  const keptFor = new Int16Array(size);
  const ports = new Map<Part, Ports>();
  parts.forEach((part, number) => {
    const is = linesAt(columns, places.get(part)!.column);
    const js = linesAt(rows, downwards(part));
    for (const i of is) for (const j of js) partAt[j * width + i] = number + 1;
    ports.set(part, portsOf(part, is, js, width, entering(part)));
  });
  /** From a port away from its part, as far as there are spare lines. */
  function way({ point, direction }: Port, sign: 1 | -1): number[] {
    const by = sign * step[direction];
    const isSpare = (p: number): boolean =>
      (by === 1 || by === -1 ? columns[p % width] : rows[Math.floor(p / width)])?.place === undefined;
    const points: number[] = [];
    for (let p = point + by; p >= 0 && p < size && partAt[p] === 0 && isSpare(p); p += by) points.push(p);
    return points;
  }
  const ways = parts.map((part) => {
    const { out, in: into } = ports.get(part)!;
    return [...out.flat().map((port) => way(port, 1)), ...into.flat().map((port) => way(port, -1))];
  });
  // between two parts, for the nearer one
  for (let far = Math.max(0, ...ways.flat().map((points) => points.length)) - 1; far >= 0; far--) {
    ways.forEach((own, number) => {
      for (const points of own) if (far < points.length) keptFor[points[far]!] = number + 1;
    });
  }
  const [right, below] = [new Int16Array(size), new Int16Array(size)];
  return { columns, rows, width, partAt, keptFor, right, below, ports, step };
}

function linesOf(
  parts: readonly Part[],
  placeOf: (part: Part) => number,
  countOf: (part: Part) => number,
  spareAfter: (place: number) => number,
): Line[] {
  const counts = new Map<number, number>();
  for (const part of parts) counts.set(placeOf(part), Math.max(counts.get(placeOf(part)) ?? 1, countOf(part)));
  return [...counts]
    .sort(([a], [b]) => a - b)
    .flatMap(([place, count]): Line[] => {
      const half = count >> 1; // on either side of the middle one
      const through = Array.from({ length: 2 * half + 1 }, (_, k) => ({ place, offset: k - half }));
      return [...through, ...spareLines(spareAfter(place))];
    });
}

const spareLines = (count: number): Line[] => Array.from({ length: count }, () => ({ offset: 0 }));

const linesAt = (lines: readonly Line[], place: number): number[] =>
  lines.flatMap((line, k) => (line.place === place ? [k] : []));

/** Where one of several ports lies, in lines from the middle one, which an even number leaves free. */
export function portOffset(k: number, count: number): number {
  const half = count >> 1;
  return k - half + (count % 2 === 0 && k >= half ? 1 : 0);
}

/** Inputs of a box come from below, its result leaves above; several results leave to the right, one below the other. */
function portsOf(part: Part, is: readonly number[], js: readonly number[], width: number, entering: number): Ports {
  const at = (direction: Direction, i: number, j: number): Port => ({ direction, point: j * width + i });
  const spread = (lines: readonly number[], count: number): number[] =>
    Array.from({ length: count }, (_, k) => lines[(lines.length >> 1) + portOffset(k, count)]!);
  const [left, right, top, bottom] = [is[0]!, is.at(-1)!, js[0]!, js.at(-1)!];
  const [i, j] = [is[is.length >> 1]!, js[js.length >> 1]!];
  const from = { left: at(0, left, j), below: at(1, i, bottom), above: at(3, i, top) };
  const to = { right: at(0, right, j), above: at(1, i, top), below: at(3, i, bottom) };
  switch (part.kind) {
    case "box": {
      const into = spread(is, entering).map((column) => at(1, column, bottom));
      const several = spread(js, part.names.length).map((row) => [at(0, right, row)]);
      return { out: part.names.length > 1 ? several : [[to.above]], in: [into, into] };
    }
    case "operation": {
      if (part.rail !== undefined) return { out: [[to.right]], in: [[from.left], [from.below, from.above]] };
      const into = [from.left, from.below, from.above];
      return { out: [[to.right, to.above, to.below]], in: [into, into] };
    }
    case "state in":
      return { out: [[to.right]], in: [[], []] };
    case "state out":
      return { out: [], in: [[from.left], []] };
    case "output":
      return { out: [], in: [[from.below], []] };
    case "input":
      return { out: [[to.above]], in: [[], []] };
    case "constant":
      return { out: [[to.above, to.right]], in: [[], []] };
  }
}
