/**
 * onnxruntime, its native library and its WebAssembly: an LSTM node of a graph that does not train. A stream hands
 * the states of a step to the next by itself.
 */
import { CannotError, type Doer, meanSquare, type Open, timed } from "../doer.ts";
import type { Given } from "../given.ts";
import { FORWARD, type Task, VARIETY } from "../tasks.ts";
import { load } from "./load.ts";
import { onnxLstm } from "./onnxModel.ts";

interface Tensor {
  readonly data: Float32Array;
}
interface Runtime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly Tensor: new (kind: "float32", values: Float32Array, shape: readonly number[]) => Tensor;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{ run(x: Record<string, Tensor>): Promise<Record<string, Tensor>> }>;
  };
}

const open =
  (name: "onnxruntime-node" | "onnxruntime-web"): Open =>
  async (task, given, threads) => {
    if (task.kind !== "step" && task.kind !== "forward") throw new CannotError("does not train");
    const loaded = await load<Runtime & { default?: Runtime }>(name);
    const runtime = loaded.default ?? loaded;
    if (name === "onnxruntime-web") runtime.env.wasm.numThreads = threads;
    const options = { intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: "all" };
    return task.kind === "step" ? openStep(runtime, options, task, given) : openForward(runtime, options, task, given);
  };

export const openers: Readonly<Record<string, Open>> = {
  "onnxruntime-node": open("onnxruntime-node"),
  "onnxruntime-web": open("onnxruntime-web"),
};

async function openStep(runtime: Runtime, options: object, { units }: Task, given: Given): Promise<Doer> {
  const model = await onnxLstm(given, { steps: 1, batch: 1, units }, true);
  const graph = await runtime.InferenceSession.create(model, options);
  const zero = new runtime.Tensor("float32", new Float32Array(units), [1, 1, units]);
  let [h, c] = [zero, zero];
  const inputs = Array.from({ length: VARIETY.step }, (_, n) => given["x"]!.values.slice(n * units, (n + 1) * units));
  const step = async (n: number): Promise<Float32Array> => {
    const x = new runtime.Tensor("float32", inputs[n % inputs.length]!, [1, 1, units]);
    const out = await graph.run({ x, h, c });
    [h, c] = [out["hn"]!, out["cn"]!];
    return out["y"]!.data;
  };
  return {
    async check() {
      for (let n = 0; n < inputs.length - 1; n++) await step(n);
      return [meanSquare(await step(inputs.length - 1))];
    },
    run: timed(step),
    close() {},
  };
}

async function openForward(runtime: Runtime, options: object, { units }: Task, given: Given): Promise<Doer> {
  const { batch, steps } = FORWARD;
  const graph = await runtime.InferenceSession.create(await onnxLstm(given, { steps, batch, units }, false), options);
  const values = new Float32Array(batch * steps * units); // time first
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < steps; t++) {
      const from = (b * steps + t) * units;
      values.set(given["x"]!.values.subarray(from, from + units), (t * batch + b) * units);
    }
  }
  const x = new runtime.Tensor("float32", values, [steps, batch, units]);
  const forward = async (): Promise<Float32Array> => (await graph.run({ x }))["y"]!.data;
  return { check: async () => [meanSquare(await forward())], run: timed(forward), close() {} };
}
