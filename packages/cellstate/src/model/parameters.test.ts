/** A model's parameters as plain data: names, shapes, copies, and all or nothing on the way in. */
import { expect, test } from "vitest";
import { gru, lstmp, slstm } from "../cells/index.ts";
import { dense, embedding, recurrent, sequential } from "../layers/layers.ts";
import { createModel, type Model } from "./model.ts";

const weightsOf = (model: Model) => model.parameters().map(({ name, values }) => [name, [...values]]);

test("setParameters writes all or nothing", async () => {
  const model = await createModel(sequential(recurrent(gru, { units: 6 }), dense({ units: 2 })), { seed: 2, input: 4 });
  const before = weightsOf(model);
  const zeros = Object.fromEntries(model.parameters().map((p) => [p.name, p.values.map(() => 0)]));
  const wrong: Record<string, ArrayLike<number>>[] = [
    { ...zeros, "dense.0.c": [1] },
    { ...zeros, "dense.0.b": [1, 2, 3] },
    { ...zeros, "dense.0.b": [0, Number.NaN] },
    { ...zeros, "dense.0.b": [Number.POSITIVE_INFINITY, 0] },
    { ...zeros, "dense.0.b": [1e39, 0] }, // finite, and infinite as a float32
  ];
  for (const values of wrong) {
    expect(() => model.setParameters(values)).toThrow(/model\.setParameters/);
    expect(weightsOf(model)).toEqual(before);
  }
  model.setParameters({ "dense.0.b": [1, 2] });
  expect(weightsOf(model)).toEqual(before.map(([name, values]) => [name, name === "dense.0.b" ? [1, 2] : values]));
});

test("parameters come as copies in natural shapes, and count as many as there are", async () => {
  const model = await createModel(
    sequential(
      embedding({ vocabulary: 9, size: 4 }),
      recurrent(slstm, { units: 6, heads: 2 }),
      recurrent(lstmp, { units: 6, projection: 5 }),
      dense({ units: 3 }),
    ),
    { seed: 2 },
  );
  const shapes = Object.fromEntries(model.parameters().map(({ name, shape }) => [name, shape]));
  expect(shapes["embedding.0.W"]).toEqual([9, 4]);
  expect(shapes["recurrent.0.forward.R_i"]).toEqual([6, 6]);
  expect(shapes["recurrent.1.forward.P_h"]).toEqual([5, 6]);
  expect(shapes["recurrent.1.forward.W_f"]).toEqual([6, 6]);
  expect(shapes["dense.0.W"]).toEqual([3, 5]);
  const [first] = model.parameters();
  first!.values.fill(7);
  expect(model.parameters()[0]!.values.some((v) => v === 7)).toBe(false);
  const trained = model.parameters().reduce((sum, { name, values }) => {
    // of the sLSTM's recurrent matrices only the blocks are parameters: two heads, half of each row
    return sum + (/^recurrent\.0\.forward\.R_/.test(name) ? values.length / 2 : values.length);
  }, 0);
  expect(model.parameterCount).toBe(trained);
});
