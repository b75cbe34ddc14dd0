/**
 * What layers without a cell of their own run: dense as a cell without a state, looking up as a gather,
 * dropout as a map with noise.
 */
import { cell } from "../cell/cell.ts";
import type { Schedule } from "../cell/operations.ts";
import { schedule } from "../cell/schedule.ts";
import type { Activation } from "./layers.ts";

const over: Record<Activation, (value: string) => string> = {
  none: (value) => value,
  tanh: (value) => `tanh(${value})`,
  sigmoid: (value) => `sigmoid(${value})`,
  relu: (value) => `relu(${value})`,
};

/** y = φ(W x + b); its parameters are called `W_y` and `b_y` inside, `W` and `b` outside. */
export const denseCell = (activation: Activation) => cell("Dense", `y = ${over[activation]("W_y @ x + b_y")}`);

export const denseSchedule = (activation: Activation, inputGradient: boolean): Schedule =>
  schedule(denseCell(activation), { inputGradient });

/** rows = table[ids]; backward adds each row's adjoint to its entry. A tied table lies as a product's matrix does. */
export function lookUpSchedule(isTied: boolean): Schedule {
  const ids = { name: "x", time: "now" } as const;
  const y = { name: "y", time: "now" } as const;
  const given = { name: "δy", time: "now" } as const;
  const nothing = { first: [], before: [], each: [], after: [] };
  return {
    name: "Embedding",
    buffers: [
      { name: "x", axis: "one", rows: "rows", role: "given", storage: "x", part: 0 },
      { name: "y", axis: "units", rows: "rows", role: "result", storage: "y", part: 0 },
      { name: "δy", axis: "units", rows: "rows", role: "given", storage: "δy", part: 0 },
    ],
    parameters: [{ name: "W", kind: isTied ? "matrix" : "table", rows: "vocabulary", columns: "units" }],
    states: [],
    output: "y",
    forward: { ...nothing, before: [{ op: "gather", table: "W", ids, rows: y }], direction: 1 },
    backward: { ...nothing, after: [{ op: "scatter", table: "W", ids, rows: given }], direction: -1 },
    linear: {},
  };
}

/** y = x · mask, mask = (noise ≥ rate) / (1 − rate); backward makes the same mask again from the same counter. */
export function dropoutSchedule(rate: number, purpose: number): Schedule {
  const axis = "units";
  const masked = (from: string, to: string) =>
    ({
      op: "map",
      reads: [{ name: from, time: "now" }],
      writes: [{ name: to, time: "now" }],
      code: [
        { op: "noise", axis, purpose },
        { op: "number", axis: "one", value: rate },
        // 1 where noise < rate, so kept is 1 − dropped
        { op: "binary", axis, function: "subtract", a: 1, b: 0 },
        { op: "unary", axis, function: "step", a: 2 },
        { op: "number", axis: "one", value: 1 },
        { op: "binary", axis, function: "subtract", a: 4, b: 3 },
        { op: "number", axis: "one", value: Math.fround(1 / (1 - rate)) },
        { op: "binary", axis, function: "multiply", a: 5, b: 6 },
        { op: "read", axis, from: 0 },
        { op: "binary", axis, function: "multiply", a: 8, b: 7 },
        { op: "write", axis, to: 0, a: 9 },
      ],
      needs: "lane",
    }) as const;
  const nothing = { first: [], before: [], each: [], after: [] };
  return {
    name: "Dropout",
    buffers: [
      { name: "x", axis, rows: "rows", role: "given", storage: "x", part: 0 },
      { name: "y", axis, rows: "rows", role: "result", storage: "y", part: 0 },
      { name: "δy", axis, rows: "rows", role: "given", storage: "δy", part: 0 },
      { name: "δx", axis, rows: "rows", role: "result", storage: "δx", part: 0 },
    ],
    parameters: [],
    states: [],
    output: "y",
    forward: { ...nothing, before: [masked("x", "y")], direction: 1 },
    backward: { ...nothing, after: [masked("δy", "δx")], direction: -1 },
    linear: {},
  };
}
