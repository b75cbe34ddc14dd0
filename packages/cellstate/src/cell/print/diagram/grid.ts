/**
 * The lines that wires may run along: one or more through every column and row of parts, and spare ones between
 * them. A wire is a walk from crossing to crossing; whose wire runs between two crossings is kept here.
 */
import type { Part, Parts } from "./parts.ts";
import type { Place } from "./place.ts";

/** Right, up, left, down. */
export type Direction = 0 | 1 | 2 | 3;

export interface Line {
  /** Its column or row; undefined if it is spare. */
  readonly place?: number;
  /** Which of the lines through that column or row, from the middle one. */
  readonly offset: number;
}

export interface Grid {
  readonly columns: readonly Line[];
  readonly rows: readonly Line[];
  readonly width: number;
  /** The part at a crossing, by its number plus 1. */
  readonly partAt: Int16Array;
  /** The part next to a crossing: there wires turn only that go to it. */
  readonly nextTo: Int16Array;
  /** The wire to the right of a crossing, and the one below it: its net's number plus 1. */
  readonly right: Int16Array;
  readonly below: Int16Array;
  /** Crossings at which a wire may start from a part, or end at it. */
  readonly ports: ReadonlyMap<Part, Ports>;
  /** The step from a crossing in a direction. */
  readonly step: readonly [number, number, number, number];
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

/** `spare`: how many lines lie between two columns or rows of parts. */
export function createGrid(
  { parts }: Parts,
  places: ReadonlyMap<Part, Place>,
  ins: (part: Part) => number,
  spare: number,
): Grid {
  const boxes = parts.filter((part) => part.kind === "box");
  const under = boxes.reduce((sum, box) => sum + (box.readers.some((r) => r.part.kind === "box") ? lanes(box) : 0), 2);
  function lanes(part: Part): number {
    return part.kind === "box" ? Math.max(1, part.names.length) : 1;
  }
  const results = new Map(boxes.map((box) => [places.get(box)!.column, lanes(box) - 1]));
  const columns = linesOf(
    parts,
    (p) => places.get(p)!.column,
    ins,
    (column) => spare + (results.get(column) ?? 0),
  );
  // from above to below
  const across = linesOf(
    parts,
    (p) => 0 - places.get(p)!.row,
    lanes,
    (row) => spare + (row === 0 ? under : 0),
  );
  const width = columns.length;
  const size = width * across.length;
  const partAt = new Int16Array(size);
  const nextTo = new Int16Array(size);
  const ports = new Map<Part, Ports>();
  const step = [1, -width, -1, width] as const;
  parts.forEach((part, k) => {
    const { column, row } = places.get(part)!;
    const is = linesAt(columns, column);
    const js = linesAt(across, 0 - row);
    const own = lanes(part) > 1 ? js : [middle(js)];
    for (const i of is) for (const j of own) partAt[j * width + i] = k + 1;
    ports.set(part, portsOf(part, is, own, width));
  });
  parts.forEach((part, k) => {
    const { out, in: into } = ports.get(part)!;
    const around = [
      ...out.flat().map(({ point, direction }) => point + step[direction]),
      ...into.flat().map(({ point, direction }) => point - step[direction]),
    ];
    for (const p of around) if (partAt[p] === 0) nextTo[p] = k + 1;
  });
  const right = new Int16Array(size);
  const below = new Int16Array(size);
  return { columns, rows: across, width, partAt, nextTo, right, below, ports, step };
}

const middle = (list: readonly number[]): number => list[list.length >> 1]!;
const linesAt = (lines: readonly Line[], place: number): number[] =>
  lines.flatMap((line, k) => (line.place === place ? [k] : []));

function linesOf(
  parts: readonly Part[],
  placeOf: (part: Part) => number,
  countOf: (part: Part) => number,
  spare: (place: number) => number,
): Line[] {
  const counts = new Map<number, number>();
  for (const part of parts) {
    const place = placeOf(part);
    counts.set(place, Math.max(counts.get(place) ?? 1, countOf(part)));
  }
  const lines: Line[] = [];
  for (const [place, count] of [...counts].sort(([a], [b]) => a - b)) {
    // an odd number, so that one is in the middle
    const half = count >> 1;
    for (let k = -half; k <= half; k++) lines.push({ place, offset: k });
    for (let k = 0; k < spare(place); k++) lines.push({ offset: 0 });
  }
  return lines;
}

/** Inputs of a box come from below, its result leaves above; several results leave to the right, one below the other. */
function portsOf(part: Part, is: readonly number[], js: readonly number[], width: number): Ports {
  const at = (direction: Direction, i: number, j: number): Port => ({ direction, point: j * width + i });
  const [i, j] = [middle(is), middle(js)];
  const from = { left: at(0, is[0]!, j), below: at(1, i, js.at(-1)!), above: at(3, i, js[0]!) };
  const to = { right: at(0, is.at(-1)!, j), above: at(1, i, js[0]!), below: at(3, i, js.at(-1)!) };
  switch (part.kind) {
    case "box": {
      const several = spread(js, part.names.length).map((row) => [at(0, is.at(-1)!, row)]);
      const into = is.map((column) => at(1, column, js.at(-1)!));
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

/** As many as wanted, evenly out of an odd number of lines. */
const spread = (lines: readonly number[], count: number): readonly number[] =>
  count % 2 === 1 ? lines : lines.filter((_, k) => k !== lines.length >> 1);
