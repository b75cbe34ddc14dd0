/** Weight decay: which parameters it is meant for, by default and by name, and what it says to a name of none. */
import { expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { peepholeLstm } from "../cells/index.ts";
import { batches } from "../data/windows.ts";
import { dense, embedding, recurrent, sequential } from "../layers/layers.ts";
import { createModel, type Model } from "../model/model.ts";
import type { WeightDecay } from "./decay.ts";
import { crossEntropy } from "./losses.ts";
import { adamW, rmsProp, sgd } from "./optimizers.ts";
import { train } from "./train.ts";

const normed = cell(
  "Normed",
  `h = tanh(layernorm(W_h @ x + R_h @ h[t-1]) * s_h + b_h)
s ~ 1
h[0] = k_h`,
);
const make = (): Promise<Model> =>
  createModel(
    sequential(
      embedding({ vocabulary: 5, size: 3 }),
      recurrent(peepholeLstm, { units: 4 }),
      recurrent(normed, { units: 4 }),
      dense({ units: 5 }),
    ),
    { seed: 1 },
  );
const ids = { values: Uint32Array.of(1, 2, 3, 0, 4, 1), shape: [2, 3] };
/** Nothing counts, so that gradients are 0 and all that moves is what decays. */
const data = batches(ids, ids, { batch: 2, weights: [0, 0] });

/** The factor of every parameter, after a step at rate 1. */
async function factors(weightDecay: WeightDecay): Promise<Record<string, number>> {
  const model = await make();
  const values = Object.fromEntries(
    model.parameters().map(({ name, values }) => [name, Float32Array.from(values, () => 2)]),
  );
  model.setParameters(values);
  await train(model, data, { loss: crossEntropy(), optimizer: sgd({ learningRate: 1, weightDecay }), steps: 1 });
  const found = model.parameters().map(({ name, values: [first, ...rest] }) => {
    expect(rest.every((v) => v === first)).toBe(true);
    return [name, Number((first! / 2).toFixed(6))] as const;
  });
  model.close();
  return Object.fromEntries(found);
}

test("a single number is for matrices and embeddings; biases, peepholes, scales and first values stay", async () => {
  const found = await factors(0.25);
  const decaying = Object.entries(found).filter(([, factor]) => factor !== 1);
  expect(decaying.every(([, factor]) => factor === 0.75)).toBe(true);
  const names = decaying.map(([name]) => name);
  expect(names).toEqual(Object.keys(found).filter((name) => /\.(W|R|W_.|R_.)$/.test(name)));
  expect(names).toContain("embedding.0.W");
  expect(Object.keys(found).filter((name) => !names.includes(name))).toEqual(
    expect.arrayContaining([
      "recurrent.0.forward.p_f",
      "recurrent.1.forward.s_h",
      "recurrent.1.forward.k_h",
      "dense.0.b",
    ]),
  );
});

test("by role, by a parameter's own name and by its full one: the more exact name wins, others stay", async () => {
  const found = await factors({ W: 0.5, W_f: 0.25, "dense.0.W": 0.125, b: 0.0625 });
  expect(found["embedding.0.W"]).toBe(0.5);
  expect(found["recurrent.0.forward.W_i"]).toBe(0.5);
  expect(found["recurrent.0.forward.W_f"]).toBe(0.75);
  expect(found["dense.0.W"]).toBe(0.875);
  expect(found["dense.0.b"]).toBe(0.9375);
  expect(found["recurrent.0.forward.b_o"]).toBe(0.9375);
  expect(found["recurrent.0.forward.R_f"]).toBe(1);
  expect(found["recurrent.0.forward.p_f"]).toBe(1);
});

test("a role that the model has not is refused before anything is trained", async () => {
  const model = await make();
  const optimizer = adamW({ learningRate: 1, weightDecay: { W: 0.1, Q: 0.1 } });
  await expect(
    train(model, data, { loss: crossEntropy(), optimizer, steps: 1 }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(`
    [ArgumentError: adamW: weightDecay.Q is of no parameter; expected a role (W, R, b, p, s, k), or a parameter's name.
      model.parameters() lists them; a role is what stands before the underscore.]
  `);
  model.close();
});

test.each<[string, WeightDecay, string]>([
  ["a number of 1", 1, "weightDecay is 1;"],
  ["a negative number of a role", { R: -0.1 }, "weightDecay.R is -0.1;"],
  ["no number", Number.NaN, "weightDecay is NaN;"],
])("%s is refused", (_, weightDecay, sentence) => {
  expect(() => rmsProp({ learningRate: 1, weightDecay })).toThrow(`rmsProp: ${sentence}`);
  expect(() => sgd({ learningRate: 1, weightDecay })).toThrow(`sgd: ${sentence}`);
});

test("Nesterov's momentum needs one", () => {
  expect(() => sgd({ learningRate: 1, nesterov: true })).toThrow("sgd: momentum is 0; expected a number above 0.");
});
