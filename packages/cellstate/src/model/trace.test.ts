/** What enters a layer, and where its states begin: the part of a trace from which every value can be computed again. */
import { describe, expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { lstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { dense, embedding, recurrent, sequential } from "../layers/layers.ts";
import { crossEntropy } from "../train/losses.ts";
import { createModel } from "./model.ts";
import { sequences } from "./sequences.ts";

const engines = ["wasm", "reference"] as const;
const V = 5;
/** More rows than ids, so that a prediction looks products up. */
const x = sequences([
  [3, 1, 4, 1, 0, 2],
  [2, 0],
  [4, 4, 1, 3],
]);
const stacked = sequential(
  embedding({ vocabulary: V, size: 3 }),
  recurrent(lstm, { units: 6, layers: 2, direction: "both" }),
  dense({ units: V }),
);
const uniform = (seed: number, count: number): Float32Array => {
  const from = generator(seed, "values");
  return Float32Array.from({ length: count }, () => 2 * from.uniform() - 1);
};

describe.each(engines)("the inputs of a trace on %s", (engine) => {
  test("are values given as they are, also one value a row, in the order of the input", async () => {
    const narrow = cell("Narrow", "x : one\nh = tanh(w_x * x + R_h @ h[t-1] + b_h)");
    const model = await createModel(sequential(recurrent(narrow, { units: 5, direction: "both" })), {
      input: 1,
      engine,
    });
    const values = [1, 2, 3, 4, 5, 6, 0, 0];
    const trace = await model.trace({ values, shape: [2, 4, 1], lengths: [4, 2] });
    for (const { values: found, shape } of trace.inputs) {
      expect([[...found], shape]).toEqual([values, [2, 4, 1]]);
    }
    expect(trace.inputs.map(({ direction }) => direction)).toEqual(["forward", "backward"]);
    model.close();
  });

  test("are the table's rows in the first layer and the outputs below in the second", async () => {
    const model = await createModel(stacked, { seed: 3, engine });
    const trace = await model.trace(x);
    const table = model.parameters().find(({ name }) => name === "embedding.0.W")!.values;
    const h = (direction: "forward" | "backward") => trace.get("h", { layer: "recurrent.0", direction }).values;
    for (const direction of ["forward", "backward"] as const) {
      const first = trace.get("x", { layer: "recurrent.0", direction });
      const second = trace.get("x", { layer: "recurrent.1", direction });
      expect([first.shape, second.shape]).toEqual([
        [3, 6, 3],
        [3, 6, 12],
      ]);
      expect([...first.lengths]).toEqual([6, 2, 4]);
      for (let b = 0; b < 3; b++) {
        for (let t = 0; t < 6; t++) {
          const at = b * 6 + t;
          const isValid = t < first.lengths[b]!;
          const id = x.values[at]!;
          const row = isValid ? [...table.subarray(id * 3, (id + 1) * 3)] : [0, 0, 0];
          expect([...first.values.subarray(at * 3, (at + 1) * 3)]).toEqual(row);
          const below = (d: "forward" | "backward") => [...h(d).subarray(at * 6, (at + 1) * 6)];
          const joined = [...below("forward"), ...below("backward")];
          expect([...second.values.subarray(at * 12, (at + 1) * 12)]).toEqual(joined);
        }
      }
    }
    expect(trace.inputs).toHaveLength(4);
    model.close();
  });

  test("come with the states before the first step, given ones and the cells' own", async () => {
    const model = await createModel(stacked, { seed: 3, engine });
    const key = "recurrent.1.backward.c";
    const given = uniform(4, 3 * 6);
    const { firstStates } = await model.trace(x, { from: { [key]: given } });
    expect(firstStates[key]).toEqual(given);
    expect([...firstStates["recurrent.0.forward.h"]!]).toEqual(new Array(18).fill(0));
    expect(Object.keys(firstStates)).toHaveLength(8);
    model.close();
  });
});

test("gradients of the vectors behind ids agree with central differences in float64, within 1e-7", async () => {
  const model = await createModel(stacked, { seed: 3, engine: "reference" });
  // every id once, so that a row of the table is one step's vector
  const once = sequences([[3, 1, 4, 0, 2]]);
  const targets = sequences([[1, 0, 2, 4, 3]]);
  const loss = crossEntropy();
  expect((await model.gradients(once, targets, loss)).inputs).toBeUndefined();
  const { inputs } = await model.gradients(once, targets, loss, { embedded: true });
  expect(inputs!.shape).toEqual([1, 5, 3]);
  const name = "embedding.0.W";
  const table = Float64Array.from(model.parameters().find((p) => p.name === name)!.values);
  const step = 1e-4;
  const at = async (k: number, by: number): Promise<number> => {
    model.setParameters({ [name]: table.map((v, n) => (n === k ? v + by : v)) });
    return (await model.gradients(once, targets, loss)).loss;
  };
  for (let t = 0; t < 5; t++) {
    for (let u = 0; u < 3; u++) {
      const k = once.values[t]! * 3 + u;
      const expected = ((await at(k, step)) - (await at(k, -step))) / (2 * step);
      // step² · the third derivative, and the result's rounding to float32
      expect(Math.abs(inputs!.values[t * 3 + u]! - expected)).toBeLessThan(1e-7);
    }
  }
  model.close();
});

test("asking for the vectors' gradients changes no other gradient but in its last bits", async () => {
  const model = await createModel(stacked, { seed: 3 });
  const plain = await model.gradients(x, x, crossEntropy());
  const more = await model.gradients(x, x, crossEntropy(), { embedded: true });
  plain.parameters.forEach(({ values }, p) => {
    // sums over the same terms in another order, float32
    values.forEach((v, n) => expect(Math.abs(v - more.parameters[p]!.values[n]!)).toBeLessThan(1e-6));
  });
  expect(more.loss).toBe(plain.loss);
  // and leaves nothing behind for the next call
  const again = await model.gradients(x, x, crossEntropy());
  expect(again.parameters.map(({ values }) => values)).toEqual(plain.parameters.map(({ values }) => values));
  model.close();
});
