/** CTC against PyTorch's, against central differences, and as a loss of models on both engines. */
import { describe, expect, test } from "vitest";
import { type CtcCase, ctcCases } from "../../../../../tests/fixtures/torch.ts";
import { lstm } from "../../cells/index.ts";
import { generator } from "../../data/random.ts";
import { batches } from "../../data/windows.ts";
import { ArgumentError, ShapeError } from "../../errors.ts";
import { dense, heads, recurrent, sequential } from "../../layers/layers.ts";
import { createModel, type Model } from "../../model/model.ts";
import type { Sequences } from "../../model/sequences.ts";
import { evaluate } from "../evaluate.ts";
import { crossEntropy, meanSquaredError } from "../losses.ts";
import { alignmentLoss } from "./alignments.ts";
import { ctc, labelsOf } from "./ctc.ts";

const cases = ctcCases();
const finite = cases.filter((one) => one.loss !== null);
const named = (all: readonly CtcCase[]) => all.map((one) => [one.name, one] as const);
const sequencesOf = ({ logits: { values, shape }, lengths }: CtcCase): Sequences => ({
  values: Float64Array.from(values),
  shape,
  lengths,
});

/** Every number within `tolerance` of the largest. */
function expectNear(found: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(found.length).toBe(expected.length);
  const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-3);
  const worst = expected.reduce((most, v, k) => Math.max(most, Math.abs(found[k]! - v)), 0);
  expect(worst / largest).toBeLessThanOrEqual(tolerance);
}

/** A layer that hands its input on: outputs are the given logits, and the input's gradient is the loss's own. */
async function identity(size: number, engine: "wasm" | "reference"): Promise<Model> {
  const model = await createModel(sequential(dense({ units: size })), { input: size, engine });
  const W = Float32Array.from({ length: size * size }, (_, k) => (k % (size + 1) === 0 ? 1 : 0));
  model.setParameters({ "dense.0.W": W, "dense.0.b": new Float32Array(size) });
  return model;
}

describe("the sum over alignments", () => {
  test.each(named(cases))("is PyTorch's, one sequence after another: %s", (_, one) => {
    const [, steps, size] = one.logits.shape as [number, number, number];
    one.labels.forEach((labels, b) => {
      const outputs = Float64Array.from(
        one.logits.values.slice(b * steps * size, (b * steps + one.lengths[b]!) * size),
      );
      const found = alignmentLoss(outputs, size, Uint32Array.from(labels), one.blank, undefined);
      const expected = one.zeroInfinity && found === Number.POSITIVE_INFINITY ? 0 : (one.each[b] ?? found);
      if (one.each[b] === null) expect(found).toBe(Number.POSITIVE_INFINITY);
      // the fixtures are printed with 12 digits
      else if (found !== Number.POSITIVE_INFINITY) expectNear([found], [expected], 1e-11);
      else expect(one.zeroInfinity && one.each[b] === 0).toBe(true);
    });
  });

  test("has the derivatives of its central differences, for labels with repeats and none", () => {
    const random = generator(5, "ctc");
    for (const [labels, blank] of [
      [[1, 1, 3], 0],
      [[], 2],
      [[0, 3, 0, 0], 2],
      [[2], 3],
    ] as const) {
      const outputs = Float64Array.from({ length: 7 * 4 }, () => 4 * random.uniform() - 2);
      const adjoint = new Float64Array(outputs.length);
      const loss = (x: Float64Array) => alignmentLoss(x, 4, Uint32Array.from(labels), blank, undefined);
      alignmentLoss(outputs, 4, Uint32Array.from(labels), blank, adjoint);
      const slopes = Array.from(outputs, (_, k) => {
        const at = (d: number) => loss(outputs.map((v, n) => (n === k ? v + d : v)));
        return (at(1e-5) - at(-1e-5)) / 2e-5;
      });
      expectNear(adjoint, slopes, 1e-9); // ε² of truncation and 1e-16/ε of rounding are both near 1e-10
    }
  });

  test("stays a number where logits are as large as float32 has them, and its derivatives stay between −1 and 1", () => {
    const outputs = Float64Array.from({ length: 9 * 3 }, (_, k) => [3e38, -3e38, 1e30, 7][(k * k) % 4]!);
    const adjoint = new Float64Array(outputs.length);
    const loss = alignmentLoss(outputs, 3, Uint32Array.of(1, 2), 0, adjoint);
    expect(Number.isFinite(loss)).toBe(true);
    expect(adjoint.every((value) => Math.abs(value) <= 1 + 1e-12)).toBe(true);
  });
});

