/**
 * A cell of one's own: a latch that keeps what it has unless it is told to take the new. Its gradients are checked, and
 * it is trained beside a simple RNN to say, at the end of twenty numbers, the one that was marked.
 *
 * Prints, within three seconds:
 *
 *     gradients agree with differences: true
 *     squared error: Latch 0.0035, SimpleRNN 0.0570; always the mean: 0.0833
 */
import {
  adam,
  batches,
  type Cell,
  cell,
  createModel,
  dense,
  evaluate,
  generator,
  meanSquaredError,
  recurrent,
  sequences,
  sequential,
  simpleRnn,
  train,
} from "cellstate";
import { checkGradients } from "cellstate/analysis";

const latch = cell(
  "Latch",
  `
  k = sigmoid(W_k @ x + b_k)              # 1 keeps, 0 takes
  h = k * h[t-1] + (1 - k) * (W_h @ x)    # what is held
  b_k ~ 2                                 # keeps, as long as nothing else is learned
`,
);
const { differences, scale } = await checkGradients(latch);
console.log("gradients agree with differences:", differences.largest / scale < 1e-5);

// Twenty pairs (number, mark); one is marked.
const random = generator(1, "marks");
const rows = Array.from({ length: 400 }, () => {
  const at = random.integer(20);
  return Array.from({ length: 20 }, (_, t) => [random.uniform(), Number(t === at)]);
});
const x = sequences(rows);
const marked = rows.map((row) => row.find(([, mark]) => mark === 1)![0]!);
const targets = { values: Float32Array.from(marked), shape: [400, 1] };

const loss = meanSquaredError();
async function learn(contestant: Cell): Promise<string> {
  const model = await createModel(
    sequential(recurrent(contestant, { units: 16, output: "last" }), dense({ units: 1 })),
    { seed: 1, input: 2 },
  );
  const data = batches(x, targets, { batch: 40 });
  await train(model, data, { loss, optimizer: adam({ learningRate: 1e-2 }), clipNorm: 1, epochs: 40, seed: 1 });
  const { loss: error } = await evaluate(model, data, { loss });
  model.close();
  return `${contestant.name} ${error.toFixed(4)}`;
}
console.log(`squared error: ${await learn(latch)}, ${await learn(simpleRnn)}; always the mean: 0.0833`);
