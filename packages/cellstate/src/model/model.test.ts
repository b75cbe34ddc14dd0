/** What a model lets one do with it besides training: fix values, look at every value, stream, put weights in. */
import { describe, expect, test } from "vitest";
import { inferAxes } from "../cell/axes.ts";
import { type Cell, cell } from "../cell/cell.ts";
import { evaluate } from "../cell/evaluate.ts";
import { zoo } from "../cells/index.ts";
import { generator } from "../data/random.ts";
import { dense, embedding, type RecurrentLayer, recurrent, sequential } from "../layers/layers.ts";
import { crossEntropy } from "../train/losses.ts";
import { createModel, type Model } from "./model.ts";

const [B, T, I] = [3, 6, 4] as const;
const LENGTHS = [4, 6, 2];
const random = (seed: number, count: number): Float32Array => {
  const from = generator(seed, "values");
  return Float32Array.from({ length: count }, () => 2 * from.uniform() - 1);
};
const x = { values: random(1, B * T * I), shape: [B, T, I], lengths: LENGTHS };
const sizesOf = (one: Cell): Record<string, number> =>
  Object.fromEntries(
    inferAxes(one).names.flatMap((axis) => {
      const size = { projection: 5, blocks: 3, heads: 2 }[axis];
      return size === undefined ? [] : [[axis, size]];
    }),
  );
const layer = (one: Cell, more: object = {}): RecurrentLayer =>
  recurrent(one, { units: 6, ...sizesOf(one), ...more } as never);
/** Other than the start values, in which biases are alike. */
function shake(model: Model, seed = 5): void {
  const from = generator(seed, "weights");
  const values = model.parameters().map((p) => [p.name, p.values.map(() => 1.2 * from.uniform() - 0.6)] as const);
  model.setParameters(Object.fromEntries(values));
}
const weightsOf = (model: Model) => model.parameters().map(({ name, values }) => [name, [...values]]);

describe("a trace", () => {
  test.each(Object.entries(zoo))("shows every value of %s as the oracle computes it", async (_, one) => {
    for (const direction of ["forward", "backward"] as const) {
      const model = await createModel(sequential(layer(one, { direction })), { input: I });
      shake(model);
      const trace = await model.trace(x);
      const own = model.parameters().map((p) => ({ ...p, own: p.name.split(".").at(-1)! }));
      const shapes = Object.fromEntries(own.map((p) => [p.own, p.shape]));
      const parameters = Object.fromEntries(own.map((p) => [p.own, p.values]));
      const sizes = { units: 6, ...sizesOf(one) };
      LENGTHS.forEach((length, b) => {
        const steps = Array.from({ length }, (_, t) => [...x.values.subarray((b * T + t) * I, (b * T + t + 1) * I)]);
        const given = direction === "forward" ? steps : [...steps].reverse();
        const { values } = evaluate(one, sizes, parameters, given, { shapes });
        for (const [name, rows] of Object.entries(values)) {
          if (name === "x") continue;
          const traced = trace.get(name);
          expect([traced.layer, traced.direction, traced.shape.slice(0, 2)]).toEqual([
            "recurrent.0",
            direction,
            [B, T],
          ]);
          const expected = (direction === "forward" ? rows : [...rows].reverse()).flat();
          const width = traced.shape[2];
          const found = traced.values.subarray(b * T * width, (b * T + length) * width);
          const largest = Math.max(1, ...expected.map(Math.abs));
          // float32 against float64, a few steps
          expect(Math.max(...expected.map((v, k) => Math.abs(v - found[k]!))) / largest, name).toBeLessThan(2e-6);
          const padding = traced.values.subarray((b * T + length) * width, (b + 1) * T * width);
          expect(padding.every((v) => v === 0)).toBe(true);
        }
      });
      model.close();
    }
  });

  test("carries captions, finds values by layer and direction, and refuses what is not one value", async () => {
    const model = await createModel(sequential(layer(zoo["lstm"]!, { layers: 2, direction: "both" })), { input: I });
    const trace = await model.trace(x);
    expect(trace.get("f", { layer: "recurrent.1", direction: "backward" }).caption).toMatch(/^forget gate/);
    expect(trace.values).toHaveLength(2 * 2 * 6);
    expect(() => trace.get("f")).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: trace.get: layer is undefined; expected one of { layer: "recurrent.0", direction: "forward" }, { layer: "recurrent.0", direction: "backward" }, { layer: "recurrent.1", direction: "forward" }, { layer: "recurrent.1", direction: "backward" }.
        f stands in several layers.]
    `);
    expect(() => trace.get("q", { layer: "recurrent.0" })).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: trace.get: name is "q"; expected one of f, i, g, c, o, h, x, in recurrent.0, recurrent.1.
        these are the names of the equations, and x is what enters the layer.]
    `);
  });
});