describe.each([
  // the fixtures are printed with 12 digits; gradients come back as float32
  { engine: "reference", loss: 1e-11, gradient: 1e-7 },
  // logits of up to 1e4 go through float32
  { engine: "wasm", loss: 2e-7, gradient: 2e-7 },
] as const)("on $engine", ({ engine, ...tolerance }) => {
  test.each(named(finite))("loss and gradient are PyTorch's: %s", async (_, one) => {
    const size = one.logits.shape[2]!;
    const model = await identity(size, engine);
    const loss = ctc({ blank: one.blank, zeroInfinity: one.zeroInfinity });
    const found = await model.gradients(sequencesOf(one), labelsOf(one.labels), loss);
    expectNear([found.loss], [one.loss!], tolerance.loss);
    expectNear(found.inputs!.values, one.gradient!.values, tolerance.gradient);
    model.close();
  });

  test("weights count whole sequences, 0 leaves one out, whatever its labels are", async () => {
    const one = cases.find(({ name }) => name === "ragged")!;
    const weights = Float32Array.of(1, 0, 2.5, 0.25, 3);
    const model = await identity(7, engine);
    const labels = one.labels.map((row, b) => (b === 1 ? [1, 1, 1, 1, 1] : row));
    const found = await model.gradients(sequencesOf(one), labelsOf(labels), ctc(), { weights });
    const shares = Array.from(weights, (w) => w / 6.75);
    const expected = one.each.reduce<number>((sum, v, b) => sum + (shares[b]! * v!) / one.labels[b]!.length, 0);
    expectNear([found.loss], [expected], tolerance.loss);
    const gradient = one.gradient!.values.map((v, k) => v * 5 * shares[Math.floor(k / (11 * 7))]!);
    expectNear(found.inputs!.values, gradient, tolerance.gradient);
    model.close();
  });

  test("evaluate, which runs long batches piece by piece, gives the same as all at once", async () => {
    const model = await createModel(sequential(recurrent(lstm, { units: 5 }), dense({ units: 4 })), {
      ...{ input: 2, engine, seed: 3 },
    });
    const random = generator(9, "pieces");
    const [batch, steps] = [6, 900]; // 4,096 rows are a piece
    const values = Float32Array.from({ length: batch * steps * 2 }, () => 2 * random.uniform() - 1);
    const x = { values, shape: [batch, steps, 2], lengths: [900, 899, 700, 30, 2, 900] };
    const labels = labelsOf([[1, 2, 2], [3], [], [1, 1], [2, 3], [3, 2, 1, 1]]);
    const data = batches(x, labels, { batch, shuffle: false });
    const whole = await model.gradients(x, labels, ctc());
    const judged = await evaluate(model, data, { loss: ctc() });
    expect(judged.count).toBe(batch);
    expectNear([judged.loss], [whole.loss], 1e-14); // a sum divided anew
    model.close();
  });
});

test("a layer's gradients agree with central differences, ragged, through an LSTM", async () => {
  const model = await createModel(sequential(recurrent(lstm, { units: 5 }), dense({ units: 3 })), {
    ...{ input: 2, engine: "reference", seed: 8 },
  });
  const random = generator(2, "differences");
  const values = Float32Array.from({ length: 3 * 6 * 2 }, () => 2 * random.uniform() - 1);
  const x = { values, shape: [3, 6, 2], lengths: [4, 6, 5] };
  const labels = labelsOf([[1, 1], [2, 1, 2], []]);
  const found = await model.gradients(x, labels, ctc());
  for (const { name, values: own } of found.parameters) {
    const start = model.parameters().find((p) => p.name === name)!.values;
    const slopes = [];
    for (const k of [0, Math.floor(own.length / 2), own.length - 1]) {
      const at = async (d: number): Promise<number> => {
        model.setParameters({ [name]: Float64Array.from(start, (v, n) => (n === k ? v + d : v)) });
        return (await model.gradients(x, labels, ctc())).loss;
      };
      slopes.push(((await at(1e-5)) - (await at(-1e-5))) / 2e-5);
      model.setParameters({ [name]: start });
    }
    const picked = [own[0]!, own[Math.floor(own.length / 2)]!, own.at(-1)!];
    expectNear(picked, slopes, 1e-6); // gradients come back as float32, and so do the first weights
  }
  model.close();
});

