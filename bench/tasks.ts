/**
 * The work of W1 … W4, the same for everybody who is measured: sizes, the least that has to be computed, and the
 * limit that follows from it on the machine at hand.
 */
import type { Machine } from "./measure.ts";

export type Task =
  /** One step of a stream, batch 1, one layer of as many inputs as units. */
  | { readonly kind: "step"; readonly units: number }
  /** All outputs of a layer for whole sequences; as many inputs as units. */
  | { readonly kind: "forward"; readonly units: number }
  /** An update of a character model: ids, embedding, LSTM layers, a softmax at every step, Adam, states from zero. */
  | { readonly kind: "characters"; readonly units: number; readonly layers: number }
  /** An update of a forecaster: a series of single values, one LSTM layer, one value after the last step, Adam. */
  | { readonly kind: "forecast"; readonly units: number };

export const FORWARD = { batch: 32, steps: 100 };
export const CHARACTERS = { batch: 32, steps: 64, vocabulary: 65, embedding: 64, learningRate: 1e-3 };
export const FORECAST = { batch: 64, steps: 24, learningRate: 1e-3 };
/** Different inputs or batches, taken in turn. */
export const VARIETY = { step: 16, batches: 8 };

export const nameOf = (task: Task): string => {
  if (task.kind !== "characters" || task.layers === 1) return String(task.units);
  return `${task.layers} × ${task.units}`;
};

/** What cannot be avoided in one unit of the work. */
export function leastFlops(task: Task): number {
  const square = task.units * task.units;
  if (task.kind === "step") return 16 * square;
  if (task.kind === "forward") return 16 * square * FORWARD.batch * FORWARD.steps;
  if (task.kind === "forecast") return 24 * square * FORECAST.batch * FORECAST.steps;
  const { batch, steps, vocabulary } = CHARACTERS;
  const layers = 24 * square + (task.layers - 1) * 48 * square;
  return (layers + 6 * task.units * vocabulary) * batch * steps;
}

/** Seconds for one unit of the work that 128-bit vectors on one core cannot do without. */
export function limitOf(task: Task, machine: Machine): number {
  const arithmetic = leastFlops(task) / machine.flops();
  if (task.kind !== "step") return arithmetic;
  const bytes = 32 * task.units * task.units; // every weight once
  return Math.max(arithmetic, bytes / machine.bandwidth(bytes));
}

/** How the limit is computed, for the heading of a table. */
export const limitFormula: Readonly<Record<Task["kind"], string>> = {
  step: "limit = max(16·H² FLOP ÷ peak, 32·H² bytes ÷ bandwidth of reading so many bytes over and over)",
  forward: `limit = 16·H²·B·T FLOP ÷ peak, B = ${FORWARD.batch}, T = ${FORWARD.steps}`,
  characters: `limit = peak ÷ (24·H² + 6·H·${CHARACTERS.vocabulary}) FLOP a character, and 48·H² for a second layer; a look-up is none; B = ${CHARACTERS.batch}, T = ${CHARACTERS.steps}`,
  forecast: `limit = peak ÷ (24·H²·T·B) FLOP an update, T = ${FORECAST.steps}, B = ${FORECAST.batch}`,
};