describe("model.with", () => {
  const make = async (engine: "wasm" | "reference" = "wasm") => {
    const model = await createModel(sequential(layer(zoo["lstm"]!, { layers: 2 }), dense({ units: 2 })), {
      input: I,
      engine,
    });
    shake(model);
    return model;
  };
  const lesioned = cell(
    "Lesioned",
    zoo["lstm"]!.text.replace(/f = sigmoid.*\n/, "f = 1 + 0 * (W_f @ x + R_f @ h[t-1] + b_f)\n"),
  );

  test.each(["wasm", "reference"] as const)(
    "fixes a value: f is 1 everywhere, and all else follows, on %s",
    async (engine) => {
      const model = await make(engine);
      const before = await model.predict(x);
      const changed = model.with({ f: 1 });
      const trace = await changed.trace(x);
      for (const layerName of ["recurrent.0", "recurrent.1"]) {
        const { values, shape } = trace.get("f", { layer: layerName });
        LENGTHS.forEach((length, b) => {
          const valid = values.subarray(b * T * shape[2], (b * T + length) * shape[2]);
          expect(valid.every((v) => v === 1)).toBe(true);
        });
      }
      const other = await createModel(sequential(layer(lesioned, { layers: 2 }), dense({ units: 2 })), {
        input: I,
        engine,
      });
      other.setParameters(Object.fromEntries(model.parameters().map((p) => [p.name, p.values])));
      expect((await changed.predict(x)).values).toEqual((await other.predict(x)).values);
      expect((await changed.predict(x)).values).not.toEqual(before.values);
      expect((await model.predict(x)).values).toEqual(before.values);
    },
  );

  test("may touch one layer alone, and shares the weights it came from", async () => {
    const model = await make();
    const changed = model.with({ f: 0, o: 1 }, { layer: "recurrent.1" });
    const trace = await changed.trace(x);
    const first = await model.trace(x);
    expect(trace.get("f", { layer: "recurrent.0" }).values).toEqual(first.get("f", { layer: "recurrent.0" }).values);
    expect(trace.get("f", { layer: "recurrent.1" }).values.every((v) => v === 0)).toBe(true);
    const before = (await changed.predict(x)).values;
    shake(model, 6);
    expect((await changed.predict(x)).values).not.toEqual(before);
    expect(weightsOf(changed)).toEqual(weightsOf(model));
  });

  test("has the gradients of the rewritten equations, and none of what is cut off", async () => {
    const model = await make();
    const targets = { values: new Uint32Array(B * T).fill(1), shape: [B, T] };
    const { parameters } = await model.with({ f: 1 }).gradients(x, targets, crossEntropy());
    const other = await createModel(sequential(layer(lesioned, { layers: 2 }), dense({ units: 2 })), { input: I });
    other.setParameters(Object.fromEntries(model.parameters().map((p) => [p.name, p.values])));
    const expected = (await other.gradients(x, targets, crossEntropy())).parameters;
    for (const { name, values } of parameters) {
      const isCut = /_f$/.test(name);
      const same = expected.find((p) => p.name === name)!.values;
      values.forEach((v, k) => expect(Math.abs(v - (isCut ? 0 : same[k]!))).toBeLessThan(1e-7));
    }
  });

  test("can be stacked and streamed, and ends with the model it came from", async () => {
    const model = await make();
    const both = model.with({ f: 1 }).with({ o: 0 });
    const trace = await both.trace(x);
    expect(trace.get("o", { layer: "recurrent.0" }).values.every((v) => v === 0)).toBe(true);
    expect(trace.get("f", { layer: "recurrent.0" }).values[0]).toBe(1);
    const changed = model.with({ f: 1 });
    const expected = await changed.predict({ values: x.values.subarray(0, I), shape: [1, 1, I] });
    expect([...changed.stream().step(x.values.subarray(0, I))]).toEqual([...expected.values]);
    model.close();
    await expect(changed.predict(x)).rejects.toThrow(/closed/);
  });
});

