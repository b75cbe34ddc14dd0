/**
 * Whole models against PyTorch's in float64: one to three layers, both directions, ragged rows, first states that
 * are not 0. Everything goes through the public calls, on every engine.
 */
import { describe, expect, test } from "vitest";
import {
  gradientsOf,
  layersOf,
  type NumberArray,
  parametersOf,
  type RecurrentCase,
  recurrentCases,
} from "../../../../tests/fixtures/torch.ts";
import { formula } from "../cell/formula.ts";
import { gru, lstm, lstmp, reluRnn, simpleRnn } from "../cells/index.ts";
import { embedding, recurrent, sequential } from "../layers/layers.ts";
import type { Loss } from "./loss.ts";
import { createModel, type Model } from "./model.ts";

/** ℓ = Σ target · x: its adjoint is the target itself. */
function linearLoss(): Loss {
  const f = formula();
  const weighed = f.multiply(f.read("weight", "one"), f.read("target"));
  f.write("loss", f.sum(f.multiply(weighed, f.read("x"))), "one");
  f.write("δx", weighed);
  return { name: "linear", targets: "values", schedule: f.schedule("Linear") };
}

function layerOf(one: RecurrentCase) {
  const direction = one.directions === 2 ? "both" : "forward";
  const options = { units: one.units, layers: one.layers, direction } as const;
  return {
    lstm: () => recurrent(lstm, options),
    lstmp: () => recurrent(lstmp, { ...options, projection: one.projection! }),
    gru: () => recurrent(gru, options),
    tanh: () => recurrent(simpleRnn, options),
    relu: () => recurrent(reluRnn, options),
  }[one.kind]();
}

async function modelOf(one: RecurrentCase, engine: "reference" | "wasm"): Promise<Model> {
  const model = await createModel(sequential(layerOf(one)), { engine, input: one.input });
  model.setParameters(Object.fromEntries(parametersOf(one).map(({ name, values }) => [name, values])));
  return model;
}

/** Arrays of one kind under the model's names for states: "recurrent.0.forward.h". */
const states = (one: RecurrentCase, which: "firstStates" | "lastStates" | "firstStateGradients" | "weighLastStates") =>
  layersOf(one).flatMap((numbers) =>
    Object.entries(numbers[which]).map(
      ([state, array]) => [`recurrent.${numbers.layer}.${numbers.direction}.${state}`, array] as const,
    ),
  );
const valuesOf = (named: (readonly [string, NumberArray])[]): Record<string, readonly number[]> =>
  Object.fromEntries(named.map(([name, { values }]) => [name, values]));

const sequencesOf = (one: RecurrentCase, { shape, values }: NumberArray) => ({
  values: Float64Array.from(values),
  shape,
  ...(one.lengths && { lengths: one.lengths }),
});

/** Every number within `tolerance` of the array's largest. */
function expectNear(found: ArrayLike<number>, { values }: NumberArray, tolerance: number, what: string): void {
  expect(found, what).toHaveLength(values.length);
  const largest = Math.max(...values.map(Math.abs));
  const worst = Math.max(...values.map((v, k) => Math.abs(found[k]! - v)));
  expect(worst / largest, what).toBeLessThanOrEqual(tolerance);
}

// reference: float64, but results come out as float32 arrays, half a unit of which is 6e-8 of a number.
// wasm: float32 throughout; forward some steps of rounding pile up, backward products of many.
const tolerances = {
  reference: { forward: 6e-8, gradients: 6e-8 },
  wasm: { forward: 2e-6, gradients: 2e-5 },
} as const;

describe.each(["reference", "wasm"] as const)("on %s", (engine) => {
  const { forward, gradients } = tolerances[engine];

  test.each(recurrentCases().map((one) => [one.name, one] as const))(
    "%s: outputs, last states and gradients agree with PyTorch's",
    async (_, one) => {
      const model = await modelOf(one, engine);
      const x = sequencesOf(one, one.x);
      const from = valuesOf(states(one, "firstStates"));

      const prediction = await model.predict(x, { from });
      expectNear(prediction.values, one.output, forward, "output");
      expect(Object.keys(prediction.states).sort()).toEqual(Object.keys(from).sort());
      for (const [key, array] of states(one, "lastStates")) expectNear(prediction.states[key]!, array, forward, key);

      // a loss is a mean over rows, PyTorch's is a sum
      const [batch, steps] = one.x.shape as [number, number];
      const rows = one.lengths?.reduce((a, b) => a + b) ?? batch * steps;
      const { shape, values } = one.weighOutput;
      const targets = sequencesOf(one, { shape, values: values.map((v) => v * rows) });
      const lastAdjoints = valuesOf(states(one, "weighLastStates"));
      const found = await model.gradients(x, targets, linearLoss(), { from, lastAdjoints });
      const expected = new Map(gradientsOf(one).map((array) => [array.name, array]));
      expect(found.parameters.map(({ name }) => name).sort()).toEqual([...expected.keys()].sort());
      for (const array of found.parameters) {
        expect(array.shape, array.name).toEqual(expected.get(array.name)!.shape);
        expectNear(array.values, expected.get(array.name)!, gradients, array.name);
      }
      expectNear(found.inputs!.values, one.gradients.x, gradients, "gradient of x");
      for (const [key, array] of states(one, "firstStateGradients")) {
        expectNear(found.firstStates[key]!.values, array, gradients, `gradient of first ${key}`);
      }
      // the last states' part of the loss is no output's
      const ofStates = states(one, "weighLastStates").map(([key, { values: weights }]) => {
        const last = new Map(states(one, "lastStates")).get(key)!.values;
        return weights.reduce((sum, w, k) => sum + w * last[k]!, 0);
      });
      const loss = one.loss - ofStates.reduce((a, b) => a + b, 0);
      const size = values.reduce((sum, w, k) => sum + Math.abs(w * one.output.values[k]!), 0);
      expect(Math.abs(found.loss - loss) / size).toBeLessThanOrEqual(forward);
      model.close();
    },
  );
});

