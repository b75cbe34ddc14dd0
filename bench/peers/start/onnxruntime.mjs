// W5 of onnxruntime: `onnxruntime.mjs PACKAGE MODEL`; one sequence of 10 steps, I = H = 128.
import { readFileSync } from "node:fs";

const [name, file] = process.argv.slice(2);
const loaded = await import(name);
const { env, InferenceSession, Tensor } = loaded.default ?? loaded;
if (name === "onnxruntime-web") env.wasm.numThreads = 1;
const graph = await InferenceSession.create(readFileSync(file), { intraOpNumThreads: 1 });
const { y } = await graph.run({ x: new Tensor("float32", new Float32Array(10 * 128).fill(0.5), [10, 1, 128]) });
console.log(y.data.at(-1));
process.exit(0); // WebAssembly's threads would keep it
