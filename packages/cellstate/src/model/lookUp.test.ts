/**
 * Products with an embedding, looked up or computed row by row: predictions are the same to the last bit, gradients
 * agree with central differences (with PyTorch's: `torch.test.ts`). How many rows a run has decides which way it goes.
 */
import { describe, expect, test } from "vitest";
import { inferAxes } from "../cell/axes.ts";
import { type Cell, cell } from "../cell/cell.ts";
import { CellError } from "../cell/errors.ts";
import { lookUpOf } from "../cell/lookUp.ts";
import { schedule } from "../cell/schedule.ts";
import { seeded } from "../cell/testing.ts";
import { blocksLstm, gru, layerNormLstm, lstm, lstmp, minGru, minLstm, slstm } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { atOnce } from "../engine/engine.ts";
import { oddCells } from "../engine/oddCells.ts";
import { randomCellText } from "../engine/randomCell.ts";
import { type Architecture, dense, embedding, heads, type Layer, recurrent, sequential } from "../layers/layers.ts";
import { crossEntropy, meanSquaredError } from "../train/losses.ts";
import { createModel, internalsOf, type Model } from "./model.ts";
import type { ParameterValues } from "./parameters.ts";
import { packingOf } from "./rows.ts";
import type { Sequences } from "./sequences.ts";

const SIZE = 5;
const FEW = 7; // entries, fewer than rows: looked up
const MANY = 300; // more than rows
const LENGTHS = [3, 11, 7, 11, 1, 6, 2, 9, 4];

type Made = (vocabulary: number) => Architecture;
const over =
  (...layers: readonly Layer[]): Made =>
  (vocabulary) =>
    sequential(embedding({ vocabulary, size: SIZE }), ...layers);
const typed = (text: string) => cell("Typed", text);

const looked: Record<string, Made> = {
  lstm: over(recurrent(lstm, { units: 13, layers: 2 }), dense({ units: 4 })),
  "lstm in both directions": over(recurrent(lstm, { units: 13, direction: "both" }), dense({ units: 4 })),
  "lstm backward, its last output": over(recurrent(lstm, { units: 8, direction: "backward", output: "last" })),
  lstmp: over(recurrent(lstmp, { units: 13, projection: 7 })),
  gru: over(recurrent(gru, { units: 13 })),
  "layer-norm lstm": over(recurrent(layerNormLstm, { units: 13 })),
  sLSTM: over(recurrent(slstm, { units: 12, heads: 3 })),
  minGRU: over(recurrent(minGru, { units: 13 })),
  minLSTM: over(recurrent(minLstm, { units: 13 })),
  "memory blocks": over(recurrent(blocksLstm, { units: 12, blocks: 4 })),
  "sums that are the state": over(recurrent(typed(oddCells["a linear state"]!), { units: 9 })),
  "blocks on the diagonal": over(
    recurrent(typed("W : blockdiagonal(heads)\nh = tanh(W_h @ x + R_h @ h[t-1] + b_h)"), { units: 10, heads: 5 }),
  ),
  "a dense layer under a gru": over(dense({ units: 6 }), recurrent(gru, { units: 5 })),
  "two heads over a dense layer": over(
    dense({ units: 9, activation: "tanh" }),
    heads({ a: sequential(dense({ units: 3 })), b: sequential(dense({ units: 4 })) }),
  ),
};

const computed: Record<string, Made> = {
  "a cell that adds x up": over(recurrent(typed("h = tanh(W_h @ x + R_h @ h[t-1] + mean(x))"), { units: 6 })),
  "a matrix that is used twice": over(
    recurrent(typed("g = sigmoid(W_a @ x + R_g @ h[t-1])\nh = g * tanh(U_h @ tanh(x) + W_h @ x)"), { units: 6 }),
  ),
  "one value a row": over(
    recurrent(typed("z : one = sigmoid(W_z @ x + R_z @ h[t-1])\nh = z * h[t-1] + tanh(W_h @ x)"), { units: 6 }),
  ),
};

const batchOf = (seed: number): Sequences & { readonly lengths: readonly number[] } => {
  const random = generator(seed, "ids");
  const steps = Math.max(...LENGTHS);
  const values = Uint32Array.from({ length: LENGTHS.length * steps }, () => random.integer(FEW));
  return { values, shape: [LENGTHS.length, steps], lengths: LENGTHS };
};

