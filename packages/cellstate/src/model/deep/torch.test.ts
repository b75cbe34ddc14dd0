/**
 * Deep networks against PyTorch's in float64: tied embeddings, residual connections, layer norm between layers,
 * activity regularisation; ragged rows, first states that are not 0, sizes that fit no tile, and ten steps of training.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { NumberArray } from "../../../../../tests/fixtures/torch.ts";
import { lstm } from "../../cells/index.ts";
import { activityRegularization, layerNorm, residual } from "../../layers/deep.ts";
import { type Architecture, dense, embedding, recurrent, sequential } from "../../layers/layers.ts";
import { crossEntropy, meanSquaredError } from "../../train/losses.ts";
import { adam } from "../../train/optimizers.ts";
import { openSession } from "../../train/session.ts";
import { createModel, internalsOf } from "../model.ts";

type Named = Readonly<Record<string, NumberArray>>;

/** Layout: make-torch-deep.py. */
interface Case {
  readonly name: string;
  readonly x: NumberArray;
  readonly lengths: readonly number[];
  readonly targets: NumberArray;
  readonly parameters: Named;
  readonly from: Named;
  readonly output: NumberArray;
  readonly loss: number;
  readonly gradients: Named;
  readonly training: {
    readonly rate: number;
    readonly penalties: readonly number[];
    readonly losses: readonly number[];
    readonly after: Named;
  };
}

const file = new URL("../../../../../tests/fixtures/torch-deep.json", import.meta.url);
const cases = (JSON.parse(readFileSync(file, "utf8")) as { cases: readonly Case[] }).cases;

const architectures: Readonly<Record<string, Architecture>> = {
  "tied, looked up": sequential(
    embedding({ vocabulary: 7, size: 5 }),
    recurrent(lstm, { units: 5, layers: 3, residual: true, layerNorm: true }),
    layerNorm(),
    dense({ units: 7, tied: "embedding.0" }),
  ),
  "tied, row by row": sequential(
    embedding({ vocabulary: 31, size: 13 }),
    recurrent(lstm, { units: 7, layers: 2, residual: true }),
    dense({ units: 13, activation: "tanh" }),
    dense({ units: 31, tied: "embedding.0" }),
  ),
  "both directions": sequential(
    recurrent(lstm, { units: 5, layers: 2, direction: "both", residual: true, layerNorm: true }),
    residual(layerNorm(), dense({ units: 7, activation: "tanh" }), dense({ units: 10 })),
    dense({ units: 3 }),
  ),
  "backward, last": sequential(
    recurrent(lstm, { units: 7, layers: 2, direction: "backward", output: "last", residual: true }),
    layerNorm(),
    dense({ units: 2 }),
  ),
  "forward, last": sequential(
    recurrent(lstm, { units: 7, layers: 2, output: "last", residual: true }),
    dense({ units: 2 }),
  ),
  activity: sequential(
    recurrent(lstm, { units: 13 }),
    activityRegularization({ temporal: 1.5 }),
    residual(dense({ units: 13, activation: "tanh" })),
    activityRegularization({ l2: 2 }),
    dense({ units: 3 }),
  ),
};

const valuesOf = (named: Named): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(named).map(([name, { values }]) => [name, values]));

/** Every number within `tolerance` of the array's largest. */
function expectNear(found: ArrayLike<number>, { values }: NumberArray, tolerance: number, what: string): void {
  expect(found, what).toHaveLength(values.length);
  const largest = Math.max(...values.map(Math.abs), 1e-3); // gradients that are 0 but for rounding
  const worst = Math.max(...values.map((v, k) => Math.abs(found[k]! - v)));
  expect(worst / largest, what).toBeLessThanOrEqual(tolerance);
}

// reference: float64, results as float32 arrays, half a unit of which is 6e-8; the fixture has 9 digits; Adam's betas
// are float32 in every engine.
// wasm: float32 throughout; ten steps of Adam divide by roots of small gradients and so enlarge their rounding.
const tolerances = {
  reference: { forward: 1e-7, gradients: 1e-7, trained: 1e-6 },
  wasm: { forward: 2e-6, gradients: 2e-5, trained: 2e-4 },
} as const;

describe.each(["reference", "wasm"] as const)("on %s", (engine) => {
  const { forward, gradients, trained } = tolerances[engine];

  async function set(one: Case) {
    const isIds = one.x.shape.length === 2;
    const model = await createModel(architectures[one.name]!, { engine, ...(!isIds && { input: one.x.shape[2]! }) });
    expect(model.parameters().map(({ name }) => name)).toHaveLength(Object.keys(one.parameters).length);
    model.setParameters(valuesOf(one.parameters));
    const x = { values: [...one.x.values], shape: one.x.shape, lengths: one.lengths };
    const isLast = one.output.shape.length === 2;
    const { values, shape } = one.targets;
    const targets = { values: [...values], shape, ...(!isLast && { lengths: one.lengths }) };
    return { model, x, targets, loss: isIds ? crossEntropy() : meanSquaredError() };
  }

  test.each(cases.map((one) => [one.name, one] as const))(
    "%s: outputs and all gradients agree with PyTorch's, from first states that are not 0",
    async (_, one) => {
      const { model, x, targets, loss } = await set(one);
      const from = valuesOf(one.from);
      expectNear((await model.predict(x, { from })).values, one.output, forward, "output");
      const found = await model.gradients(x, targets, loss, { from });
      expect(Math.abs(found.loss / one.loss - 1)).toBeLessThanOrEqual(forward);
      for (const { name, shape, values } of found.parameters) {
        expect(shape, name).toEqual(one.gradients[name]!.shape);
        expectNear(values, one.gradients[name]!, gradients, name);
      }
      if (one.gradients.x !== undefined) expectNear(found.inputs!.values, one.gradients.x, gradients, "x");
      expect(Object.keys(found.firstStates).sort()).toEqual(Object.keys(from).sort());
      for (const [key, { values }] of Object.entries(found.firstStates)) {
        expectNear(values, one.gradients[key]!, gradients, key);
      }
      model.close();
    },
  );

  test.each(cases.map((one) => [one.name, one] as const))(
    "%s: ten steps of Adam on loss and penalty end where PyTorch's do",
    async (_, one) => {
      const { model, x, targets, loss } = await set(one);
      const { rate, losses, penalties, after } = one.training;
      const session = await openSession(internalsOf(model).core(x), loss, adam({ learningRate: rate }));
      for (let step = 0; step < 10; step++) {
        const options = { step, seed: 1, learningRate: rate, clipNorm: undefined, carry: false };
        const made = await session.step([{ x, targets, firstStep: true }], options);
        expect(Math.abs(made.loss / losses[step]! - 1), `loss ${step}`).toBeLessThanOrEqual(trained);
        expect(Math.abs(made.penalty - penalties[step]!), `penalty ${step}`).toBeLessThanOrEqual(trained);
      }
      session.close();
      for (const { name, values } of model.parameters()) expectNear(values, after[name]!, trained, name);
      model.close();
    },
  );
});

test("the cases hold ties that are looked up and that are not, both directions, last outputs and both penalties", () => {
  expect(cases.map(({ name }) => name).sort()).toEqual(Object.keys(architectures).sort());
  const rows = (one: Case): number => one.lengths.reduce((a, b) => a + b);
  const tied = cases.filter(({ parameters }) => "embedding.0.W" in parameters);
  expect(tied.map((one) => rows(one) > one.parameters["embedding.0.W"]!.shape[0]!)).toEqual([true, false]);
  expect(cases.at(-1)!.training.penalties.every((penalty) => penalty > 0.01)).toBe(true);
});
