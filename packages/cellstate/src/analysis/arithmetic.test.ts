/** Every number of a trace is explained: the tokens, the terms and the trace say the same, for every kind of cell. */
import { describe, expect, test } from "vitest";
import { zoo } from "../cells/index.ts";
import type { Trace } from "../model/traced.ts";
import { type Arithmetic, arithmetic } from "./arithmetic.ts";
import { cells, firstStates, LENGTHS, modelOf, typed, UNITS, x } from "./testing.ts";

/** The tokens as JavaScript computes them: an independent reading of what a page would show. */
function computed({ tokens }: Arithmetic): number {
  const functions: Record<string, (...given: number[]) => number> = {
    sigmoid: (a) => 1 / (1 + Math.exp(-a)),
    tanh: Math.tanh,
    exp: Math.exp,
    logsigmoid: (a) => -Math.log1p(Math.exp(-a)),
    max: Math.max,
    stopgradient: (a) => a,
    expand: (a) => a,
    relu: (a) => Math.max(a, 0),
  };
  const code = tokens.map(({ text, value }) => (value === undefined ? text : `(${value})`)).join("");
  return new Function(...Object.keys(functions), `return ${code}`)(...Object.values(functions)) as number;
}

function check(found: Arithmetic): void {
  const size = Math.max(1, Math.abs(found.value));
  // float32 against float64: an equation of a few operations over sums of up to ten terms
  expect(Math.abs(found.computed - found.value) / size, `${found.equation}`).toBeLessThan(3e-6);
  // rounded alike but for the last bits
  expect(Math.abs(computed(found) - found.computed) / size, found.equation).toBeLessThan(1e-9);
  for (const { largest, rest, value } of found.sums) {
    const all = largest.reduce((sum, { product }) => sum + product, rest.value);
    expect(all).toBeCloseTo(value, 9);
    for (const { weight, value: v, product } of largest) expect(product).toBe(weight * v);
    const sizes = largest.map(({ product }) => Math.abs(product));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  }
  const { largest, rest, bias, others } = found.addends;
  const tokens = [...bias, ...others].reduce((sum, { value }) => sum + value!, 0);
  const total = largest.reduce((sum, { product }) => sum + product, rest.value) + tokens;
  expect(total / size).toBeCloseTo((found.preActivation ?? found.computed) / size, 8);
}

const every = { ...zoo, typed };
test.each(Object.entries(every))("of %s: every name of every step, forward and backward, ragged", async (_, one) => {
  const model = await modelOf(one, { layers: 2, direction: "both" });
  const trace = await model.trace(x, { from: firstStates(model) });
  for (const { name, layer, direction, shape } of trace.values) {
    // two units of each value, all steps of all rows: the first step and the last among them
    for (const unit of new Set([0, shape[2] - 1])) {
      LENGTHS.forEach((length, row) => {
        for (let step = 0; step < length; step++) {
          const found = arithmetic(model, trace, { name, layer, direction, unit, step, row });
          expect(found.value).toBe(valueIn(trace, found));
          check(found);
        }
      });
    }
  }
  model.close();
});

function valueIn(trace: Trace, { name, layer, direction, row, step, unit }: Arithmetic): number {
  const { values, shape } = trace.get(name, { layer, direction });
  return values[(row * shape[1] + step) * shape[2] + unit]!;
}

const texts = ({ tokens }: Arithmetic): string => tokens.map(({ text }) => text).join("");

