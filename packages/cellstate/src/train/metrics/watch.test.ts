/** What `evaluate` measures batch by batch is what `measure` finds over the model's own predictions. */
import { describe, expect, test } from "vitest";
import { simpleRnn } from "../../cells/index.ts";
import { generator } from "../../data/random.ts";
import { batches, type Dataset, windows } from "../../data/windows.ts";
import { dense, embedding, heads, recurrent, sequential } from "../../layers/layers.ts";
import {
  accuracy,
  bitsPerCharacter,
  confusionMatrix,
  f1,
  mae,
  measure,
  mse,
  perplexity,
  r2,
  topKRecall,
} from "../../metrics.ts";
import { createModel } from "../../model/model.ts";
import { evaluate } from "../evaluate.ts";
import { binaryCrossEntropy, crossEntropy, gaussian, meanSquaredError, quantile } from "../losses.ts";

const V = 7;
const from = generator(5, "watch");
const ids = (count: number): Int32Array => Int32Array.from({ length: count }, () => from.integer(V));
const values = (count: number): Float64Array => Float64Array.from({ length: count }, () => 2 * from.uniform() - 1);
const language = (output: "every" | "last" = "every") =>
  createModel(
    sequential(embedding({ vocabulary: V, size: 4 }), recurrent(simpleRnn, { units: 5, output }), dense({ units: V })),
    { seed: 2 },
  );
const chosen = {
  accuracy: accuracy(),
  top3: topKRecall({ k: 3 }),
  macro: f1({ average: "macro" }),
  perplexity: perplexity(),
  bits: bitsPerCharacter(),
};

/** The same sums in another order. */
function expectSame(found: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) expect(found[name], name).toBeCloseTo(value, 12);
}

