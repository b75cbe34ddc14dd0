/** What tests of the analysis share: models of every kind of cell with asymmetric weights, ragged rows, states that are not 0. */
import { inferAxes } from "../cell/axes.ts";
import { type Cell, cell } from "../cell/cell.ts";
import { zoo } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { dense, type RecurrentLayer, recurrent, sequential } from "../layers/layers.ts";
import type { Loss } from "../model/loss.ts";
import { createModel, internalsOf, type Model, type ModelOptions } from "../model/model.ts";
import type { Sequences } from "../model/sequences.ts";
import { statesOf } from "../model/states.ts";

export const [B, T, I, UNITS] = [3, 7, 4, 6] as const;
export const LENGTHS = [5, 7, 2];

export function uniform(seed: number, count: number, scale = 1): Float32Array {
  const from = generator(seed, "values");
  return Float32Array.from({ length: count }, () => scale * (2 * from.uniform() - 1));
}

export const x = { values: uniform(1, B * T * I), shape: [B, T, I], lengths: LENGTHS };

/** A cell that stands in no book: what is kept is written out, a mean of another state, a product inside what is written. */
export const typed = cell(
  "Typed",
  `
  k = sigmoid(W_k @ x + mean(q[t-1]) + b_k)               # what is kept
  s = 0.5 * k * s[t-1] + (1 - k) * tanh(R_s @ q[t-1]) + W_s @ x   # linear
  z = mean(s)
  m = 0.9 * m[t-1] + z                                    # one value per row
  q = tanh(s + p_q * q[t-1] - m)                          # not linear
  h = q * sigmoid(s)
  s[0] = k_s
`,
);

/** Of the zoo, those that differ in what analysis has to understand. */
export const cells: Readonly<Record<string, Cell>> = {
  ...Object.fromEntries(
    [
      "lstm",
      "gru",
      "simpleRnn",
      "peepholeLstm",
      "cifg",
      "layerNormLstm",
      "slstm",
      "lstmp",
      "blocksLstm",
      "blocksPeepholeLstm",
      "minLstm",
    ].map((name) => [name, zoo[name]!]),
  ),
  typed,
};

const sizesOf = (one: Cell): Record<string, number> =>
  Object.fromEntries(
    inferAxes(one).names.flatMap((axis) => {
      const size = { projection: 5, blocks: 3, heads: 2 }[axis];
      return size === undefined ? [] : [[axis, size]];
    }),
  );

export const layerOfCell = (one: Cell, more: object = {}): RecurrentLayer =>
  recurrent(one, { units: UNITS, ...sizesOf(one), ...more } as never);

/** Weights other than the start values, in which biases are alike. */
export function shake(model: Model, seed = 5, scale = 0.9): void {
  const from = generator(seed, "weights");
  const values = model.parameters().map((p) => [p.name, p.values.map(() => scale * (2 * from.uniform() - 1))] as const);
  model.setParameters(Object.fromEntries(values));
}

export async function modelOf(one: Cell, more: object = {}, options: ModelOptions = {}): Promise<Model> {
  const architecture = sequential(layerOfCell(one, more), dense({ units: 4 }));
  const model = await createModel(architecture, { input: I, ...options });
  shake(model);
  return model;
}

/** Of every state, none 0. A normaliser is divided by, so it stays above. */
export function firstStates(model: Model, seed = 9, batch: number = B): Record<string, Float32Array> {
  return Object.fromEntries(
    statesOf(internalsOf(model).core().plan).map(({ key, state, size }, n) => {
      const values = uniform(seed + n, batch * size, 0.7);
      return [key, state === "n" ? values.map((v) => 1.5 + v) : values];
    }),
  );
}

const STEP = 1e-4;
/** A central difference. */
export const slope = async (of: (by: number) => Promise<number>): Promise<number> =>
  ((await of(STEP)) - (await of(-STEP))) / (2 * STEP);

/** log p of a target, in float64: the loss of a model on the reference engine. */
export const logProbability = async (
  judge: Model,
  crossEntropy: Loss,
  given: Sequences,
  at: { row: number; step: number; target: number },
  from = {},
) => {
  const [batch, steps] = given.shape as [number, number];
  const targets = { values: new Uint32Array(batch * steps).fill(at.target), shape: [batch, steps] };
  const weights = new Float32Array(batch * steps);
  weights[at.row * steps + at.step] = 1;
  return -(await judge.gradients(given, targets, crossEntropy, { weights, from })).loss;
};
