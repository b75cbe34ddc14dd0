/**
 * jax-js in WebAssembly. It has no loop over time, so a sequence is unrolled, and compiled anew for each length. Every
 * array is consumed by the call that takes it; `ref` keeps it for another one.
 */
import { CannotError, type Doer, meanSquare, type Open, timed } from "../doer.ts";
import type { Given, Values } from "../given.ts";
import { CHARACTERS, FORECAST, FORWARD, type Task, VARIETY } from "../tasks.ts";
import { load } from "./load.ts";
import { biasOf, inputsOf, recurrentOf, transposed } from "./weights.ts";

interface Vector {
  readonly ref: Vector;
  add(other: Vector | number): Vector;
  sub(other: Vector | number): Vector;
  mul(other: Vector | number): Vector;
  div(other: Vector | number): Vector;
  sum(axis?: number): Vector;
  slice(...parts: (number | readonly [] | readonly [number, number] | null)[]): Vector;
  reshape(shape: readonly number[]): Vector;
  data(): Promise<Float32Array>;
  dispose(): void;
}
type Tree = { readonly [name: string]: Vector };
interface Jax {
  init(device: string): Promise<unknown>;
  defaultDevice(device: string): unknown;
  jit<A extends unknown[], R>(work: (...args: A) => R): (...args: A) => R;
  valueAndGrad<A extends unknown[]>(
    loss: (weights: Tree, ...args: A) => Vector,
  ): (weights: Tree, ...args: A) => [Vector, Tree];
  blockUntilReady(tree: unknown): Promise<unknown>;
  readonly tree: { ref<T>(tree: T): T };
  readonly nn: Record<"sigmoid", (x: Vector) => Vector> & {
    logSoftmax(x: Vector): Vector;
    oneHot(ids: Vector, count: number): Vector;
  };
  readonly numpy: {
    readonly int32: string;
    array(values: Float32Array | Int32Array, options?: { dtype?: string }): Vector;
    zeros(shape: readonly number[]): Vector;
    matmul(a: Vector, b: Vector): Vector;
    tanh(x: Vector): Vector;
    sqrt(x: Vector): Vector;
    square(x: Vector): Vector;
    stack(parts: readonly Vector[]): Vector;
  };
}

const GATES = "ifgo";
const BETA1 = 0.9;
const BETA2 = 0.999;

const open: Open = async (task, given, threads) => {
  if (threads > 1) throw new CannotError("no threads in Node");
  const jax = await load<Jax>("@jax-js/jax");
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  if (task.kind === "step") return openStep(jax, task, given);
  if (task.kind === "forward") return openForward(jax, task, given);
  return openTraining(jax, task, given);
};

export const openers: Readonly<Record<string, Open>> = { jax: open };

const arrayOf = (jax: Jax, { values, shape }: Values): Vector =>
  jax.numpy.array(Float32Array.from(values)).reshape(shape);

const layerOf = (jax: Jax, given: Given, index: number): Tree => ({
  [`W${index}`]: arrayOf(jax, transposed(inputsOf(given, index, GATES))),
  [`R${index}`]: arrayOf(jax, transposed(recurrentOf(given, index, GATES))),
  [`b${index}`]: arrayOf(jax, biasOf(given, index, GATES)),
});

/** h and c after a step whose inputs' share of the sums is z `[B, 4·H]`. */
function cellOf(
  { numpy: np, nn }: Jax,
  z: Vector,
  R: Vector,
  [h, c]: [Vector, Vector],
  units: number,
): [Vector, Vector] {
  const a = z.add(np.matmul(h, R));
  const gate = (n: number): Vector => (n < 3 ? a.ref : a).slice([], [n * units, (n + 1) * units]);
  const [i, f, g, o] = [nn.sigmoid(gate(0)), nn.sigmoid(gate(1)), np.tanh(gate(2)), nn.sigmoid(gate(3))];
  const next = f.mul(c).add(i.mul(g));
  return [o.mul(np.tanh(next.ref)), next];
}

/** Outputs of a layer at every step, from x `[T, B, I]` as a list. */
function unrolled(
  jax: Jax,
  weights: Tree,
  index: number,
  x: readonly Vector[],
  batch: number,
  units: number,
): Vector[] {
  const { numpy: np } = jax;
  const [W, R, b] = ["W", "R", "b"].map((role) => weights[`${role}${index}`]!) as [Vector, Vector, Vector];
  let state: [Vector, Vector] = [np.zeros([batch, units]), np.zeros([batch, units])];
  const outputs = x.map((input) => {
    state = cellOf(jax, np.matmul(input, W.ref).add(b.ref), R.ref, state, units);
    const output = state[0].ref;
    return output;
  });
  for (const one of [...state, W, R, b]) one.dispose();
  return outputs;
}

