/**
 * The cheapest walk over a grid: short, with few corners and few crossings, preferably to the right and along lines
 * that are in use. A* over crossings and the directions they are reached in.
 */
import type { Direction, Grid, Line } from "./grid.ts";
import { createHeap } from "./heap.ts";

/** Where a walk may start or end; in any direction, if none is said. */
export interface Terminal {
  readonly point: number;
  readonly cost: number;
  readonly direction?: Direction;
}

export interface Search {
  /** From crossing to crossing; `left`: wires go down past the boxes left of this column line only. */
  find(
    net: number,
    starts: readonly Terminal[],
    ends: readonly Terminal[],
    left?: number,
  ): readonly number[] | undefined;
  /** Puts a net's wire on a walk. */
  take(net: number, points: readonly number[]): void;
}

/** What a wire pays, in widths of a column or row, more or less. */
const BEND = 2.2;
const CROSSING = 2.6;
const NEW_LINE = 2.5; // a turn into a line without a wire
const BACK = 8; // times the way, to the left
const ASTRAY = 4; // times the way, between boxes or on the line of a state that it does not belong to
const LOW = 0.002; // for every line that a way to the right lies above the lowest
const SPARE = 0.15; // the way from one line to the next
const THICK = 0.8; // and from or to a line with parts

const LARGE = 12_000; // crossings; beyond, the first good walk is taken

const NEVER = Number.POSITIVE_INFINITY;

/**
 * `connects`: does a net's wire go to or from a part? By number.
 * `owners`: the nets that the lines of the states belong to, by row line.
 */
