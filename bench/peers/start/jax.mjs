// W5 of jax-js: one sequence of 10 steps, I = H = 128, a compiled step.
import { defaultDevice, init, jit, nn, numpy as np, tree } from "@jax-js/jax";

await init("wasm");
defaultDevice("wasm");
const weights = { W: np.zeros([128, 512]), R: np.zeros([128, 512]), b: np.zeros([512]) };
const step = jit(({ W, R, b }, x, h, c) => {
  const a = np.matmul(x, W).add(np.matmul(h, R)).add(b);
  const gate = (n) => (n < 3 ? a.ref : a).slice([], [n * 128, (n + 1) * 128]);
  const [i, f, g, o] = [nn.sigmoid(gate(0)), nn.sigmoid(gate(1)), np.tanh(gate(2)), nn.sigmoid(gate(3))];
  const next = f.mul(c).add(i.mul(g));
  return [o.mul(np.tanh(next.ref)), next];
});
let [h, c] = [np.zeros([1, 128]), np.zeros([1, 128])];
for (let t = 0; t < 10; t++)
  [h, c] = step(tree.ref(weights), np.array(new Float32Array(128).fill(0.5)).reshape([1, 128]), h, c);
console.log((await h.data()).at(-1));