async function openStep(jax: Jax, { units }: Task, given: Given): Promise<Doer> {
  const { numpy: np } = jax;
  const weights = layerOf(jax, given, 0);
  const next = jax.jit((weights: Tree, x: Vector, h: Vector, c: Vector): Vector[] => {
    const z = np.matmul(x, weights["W0"]!).add(weights["b0"]!);
    return cellOf(jax, z, weights["R0"]!, [h, c], units);
  });
  const inputs = Array.from({ length: VARIETY.step }, (_, n) => given["x"]!.values.slice(n * units, (n + 1) * units));
  let state = [np.zeros([1, units]), np.zeros([1, units])] as [Vector, Vector];
  const step = async (n: number): Promise<Float32Array> => {
    const x = np.array(inputs[n % inputs.length]!).reshape([1, units]);
    state = next(jax.tree.ref(weights), x, ...state) as [Vector, Vector];
    return state[0].ref.data();
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

async function openForward(jax: Jax, { units }: Task, given: Given): Promise<Doer> {
  const { batch, steps } = FORWARD;
  const weights = layerOf(jax, given, 0);
  const x = arrayOf(jax, given["x"]!);
  const run = jax.jit((weights: Tree, x: Vector): Vector => {
    const inputs = Array.from({ length: steps }, (_, t) => (t < steps - 1 ? x.ref : x).slice([], t, []));
    return jax.numpy.stack(unrolled(jax, weights, 0, inputs, batch, units));
  });
  const forward = (): Promise<Float32Array> => run(jax.tree.ref(weights), x.ref).data();
  return { check: async () => [meanSquare(await forward())], run: timed(forward), close() {} };
}

async function openTraining(jax: Jax, task: Task, given: Given): Promise<Doer> {
  const { numpy: np, nn } = jax;
  const isText = task.kind === "characters";
  const { batch, steps, learningRate } = isText ? CHARACTERS : FORECAST;
  const { vocabulary } = CHARACTERS;
  const layers = isText ? task.layers : 1;
  let weights: Tree = Object.assign(
    { V: arrayOf(jax, transposed(given["dense.0.W"]!)), d: arrayOf(jax, given["dense.0.b"]!) },
    isText && { E: arrayOf(jax, given["embedding.0.W"]!) },
    ...Array.from({ length: layers }, (_, index) => layerOf(jax, given, index)),
  );
  const lossOf = (weights: Tree, x: Vector, y: Vector): Vector => {
    const { V, d, E } = weights as Record<"V" | "d" | "E", Vector>;
    const rows = isText ? np.matmul(nn.oneHot(x, vocabulary), E) : x;
    let values = Array.from({ length: steps }, (_, t) => (t < steps - 1 ? rows.ref : rows).slice([], t, []));
    for (let index = 0; index < layers; index++) values = unrolled(jax, weights, index, values, batch, task.units);
    if (!isText) {
      for (const one of values.slice(0, -1)) one.dispose();
      return np
        .square(np.matmul(values.at(-1)!, V).add(d).sub(y))
        .sum()
        .div(batch);
    }
    const logits = np.matmul(np.stack(values).reshape([steps * batch, task.units]), V).add(d);
    const hits = nn.oneHot(y.reshape([steps * batch]), vocabulary);
    return nn
      .logSoftmax(logits)
      .mul(hits)
      .sum()
      .div(-steps * batch);
  };
  const gradients = jax.valueAndGrad(lossOf);
  const update = jax.jit((weights: Tree, m: Tree, v: Tree, scales: Vector, x: Vector, y: Vector) => {
    const [loss, g] = gradients(jax.tree.ref(weights), x, y);
    const next: Record<"weights" | "m" | "v", Record<string, Vector>> = { weights: {}, m: {}, v: {} };
    for (const name of Object.keys(weights)) {
      const mean = m[name]!.mul(BETA1).add(g[name]!.ref.mul(1 - BETA1));
      const square = v[name]!.mul(BETA2).add(np.square(g[name]!).mul(1 - BETA2));
      const step = mean.ref.mul(scales.ref.slice(0)).div(np.sqrt(square.ref.mul(scales.ref.slice(1))).add(1e-8));
      Object.assign(next.m, { [name]: mean });
      Object.assign(next.v, { [name]: square });
      Object.assign(next.weights, { [name]: weights[name]!.sub(step) });
    }
    scales.dispose();
    return { loss, ...next };
  });
  const zeros = (): Tree => Object.fromEntries(Object.entries(weights).map(([name, one]) => [name, one.ref.mul(0)]));
  let [m, v, time] = [zeros(), zeros(), 0];
  const batches = Array.from({ length: VARIETY.batches }, (_, n) => {
    const part = ({ values, shape }: Values): Float32Array => {
      const size = (values.length / shape[0]!) * batch;
      return values.slice(n * size, (n + 1) * size);
    };
    if (!isText) {
      return {
        x: np.array(part(given["x"]!)).reshape([batch, steps, 1]),
        y: np.array(part(given["y"]!)).reshape([batch, 1]),
      };
    }
    const ids = (values: Float32Array): Int32Array => Int32Array.from(values);
    const x = np.array(ids(part(given["x"]!)), { dtype: np.int32 }).reshape([batch, steps]);
    const across = new Int32Array(batch * steps); // time first, as the outputs are stacked
    part(given["y"]!).forEach((id, k) => {
      across[(k % steps) * batch + Math.floor(k / steps)] = id;
    });
    return { x, y: np.array(across, { dtype: np.int32 }) };
  });
  const step = async (n: number): Promise<number> => {
    time++;
    const { x, y } = batches[n % batches.length]!;
    const scales = Float32Array.of(learningRate / (1 - BETA1 ** time), 1 / (1 - BETA2 ** time));
    const next = update(weights, m, v, np.array(scales), x.ref, y.ref);
    ({ weights, m, v } = next);
    await jax.blockUntilReady(jax.tree.ref([weights, m, v]));
    return (await next.loss.data())[0]!;
  };
  return {
    async check() {
      return [await step(0), await step(1), await step(2)];
    },
    run: timed(step),
    close() {},
  };
}
