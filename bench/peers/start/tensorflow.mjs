// W5 of TensorFlow.js: `tensorflow.mjs cpu|wasm`; one sequence of 10 steps, I = H = 128. Its own way of starting
// recurrent weights, orthogonal, takes seconds; zeros stand for weights that are loaded.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";

const [backend] = process.argv.slice(2);
const loaded = await import(`@tensorflow/tfjs-backend-${backend}`);
const entry = () => createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
if (backend === "wasm") loaded.setWasmPaths(`${dirname(entry())}/`);
await tf.setBackend(backend);
const recurrentActivation = "sigmoid";
const options = { units: 128, inputShape: [10, 128], returnSequences: true, recurrentActivation };
const start = { kernelInitializer: "zeros", recurrentInitializer: "zeros" };
const model = sequential({ layers: [layers.lstm({ ...options, ...start })] });
console.log(
  model
    .predict(tf.fill([1, 10, 128], 0.5))
    .dataSync()
    .at(-1),
);