test("stands beside other losses at other heads, and with nothing between the loop and itself", async () => {
  const architecture = sequential(
    recurrent(lstm, { units: 4 }),
    heads({ labels: sequential(recurrent(lstm, { units: 3 })), tone: sequential(dense({ units: 2 })) }),
  );
  const model = await createModel(architecture, { input: 1, seed: 4 });
  const x = { values: Float32Array.from({ length: 10 }, (_, k) => Math.sin(k)), shape: [2, 5, 1] };
  const tone = { values: Float32Array.from({ length: 20 }, (_, k) => k / 20), shape: [2, 5, 2] };
  const targets = { labels: labelsOf([[1, 2], [2]]), tone };
  const both = await model.gradients(x, targets, { labels: ctc(), tone: meanSquaredError() });
  const zero = await model.gradients(
    x,
    targets,
    { labels: ctc(), tone: meanSquaredError() },
    { weights: Float32Array.of(0, 1) },
  );
  expect(both.parameters.every(({ values }) => values.some((v) => v !== 0))).toBe(true);
  expect(zero.loss).not.toBe(both.loss);
  model.close();
});

describe("is refused with a sentence:", async () => {
  const model = await identity(3, "wasm");
  const x = { values: new Float32Array(2 * 3 * 3), shape: [2, 3, 3] };
  const judge = (labels: Sequences, loss = ctc(), weights?: Float32Array) =>
    model.gradients(x, labels, loss, weights && { weights });

  test.each<[string, () => Promise<unknown>, string]>([
    [
      "labels without an alignment",
      () =>
        judge(
          labelsOf([
            [1, 2],
            [1, 1, 2],
          ]),
        ),
      "targets[1] is 3 labels that need 4 steps; expected at most the sequence's 3 steps",
    ],
    [
      "the blank as a label",
      () => judge(labelsOf([[0], [1]])),
      "targets[0] is [0]; expected labels from 0 to 2 without the blank, 0",
    ],
    [
      "a label beyond the output",
      () => judge(labelsOf([[1], [2, 3]])),
      "targets[1] is [2, 3]; expected labels from 0 to 2",
    ],
    [
      "a blank beyond the output",
      () => judge(labelsOf([[1], [2]]), ctc({ blank: 3 })),
      "loss.blank is 3; expected a blank below the output's 3 values",
    ],
    ["a label that is no id", () => judge({ values: [1, -2], shape: [2, 1] }), "targets[1][0] is -2; expected an id"],
    ["too few rows of labels", () => judge(labelsOf([[1]])), "targets is [1, 1]; expected [B=2, L]"],
    [
      "a weight for each step",
      () => judge(labelsOf([[1], [2]]), ctc(), new Float32Array(6)),
      "weights is [6]; expected [B=2]",
    ],
    [
      "a weight that is no number",
      () => judge(labelsOf([[1], [2]]), ctc(), Float32Array.of(1, -1)),
      "weights is -1; expected a finite number of at least 0",
    ],
  ])("%s", async (_, call, sentence) => {
    const error = await call().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect([ArgumentError, ShapeError].some((kind) => error instanceof kind)).toBe(true);
    expect((error as Error).message).toContain(sentence);
  });

  test("one output for a whole sequence; no rows; a blank that is no id; empty rows for another loss", async () => {
    const last = await createModel(sequential(recurrent(lstm, { units: 3, output: "last" })), { input: 3 });
    await expect(last.gradients(x, labelsOf([[1], [2]]), ctc())).rejects.toThrow("expected an output at every step");
    last.close();
    expect(() => labelsOf([])).toThrow("give a row for each sequence");
    expect(() => labelsOf([[1.5]])).toThrow("rows[0][0] is 1.5");
    expect(() => ctc({ blank: -1 })).toThrow("blank is -1");
    const empty = { values: [1, 2, 0, 0, 0, 0], shape: [2, 3], lengths: [2, 0] };
    await expect(model.gradients(x, empty, crossEntropy())).rejects.toThrow("targets.lengths[1] is 0");
  });
});
