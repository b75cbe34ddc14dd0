/**
 * What draws noise besides cells: dropout between layers, embeddings that drop whole entries, matrices that drop
 * weights. Nothing is stored for the way back: it makes the same masks again from the same counters.
 */
import type { At, Axis, Buffer, Instruction, MapOp, Schedule } from "../cell/operations.ts";

const now = (name: string): At => ({ name, time: "now" });
const axis = "units";

interface Mask {
  readonly rate: number;
  readonly purpose: number;
  /** What keys it in place of the row: one mask, the same for all lanes, for each id. */
  readonly ids?: string;
}

/** into = from · mask, or into = into + from · mask; mask = (noise ≥ rate) / (1 − rate). */
function masked(from: string, into: string, { rate, purpose, ids }: Mask, adds = false): MapOp {
  const code: Instruction[] = [];
  const reads = [now(from)];
  const push = (instruction: Instruction): number => code.push(instruction) - 1;
  const read = (of: At, along: Axis): number => push({ op: "read", axis: along, from: reads.indexOf(of) });
  const number = (value: number): number => push({ op: "number", axis: "one", value });
  let value = read(reads[0]!, axis);
  if (rate > 0) {
    const own = ids === undefined ? axis : "one";
    if (ids !== undefined) reads.push(now(ids));
    const by = ids === undefined ? {} : { by: read(reads[1]!, "one") };
    const noise = push({ op: "noise", axis: own, purpose, ...by });
    // 1 where noise < rate, so kept is 1 − dropped
    const below = push({ op: "binary", axis: own, function: "subtract", a: number(rate), b: noise });
    const dropped = push({ op: "unary", axis: own, function: "step", a: below });
    const kept = push({ op: "binary", axis: own, function: "subtract", a: number(1), b: dropped });
    const scale = number(1 / (1 - rate));
    const mask = push({ op: "binary", axis: own, function: "multiply", a: kept, b: scale });
    value = push({ op: "binary", axis, function: "multiply", a: value, b: mask });
  }
  if (adds) {
    reads.push(now(into));
    value = push({ op: "binary", axis, function: "add", a: read(reads.at(-1)!, axis), b: value });
  }
  push({ op: "write", axis, to: 0, a: value });
  return { op: "map", reads, writes: [now(into)], code, needs: "lane" };
}

const nothing = { first: [], before: [], each: [], after: [] };
const rowsOf = (name: string, role: Buffer["role"], own: Axis = axis): Buffer => ({
  name,
  axis: own,
  rows: "rows",
  role,
  storage: name,
  part: 0,
});

/** y = x · mask. */
export function dropoutSchedule(rate: number, purpose: number): Schedule {
  const mask = { rate, purpose };
  return {
    name: "Dropout",
    buffers: [rowsOf("x", "given"), rowsOf("y", "result"), rowsOf("δy", "given"), rowsOf("δx", "result")],
    parameters: [],
    states: [],
    output: "y",
    forward: { ...nothing, before: [masked("x", "y", mask)], direction: 1 },
    backward: { ...nothing, after: [masked("δy", "δx", mask)], direction: -1 },
    linear: {},
  };
}

/** rows = table[ids] · mask, one number for each id, the same wherever it occurs. */
export function droppedLookUpSchedule(whole: Schedule, rate: number): Schedule {
  const mask = { rate, purpose: 0, ids: "x" };
  const [gather] = whole.forward.before as [
    Extract<(typeof whole.forward.before)[number], { op: "gather" | "scatter" }>,
  ];
  return {
    ...whole,
    name: "Embedding, entries dropped",
    buffers: [...whole.buffers, rowsOf("e", "scratch"), rowsOf("δe", "scratch")],
    forward: { ...nothing, before: [{ ...gather, rows: now("e") }, masked("e", "y", mask)], direction: 1 },
    backward: {
      ...nothing,
      after: [masked("δy", "δe", mask), { ...gather, op: "scatter", rows: now("δe") }],
      direction: -1,
    },
    linear: {},
  };
}

/**
 * Weights as rows of eight of a matrix's rows: copy = weights · mask forward, gradient += own · mask backward. A rate of
 * 0 copies and adds.
 */
export function droppedWeightsSchedules(rate: number): { copy: Schedule; add: Schedule } {
  const made = (name: string, from: string, into: string, adds: boolean): Schedule => ({
    name,
    buffers: [rowsOf(from, "given"), rowsOf(into, "given")],
    parameters: [],
    states: [],
    output: "",
    forward: { ...nothing, before: [masked(from, into, { rate, purpose: 0 }, adds)], direction: 1 },
    linear: {},
  });
  return {
    copy: made("Dropped weights", "weights", "copy", false),
    add: made("Dropped weights' gradient", "own", "gradient", true),
  };
}
