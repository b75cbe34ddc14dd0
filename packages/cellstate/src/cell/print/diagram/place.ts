/**
 * Where every part of a diagram stands: in a column, from left to right as a reader goes through the text, and in a
 * row. Boxes stand in one row; an operation stands above its last operand, the others come along its row from the
 * left; what comes from a rail hangs below it. Rails lie on top, the lines of the other states below the boxes.
 */
import { createFloor, type Floor, type Place } from "./floor.ts";
import type { Part, Parts, Value } from "./parts.ts";

/** Rows from below to above; boxes in row 0, operations between boxes and rails in 1, 2, … */
const rows = { input: -2000, state: -1000, box: 0, rail: 1000, output: 2000 } as const;
const HIGHEST = 4; // operations over one another

/** An operand: what it starts from, and the operations on the way that have no place yet, the nearest to its end first. */
interface Operand {
  readonly value: Value;
  readonly base: Value;
  readonly waiting: readonly Part[];
}

export function placeParts({ parts, rails, others }: Parts): ReadonlyMap<Part, Place> {
  const floor = createFloor();
  const { places, put, keep } = floor;
  const railRow = (state: string): number => rows.rail + rails.length - 1 - rails.indexOf(state);
  /** The row in which a value comes along. */
  const laneOf = ({ part }: Value): number => (onRail(part) ? 1 : Math.max(1, places.get(part)?.row ?? 1));
  const columnOf = ({ base }: Operand): number => places.get(base.part)?.column ?? 0;
  /** Is there room above a value, as far as a row? */
  function isOpen({ part }: Value, to: number): boolean {
    const place = places.get(part);
    if (place === undefined || place.row >= rows.rail || (to > HIGHEST && to < rows.rail)) return false;
    return floor.isFree(place.column, place.row + 1, to);
  }

  function operand(value: Value): Operand {
    const waiting: Part[] = [];
    let base = value;
    while (!places.has(base.part) && !isBelow(base.part)) {
      waiting.push(base.part);
      base = base.part.inputs[0]!;
    }
    return { value, base, waiting };
  }
  /** Each that waits in a column of its own. */
  function placeNow(waiting: readonly Part[]): void {
    for (const part of [...waiting].reverse()) put(part, floor.column(), laneOf(part.inputs[0]!));
  }

  function place(part: Part): void {
    const [first, second] = part.inputs;
    if (part.kind === "box" || part.kind === "constant") put(part, floor.column(), rows.box);
    else if (part.kind !== "operation") return;
    else if (part.rail !== undefined) placeOnRail(part, part.rail);
    else if (second === undefined) placeSingle(part, first!);
    else placeJoint(part, [operand(first!), operand(second)]);
  }

  function placeOnRail(part: Part, state: string): void {
    const row = railRow(state);
    const before = places.get(part.inputs[0]!.part)?.column ?? 0;
    const from = part.inputs[1];
    const below = from && places.get(from.part);
    const isUnder = below !== undefined && below.column > before && isOpen(from!, row);
    if (isUnder) keep(below.column, below.row, row);
    put(part, isUnder ? below.column : floor.column(), row);
  }

  function placeSingle(part: Part, of: Value): void {
    const from = places.get(of.part);
    // where others read the value of a box too, a row stays free for their wire
    const row = (from?.row ?? 0) + (from?.row === rows.box && of.part.readers.length > 1 ? 2 : 1);
    if (from !== undefined && isOpen(of, row)) {
      put(part, from.column, row);
      keep(from.column, from.row, row);
    } else if (!waits(part)) {
      const isBesideBoxes = isBelow(of.part) && part.readers.every((r) => r.part.kind === "box");
      const column = floor.column();
      put(part, column, isBesideBoxes ? rows.box : laneOf(of));
      if (from !== undefined && onRail(of.part)) keep(column, 1, from.row);
    }
  }

  /** Where one operand comes straight down from a rail or up from below, a column of its own; else above one of them. */
  function placeJoint(part: Part, operands: readonly Operand[]): void {
    const last = [...operands].reverse();
    const hanging = last.find(({ base }) => onRail(base.part));
    const rising = last.find(({ base, waiting }) => isBelow(base.part) && waiting.length === 0);
    const straight = hanging ?? rising;
    if (straight === undefined) {
      for (const { base, waiting } of operands) if (isBelow(base.part)) placeNow(waiting);
      const placed = operands.map(({ value }) => operand(value));
      placeOver(part, placed);
      return;
    }
    const other = operands.find((o) => o !== straight)!;
    placeNow(other.waiting);
    const column = floor.column();
    const row = floor.rowBetween(laneOf(other.value), places.get(other.value.part)?.column ?? 0, column);
    put(part, column, row);
    straight.waiting.forEach((one, k) => {
      put(one, column, row + 1 + k);
    });
    if (hanging) keep(column, row, places.get(hanging.base.part)!.row);
    else keep(column, rows.input, row);
  }

  /** Above the operand farthest right if there is room, else right of both. */
  function placeOver(part: Part, operands: readonly Operand[]): void {
    const standing = operands.filter((o) => o.waiting.length === 0 && isOpen(o.value, laneOf(o.value) + 1));
    const under = standing.sort((a, b) => columnOf(b) - columnOf(a))[0];
    const other = operands.find((o) => o !== under)!;
    const isLeft = (o: Operand, of: Operand): boolean =>
      columnOf(o) < columnOf(of) || (columnOf(o) === columnOf(of) && o.waiting.length === 0);
    if (under !== undefined && isLeft(other, under)) {
      const { column, row: below } = places.get(under.value.part)!;
      const row = floor.rowBetween(Math.max(below + 1, laneOf(other.base)), columnOf(other), column);
      if (floor.isFree(column, below + 1, row)) {
        keep(column, below, row);
        putWith(part, column, row, [other]);
        return;
      }
    }
    const column = floor.column();
    let row = 1;
    for (const o of operands) row = Math.max(row, floor.rowBetween(Math.max(row, laneOf(o.base)), columnOf(o), column));
    putWith(part, column, row, operands);
  }
  /** With what waits on the way to it. */
  function putWith(part: Part, column: number, row: number, operands: readonly Operand[]): void {
    put(part, column, row);
    for (const { waiting } of operands) {
      for (const one of [...waiting].reverse()) {
        const left = places.get(one.inputs[0]!.part)!.column;
        put(one, floor.columnBetween(left, column, row), row);
      }
    }
  }

  for (const part of parts) place(part);
  return new Map([...places, ...outside(parts, others, railRow, floor)]);
}

