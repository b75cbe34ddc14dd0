/** The wires of a diagram, laid one after the other, each from what there is of its net. */

import type { Place } from "./floor.ts";
import { createGrid, type Grid } from "./grid.ts";
import { entering, type Net, netFor, netsOf, usesInOrder } from "./nets.ts";
import type { Part, Parts, Value } from "./parts.ts";
import { createSearch, type Terminal } from "./search.ts";
import { createTrees } from "./trees.ts";

/** A wire: a walk over the crossings of the grid from the part that computes a value to one that reads it. */
export interface Route {
  readonly value: Value;
  readonly to: Part;
  readonly input: number;
  readonly points: readonly number[];
}

export interface Routed {
  readonly grid: Grid;
  readonly routes: readonly Route[];
}

const LINES = 3; // spare ones between two columns or rows of parts; nearly always enough
const MOST_LINES = 48;
const SIDE = 0.9; // for a second wire out of another side of a part
const LATER = 2; // for leaving a rail one column line later

export function routeWires(of: Parts, places: ReadonlyMap<Part, Place>): Routed {
  for (let spare = LINES; spare <= MOST_LINES; spare *= 2) {
    const routed = routeOver(of, places, spare);
    if (routed !== undefined) return routed;
  }
  throw new Error(`a wire finds no way among ${MOST_LINES} lines between two parts`);
}

/** Undefined if there are too few lines. */
function routeOver(of: Parts, places: ReadonlyMap<Part, Place>, spare: number): Routed | undefined {
  const { parts } = of;
  const nets = netsOf(parts);
  const grid = createGrid(of, places, (part) => entering(part, nets), spare);
  const columnOf = (point: number): number => point % grid.width;
  const search = createSearch(
    grid,
    (part, net) =>
      nets[net]!.values.some((v) => v.part === parts[part] || v.part.readers.some((r) => r.part === parts[part])),
    linesOfStates(grid, parts, nets),
  );
  const trees = createTrees(grid);
  const routes: Route[] = [];
  const laid = new Set<string>();

  const sides = ({ part, index }: Value, cost: number): Terminal[] =>
    grid.ports.get(part)!.out[index]!.map((port) => ({ ...port, cost }));
  /** The leftmost line into a box that reads a net. */
  function firstReader({ values }: Net): number {
    const boxes = values[0]!.part.readers.filter((r) => r.part.kind === "box");
    return Math.min(...boxes.map((r) => columnOf(grid.ports.get(r.part)!.in[0][0]!.point)));
  }

  function startsOf(net: Net, value: Value, to: Part): Terminal[] {
    const branches = trees.branches(net);
    if (branches.length === 0) return sides(value, 0);
    const lane = to.kind === "output" ? laneOut(value) : undefined;
    if (lane !== undefined) return branches.filter(({ point }) => lane.has(point));
    const starts = net.values.length > 1 ? branches : [...branches, ...sides(value, SIDE)];
    if (to.kind !== "box" || value.part.kind !== "state in" || value.part.rail === undefined) return starts;
    return starts.map((s) => ({ ...s, cost: s.cost + LATER * columnOf(s.point) }));
  }
  /** The line on which a state leaves the cell, if its wire has gone down to it: there the output branches off. */
  function laneOut(value: Value): Set<number> | undefined {
    const out = routes.find((r) => r.value.part === value.part && r.to.kind === "state out")?.points;
    if (out === undefined || out[1]! - out[0]! !== grid.step[3]) return undefined;
    return new Set(out.slice(out.indexOf(cornersOf(out).at(-2)!)));
  }

  function lay(value: Value, to: Part, input: number): boolean {
    const net = netFor(nets, value);
    const key = `${net.id} ${parts.indexOf(to)}`;
    if (to.kind === "box" && laid.has(key)) return true;
    laid.add(key);
    const ends = grid.ports.get(to)!.in[input === 0 ? 0 : 1].map((port) => ({ ...port, cost: 0 }));
    const isFirst = trees.branches(net).length === 0;
    const left = to.kind === "box" ? firstReader(net) : undefined;
    const points = search.find(net.id, startsOf(net, net.values[0]!, to), ends, left);
    if (points === undefined) return false;
    const whole = trees.add(net, points);
    search.take(net.id, points);
    if (isFirst && !join(net, whole)) return false;
    for (const one of net.values) {
      const reads = net.values.length > 1 ? to.inputs.findIndex((v) => v.part === one.part) : input;
      routes.push({ value: one, to, input: reads, points: trees.from(net, one, whole) });
    }
    return true;
  }

  /** The other values of a net join it left of all that read it. */
  function join(net: Net, trunk: readonly number[]): boolean {
    const first = firstReader(net);
    const upstream = trunk.slice(1, -1).filter((p) => columnOf(p) < first);
    for (const value of net.values.slice(1)) {
      const ends = upstream.map((point) => ({ point, cost: 0 }));
      const points = search.find(net.id, sides(value, 0), ends);
      if (points === undefined) return false;
      search.take(net.id, points);
      trees.join(net, value, points, trunk);
    }
    return true;
  }

  const isLaid = usesInOrder(of, places).every(({ value, part, input }) => lay(value, part, input));
  return isLaid ? { grid, routes } : undefined;
}

/** The nets of the states below, by the line that they come in and leave on. */
function linesOfStates(grid: Grid, parts: readonly Part[], nets: readonly Net[]): (Set<number> | undefined)[] {
  const owners = grid.rows.map((): Set<number> | undefined => undefined);
  for (const part of parts) {
    const isIn = part.kind === "state in";
    if (part.rail !== undefined || !(isIn || part.kind === "state out")) continue;
    const ports = grid.ports.get(part)!;
    const { point } = (isIn ? ports.out : ports.in)[0]![0]!;
    const row = Math.floor(point / grid.width);
    owners[row] = (owners[row] ?? new Set()).add(netFor(nets, isIn ? { part, index: 0 } : part.inputs[0]!).id);
  }
  return owners;
}

/** Where a walk turns, and its ends. */
export const cornersOf = (points: readonly number[]): number[] =>
  points.filter((p, k) => k === 0 || k === points.length - 1 || points[k + 1]! - p !== p - points[k - 1]!);