export function createSearch(
  grid: Grid,
  connects: (part: number, net: number) => boolean,
  owners: readonly (ReadonlySet<number> | undefined)[],
): Search {
  const { width, partAt, keptFor, right, below, step, columns, rows } = grid;
  const size = partAt.length;
  const cost = new Float64Array(size * 4);
  const from = new Int32Array(size * 4);
  const reached = new Int32Array(size * 4); // in which search
  const closed = new Int32Array(size * 4);
  const goal = new Int32Array(size * 4);
  const goalCost = new Float64Array(size * 4);
  const haste = size > LARGE ? 4 : 1;
  let run = 0;
  const usedColumns = columns.map((line) => line.place !== undefined);
  const usedRows = rows.map((line, j) => line.place !== undefined && owners[j] === undefined);
  const isBoxRow = rows.map((line) => line.place === 0);
  const [stepX, wayX] = lengths(columns);
  const [stepY, wayY] = lengths(rows);
  const heap = createHeap();

  /** Whose wire leaves a crossing in a direction, plus 1; 0 if nobody's, -1 at the rim. */
  function wire(p: number, d: number): number {
    if (d === 0) return (p + 1) % width === 0 ? -1 : right[p]!;
    if (d === 2) return p % width === 0 ? -1 : right[p - 1]!;
    if (d === 3) return p + width >= size ? -1 : below[p]!;
    return p < width ? -1 : below[p - width]!;
  }
  function length(net: number, p: number, d: number): number {
    const i = p % width;
    const j = (p - i) / width;
    if (d === 1) return stepY[j - 1]!;
    if (d === 3) return stepY[j]!;
    const owner = owners[j];
    const times = isBoxRow[j] || (owner !== undefined && !owner.has(net)) ? ASTRAY : 1;
    const way = d === 0 ? stepX[i]! : BACK * stepX[i - 1]!;
    return times * way + LOW * (rows.length - j);
  }
  /** Is a crossing on the way from a port that only the wires of another part may take? */
  const isKept = (net: number, p: number): boolean => keptFor[p]! > 0 && !connects(keptFor[p]! - 1, net);
  /** What it costs to go on in a direction from a crossing reached in another. */
  function passage(net: number, p: number, d: number, next: number): number {
    if (d === next) {
      const a = wire(p, (d + 1) & 3);
      const b = wire(p, (d + 3) & 3);
      const isAcross = columns[p % width]!.place === undefined ? (d & 1) === 1 : (d & 1) === 0;
      if (!isAcross && isKept(net, p)) return NEVER;
      if (a <= 0 && b <= 0) return 0;
      return a === b && a !== net + 1 ? CROSSING : NEVER;
    }
    for (let k = 0; k < 4; k++) if (wire(p, k) > 0) return NEVER;
    if (isKept(net, p)) return NEVER;
    const isUsed = (next & 1) === 0 ? usedRows[Math.floor(p / width)] : usedColumns[p % width];
    return isUsed ? BEND : BEND + NEW_LINE;
  }
  /** May a net branch here? Not where another's wire crosses. */
  function branches(net: number, p: number): boolean {
    for (let k = 0; k < 4; k++) {
      const other = wire(p, k);
      if (other > 0 && other !== net + 1) return false;
    }
    return !isKept(net, p);
  }

  function find(net: number, starts: readonly Terminal[], ends: readonly Terminal[], left = width) {
    run++;
    heap.clear();
    let [west, east, north, south] = [width, 0, rows.length, 0];
    for (const { point, cost: c, direction } of ends) {
      for (let d = 0; d < 4; d++) {
        if (direction !== undefined && direction !== d) continue;
        goal[point * 4 + d] = run;
        goalCost[point * 4 + d] = c;
      }
      const i = point % width;
      const j = (point - i) / width;
      [west, east, north, south] = [Math.min(west, i), Math.max(east, i), Math.min(north, j), Math.max(south, j)];
    }
    /** Never more than what it costs to reach the nearest end. */
    const toGo = (p: number): number => {
      const i = p % width;
      const j = (p - i) / width;
      const x = i < west ? wayX[west]! - wayX[i]! : i > east ? BACK * (wayX[i]! - wayX[east]!) : 0;
      return x + (j < north ? wayY[north]! - wayY[j]! : j > south ? wayY[j]! - wayY[south]! : 0);
    };
    const go = (p: number, d: number, paid: number, before: number): void => {
      if (wire(p, d) !== 0) return;
      const q = p + step[d]!;
      const state = q * 4 + d;
      const isEnd = goal[state] === run;
      if (partAt[q] !== 0 && !isEnd) return;
      if (d === 3 && q % width >= left && isBoxRow[Math.floor(q / width)]) return;
      const total = paid + length(net, p, d) + (isEnd ? goalCost[state]! : 0);
      if (reached[state] === run && total >= cost[state]!) return;
      reached[state] = run;
      cost[state] = total;
      from[state] = before;
      heap.push(total + haste * toGo(q), state);
    };

    for (const { point, cost: c, direction } of starts) {
      if (direction !== undefined) go(point, direction, c, -1 - point);
      else if (branches(net, point)) for (let d = 0; d < 4; d++) go(point, d, c, -1 - point);
    }
    while (heap.size() > 0) {
      const state = heap.pop();
      if (closed[state] === run) continue;
      closed[state] = run;
      if (goal[state] === run) return walkTo(state);
      const p = state >> 2;
      const d = state & 3;
      for (let next = 0; next < 4; next++) {
        if (next === (d ^ 2)) continue;
        const more = passage(net, p, d, next);
        if (more < NEVER) go(p, next, cost[state]! + more, state);
      }
    }
    return undefined;
  }

  function walkTo(end: number): number[] {
    const points: number[] = [];
    let state = end;
    while (state >= 0) {
      points.push(state >> 2);
      state = from[state]!;
    }
    points.push(-1 - state);
    return points.reverse();
  }

  function take(net: number, points: readonly number[]): void {
    for (let k = 1; k < points.length; k++) {
      const low = Math.min(points[k - 1]!, points[k]!);
      if (Math.abs(points[k]! - points[k - 1]!) === 1) {
        right[low] = net + 1;
        usedRows[Math.floor(low / width)] = true;
      } else {
        below[low] = net + 1;
        usedColumns[low % width] = true;
      }
    }
  }

  return { find, take };
}

/** From each line to the next, and from the first to each. */
function lengths(lines: readonly Line[]): readonly [readonly number[], readonly number[]] {
  const isThick = (line: Line | undefined): boolean => line?.place !== undefined && line.offset === 0;
  const steps = lines.map((line, k) => SPARE + (isThick(line) ? THICK : 0) + (isThick(lines[k + 1]) ? THICK : 0));
  let way = 0;
  const ways = steps.map((s) => {
    way += s;
    return way - s;
  });
  return [steps, ways];
}
