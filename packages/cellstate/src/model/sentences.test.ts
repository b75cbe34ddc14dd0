/** The sentences of the public calls: what was given, what was expected, how to mend it. */
import { expect, test } from "vitest";
import { gru, lstm, lstmp } from "../cells/index.ts";
import { batches, windows } from "../data/windows.ts";
import { CellstateError } from "../errors.ts";
import { type Architecture, dense, embedding, inputs, recurrent, sequential } from "../layers/layers.ts";
import { crossEntropy, meanSquaredError } from "../train/losses.ts";
import { adam, sgd } from "../train/optimizers.ts";
import { train } from "../train/train.ts";
import { createModel } from "./model.ts";
import { quantize } from "./quantize.ts";
import { sequences } from "./sequences.ts";

const language = await createModel(
  sequential(embedding({ vocabulary: 5, size: 3 }), recurrent(lstm, { units: 4 }), dense({ units: 5 })),
);
const series = await createModel(sequential(recurrent(gru, { units: 4 }), dense({ units: 2 })), { input: 3 });
const several = await createModel(
  sequential(
    inputs({ word: sequential(embedding({ vocabulary: 5, size: 3 })), size: sequential(dense({ units: 2 })) }),
    recurrent(gru, { units: 4 }),
  ),
  { input: { size: 1 } },
);
const quantized = await quantize(language);
const large = await createModel(sequential(dense({ units: 2 })), { input: 1 });
large.setParameters({ "dense.0.b": [65504, -65505] });
const x = { values: new Float32Array(12), shape: [2, 2, 3] };
const y = { values: new Float32Array(8), shape: [2, 2, 2] };
const anything = <T>(value: unknown): T => value as T;
const once = { loss: meanSquaredError(), optimizer: sgd({ learningRate: 0.1 }), steps: 1 };