const isBelow = ({ kind }: Part): boolean => kind === "input" || kind === "state in";
const onRail = ({ kind, rail }: Part): boolean => rail !== undefined && kind === "operation";

/** Does an operation on one value wait for the operation that reads it, which knows where there is room? */
function waits(part: Part): boolean {
  const [reader, ...more] = part.readers;
  if (reader === undefined || more.length > 0 || part.names.length > 0) return false;
  const { kind, rail, inputs, stage } = reader.part;
  if (kind !== "operation" || rail !== undefined || stage !== part.stage) return false;
  return inputs.length > 1 || waits(reader.part);
}

/** States at the left and right, the input below, the output above. */
function outside(
  parts: readonly Part[],
  others: readonly string[],
  railRow: (state: string) => number,
  { places, isFree, last }: Floor,
): (readonly [Part, Place])[] {
  // the lines that most boxes read lie nearest to them
  const boxReaders = (state: string): number => {
    const { readers } = parts.find((p) => p.kind === "state in" && p.names[0] === state)!;
    return readers.filter((r) => r.part.kind === "box").length;
  };
  const lines = [...others].sort((a, b) => boxReaders(b) - boxReaders(a));
  /** Left of all that reads it, or straight below where one box does. */
  const inputColumn = ({ readers: [reader, ...more] }: Part): number => {
    const { kind, inputs } = reader!.part;
    return more.length === 0 && kind === "box" && inputs.length === 1 ? places.get(reader!.part)!.column : 0;
  };
  /** Straight above what it shows, if nothing stands there, else at the right. */
  const outputColumn = ({ inputs: [of] }: Part): number => {
    const from = places.get(of!.part);
    const isOpen = from !== undefined && from.row < rows.rail && isFree(from.column, from.row + 1, rows.output);
    return isOpen ? from.column : last() + 1;
  };
  return parts.flatMap((part): (readonly [Part, Place])[] => {
    const state = part.names[0] ?? part.label;
    const row = part.rail === undefined ? rows.state - lines.indexOf(state) : railRow(part.rail);
    if (part.kind === "input") return [[part, { column: inputColumn(part), row: rows.input }]];
    if (part.kind === "state in") return [[part, { column: -1, row }]];
    if (part.kind === "state out") return [[part, { column: last() + 2, row }]];
    return part.kind === "output" ? [[part, { column: outputColumn(part), row: rows.output }]] : [];
  });
}
