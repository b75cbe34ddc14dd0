/** What the analysis says of gradients is what central differences in float64 say, for values and for vectors behind ids. */
import { describe, expect, test } from "vitest";
import { dense, embedding, heads, inputs, recurrent, sequential } from "../layers/layers.ts";
import { createModel } from "../model/model.ts";
import { quantize } from "../model/quantize.ts";
import { sequences } from "../model/sequences.ts";
import { crossEntropy } from "../train/losses.ts";
import { inputGradients } from "./inputGradients.ts";
import { cells, firstStates, I, LENGTHS, logProbability, modelOf, shake, slope, uniform, x } from "./testing.ts";
import { twinOf } from "./twin.ts";

describe("∂ log p / ∂x", () => {
  test.each(Object.entries(cells))("of %s agrees with central differences", async (_, one) => {
    const model = await modelOf(one, { layers: 2, direction: one.name === "LSTM" ? "both" : "forward" });
    const judge = await twinOf(model, { engine: "reference" }, "test");
    const from = firstStates(model);
    const at = { row: 0, step: 3, target: 2 };
    const found = await inputGradients(model, x, { ...at, from });
    expect(found).toMatchObject({ ...at, size: I });
    expect(found.vectors).toHaveLength(LENGTHS[0]! * I);
    expect(found.value).toBeCloseTo(await logProbability(judge, crossEntropy(), x, at, from), 5);
    const largest = Math.max(...found.norms);
    for (let t = 0; t < LENGTHS[0]!; t++) {
      const own = found.vectors.subarray(t * I, (t + 1) * I);
      expect(found.norms[t]).toBeCloseTo(Math.hypot(...own), 12);
      for (let u = 0; u < I; u += 3) {
        const expected = await slope((by) => {
          const values = Float64Array.from(x.values);
          values[t * I + u]! += by;
          return logProbability(judge, crossEntropy(), { ...x, values }, at, from);
        });
        // float32 through two layers and up to five steps
        expect(Math.abs(own[u]! - expected) / Math.max(1, largest)).toBeLessThan(1e-5);
      }
    }
    const isForward = one.name !== "LSTM";
    expect(found.norms[4] === 0).toBe(isForward);
    judge.close();
    model.close();
  });

  test("of the vectors behind ids agrees too, looked up or not, from a state that is not 0", async () => {
    // fewer ids than steps would be looked up; here every id is there once, so that a table's row is one step's vector
    const model = await createModel(
      sequential(embedding({ vocabulary: 6, size: 3 }), recurrent(cells["gru"]!, { units: 5 }), dense({ units: 6 })),
      { seed: 2 },
    );
    shake(model);
    const judge = await twinOf(model, { engine: "reference" }, "test");
    const ids = sequences([
      [1, 1, 1],
      [3, 1, 4, 0, 2, 5],
    ]);
    const states = { h: uniform(3, 10) };
    const from = { h: states.h.slice(5) };
    const at = { row: 1, step: 4, target: 3 };
    const { vectors, size } = await inputGradients(model, ids, { ...at, from: states });
    const line = sequences([[3, 1, 4, 0, 2, 5]]);
    const table = Float64Array.from(judge.parameters()[0]!.values);
    for (let t = 0; t < 6; t++) {
      for (let u = 0; u < size; u++) {
        const expected = await slope((by) => {
          const changed = table.slice();
          changed[line.values[t]! * size + u]! += by;
          judge.setParameters({ "embedding.0.W": changed });
          return logProbability(judge, crossEntropy(), line, { ...at, row: 0 }, from);
        });
        expect(Math.abs(vectors[t * size + u]! - expected)).toBeLessThan(2e-6);
      }
    }
    judge.close();
    model.close();
  });

  test("of the same id at two steps is two gradients, which the table's adds up", async () => {
    const model = await createModel(
      sequential(embedding({ vocabulary: 4, size: 3 }), recurrent(cells["lstm"]!, { units: 5 }), dense({ units: 4 })),
      { seed: 2 },
    );
    const ids = sequences([[2, 0, 2, 2, 1]]);
    const { vectors } = await inputGradients(model, ids, { target: 1 });
    const targets = sequences([[0, 0, 0, 0, 1]]);
    const weights = Float32Array.of(0, 0, 0, 0, 1);
    const { parameters } = await model.gradients(ids, targets, crossEntropy(), { weights });
    for (let u = 0; u < 3; u++) {
      const sum = [0, 2, 3].reduce((all, t) => all + vectors[t * 3 + u]!, 0);
      expect(-parameters[0]!.values[2 * 3 + u]!).toBeCloseTo(sum, 6);
    }
    model.close();
  });

  test("follows what is clamped: without a past, nothing but the step itself matters", async () => {
    const model = await modelOf(cells["minLstm"]!);
    const open = await inputGradients(model, x, { row: 1, step: 5, target: 0 });
    expect(open.norms.subarray(0, 6).every((n) => n > 0)).toBe(true);
    const cut = await inputGradients(model.with({ f: 0 }), x, { row: 1, step: 5, target: 0 });
    expect([...cut.norms].map((n) => n > 0)).toEqual([false, false, false, false, false, true, false]);
    model.close();
  });

  test("of an output's own value, of one head of two, and of one input of two", async () => {
    const model = await createModel(
      sequential(
        inputs({ word: sequential(embedding({ vocabulary: 5, size: 3 })), price: sequential(dense({ units: 2 })) }),
        recurrent(cells["lstm"]!, { units: 5, output: "last" }),
        heads({ tag: sequential(dense({ units: 3 })), level: sequential(dense({ units: 2 })) }),
      ),
      { seed: 3, input: { price: 2 } },
    );
    const given = { word: sequences([[3, 1, 4]]), price: { values: uniform(2, 6), shape: [1, 3, 2] } };
    const query = { target: 1, of: "value", output: "level" } as const;
    const found = await inputGradients(model, given, { ...query, input: "price" });
    expect(found.step).toBe(2);
    const level = async (values: Float32Array): Promise<number> => {
      const { outputs } = await model.predict({ ...given, price: { ...given.price, values } });
      return outputs["level"]!.values[1]!;
    };
    expect(found.value).toBe(await level(given.price.values));
    for (let k = 0; k < 6; k++) {
      const at = (by: number) => level(given.price.values.map((v, n) => (n === k ? v + by : v)));
      const expected = ((await at(1e-2)) - (await at(-1e-2))) / 2e-2;
      // outputs are float32: 6e-8 / 1e-2, and the third derivative's share
      expect(Math.abs(found.vectors[k]! - expected)).toBeLessThan(5e-5);
    }
    expect((await inputGradients(model, given, query)).size).toBe(3);
    model.close();
  });

  test("of a quantized model is that of its rounded weights", async () => {
    const model = await createModel(
      sequential(embedding({ vocabulary: 7, size: 32 }), recurrent(cells["lstm"]!, { units: 32 }), dense({ units: 7 })),
      { seed: 4 },
    );
    const small = await quantize(model);
    const ids = sequences([[3, 1, 4, 0, 2, 5]]);
    const found = await inputGradients(small, ids, { target: 3 });
    expect(found.vectors).not.toEqual((await inputGradients(model, ids, { target: 3 })).vectors);
    const rounded = small.parameters().map(({ name, values }) => [name, values] as const);
    model.setParameters(Object.fromEntries(rounded));
    expect(found.vectors).toEqual((await inputGradients(model, ids, { target: 3 })).vectors);
    small.close();
    model.close();
  });

  test("refuses what is not there", async () => {
    const model = await modelOf(cells["gru"]!);
    await expect(inputGradients(model, x, { target: 4 })).rejects.toThrow(
      "target is 4; expected a whole number from 0 to 3",
    );
    await expect(inputGradients(model, x, { target: 0, step: 5 })).rejects.toThrow("step is 5");
    await expect(inputGradients(model, x, { target: 0, row: 3 })).rejects.toThrow("row is 3");
    await expect(inputGradients(model, x, { target: 0, output: "tag" })).rejects.toThrow('output is "tag"');
    await expect(inputGradients(model, x, { target: 0, input: "word" })).rejects.toThrow('input is "word"');
    await expect(inputGradients(model, x, { target: 0, of: "logit" as never })).rejects.toThrow('of is "logit"');
    await expect(inputGradients(model, { values: [1, 2], shape: [1, 2] }, { target: 0 })).rejects.toThrow(
      "inputGradients: x is [1, 2]",
    );
    const last = await modelOf(cells["gru"]!, { output: "last" });
    await expect(inputGradients(last, x, { target: 0, step: 2 })).rejects.toThrow("after the last step alone");
    model.close();
    last.close();
  });
});