/** Every call that must be refused. */
const calls: Record<string, () => unknown> = {
  "predict: no time axis": () => series.predict({ values: new Float32Array(6), shape: [2, 3] }),
  "predict: another size": () => series.predict({ values: new Float32Array(8), shape: [2, 2, 2] }),
  "predict: values that do not fill the shape": () =>
    series.predict({ values: new Float32Array(11), shape: [2, 2, 3] }),
  "predict: an empty batch": () => series.predict({ values: [], shape: [0, 2, 3] }),
  "predict: NaN": () => series.predict({ values: [1, 2, 3, 4, Number.NaN, 6], shape: [1, 2, 3] }),
  "predict: a length of 0": () => series.predict({ ...x, lengths: [2, 0] }),
  "predict: a length beyond T": () => series.predict({ ...x, lengths: [2, 3] }),
  "predict: too few lengths": () => series.predict({ ...x, lengths: [2] }),
  "predict: an id out of range": () => language.predict(sequences([[1, 5]])),
  "predict: a negative id": () => language.predict({ values: [1, -1], shape: [1, 2] }),
  "predict: half an id": () => language.predict({ values: [1, 0.5], shape: [1, 2] }),
  "predict: values for ids": () => language.predict(x),
  "predict: nothing": () => series.predict(anything(undefined)),
  "predict: null": () => series.predict(anything(null)),
  "predict: a bare array": () => series.predict(anything([[1, 2, 3]])),
  "predict: an input is missing": () => several.predict({ word: { values: [1], shape: [1, 1] } }),
  "predict: inputs of other lengths": () =>
    several.predict({ word: { values: [1], shape: [1, 1] }, size: { values: [1, 2], shape: [1, 2, 1] } }),
  "predict: an unknown state": () => series.predict(x, { from: { c: new Float32Array(8) } }),
  "predict: a state of another size": () => series.predict(x, { from: { h: new Float32Array(4) } }),
  "predict: a state that is NaN": () => series.predict(x, { from: { h: new Float32Array(8).fill(Number.NaN) } }),
  "trace: an id out of range": () => language.trace(sequences([[7]])),
  "toBytes: a precision that files do not have": () => series.toBytes(anything({ precision: "i8" })),
  "toBytes: half precision of 8-bit matrices": () => quantized.toBytes({ precision: "f16" }),
  "toBytes: a weight that half precision does not hold": () => large.toBytes({ precision: "f16" }),
  "gradients: targets of another shape": () =>
    series.gradients(x, { values: new Float32Array(4), shape: [2, 2] }, meanSquaredError()),
  "gradients: a target id out of range": () =>
    language.gradients(sequences([[1, 2]]), sequences([[1, 5]]), crossEntropy()),
  "gradients: NaN among the targets": () =>
    series.gradients(x, { ...y, values: new Float32Array(8).fill(Number.NaN) }, meanSquaredError()),
  "gradients: a negative weight": () => series.gradients(x, y, meanSquaredError(), { weights: Float32Array.of(1, -1) }),
  "gradients: too few weights": () => series.gradients(x, y, meanSquaredError(), { weights: Float32Array.of(1) }),
  "gradients: no loss": () => series.gradients(x, y, anything(undefined)),
  "gradients: an unknown last state": () => series.gradients(x, y, meanSquaredError(), { lastAdjoints: { q: [1] } }),
  "gradients: a last adjoint of another size": () =>
    series.gradients(x, y, meanSquaredError(), { lastAdjoints: { h: [1] } }),
  "with: an unknown name": () => series.with(anything({ f: 1 })),
  "with: no number": () => series.with({ r: Number.NaN }),
  "with: an unknown layer": () => series.with({ r: 1 }, { layer: "recurrent.7" }),
  "setParameters: an unknown name": () => series.setParameters({ "dense.0.c": [1] }),
  "setParameters: another length": () => series.setParameters({ "dense.0.b": [1] }),
  "setParameters: infinity": () => series.setParameters({ "dense.0.b": [1, Number.POSITIVE_INFINITY] }),
  "step: an id out of range": () => language.stream().step(5),
  "step: values for an id": () => language.stream().step([1, 2]),
  "step: too few values": () => series.stream().step([1, 2]),
  "step: NaN": () => series.stream().step([1, 2, Number.NaN]),
  "step: one number for three": () => series.stream().step(1),
  "step: an output of another length": () => series.stream().step([1, 2, 3], new Float32Array(3)),
  "step: an unknown head": () => series.stream().step([1, 2, 3], undefined, "level"),
  "step: nothing": () => series.stream().step(anything(undefined)),
  "setState: an unknown state": () => series.stream().setState({ c: [1, 2, 3, 4] }),
  "setState: another length": () => series.stream().setState({ h: [1] }),
  "stream: a layer that runs backward": async () =>
    (await createModel(sequential(recurrent(lstm, { units: 2, direction: "both" })), { input: 1 })).stream(),
  "createModel: an unknown engine": () => createModel(sequential(dense({ units: 1 })), { engine: anything("cuda") }),
  "createModel: used before its input is known": async () =>
    (await createModel(sequential(dense({ units: 1 })))).parameters(),
  "createModel: an input of 0": () => createModel(sequential(dense({ units: 1 })), { input: 0 }),
  "createModel: no architecture": () => createModel(anything<Architecture>(undefined)),
  "recurrent: no projection": () => recurrent(lstmp, anything({ units: 4 })),
  "recurrent: half a unit": () => recurrent(lstm, { units: 0.5 }),
  "recurrent: an unknown option": () => recurrent(lstm, anything({ units: 4, zonout: 0.1 })),
  "recurrent: no cell": () => recurrent(anything<typeof lstm>("lstm"), { units: 4 }),
  "train: no steps": () => train(series, batches(x, y, { batch: 1 }), { ...once, steps: 0 }),
  "train: neither steps nor epochs": () =>
    train(series, batches(x, y, { batch: 1 }), { loss: once.loss, optimizer: once.optimizer }),
  "train: no model": () => train(anything({}), batches(x, y, { batch: 1 }), once),
  "train: no optimizer": () =>
    train(series, batches(x, y, { batch: 1 }), anything({ loss: meanSquaredError(), steps: 1 })),
  "train: no loss": () => train(series, batches(x, y, { batch: 1 }), anything({ optimizer: once.optimizer, steps: 1 })),
  "train: a negative clipNorm": () => train(series, batches(x, y, { batch: 1 }), { ...once, clipNorm: -1 }),
  "train: targets of another size": () => train(series, batches(x, x, { batch: 1 }), once),
  "train: ids beyond the vocabulary": () =>
    train(language, windows([1, 2, 9, 1], { length: 2, batch: 1 }), { ...once, loss: crossEntropy() }),
  "adam: a rate of 0": () => adam({ learningRate: 0 }),
  "adam: a beta of 1": () => adam({ learningRate: 0.1, beta1: 1 }),
};

