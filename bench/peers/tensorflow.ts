/**
 * TensorFlow.js, its pure JavaScript and its WebAssembly backend. Streams use its bare cell, whole sequences and
 * training its layers. Its embedding has no gradient in WebAssembly (UnsortedSegmentSum is missing), so symbols go in
 * as rows with a single one through a dense layer: the same numbers, and a product that is small beside the rest.
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { CannotError, type Doer, meanSquare, type Open, timedSync } from "../doer.ts";
import type { Given } from "../given.ts";
import { CHARACTERS, FORECAST, FORWARD, type Task, VARIETY } from "../tasks.ts";
import { load } from "./load.ts";
import { biasOf, inputsOf, recurrentOf, transposed } from "./weights.ts";

interface Tensor {
  dataSync(): Float32Array;
  dispose(): void;
}
interface Core {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(values: Float32Array | Int32Array, shape: readonly number[], kind?: "int32"): Tensor;
  zeros(shape: readonly number[]): Tensor;
  scalar(value: number): Tensor;
  oneHot(ids: Tensor, depth: number): Tensor;
  keep(tensor: Tensor): Tensor;
  tidy<T>(work: () => T): T;
  basicLSTMCell(forget: Tensor, kernel: Tensor, bias: Tensor, x: Tensor, c: Tensor, h: Tensor): [Tensor, Tensor];
  losses: {
    softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor;
    meanSquaredError(labels: Tensor, outputs: Tensor): Tensor;
  };
  train: { adam(rate: number, beta1: number, beta2: number, epsilon: number): Optimizer };
}
interface Optimizer {
  minimize(loss: () => Tensor, returnCost: true): Tensor;
  dispose(): void;
}
interface Layers {
  layers: {
    lstm(options: Record<string, unknown>): Layer;
    dense(options: Record<string, unknown>): Layer;
  };
  sequential(options: { layers: Layer[] }): Layer;
}
interface Layer {
  apply(x: Tensor, options?: { training: boolean }): Tensor;
  predict(x: Tensor): Tensor;
  setWeights(weights: Tensor[]): void;
}

const GATES = "ifgo"; // the layer's order
const CELL_GATES = "igfo"; // the bare cell's

const open =
  (backend: "cpu" | "wasm"): Open =>
  async (task, given, threads) => {
    if (threads > 1) throw new CannotError(backend === "cpu" ? "no threads" : "no threads in Node");
    const tf = await load<Core>("@tensorflow/tfjs-core");
    if (backend === "cpu") await import(`${"@tensorflow/tfjs-backend-cpu"}`);
    else {
      const name = "@tensorflow/tfjs-backend-wasm";
      const { setWasmPaths } = await load<{ setWasmPaths(folder: string): void }>(name);
      setWasmPaths(`${dirname(createRequire(import.meta.url).resolve(name))}/`);
    }
    await tf.setBackend(backend);
    await tf.ready();
    if (task.kind === "step") return openStep(tf, task, given);
    const layers = await load<Layers>("@tensorflow/tfjs-layers");
    if (task.kind === "forward") return openForward(tf, layers, task, given);
    return openTraining(tf, layers, task, given);
  };

export const openers: Readonly<Record<string, Open>> = {
  "tensorflow-cpu": open("cpu"),
  "tensorflow-wasm": open("wasm"),
};

function openStep(tf: Core, { units }: Task, given: Given): Doer {
  const [x, h] = [inputsOf(given, 0, CELL_GATES), recurrentOf(given, 0, CELL_GATES)].map(transposed);
  const kernel = tf.tensor(Float32Array.from([...x!.values, ...h!.values]), [2 * units, 4 * units]);
  const bias = tf.tensor(biasOf(given, 0, CELL_GATES).values, [4 * units]);
  const forget = tf.scalar(0);
  const inputs = Array.from({ length: VARIETY.step }, (_, n) => given["x"]!.values.slice(n * units, (n + 1) * units));
  let state = [tf.zeros([1, units]), tf.zeros([1, units])] as [Tensor, Tensor];
  const step = (n: number): Float32Array => {
    const next = tf.tidy(() => {
      const x = tf.tensor(inputs[n % inputs.length]!, [1, units]);
      return tf.basicLSTMCell(forget, kernel, bias, x, ...state);
    });
    for (const one of state) one.dispose();
    state = next;
    return next[1].dataSync();
  };
  return {
    async check() {
      for (let n = 0; n < inputs.length - 1; n++) step(n);
      return [meanSquare(step(inputs.length - 1))];
    },
    run: timedSync(step),
    close() {},
  };
}

const layerWeights = (tf: Core, given: Given, index: number): Tensor[] => {
  const matrices = [inputsOf(given, index, GATES), recurrentOf(given, index, GATES)].map(transposed);
  return [...matrices, biasOf(given, index, GATES)].map(({ values, shape }) => tf.tensor(values, shape));
};

function lstmOf(tf: Core, { layers }: Layers, given: Given, index: number, options: Record<string, unknown>): Layer {
  // the default start of the recurrent weights takes seconds, and is written over
  const start = { kernelInitializer: "zeros", recurrentInitializer: "zeros", weights: layerWeights(tf, given, index) };
  return layers.lstm({ recurrentActivation: "sigmoid", ...start, ...options });
}

function openForward(tf: Core, layers: Layers, { units }: Task, given: Given): Doer {
  const { batch, steps } = FORWARD;
  const layer = lstmOf(tf, layers, given, 0, { units, returnSequences: true, inputShape: [steps, units] });
  const model = layers.sequential({ layers: [layer] });
  const x = tf.tensor(given["x"]!.values, [batch, steps, units]);
  const forward = (): Float32Array => {
    const y = model.predict(x);
    const values = y.dataSync();
    y.dispose();
    return values;
  };
  return { check: async () => [meanSquare(forward())], run: timedSync(forward), close() {} };
}

function openTraining(tf: Core, layers: Layers, task: Task, given: Given): Doer {
  const isText = task.kind === "characters";
  const { batch, steps, learningRate } = isText ? CHARACTERS : FORECAST;
  const { vocabulary, embedding } = CHARACTERS;
  const { units } = task;
  const [x, y] = [given["x"]!, given["y"]!];
  const dense = (values: Given[string]): Tensor => tf.tensor(values.values, values.shape);
  const output = { weights: [dense(transposed(given["dense.0.W"]!)), dense(given["dense.0.b"]!)] };
  const count = isText ? task.layers : 1;
  const recurrent = Array.from({ length: count }, (_, index) =>
    lstmOf(tf, layers, given, index, {
      units,
      returnSequences: isText,
      ...(!isText && { inputShape: [steps, 1] }),
    }),
  );
  const table = isText && [
    layers.layers.dense({
      units: embedding,
      useBias: false,
      inputShape: [steps, vocabulary],
      weights: [dense(given["embedding.0.W"]!)],
    }),
  ];
  const model = layers.sequential({
    layers: [...(table || []), ...recurrent, layers.layers.dense({ units: isText ? vocabulary : 1, ...output })],
  });
  const optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  const batches = Array.from({ length: VARIETY.batches }, (_, n) => {
    const part = ({ values, shape }: Given[string]): Float32Array => {
      const size = (values.length / shape[0]!) * batch;
      return values.subarray(n * size, (n + 1) * size);
    };
    if (!isText) return { x: tf.tensor(part(x), [batch, steps, 1]), y: tf.tensor(part(y), [batch, 1]) };
    const ids = (values: Given[string]): Tensor => tf.tensor(Int32Array.from(part(values)), [batch, steps], "int32");
    return { x: ids(x), y: ids(y) };
  });
  const update = (n: number): number => {
    const given = batches[n % batches.length]!;
    const loss = tf.tidy(() =>
      tf.keep(
        optimizer.minimize(() => {
          if (!isText) return tf.losses.meanSquaredError(given.y, model.apply(given.x, { training: true }));
          const logits = model.apply(tf.oneHot(given.x, vocabulary), { training: true });
          return tf.losses.softmaxCrossEntropy(tf.oneHot(given.y, vocabulary), logits);
        }, true),
      ),
    );
    const value = loss.dataSync()[0]!;
    loss.dispose();
    return value;
  };
  return { check: async () => [0, 1, 2].map(update), run: timedSync(update), close: () => optimizer.dispose() };
}
