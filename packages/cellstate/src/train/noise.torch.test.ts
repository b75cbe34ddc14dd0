/**
 * Noise against PyTorch, which is given the very masks, from counters written anew in Python: values, gradients of
 * everything, and three steps of a training, on ragged rows from states that are not 0.
 */
import { describe, expect, test } from "vitest";
import { type NoiseCase, type NumberArray, noiseCases } from "../../../../tests/fixtures/torch.ts";
import { formula } from "../cell/formula.ts";
import { gru, lstm } from "../cells/index.ts";
import type { Dataset } from "../data/windows.ts";
import { atOnce, type EngineName } from "../engine/engine.ts";
import { type Architecture, embedding, recurrent, sequential } from "../layers/layers.ts";
import { gradientsOf } from "../model/gradients.ts";
import type { Loss } from "../model/loss.ts";
import { createModel, internalsOf, type Model } from "../model/model.ts";
import { predict } from "../model/predict.ts";
import { trainingCore } from "../model/training.ts";
import { sgd } from "./optimizers.ts";
import { train } from "./train.ts";

/** ℓ = Σ target · x: its adjoint is the target itself. */
function linearLoss(): Loss {
  const f = formula();
  const weighed = f.multiply(f.read("weight", "one"), f.read("target"));
  f.write("loss", f.sum(f.multiply(weighed, f.read("x"))), "one");
  f.write("δx", weighed);
  return { name: "linear", targets: "values", schedule: f.schedule("Linear") };
}

function architectureOf({ kind, units, layers, options, embedding: table }: NoiseCase): Architecture {
  const layer = recurrent(kind === "lstm" ? lstm : gru, { units, layers, ...(options as object) });
  return table === null ? sequential(layer) : sequential(embedding(table), layer);
}

async function modelOf(one: NoiseCase, engine: EngineName): Promise<Model> {
  const input = one.embedding === null ? { input: one.input } : {};
  const model = await createModel(architectureOf(one), { engine, threads: 1, ...input });
  model.setParameters(Object.fromEntries(Object.entries(one.parameters).map(([name, { values }]) => [name, values])));
  return model;
}

const sequencesOf = ({ lengths }: NoiseCase, { shape, values }: NumberArray, scale = 1) => ({
  values: Float64Array.from(values, (v) => v * scale),
  shape,
  lengths,
});

/** Every number within `tolerance` of the array's largest. */
function expectNear(found: ArrayLike<number>, { values }: NumberArray, tolerance: number, what: string): void {
  expect(found, what).toHaveLength(values.length);
  const largest = Math.max(...values.map(Math.abs));
  const worst = Math.max(...values.map((v, k) => Math.abs(found[k]! - v)));
  expect(worst / largest, what).toBeLessThanOrEqual(tolerance);
}

const byState = (of: readonly Readonly<Record<string, NumberArray>>[]): [string, NumberArray][] =>
  of.flatMap((states, layer) =>
    Object.entries(states).map(([s, array]): [string, NumberArray] => [`recurrent.${layer}.forward.${s}`, array]),
  );

// reference: float64, but results come out as float32 arrays, half a unit of which is 6e-8 of a number.
// wasm: float32 throughout; forward some steps of rounding pile up, backward products of many.
const tolerances = {
  reference: { forward: 6e-8, gradients: 6e-8 },
  wasm: { forward: 2e-6, gradients: 2e-5 },
} as const;

const cases = noiseCases().map((one) => ({ title: `${one.name}, ${one.kind} of ${one.units}`, one }));

describe.each(["reference", "wasm"] as const)("on %s", (engine) => {
  const { forward, gradients } = tolerances[engine];

  test.each(cases)("$title: outputs and gradients are PyTorch's under the same masks", async ({ one }) => {
    const model = await modelOf(one, engine);
    const core = await trainingCore(internalsOf(model).core());
    const x = sequencesOf(one, one.x);
    const from = Object.fromEntries(byState(one.first).map(([name, { values }]) => [name, values]));
    expectNear(atOnce(predict(core, x, from)).values, one.output, forward, "output");

    // a loss is a mean over rows, PyTorch's is a sum
    const rows = one.lengths.reduce((a, b) => a + b);
    const targets = sequencesOf(one, one.weighOutput, rows);
    const found = atOnce(gradientsOf(core, x, targets, linearLoss(), { from }));
    expect(found.parameters.map(({ name }) => name).sort()).toEqual(Object.keys(one.parameters).sort());
    for (const { name, values } of found.parameters) expectNear(values, one.gradients[name]!, gradients, name);
    for (const [name, array] of byState(one.gradients.first)) {
      expectNear(found.firstStates[name]!.values, array, gradients, `gradient of first ${name}`);
    }
    expect(found.inputs === undefined).toBe(one.gradients.x === undefined);
    if (one.gradients.x) expectNear(found.inputs!.values, one.gradients.x, gradients, "gradient of x");
    core.close();
    model.close();
  });

  test.each(cases)("$title: three steps of SGD end where PyTorch's do", async ({ one }) => {
    const model = await modelOf(one, engine);
    const targets = sequencesOf(one, one.weighOutput);
    const data: Dataset = {
      steps: 1,
      carryState: false,
      batch: () => ({ x: sequencesOf(one, one.x), targets, firstStep: true }),
    };
    await train(model, data, { loss: linearLoss(), optimizer: sgd({ learningRate: 0.05 }), epochs: 3, seed: 77 });
    for (const { name, values } of model.parameters()) expectNear(values, one.steps[name]!, forward, name);
    model.close();
  });
});