describe("evaluate with metrics", () => {
  const lengths = Uint32Array.of(9, 4, 9, 1, 6);
  const x = { values: ids(45), shape: [5, 9], lengths };
  const targets = { values: ids(45), shape: [5, 9], lengths };
  const weights = { values: Float32Array.from({ length: 45 }, (_, k) => (k % 4) / 3), shape: [5, 9], lengths };

  test("ragged rows, weights and ignored targets over several batches are those of the whole", async () => {
    const model = await language();
    const missing = { ...targets, values: targets.values.map((id, k) => (k % 5 === 1 ? -100 : id)) };
    const data = batches(x, missing, { batch: 2, weights });
    const loss = crossEntropy({ ignoreIndex: -100, labelSmoothing: 0.1 });
    const found = await evaluate(model, data, { loss, metrics: { ...chosen, taken: confusionMatrix() } });
    const expected = measure({ ...chosen, taken: confusionMatrix() }, await model.predict(x), missing, {
      weights,
      ignoreIndex: -100,
    });
    const { taken, ...numbers } = found.metrics;
    expectSame(numbers, (({ taken: _, ...others }) => others)(expected));
    expect(taken.flat().map((n) => n.toFixed(9))).toEqual(expected.taken.flat().map((n) => n.toFixed(9)));
    // the weights of what counts, all of them
    const counted = [...missing.values].reduce((sum, id, k) => {
      const isInside = k % 9 < lengths[Math.floor(k / 9)]!;
      return sum + (isInside && id >= 0 ? weights.values[k]! : 0);
    }, 0);
    expect(taken.flat().reduce((a, b) => a + b, 0)).toBeCloseTo(counted, 9);
    expect(found.count).toBeCloseTo(counted, 6);
    // and the loss is as if nothing had been asked for
    const { metrics: _, ...judged } = found;
    expect(judged).toEqual(await evaluate(model, data, { loss }));
    model.close();
  });

  test("one answer for a whole sequence, its weight that of its last step or its own", async () => {
    const model = await language("last");
    const answers = { values: ids(5), shape: [5] };
    const own = [1, 0, 2, 0.5, 3];
    // as they lie: sorting by length moves them
    const at = batches(x, answers, { batch: 3, weights: own, shuffle: false });
    const { metrics } = await evaluate(model, at, { loss: crossEntropy(), metrics: chosen });
    const predicted = await model.predict(x);
    expectSame(metrics, measure(chosen, predicted, answers, { weights: own }));
    const last = await evaluate(model, batches(x, answers, { batch: 3, weights }), {
      loss: crossEntropy(),
      metrics: chosen,
    });
    const ofLast = [...lengths].map((length, b) => weights.values[b * 9 + length - 1]!);
    expectSame(last.metrics, measure(chosen, predicted, answers, { weights: ofLast }));
    model.close();
  });

  test("carried windows longer than a piece of time: perplexity is e to the loss, to float32's digits", async () => {
    const model = await language();
    const stream = ids(21_000);
    const data = windows(stream, { length: 10_000, batch: 2, carryState: true });
    const { loss, metrics } = await evaluate(model, data, { loss: crossEntropy(), metrics: chosen });
    expect(metrics.perplexity / Math.exp(loss)).toBeCloseTo(1, 6);
    expect(metrics.bits * Math.LN2).toBeCloseTo(loss, 6);
    model.close();
  });

  test("of likelihoods and quantiles the wanted output is judged", async () => {
    const inputs = { values: values(2 * 11), shape: [2, 11, 1] };
    const wanted = { values: values(2 * 11 * 2), shape: [2, 11, 2] };
    const data = batches(inputs, wanted, { batch: 1 });
    for (const [loss, each, output] of [
      [gaussian(), 2, 0],
      [quantile({ quantiles: [0.1, 0.5, 0.9] }), 3, 1],
    ] as const) {
      const model = await createModel(sequential(recurrent(simpleRnn, { units: 5 }), dense({ units: 2 * each })), {
        seed: 3,
        input: 1,
      });
      const { metrics } = await evaluate(model, data, { loss, metrics: { mse: mse({ output }), r2: r2({ output }) } });
      const predicted = await model.predict(inputs);
      const one = predicted.values.filter((_, k) => k % each === output);
      expectSame(metrics, measure({ mse: mse(), r2: r2() }, { values: one, shape: [2, 11, 2] }, wanted));
      model.close();
    }
  });

  test("yes or no for each output", async () => {
    const inputs = { values: values(3 * 8), shape: [3, 8, 1] };
    const wanted = { values: values(3 * 8 * 4).map((v) => Number(v > 0)), shape: [3, 8, 4] };
    const model = await createModel(sequential(recurrent(simpleRnn, { units: 5 }), dense({ units: 4 })), { input: 1 });
    const all = { accuracy: accuracy(), f1: f1({ average: "micro" }) };
    const found = await evaluate(model, batches(inputs, wanted, { batch: 2 }), {
      loss: binaryCrossEntropy(),
      metrics: all,
    });
    expectSame(found.metrics, measure(all, await model.predict(inputs), wanted));
    model.close();
  });

  test("each head has metrics of its own, and the loss is the sum of their means", async () => {
    const architecture = sequential(
      embedding({ vocabulary: V, size: 4 }),
      recurrent(simpleRnn, { units: 5 }),
      heads({ next: sequential(dense({ units: V })), level: sequential(dense({ units: 1 })) }),
    );
    const model = await createModel(architecture, { seed: 4 });
    const level = { values: values(45), shape: [5, 9, 1], lengths };
    const next = { ...targets, values: targets.values.map((id, k) => (k < 18 && k % 2 ? -1 : id)) };
    const cut = <S extends { values: Int32Array | Float64Array }>(of: S, b: number): S => ({
      ...of,
      values: of.values.slice(b * 9, b * 9 + 9),
      shape: [1, 9, 1].slice(0, of === (level as unknown) ? 3 : 2),
      lengths: [lengths[b]!],
    });
    const data = {
      steps: 5,
      carryState: false,
      batch: (_: number, b: number) => ({
        x: cut(x, b),
        targets: { next: cut(next, b), level: cut(level, b) },
        firstStep: true,
      }),
    } as unknown as Dataset;
    const loss = { next: crossEntropy({ ignoreIndex: -1 }), level: meanSquaredError() };
    const metrics = { next: { accuracy: accuracy(), bits: bitsPerCharacter() }, level: { mse: mse(), mae: mae() } };
    const found = await evaluate(model, data, { loss, metrics });
    const { outputs } = await model.predict(x);
    expectSame(found.metrics.next, measure(metrics.next, { ...outputs["next"]!, lengths }, next, { ignoreIndex: -1 }));
    expectSame(found.metrics.level, measure(metrics.level, { ...outputs["level"]!, lengths }, level));
    expect(found.loss).toBeCloseTo(found.metrics.next.bits * Math.LN2 + found.metrics.level.mse, 6);
    const flat = evaluate(model, data, { loss, metrics: { accuracy: accuracy() } });
    await expect(flat).rejects.toThrow("evaluate: metrics is { accuracy }; expected metrics by output: next, level.");
    model.close();
  });

  test("what is no metric, or none for the targets, is refused before anything runs", async () => {
    const model = await language();
    const data = batches(x, targets, { batch: 2 });
    const refused = (metrics: unknown) =>
      evaluate(model, data, { loss: crossEntropy(), metrics: metrics as typeof chosen });
    await expect(refused({ accuracy })).rejects.toThrow("evaluate: metrics is { accuracy }; expected metrics");
    await expect(refused({ error: mse() })).rejects.toThrow("evaluate: metrics.error is about values");
    await expect(refused({ other: { accuracy: accuracy() } })).rejects.toThrow(
      "evaluate: metrics is { other }; expected",
    );
    model.close();
  });
});