/** The batch twice, with ids: every step of every sequence is an entry of its own, and is looked up two times. */
function lookedUp(one: RecurrentCase) {
  const [batch, steps, size] = one.x.shape as [number, number, number];
  const lengths = one.lengths ?? Array.from({ length: batch }, () => steps);
  const ids: number[] = [];
  const table: number[] = [];
  /** Where an entry's numbers lie in arrays shaped like x. */
  const places: number[] = [];
  lengths.forEach((length, b) => {
    for (let t = 0; t < steps; t++) {
      ids.push(t < length ? places.length : 0);
      if (t >= length) continue;
      const at = (b * steps + t) * size;
      places.push(at);
      table.push(...one.x.values.slice(at, at + size));
    }
  });
  const x = { values: [...ids, ...ids], shape: [2 * batch, steps], lengths: [...lengths, ...lengths] };
  return { x, table, places, size };
}

const twice = (named: Record<string, readonly number[]>): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(named).map(([name, values]) => [name, [...values, ...values]]));

describe.each(["reference", "wasm"] as const)("on %s, looked up in an embedding", (engine) => {
  const { forward, gradients } = tolerances[engine];

  test.each(recurrentCases().map((one) => [one.name, one] as const))(
    "%s: a batch twice has PyTorch's outputs twice, and the sum of two gradients",
    async (_, one) => {
      const { x, table, places, size } = lookedUp(one);
      const vocabulary = places.length;
      const model = await createModel(sequential(embedding({ vocabulary, size: one.input }), layerOf(one)), { engine });
      model.setParameters(Object.fromEntries(parametersOf(one).map(({ name, values }) => [name, values])));
      model.setParameters({ "embedding.0.W": table });
      const from = twice(valuesOf(states(one, "firstStates")));
      const { values } = await model.predict(x, { from });
      expectNear(values, { ...one.output, values: [...one.output.values, ...one.output.values] }, forward, "output");

      // the mean is over twice as many rows, so that two of them weigh as much as one
      const weigh = one.weighOutput.values.map((v) => v * vocabulary);
      const [batch, ...rest] = one.weighOutput.shape as [number, ...number[]];
      const targets = { values: [...weigh, ...weigh], shape: [2 * batch, ...rest], lengths: x.lengths };
      const last = twice(valuesOf(states(one, "weighLastStates")));
      const lastAdjoints = Object.fromEntries(Object.entries(last).map(([key, all]) => [key, all.map((v) => v / 2)]));
      const found = await model.gradients(x, targets, linearLoss(), { from, lastAdjoints });
      const expected = new Map<string, NumberArray>(gradientsOf(one).map((array) => [array.name, array]));
      expected.set("embedding.0.W", {
        shape: [vocabulary, size],
        values: places.flatMap((at) => one.gradients.x.values.slice(at, at + size)),
      });
      expect(found.inputs).toBeUndefined();
      expect(found.parameters.map(({ name }) => name).sort()).toEqual([...expected.keys()].sort());
      for (const array of found.parameters) {
        expect(array.shape, array.name).toEqual(expected.get(array.name)!.shape);
        expectNear(array.values, expected.get(array.name)!, gradients, array.name);
      }
      model.close();
    },
  );
});

test("the cases hold every kind of cell, three layers, both directions, and ragged rows", () => {
  const cases = recurrentCases();
  expect(new Set(cases.map(({ kind }) => kind))).toEqual(new Set(["lstm", "lstmp", "gru", "tanh", "relu"]));
  expect(Math.max(...cases.map(({ layers }) => layers))).toBe(3);
  for (const kind of ["lstm", "lstmp", "gru", "tanh"]) {
    const own = cases.filter((one) => one.kind === kind);
    expect(
      own.some((one) => one.directions === 2),
      kind,
    ).toBe(true);
    expect(
      own.some((one) => one.lengths !== null),
      kind,
    ).toBe(true);
  }
});