test("every wrong call is refused with a typed error of three parts", async () => {
  const sentences: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) {
    try {
      await call();
      sentences[name] = "NOT REFUSED";
    } catch (error) {
      const isOurs = error instanceof CellstateError;
      sentences[name] = isOurs ? error.message : `UNTYPED ${(error as Error).stack!.split("\n").slice(0, 3).join(" ")}`;
    }
  }
  expect(Object.entries(sentences).filter(([, s]) => /NOT REFUSED|UNTYPED/.test(s))).toEqual([]);
  expect(sentences).toMatchInlineSnapshot(`
    {
      "adam: a beta of 1": "adam: beta1 is 1; expected a number from 0 up to, not with, 1.
      leave it out for the usual value.",
      "adam: a rate of 0": "adam: learningRate is 0; expected a number above 0, or a schedule.
      for example adam({ learningRate: 1e-3 }).",
      "createModel: an input of 0": "createModel: input is 0; expected a whole number from 1 to 16777216.
      it says how many values a step of the input has; ids need none.",
      "createModel: an unknown engine": "createModel: engine is "cuda"; expected one of "wasm", "reference".
      leave it out for "wasm".",
      "createModel: no architecture": "createModel: architecture is undefined; expected an architecture.
      sequential(recurrent(lstm, { units: 32 }), dense({ units: 1 })) makes one.",
      "createModel: used before its input is known": "createModel: input is undefined; expected how many values a step of the input has.
      give it, createModel(architecture, { input: 1 }), or run the model on data first.",
      "gradients: NaN among the targets": "model.gradients: targets is NaN; expected finite numbers.
      fill in what is missing, or give its step the weight 0 and any number.",
      "gradients: a last adjoint of another size": "model.gradients: h is 1 numbers; expected 8 numbers, [2, 4].
      one row for each sequence.",
      "gradients: a negative weight": "model.gradients: weights is -1; expected a finite number of at least 0.
      0 leaves a row out.",
      "gradients: a target id out of range": "model.gradients: targets is 5; expected a whole number from 0 to 4.
      the output has 5 values; target ids count from 0.",
      "gradients: an unknown last state": "model.gradients: state is "q"; expected one of recurrent.0.forward.h.
      states are named after layer, direction and value.",
      "gradients: no loss": "model.gradients: loss is undefined; expected a loss, or one for each head.
      for example crossEntropy().",
      "gradients: targets of another shape": "model.gradients: targets is [2, 2]; expected [B=2, T=2, O=2].
      as many values as the model's output has, for each output.",
      "gradients: too few weights": "model.gradients: weights is [1]; expected [B=2, T=2].
      one weight for each sequence, or one for each step.",
      "predict: NaN": "model.predict: x.values[4] is NaN; expected a finite number.
      fill in or leave out what is missing before.",
      "predict: a bare array": "model.predict: x is { 0 }; expected sequences, { values, shape }.
      sequences([[…], […]]) makes them.",
      "predict: a length beyond T": "model.predict: x.lengths[1] is 3; expected a whole number from 1 to 2.
      leave empty rows out; lengths count steps, not values.",
      "predict: a length of 0": "model.predict: x.lengths[1] is 0; expected a whole number from 1 to 2.
      leave empty rows out; lengths count steps, not values.",
      "predict: a negative id": "model.predict: x.values[1] is -1; expected an id, a whole number from 0 to 4.
      the model knows no other ids.",
      "predict: a state of another size": "model.predict: h is 4 numbers; expected 8 numbers, [2, 4].
      one row for each sequence.",
      "predict: a state that is NaN": "model.predict: h[0] is NaN; expected a finite number.
      states are finite numbers; leave the key out for the cell's own first value.",
      "predict: an empty batch": "model.predict: x.shape is [0, 2, 3]; expected [B, T].
      its shape must be [B, T] or [B, T, I], each a whole number of at least 1.",
      "predict: an id out of range": "model.predict: x.values[1] is 5; expected an id, a whole number from 0 to 4.
      the model knows no other ids.",
      "predict: an input is missing": "model.predict: x.size is { word }; expected inputs named word, size.
      sequences([[…], […]]) makes them.",
      "predict: an unknown state": "model.predict: state is "c"; expected one of recurrent.0.forward.h.
      states are named after layer, direction and value.",
      "predict: another size": "model.predict: x is [2, 2, 2]; expected [B, T, I=3].
      the model was made for another input.",
      "predict: half an id": "model.predict: x.values[1] is 0.5; expected an id, a whole number from 0 to 4.
      the model knows no other ids.",
      "predict: inputs of other lengths": "model.predict: x.size is [1, 2, 1]; expected [1, 1].
      all inputs have the same sequences, steps and lengths.",
      "predict: no time axis": "model.predict: x is [2, 3]; expected [B, T, I=3].
      x has no time axis or no axis of values; for one step use model.stream().step(x).",
      "predict: nothing": "model.predict: x is undefined; expected sequences, { values, shape }.
      sequences([[…], […]]) makes them.",
      "predict: null": "model.predict: x is null; expected sequences, { values, shape }.
      sequences([[…], […]]) makes them.",
      "predict: too few lengths": "model.predict: x.lengths is [1]; expected [B=2].
      lengths says how many steps each row has; leave it out if all have T.",
      "predict: values for ids": "model.predict: x is [2, 2, 3]; expected [B, T].
      the model was made for another input.",
      "predict: values that do not fill the shape": "model.predict: x.values is [11]; expected [2×2×3=12].
      values holds every row one after the other, padded to the same number of steps.",
      "recurrent: an unknown option": "recurrent: zonout is 0.1; expected one of units, layers, direction, output, dropout, zoneout, recurrentDropout, weightDrop, residual, layerNorm, start.
      leave it out, or check its name.",
      "recurrent: half a unit": "recurrent: units is 0.5; expected a whole number from 1 to 16777216.
      for example units: 32.",
      "recurrent: no cell": "recurrent: cell is "lstm"; expected a cell.
      for example lstm, or one of your own: cell(name, equations).",
      "recurrent: no projection": "recurrent: projection is undefined; expected a size for the axis projection.
      LSTMP's equations name it; give it: { units: 4, projection: … }.",
      "setParameters: an unknown name": "model.setParameters: name is "dense.0.c"; expected one of recurrent.0.forward.W_n, recurrent.0.forward.W_r, recurrent.0.forward.W_z, recurrent.0.forward.R_n, recurrent.0.forward.R_r, recurrent.0.forward.R_z, recurrent.0.forward.b_n, recurrent.0.forward.b_r, recurrent.0.forward.b_z, recurrent.0.forward.d_n, dense.0.W, dense.0.b.
      model.parameters() lists them.",
      "setParameters: another length": "model.setParameters: dense.0.b is 1 numbers; expected 2 numbers, [2] row-major.
      check the layer's sizes.",
      "setParameters: infinity": "model.setParameters: dense.0.b[1] is Infinity; expected a finite number.
      weights are finite numbers; retrain or repair the source.",
      "setState: an unknown state": "stream.setState: state is "c"; expected one of recurrent.0.forward.h.
      states are named after layer, direction and value.",
      "setState: another length": "stream.setState: h is 1 numbers; expected 4 numbers, [1, 4].
      one row for each sequence.",
      "step: NaN": "stream.step: x[2] is NaN; expected 3 finite numbers.
      fill in what is missing.",
      "step: an id out of range": "stream.step: x is 5; expected an id, a whole number from 0 to 4.
      the model knows no other ids.",
      "step: an output of another length": "stream.step: into is [3]; expected [O=2].
      give an array as long as the result.",
      "step: an unknown head": "stream.step: output is "level"; expected nothing: the model has one output.
      name a head, or leave it out.",
      "step: nothing": "stream.step: x is undefined; expected 3 finite numbers.
      fill in what is missing.",
      "step: one number for three": "stream.step: x is 1; expected 3 finite numbers.
      fill in what is missing.",
      "step: too few values": "stream.step: x is [2]; expected [I=3].
      one step is one array of values.",
      "step: values for an id": "stream.step: x is [1, 2]; expected an id, a whole number from 0 to 4.
      the model knows no other ids.",
      "stream: a layer that runs backward": "model.stream: architecture is "a layer that runs backward or waits for the last step"; expected layers that run forward and give an output at every step.
      predict whole sequences, or train with direction: "forward" and output: "every".",
      "toBytes: a precision that files do not have": "model.toBytes: precision is "i8"; expected "f32", or "f16" for weights of at most 65504.
      leave it out for float32.",
      "toBytes: a weight that half precision does not hold": "model.toBytes: precision is "f16" with -65505 in dense.0.b; expected "f32", or "f16" for weights of at most 65504.
      leave it out for float32.",
      "toBytes: half precision of 8-bit matrices": "model.toBytes: model is a quantized model; expected a model with float32 weights.
      take the model that it was made from, and quantize that again afterwards.",
      "trace: an id out of range": "model.trace: x.values[0] is 7; expected an id, a whole number from 0 to 4.
      the model knows no other ids.",
      "train: a negative clipNorm": "train: clipNorm is -1; expected a number above 0.
      leave it out to leave gradients as they are.",
      "train: ids beyond the vocabulary": "train: targets is 9; expected a whole number from 0 to 4.
      the output has 5 values; target ids count from 0.",
      "train: neither steps nor epochs": "train: epochs is undefined; expected a whole number of at least 1.
      give epochs: 5, or steps: 1000.",
      "train: no loss": "train: loss is undefined; expected a loss, or one for each head.
      for example crossEntropy().",
      "train: no model": "train: model is "object"; expected a model.
      pass what createModel, modelFrom or loadModel returned.",
      "train: no optimizer": "train: optimizer is undefined; expected an optimizer.
      for example adam({ learningRate: 1e-3 }).",
      "train: no steps": "train: steps is 0; expected a whole number of at least 1.
      give epochs: 5, or steps: 1000.",
      "train: targets of another size": "train: targets is [1, 2, 3]; expected [B=1, T=2, O=2].
      as many values as the model's output has, for each output.",
      "with: an unknown layer": "model.with: layer is "recurrent.7"; expected one of recurrent.0.
      add .forward or .backward for one direction.",
      "with: an unknown name": "model.with: name is "f"; expected one of r, z, n, h.
      these are the names of the cell's equations.",
      "with: no number": "model.with: r is NaN; expected a finite number.
      0 closes, 1 opens.",
    }
  `);
});

test("a refused call leaves the model as it was", async () => {
  const before = [language, series].map((model) => model.parameters());
  for (const call of Object.values(calls)) {
    try {
      await call();
    } catch {}
  }
  expect([language, series].map((model) => model.parameters())).toEqual(before);
  expect((await series.predict(x)).values).toEqual(
    (await series.predict(x, { from: { h: new Float32Array(8) } })).values,
  );
});