describe("what a page shows", () => {
  test("is the five largest terms of both matrices together, the rest, and the bias", async () => {
    const model = await modelOf(cells["lstm"]!);
    const trace = await model.trace(x);
    const found = arithmetic(model, trace, { name: "f", unit: 2, step: 1, row: 1 });
    expect(found).toMatchObject({ name: "f", unit: 2, step: 1, row: 1, layer: "recurrent.0", direction: "forward" });
    expect(found.caption).toMatch(/^forget gate/);
    expect(found.equation).toBe("f = sigmoid(W_f @ x + R_f @ h[t-1] + b_f)");
    expect(texts(found)).toBe("sigmoid(W_f @ x + R_f @ h[t-1] + b_f)");
    expect(found.tokens.map(({ value }) => value !== undefined)).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
      false,
    ]);

    const weights = (name: string) => model.parameters().find((p) => p.name === `recurrent.0.forward.${name}`)!;
    const own = (matrix: string, source: string, from: ArrayLike<number>) => {
      const { values, shape } = weights(matrix);
      return Array.from({ length: shape[1]! }, (_, index) => {
        const [weight, value] = [values[2 * shape[1]! + index]!, from[index]!];
        return { matrix, source, index, weight, value, product: weight * value };
      });
    };
    const [xs, hs] = [x.values.subarray((7 + 1) * 4, (7 + 2) * 4), trace.get("h").values.subarray(7 * 6, 8 * 6)];
    const all = [...own("W_f", "x", xs), ...own("R_f", "h[t-1]", hs)];
    const sorted = [...all].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
    expect(found.addends.largest).toEqual(sorted.slice(0, 5));
    expect(found.addends.rest.count).toBe(5);
    expect(found.addends.rest.value).toBeCloseTo(
      sorted.slice(5).reduce((sum, { product }) => sum + product, 0),
      12,
    );
    expect(found.addends.bias).toEqual([{ text: "b_f", value: weights("b_f").values[2] }]);
    expect(found.addends.others).toEqual([]);
    expect(found.sums.map(({ text, rest }) => [text, rest.count])).toEqual([
      ["W_f @ x", 0],
      ["R_f @ h[t-1]", 1],
    ]);
    const whole = arithmetic(model, trace, { name: "f", unit: 2, step: 1, row: 1, largest: Number.POSITIVE_INFINITY });
    expect(whole.addends).toMatchObject({ largest: sorted, rest: { count: 0, value: 0 } });
    model.close();
  });

  test("is the cell state as f times the past plus i times g, with the first state at the first step", async () => {
    const model = await modelOf(cells["lstm"]!, { direction: "backward" });
    const from = firstStates(model);
    const trace = await model.trace(x, { from });
    const found = arithmetic(model, trace, { name: "c", unit: 3, step: 4, row: 0 });
    expect(texts(found)).toBe("f * c[t-1] + i * g");
    // row 0 has five steps; a layer that runs backward begins at the last
    expect(found.tokens[2]).toEqual({ text: "c[t-1]", value: from["recurrent.0.backward.c"]![3] });
    const later = arithmetic(model, trace, { name: "c", unit: 3, step: 3, row: 0 });
    expect(later.tokens[2]!.value).toBe(found.value);
    expect(found.addends.others.map(({ text }) => text)).toEqual(["f * c[t-1]", "i * g"]);
    expect(found.preActivation).toBeUndefined();
    model.close();
  });

  test("is a layer norm written out, each of several results with its own argument", async () => {
    const model = await modelOf(cells["layerNormLstm"]!);
    const trace = await model.trace(x);
    const found = arithmetic(model, trace, { name: "rg", unit: 1, step: 3, row: 1 });
    expect(found.equation).toContain("rf, ri, rg, ro = layernorm(");
    expect(texts(found)).toBe("(R_g @ h[t-1] - μ) / σ");
    expect(found.sums.map(({ text }) => text)).toEqual(["R_g @ h[t-1]"]);
    expect(texts(arithmetic(model, trace, { name: "h", unit: 1, step: 3, row: 1 }))).toBe(
      "o * tanh(s_c * ((c - μ) / σ) + b_c)",
    );
    model.close();
  });

  test("is the value of the unit's block, and a sum over the block's cells", async () => {
    const model = await modelOf(cells["blocksPeepholeLstm"]!);
    const trace = await model.trace(x);
    const at = { step: 2, row: 1 };
    // three blocks of two cells
    const c = arithmetic(model, trace, { name: "c", unit: 3, ...at });
    expect(texts(c)).toBe("expand(f) * c[t-1] + expand(i) * g");
    expect(c.tokens[1]!.value).toBe(trace.get("f").values[(7 + 2) * 3 + 1]);
    const f = arithmetic(model, trace, { name: "f", unit: 1, ...at });
    const peephole = f.sums.find(({ text }) => text.startsWith("sum"))!;
    expect(peephole.text).toBe("sum(p_f * c[t-1], blocks)");
    expect(peephole.largest.map(({ index }) => index).sort()).toEqual([2, 3]);
    expect(peephole.largest[0]).toMatchObject({ source: "p_f * c[t-1]", weight: 1 });
    expect(f.addends.others.map(({ text }) => text)).toEqual([peephole.text]);
    model.close();
  });

  test("is one block of a block-diagonal matrix", async () => {
    const model = await modelOf(cells["slstm"]!);
    const trace = await model.trace(x, { from: firstStates(model) });
    const { sums } = arithmetic(model, trace, { name: "o", unit: 4, step: 2, row: 1 });
    // two heads of three units: unit 4 sees units 3 to 5
    expect(sums[1]!.largest.map(({ index }) => index).sort()).toEqual([3, 4, 5]);
    model.close();
  });

  test("is the mean of another state, each of its values with the weight 1 / n", async () => {
    const model = await modelOf(typed);
    const trace = await model.trace(x, { from: firstStates(model) });
    const { sums } = arithmetic(model, trace, { name: "k", unit: 4, step: 2, row: 1 });
    expect(sums.map(({ text }) => text)).toEqual(["W_k @ x", "mean(q[t-1])"]);
    expect(sums[1]!.largest[0]).toMatchObject({ source: "q[t-1]", weight: 1 / UNITS });
    model.close();
  });

  test("reads what is fixed where the equation reads it, of the step before too", async () => {
    const model = (await modelOf(cells["peepholeLstm"]!)).with({ c: 0.5, i: 2 });
    const trace = await model.trace(x, { from: firstStates(model) });
    for (const name of ["f", "o", "h"]) {
      for (const step of [0, 1, 6]) check(arithmetic(model, trace, { name, unit: 3, step, row: 1 }));
    }
    const { tokens } = arithmetic(model, trace, { name: "f", unit: 3, step: 4, row: 1 });
    expect(tokens.find(({ text }) => text === "c[t-1]")!.value).toBe(0.5);
  });

  test("is the number itself where model.with has fixed it", async () => {
    const model = (await modelOf(cells["lstm"]!)).with({ f: 0.25 });
    const trace = await model.trace(x);
    const found = arithmetic(model, trace, { name: "f", unit: 0, step: 0 });
    expect(found).toMatchObject({ equation: "f = 0.25", value: 0.25, computed: 0.25, sums: [] });
    expect(found.tokens).toEqual([{ text: "0.25", value: 0.25 }]);
    check(arithmetic(model, trace, { name: "c", unit: 2, step: 1 }));
  });
});

test("a name without an equation, and a unit that is not there, are refused", async () => {
  const model = await modelOf(cells["lstmp"]!);
  const trace = await model.trace(x);
  expect(() => arithmetic(model, trace, { name: "x", unit: 0, step: 0 })).toThrowErrorMatchingInlineSnapshot(`
    [ArgumentError: arithmetic: name is "x"; expected one of f, i, g, c, o, h.
      these have equations.]
  `);
  const h = { name: "h", step: 0 };
  expect(() => arithmetic(model, trace, { ...h, unit: 5 })).toThrow("unit is 5; expected a whole number from 0 to 4");
  expect(() => arithmetic(model, trace, { ...h, unit: 0, step: 5 })).toThrow("step is 5");
  expect(() => arithmetic(model, trace, { ...h, unit: 0, row: -1 })).toThrow("row is -1");
  for (const largest of [-1, 1.5, Number.NaN]) {
    expect(() => arithmetic(model, trace, { ...h, unit: 0, largest })).toThrow(`largest is ${largest}; expected`);
  }
  model.close();
});
