/** The columns of a diagram while parts are put into them: what stands where, and which ways are kept for wires. */
import type { Part } from "./parts.ts";

export interface Place {
  /** Only their order counts. */
  readonly column: number;
  readonly row: number;
}

export interface Floor {
  readonly places: ReadonlyMap<Part, Place>;
  readonly last: () => number;
  /** A new column, the last. */
  column(): number;
  /** A column between two where a row is free; a new one, if there is none. */
  columnBetween(left: number, right: number, row: number): number;
  put(part: Part, column: number, row: number): void;
  /** Keeps a column free for a wire that goes straight up or down. */
  keep(column: number, low: number, high: number): void;
  /** Does nothing stand in these rows of a column, and no wire go through them? */
  isFree(column: number, low: number, high: number): boolean;
  /** The lowest row from one on in which nothing stands between two columns. */
  rowBetween(row: number, left: number, right: number): number;
}

export function createFloor(): Floor {
  const places = new Map<Part, Place>();
  const taken = new Map<number, { low: number; high: number; isPart: boolean }[]>([[0, []]]);
  const last = (): number => Math.max(...taken.keys());
  const add = (column: number): number => {
    taken.set(column, []);
    return column;
  };
  const between = (left: number, right: number): number[] =>
    [...taken.keys()].filter((c) => c > left && c < right).sort((a, b) => a - b);
  const isFree: Floor["isFree"] = (column, low, high) => taken.get(column)!.every((t) => t.high < low || t.low > high);

  return {
    places,
    last,
    column: () => add(last() + 1),
    columnBetween(left, right, row) {
      const columns = between(left, right);
      return columns.find((c) => isFree(c, row, row)) ?? add(((columns.at(-1) ?? left) + right) / 2);
    },
    put(part, column, row) {
      places.set(part, { column, row });
      taken.get(column)!.push({ low: row, high: row, isPart: true });
    },
    keep(column, low, high) {
      taken.get(column)!.push({ low, high, isPart: false });
    },
    isFree,
    rowBetween(row, left, right) {
      const columns = between(left, right);
      const isBlocked = (r: number): boolean => columns.some((c) => taken.get(c)!.some((t) => t.isPart && t.low === r));
      let free = row;
      while (isBlocked(free)) free++;
      return free;
    },
  };
}
