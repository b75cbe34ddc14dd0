/**
 * Where x is an entry of a table, its products are the same for every row with the same id: they are computed once
 * an entry, and the rows of sums are looked up. Backward the sums' adjoints are added up by entry first, and then
 * multiplied. Both need no new operation: what the schedule does with x runs over the entries as rows.
 */
import type { At, Axis, Buffer, Op, Pass, Schedule } from "./operations.ts";
import { readsOf, writesOf } from "./storage.ts";

/** A schedule's operations on x, apart from the rest. */
export interface LookUp {
  /** Over the table's entries as rows: x is the table, and what is added to δx its gradient. */
  readonly entries: Schedule;
  readonly moves: readonly LookUpMove[];
  /** The operations of the schedule itself that are left out then. */
  readonly replaced: ReadonlySet<Op>;
}

/** One matrix of sums, or of their adjoints: rows = entries[ids], entries[ids] += rows. */
export interface LookUpMove {
  /** Its table lies as the matrix does in `entries`, `[ENTRIES, SUMS]`. */
  readonly schedule: Schedule;
  /** The value with which the table's rows begin, in `entries` and in the schedule itself. */
  readonly first: string;
  /** A row of the table is so many parts of this axis. */
  readonly parts: number;
  readonly axis: Axis;
}

/** Axes that no cell can name. */
export const ENTRIES = "table rows";
export const SUMS = "table columns";

const X = "x";
const DX = "δx";
const isX = ({ name }: At): boolean => name === X || name === DX;

/** Does the operation read the input, or write its adjoint? */
const touchesInput = (op: Op): boolean =>
  (op.op === "map" ? [...op.reads, ...op.writes] : [...readsOf(op), ...writesOf(op)]).some(isX);

const known = new WeakMap<Schedule, { readonly made: LookUp | undefined }>();

/**
 * A schedule's look-up; undefined where x is more than the operand of products that begin their sums, outside the
 * loop: they alone can be taken from a table without another order of summation.
 */
export function lookUpOf(schedule: Schedule): LookUp | undefined {
  const before = known.get(schedule);
  if (before !== undefined) return before.made;
  const made = split(schedule);
  known.set(schedule, { made });
  return made;
}

type Wide = Extract<Op, { op: "product" | "gradient" }>;

function split(schedule: Schedule): LookUp | undefined {
  const { buffers } = schedule;
  const [ahead, back] = [schedule.forward, schedule.backward].map((pass) => {
    const { first, before, each, after } = pass ?? nothing;
    const ops = [...before, ...after].filter(touchesInput);
    return [...first, ...each].some(touchesInput) || !ops.every(isOfProducts) ? undefined : ops;
  });
  if (ahead === undefined || back === undefined || ahead.length === 0) return undefined;
  const spans = new Map<string, Span>();
  for (const op of [...ahead, ...back] as Wide[]) {
    if (op.panel.rows === "one") return undefined;
    const { storage, axis, part } = buffers.find((b) => b.name === sumsOf(op).name)!;
    const { from, to } = spans.get(storage) ?? { from: part, to: part };
    const end = part + op.panel.parameters.length;
    spans.set(storage, { axis, from: Math.min(from, part), to: Math.max(to, end) });
  }
  const added = back.map((op) => (op.op === "product" ? { ...op, start: "add" as const } : op));
  const entries: Schedule = {
    ...schedule,
    name: `${schedule.name}, by entry`,
    buffers: buffers.flatMap((b): Buffer[] => {
      const span = spans.get(b.storage);
      if (b.name === X || b.name === DX) return [{ ...b, role: "given" }];
      if (span === undefined || b.part < span.from || b.part >= span.to) return [];
      return [{ ...b, rows: "rows", role: "scratch", part: b.part - span.from }];
    }),
    states: [],
    output: "",
    forward: { ...nothing, before: ahead, direction: 1 },
    backward: { ...nothing, after: added, direction: -1 },
    linear: {},
  };
  const moves = [...spans].map(([storage, span]) => moveOf(schedule, storage, span, [...ahead, ...back] as Wide[]));
  return { entries, moves, replaced: new Set([...ahead, ...back]) };
}

const nothing: Omit<Pass, "direction"> = { first: [], before: [], each: [], after: [] };

/** The parts of a storage that operations on x touch: from and up to. */
interface Span {
  readonly axis: Axis;
  readonly from: number;
  readonly to: number;
}

/** Products that begin their sums; gradients, and products whose sum is δx. */
const isOfProducts = (op: Op): boolean =>
  op.op === "gradient" || (op.op === "product" && (op.transposed ? op.into.name === DX : op.start !== "add"));

/** The first of the sums, or of their adjoints, in an operation on x. */
const sumsOf = (op: Wide): At => (op.op === "gradient" ? op.right : op.transposed ? op.from : op.into);

function moveOf({ name, buffers }: Schedule, storage: string, span: Span, ops: readonly Wide[]): LookUpMove {
  const here = buffers.filter((b) => b.storage === storage).map((b): Buffer => ({ ...b, role: "given" }));
  const first = here.filter((b) => b.part === span.from);
  /** Where sums (or adjoints) lie in this storage; they may begin further along the rows than others. */
  const move = (op: "gather" | "scatter", isAdjoint: boolean): Op[] => {
    const mine = ops
      .filter((one) => isAdjoint === !(one.op === "product" && !one.transposed))
      .map((one) => sumsOf(one).name);
    if (!here.some((b) => mine.includes(b.name))) return [];
    const rows = first.find((b) => mine.includes(b.name)) ?? first[0]!;
    return [{ op, table: "entries", ids: { name: X, time: "now" }, rows: { name: rows.name, time: "now" } }];
  };
  return {
    schedule: {
      name: `${name}, looked up`,
      buffers: [{ name: X, axis: "one", rows: "rows", role: "given", storage: X, part: 0 }, ...here],
      parameters: [{ name: "entries", kind: "table", rows: ENTRIES, columns: SUMS }],
      states: [],
      output: "",
      forward: { ...nothing, before: move("gather", false), direction: 1 },
      backward: { ...nothing, after: move("scatter", true), direction: -1 },
      linear: {},
    },
    first: first[0]!.name,
    parts: span.to - span.from,
    axis: span.axis,
  };
}