describe("a stream", () => {
  const open = async () => {
    const model = await createModel(
      sequential(embedding({ vocabulary: 9, size: 4 }), layer(zoo["lstm"]!, { layers: 2 }), dense({ units: 9 })),
      { seed: 2 },
    );
    shake(model);
    return { model, stream: model.stream() };
  };
  const ids = [3, 1, 4, 1, 5, 2, 6, 5, 3, 8];

  test("goes on from a saved state as if nothing had been between, also through JSON and in another stream", async () => {
    const { model, stream } = await open();
    for (const id of ids.slice(0, 5)) stream.step(id);
    const saved = stream.state();
    const copy = structuredClone(saved);
    const expected = ids.slice(5).map((id) => [...stream.step(id)]);
    expect(saved).toEqual(copy); // it is a copy, not a view
    for (const id of ids) stream.step(id);
    stream.setState(saved);
    expect(ids.slice(5).map((id) => [...stream.step(id)])).toEqual(expected);
    const other = model.stream();
    const plain = Object.fromEntries(Object.entries(saved).map(([key, values]) => [key, [...values]]));
    other.setState(JSON.parse(JSON.stringify(plain)));
    expect(ids.slice(5).map((id) => [...other.step(id)])).toEqual(expected);
  });

  test("does not see another stream, a prediction or a training batch in between", async () => {
    const { model, stream } = await open();
    const expected = ids.map((id) => [...stream.step(id)]);
    stream.reset();
    const other = model.stream();
    const targets = { values: Uint32Array.from(ids), shape: [2, 5] };
    for (const [k, id] of ids.entries()) {
      expect([...stream.step(id)]).toEqual(expected[k]);
      other.step(8 - id);
      await model.predict(targets);
      if (k % 3 === 0) await model.gradients(targets, targets, crossEntropy());
      if (k === 4) for (let n = 0; n < 30; n++) model.stream(); // memory grows: views of it are new
    }
  });

  test("hands out a view that the next step overwrites, or writes where it is told", async () => {
    const { stream } = await open();
    const first = stream.step(1);
    const kept = [...first];
    const into = new Float32Array(9);
    stream.reset();
    expect(stream.step(1, into)).toBe(into);
    expect([...into]).toEqual(kept);
    expect(stream.step(2)).toBe(first);
    expect([...first]).not.toEqual(kept);
    expect([...into]).toEqual(kept);
  });

  test("sees weights that were put in meanwhile, and refuses to go on when closed", async () => {
    const { model, stream } = await open();
    const before = [...stream.step(1)];
    stream.reset();
    shake(model, 8);
    expect([...stream.step(1)]).not.toEqual(before);
    model.close();
    expect(() => stream.step(1)).toThrow(/closed/);
  });
});

test.each(["wasm", "reference"] as const)("a cell may take or give one value a step, on %s", async (engine) => {
  const sum = cell("Sum", "h = tanh(W_h @ x + R_h @ h[t-1])\ny = mean(h)");
  const scaled = cell("Scaled", "x : one\nh = tanh(x * p_h + R_h @ h[t-1])");
  const plain = cell("Plain", "h = tanh(P_h @ x + R_h @ h[t-1])");
  const make = (second: Cell, first = sum) =>
    createModel(sequential(layer(first), layer(second), dense({ units: 2 })), { input: I, engine });
  const [model, other] = [await make(scaled), await make(plain)];
  shake(model);
  const weights = Object.fromEntries(model.parameters().map((p) => [p.name.replace("p_h", "P_h"), p.values]));
  other.setParameters(weights);
  expect(other.parameters().find((p) => p.name.endsWith("P_h"))!.shape).toEqual([6, 1]);
  const expected = await other.predict(x);
  const near = (found: ArrayLike<number>, should: ArrayLike<number>, what = "output"): void => {
    expect(found).toHaveLength(should.length);
    // a factor is added after the sum over h, a product before it: they round otherwise
    for (let k = 0; k < found.length; k++) expect(Math.abs(found[k]! - should[k]!), what).toBeLessThan(5e-7);
  };
  near((await model.predict(x)).values, expected.values);
  const trace = await model.trace(x);
  expect(trace.get("y").shape).toEqual([B, T, 1]);
  const targets = { values: new Uint32Array(B * T).fill(1), shape: [B, T] };
  const [found, should] = [
    await model.gradients(x, targets, crossEntropy()),
    await other.gradients(x, targets, crossEntropy()),
  ];
  for (const { name, values } of found.parameters) {
    near(values, should.parameters.find((p) => p.name === name.replace("p_h", "P_h"))!.values, name);
  }
  expect(found.inputs!.values.some((v) => v !== 0)).toBe(true);
  near(model.stream().step(x.values.subarray(0, I)), [...expected.values.subarray(0, 2)]);
});
