/**
 * What layers without a cell of their own run: dense as a cell without a state, looking up as a gather. What draws
 * noise: `noisePrograms.ts`.
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