/** Two models with the same weights: the second's table has more entries, which nobody asks for. */
async function twoOf(made: Made, engine: "wasm" | "reference"): Promise<[Model, Model]> {
  const few = await createModel(made(FEW), { seed: 3, engine });
  const many = await createModel(made(MANY), { seed: 4, engine });
  const own = Object.fromEntries(few.parameters().map(({ name, values }) => [name, values]));
  const table = new Float32Array(MANY * SIZE).fill(0.5);
  table.set(own["embedding.0.W"]!);
  few.setParameters(own); // as float32
  many.setParameters({ ...own, "embedding.0.W": table });
  return [few, many];
}

/** Up to the tolerance, of the largest; entries that nobody asked for have 0. */
function expectSame(all: readonly ParameterValues[], name: string, values: Float32Array, tolerance: number): void {
  const other = all.find((p) => p.name === name)!.values;
  const largest = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  const worst = values.reduce((m, v, k) => Math.max(m, Math.abs(v - other[k]!)), 0);
  expect(worst, name).toBeLessThanOrEqual(tolerance * largest);
  expect(other.subarray(values.length).every((v) => v === 0)).toBe(true);
}

/** Has the embedding's output been computed? */
function isComputed(model: Model): boolean {
  const core = internalsOf(model).core();
  const packing = packingOf(Uint32Array.from(LENGTHS).sort().reverse(), Math.max(...LENGTHS));
  const runner = core.newRunner({ batch: LENGTHS.length, rows: packing.total }, { backward: true });
  atOnce(runner.forward(packing));
  const computed = runner.value(core.plan.stages[0]!.to) !== undefined;
  runner.close();
  return computed;
}

describe.each(["wasm", "reference"] as const)("on %s", (engine) => {
  test.each(Object.entries(looked))("%s: looked up or not, predictions have the same bits", async (_, made) => {
    const [few, many] = await twoOf(made, engine);
    expect([isComputed(few), isComputed(many)]).toEqual([false, true]);
    const x = batchOf(1);
    const [a, b] = [await few.predict(x), await many.predict(x)];
    for (const [name, { values }] of Object.entries(a.outputs)) expect(values, name).toEqual(b.outputs[name]!.values);
    for (const [key, values] of Object.entries(a.states)) expect(values, key).toEqual(b.states[key]);
    expect(a.values.some((v) => v !== 0)).toBe(true);
    few.close();
    many.close();
  });

  test.each(Object.entries(computed))("%s: nothing is looked up", async (_, made) => {
    const model = await createModel(made(FEW), { engine });
    expect(isComputed(model)).toBe(true);
    model.close();
  });

  test.each(Object.entries(looked))("%s: gradients agree, looked up or not", async (_, made) => {
    const [few, many] = await twoOf(made, engine);
    const x = batchOf(2);
    const { shape, outputs } = await few.predict(x);
    const isLast = shape.length === 2;
    const ids = { values: batchOf(3).values.map((v) => v % 3), shape: isLast ? [LENGTHS.length] : x.shape };
    const targets = {
      ...(isLast ? { ...ids, values: ids.values.slice(0, LENGTHS.length) } : { ...ids, lengths: LENGTHS }),
    };
    const all = Object.keys(outputs);
    const given = all.length === 1 ? targets : Object.fromEntries(all.map((name) => [name, targets]));
    const [a, b] = [await few.gradients(x, given, crossEntropy()), await many.gradients(x, given, crossEntropy())];
    expect(a.loss).toBe(b.loss);
    // reference: float64, read as float32, half a unit of which is 6e-8; wasm: sums of 54 rows in another order
    const tolerance = engine === "reference" ? 1.2e-7 : 5e-6;
    for (const { name, values } of a.parameters) expectSame(b.parameters, name, values, tolerance);
    for (const [key, { values }] of Object.entries(a.firstStates)) {
      expect(values, key).toEqual(b.firstStates[key]!.values);
    }
    few.close();
    many.close();
  });
});

/** Random cells whose schedule only multiplies x, as architectures; the others are counted too. */
const random = Array.from({ length: 60 }, (_, seed) => randomCellText(seeded(seed))).flatMap((text): Made[] => {
  try {
    const made = typed(text);
    if (lookUpOf(schedule(made)) === undefined) return [];
    const axes = inferAxes(made).names.filter((axis) => axis !== "input" && axis !== "units");
    const sizes = Object.fromEntries(axes.map((axis) => [axis, axis === "blocks" ? 4 : 6]));
    return [over(recurrent(made as Cell<string>, { units: 8, ...sizes }))];
  } catch (error) {
    if (error instanceof CellError) return []; // some random texts are no cell
    throw error;
  }
});

