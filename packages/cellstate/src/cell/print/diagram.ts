/** The diagram of a cell. */
import type { Cell } from "../cell.ts";
import { itemsOf, positionsOf, sizeOf } from "./diagram/measure.ts";
import { type PartKind, partsOf } from "./diagram/parts.ts";
import { placeParts } from "./diagram/place.ts";
import { cornersOf, routeWires } from "./diagram/route.ts";

export function cellDiagram(cell: Cell) {
  const parts = partsOf(cell);
  const places = placeParts(parts);
  const { grid, routes } = routeWires(parts, places);
  const crossings = new Map(parts.parts.map((part) => [part, [] as number[]]));
  grid.partAt.forEach((k, p) => {
    if (k > 0) crossings.get(parts.parts[k - 1]!)!.push(p);
  });
  const sizes = new Map(
    parts.parts.map((part) => {
      const points = crossings.get(part)!;
      const entered = new Set(routes.filter((r) => r.to === part).map((r) => r.points.at(-1)));
      return [part, { points, size: sizeOf(part, part.kind === "box" ? entered.size : 1) }] as const;
    }),
  );
  const x = positionsOf(grid.columns, itemsOf(grid, 0, sizes, routes));
  const y = positionsOf(grid.rows, itemsOf(grid, 1, sizes, routes));
  const id = (part: (typeof parts.parts)[number]) => parts.parts.indexOf(part);
  const nodes = parts.parts.map((part) => {
    const { points, size } = sizes.get(part)!;
    const mid = [...points].sort((a, b) => (a % grid.width) - (b % grid.width))[points.length >> 1]!;
    return {
      id: id(part),
      kind: part.kind as PartKind,
      label: part.label,
      names: part.names,
      rail: part.rail,
      stage: part.stage,
      x: x[mid % grid.width]!,
      y: y[Math.floor(mid / grid.width)]!,
      ...size,
    };
  });
  const wires = routes.map((r) => ({
    from: id(r.value.part),
    to: id(r.to),
    points: cornersOf(r.points).map((p) => ({ x: x[p % grid.width]!, y: y[Math.floor(p / grid.width)]! })),
    isRail: r.to.rail !== undefined && r.input === 0,
  }));
  return { nodes, wires };
}
