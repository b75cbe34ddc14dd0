/**
 * Where every part of a diagram stands: in a column, from left to right as a reader goes through the text, and in a
 * row. Boxes stand in one row; an operation stands above its last operand, the others come along its row from the
 * left; what comes from a rail hangs below it. Rails lie on top, the lines of the other states below the boxes.
 */
import type { Part, Parts, Value } from "./parts.ts";

export interface Place {
  /** Only their order counts. */
  readonly column: number;
  readonly row: number;
}

/** Rows from below to above; boxes in row 0, operations between boxes and rails in 1, 2, … */
export const rows = { input: -2000, state: -1000, box: 0, rail: 1000, output: 2000 } as const;

const HIGHEST = 4; // operations over one another

export function placeParts({ parts, rails, others }: Parts): Map<Part, Place> {
  const places = new Map<Part, Place>();
  /** What is taken in a column: parts, and the ways of wires that go straight up or down. */
  const taken = new Map<number, { low: number; high: number; isPart: boolean }[]>();
  const columns = (): number[] => [...taken.keys()].sort((a, b) => a - b);
  // those that most boxes read lie nearest to them
  const boxReaders = (state: string): number =>
    parts.find((p) => p.kind === "state in" && p.names[0] === state)!.readers.filter((r) => r.part.kind === "box")
      .length;
  const lines = [...others].sort((a, b) => boxReaders(b) - boxReaders(a));
  const railRow = (state: string): number => rows.rail + rails.length - 1 - rails.indexOf(state);

  function newColumn(column = Math.max(...taken.keys()) + 1): number {
    taken.set(column, []);
    return column;
  }
  function columnBefore(column: number): number {
    const before = columns().filter((c) => c < column);
    return newColumn((before.at(-1)! + column) / 2);
  }
  const isFree = (column: number, low: number, high: number): boolean =>
    taken.get(column)!.every((t) => t.high < low || t.low > high);
  function put(part: Part, column: number, row: number): void {
    places.set(part, { column, row });
    taken.get(column)!.push({ low: row, high: row, isPart: true });
  }
  const keep = (column: number, low: number, high: number): void => {
    taken.get(column)!.push({ low, high, isPart: false });
  };
  /** The lowest row from this one on that no part stands on between two columns. */
  function rowBetween(row: number, left: number, right: number): number {
    const between = columns().filter((c) => c > left && c < right);
    const blocked = (r: number): boolean => between.some((c) => taken.get(c)!.some((t) => t.isPart && t.low === r));
    while (blocked(row)) row++;
    return row;
  }

  const isBus = ({ part }: Value): boolean => part.kind === "input" || part.kind === "state in";
  const onRail = ({ part }: Value): boolean => part.rail !== undefined && part.kind === "operation";
  const feedsBoxes = (part: Part): boolean => part.readers.every((r) => r.part.kind === "box");
  const isStackable = ({ part }: Value, to: number): boolean => {
    const place = places.get(part);
    if (place === undefined || place.row >= rows.rail || (to > HIGHEST && to < rows.rail)) return false;
    return isFree(place.column, place.row + 1, to);
  };

  /** An operation on one value waits for the operation that reads it, which knows where there is room. */
  function waits(part: Part): boolean {
    const [reader, ...more] = part.readers;
    if (reader === undefined || more.length > 0 || part.names.length > 0) return false;
    const { kind, rail, inputs, stage } = reader.part;
    if (kind !== "operation" || rail !== undefined || stage !== part.stage) return false;
    return inputs.length > 1 || waits(reader.part);
  }
  /** From the operation that waits nearest to what it all starts from. */
  function chainOf(value: Value): { waiting: Part[]; base: Value } {
    const waiting: Part[] = [];
    let base = value;
    while (!places.has(base.part) && !isBus(base)) {
      waiting.push(base.part);
      base = base.part.inputs[0]!;
    }
    return { waiting, base };
  }
  const laneOf = (value: Value): number => Math.max(1, places.get(value.part)?.row ?? 1);

  function place(part: Part): void {
    if (part.kind === "box" || part.kind === "constant") put(part, newColumn(), rows.box);
    else if (part.kind !== "operation") return;
    else if (part.rail !== undefined) placeOnRail(part, part.rail);
    else if (part.inputs.length === 1) placeSingle(part, part.inputs[0]!);
    else placeJoint(part, part.inputs[0]!, part.inputs[1]!);
  }

  function placeOnRail(part: Part, state: string): void {
    const row = railRow(state);
    const before = places.get(part.inputs[0]!.part)?.column ?? 0;
    const operand = part.inputs[1];
    const above = operand && places.get(operand.part);
    const fits = above && above.column > before && isStackable(operand, row);
    const column = fits ? above.column : newColumn();
    if (fits) keep(column, above.row, row);
    put(part, column, row);
  }

  function placeSingle(part: Part, of: Value): void {
    const below = places.get(of.part);
    // where others read the value too, a row stays free for their wire
    const row = below && below.row + (below.row === 0 && of.part.readers.length > 1 ? 2 : 1);
    if (below && row && !onRail(of) && isStackable(of, row)) {
      put(part, below.column, row);
      keep(below.column, below.row, row);
    } else if (!waits(part)) {
      const column = newColumn();
      const row = feedsBoxes(part) && isBus(of) ? rows.box : laneOf(onRail(of) ? part.inputs[0]! : of);
      put(part, column, onRail(of) ? 1 : row);
      if (onRail(of)) keep(column, 1, places.get(of.part)!.row);
    }
  }

  function placeJoint(part: Part, first: Value, second: Value): void {
    const operands = [first, second].map((value) => ({ value, ...chainOf(value) }));
    const last = [...operands].reverse();
    const hanging = last.find(({ base }) => onRail(base));
    const straight = hanging ?? last.find(({ base, waiting }) => isBus(base) && waiting.length === 0);
    if (straight) {
      const other = operands.find((o) => o !== straight)!;
      for (const one of other.waiting.reverse()) placeNow(one);
      const column = newColumn();
      const from = places.get(other.value.part)?.column ?? 0;
      const row = rowBetween(onRail(other.base) ? 1 : laneOf(other.value), from, column);
      put(part, column, row);
      straight.waiting.forEach((one, k) => {
        put(one, column, row + 1 + k);
      });
      if (hanging) keep(column, row, places.get(straight.base.part)!.row);
      else keep(column, rows.input, row);
      return;
    }
    for (const { base, waiting } of operands) if (isBus(base)) for (const one of waiting.reverse()) placeNow(one);
    placeOver(
      part,
      operands.map(({ value }) => ({ value, ...chainOf(value) })),
    );
  }

  /** Above the operand farthest right, if there is room. */
  function placeOver(part: Part, operands: readonly { value: Value; waiting: Part[]; base: Value }[]): void {
    const columnOf = (o: { base: Value }): number => places.get(o.base.part)!.column;
    const standing = operands.filter((o) => o.waiting.length === 0 && isStackable(o.value, laneOf(o.value) + 1));
    const under = standing.sort((a, b) => columnOf(b) - columnOf(a))[0];
    const other = operands.find((o) => o !== under)!;
    const fits = under !== undefined && columnOf(other) <= columnOf(under);
    const column = fits ? columnOf(under) : newColumn();
    const left = fits ? [other] : operands;
    let row = fits ? places.get(under.value.part)!.row + 1 : 1;
    for (const o of left) row = Math.max(row, rowBetween(Math.max(row, laneOf(o.base)), columnOf(o), column));
    put(part, column, row);
    if (fits) keep(column, places.get(under.value.part)!.row, row);
    for (const o of left)
      o.waiting.reverse().forEach((one) => {
        put(one, columnBetween(columnOf({ base: one.inputs[0]! }), column, row), row);
      });
  }

  function columnBetween(left: number, right: number, row: number): number {
    const free = columns().filter((c) => c > left && c < right && isFree(c, row, row));
    return free[0] ?? columnBefore(right);
  }

  /** One that was to wait, in a column of its own. */
  function placeNow(part: Part): void {
    const of = part.inputs[0]!;
    put(part, newColumn(), onRail(of) ? 1 : laneOf(of));
  }

  /** Left of all that reads it, or straight below where one box does. */
  function inputColumn({ readers: [reader, ...more] }: Part): number {
    const isAlone = more.length === 0 && reader!.part.kind === "box" && reader!.part.inputs.length === 1;
    return isAlone ? places.get(reader!.part)!.column : 0;
  }

  newColumn(0);
  for (const part of parts) place(part);
  for (const part of parts) if (part.kind === "operation" && !places.has(part)) placeNow(part);
  const right = Math.max(...taken.keys());
  for (const part of parts) {
    const state = part.names[0] ?? part.label;
    const row = part.rail === undefined ? rows.state - lines.indexOf(state) : railRow(part.rail);
    if (part.kind === "input") places.set(part, { column: inputColumn(part), row: rows.input });
    if (part.kind === "state in") places.set(part, { column: -1, row });
    if (part.kind === "state out") places.set(part, { column: right + 2, row });
    if (part.kind === "output") places.set(part, { column: right + 1, row: rows.output });
  }
  return places;
}