test("random cells have the same bits too, and gradients that agree", async () => {
  expect(random.length).toBeGreaterThan(20);
  for (const [k, made] of random.entries()) {
    for (const engine of ["wasm", "reference"] as const) {
      const [few, many] = await twoOf(made, engine);
      const x = batchOf(k);
      const [a, b] = [await few.predict(x), await many.predict(x)];
      expect(a.values, `random cell ${k}`).toEqual(b.values);
      if (engine === "reference") {
        const targets = { ...a, values: a.values.map((v, n) => v + Math.sin(n)) };
        const [c, d] = [few, many].map((model) => model.gradients(x, targets, meanSquaredError()));
        for (const { name, values } of (await c!).parameters) expectSame((await d!).parameters, name, values, 1.2e-7);
      }
      few.close();
      many.close();
    }
  }
});

test("the gradient of a table that is looked up agrees with central differences in float64, within 1e-7", async () => {
  const model = await createModel(looked["lstm in both directions"]!(FEW), { seed: 5, engine: "reference" });
  const x = batchOf(4);
  const targets = { values: batchOf(5).values.map((v) => v % 4), shape: x.shape, lengths: LENGTHS };
  const { parameters } = await model.gradients(x, targets, crossEntropy());
  for (const name of ["embedding.0.W", "recurrent.0.forward.W_f", "recurrent.0.backward.W_o"]) {
    const found = parameters.find((p) => p.name === name)!.values;
    const start = Float64Array.from(model.parameters().find((p) => p.name === name)!.values);
    for (let k = 0; k < start.length; k += 3) {
      const lossAt = async (step: number): Promise<number> => {
        const moved = start.slice();
        moved[k]! += step;
        model.setParameters({ [name]: moved });
        return (await model.gradients(x, targets, crossEntropy())).loss;
      };
      const [up, down] = [await lossAt(1e-5), await lossAt(-1e-5)];
      expect(Math.abs((up - down) / 2e-5 - found[k]!), `${name} ${k}`).toBeLessThan(1e-7);
    }
    model.setParameters({ [name]: start });
  }
  model.close();
});

test("one run looks up and the next does not: each is as if it were the only one", async () => {
  const [few, fresh] = [
    await createModel(looked["gru"]!(FEW), { seed: 1 }),
    await createModel(looked["gru"]!(FEW), { seed: 1 }),
  ];
  const long = batchOf(6);
  const short = { values: [1, 4, 2, 2, 6], shape: [1, 5] };
  const before = await few.predict(short);
  await few.predict(long);
  expect((await few.predict(short)).values).toEqual(before.values);
  expect((await few.predict(long)).values).toEqual((await fresh.predict(long)).values);
  few.close();
  fresh.close();
});

test("a stream over a looked-up layer gives the bits of the whole", async () => {
  const model = await createModel(looked["lstm"]!(FEW), { seed: 8 });
  const x = batchOf(7);
  const whole = await model.predict(x);
  const stream = model.stream();
  const [, steps, size] = whole.shape as [number, number, number];
  for (let t = 0; t < LENGTHS[1]!; t++) {
    const y = stream.step(x.values[steps + t]!);
    expect([...y]).toEqual([...whole.values.subarray((steps + t) * size, (steps + t + 1) * size)]);
  }
  model.close();
});

test("a trace, which looks nothing up, ends where a prediction that does ends", async () => {
  const [few, many] = await twoOf(looked["lstm in both directions"]!, "wasm");
  const x = batchOf(9);
  const [a, b] = [await few.trace(x), await many.trace(x)];
  for (const { name, direction, values } of a.values) expect(values).toEqual(b.get(name, { direction }).values);
  const { states } = await few.predict(x);
  for (const direction of ["forward", "backward"] as const) {
    const { values, shape, lengths } = a.get("h", { direction });
    const [, steps, size] = shape;
    const ends = [...lengths].flatMap((length, row) => {
      const step = row * steps + (direction === "forward" ? length - 1 : 0);
      return [...values.subarray(step * size, (step + 1) * size)];
    });
    expect(ends).toEqual([...states[`recurrent.0.${direction}.h`]!]);
  }
  few.close();
  many.close();
});
