/**
 * Which came first? Among random symbols stand two that count, X or Y; after the last symbol one has to say which they
 * were, in order. An LSTM and a simple RNN from the same recipe. Hochreiter and Schmidhuber, 1997, task 6a, with short
 * sequences; how it goes with longer ones, other seeds and other learning rates: docs/tasks.md.
 *
 * Prints, within ten seconds:
 *
 *     E d b a c d X a c d c d b c b Y c c d d d c b b b a c a a a B → XY
 *     LSTM: right after 3,200, 6,400, 9,600 sequences: 100 %, 100 %, 100 %
 *     SimpleRNN: right after 3,200, 6,400, 9,600 sequences: 22 %, 23 %, 51 %
 *     by chance: 25 %
 */
import {
  adam,
  type Cell,
  createModel,
  crossEntropy,
  dense,
  lstm,
  recurrent,
  sequential,
  simpleRnn,
  train,
} from "cellstate";
import { temporalOrder } from "cellstate/tasks";

const task = temporalOrder({ length: 30 });
const judged = task.draw(500);
const one = task.draw(1, { seed: 7 });
console.log(`${task.text(one, 0).join(" ")} → ${task.outputs[one.targets.values[0]!]}`);

async function learn(contestant: Cell): Promise<void> {
  const model = await createModel(
    sequential(
      recurrent(contestant, { units: 32, output: task.output, start: { R: "uniform" } }),
      dense({ units: task.outputs.length }),
    ),
    { seed: 1, input: task.inputs.length },
  );
  const scores: string[] = [];
  for (let part = 0; part < 3; part++) {
    await train(model, task.training({ batch: 32 }), {
      loss: crossEntropy(),
      optimizer: adam({ learningRate: 5e-3 }),
      clipNorm: 1,
      steps: 100,
      seed: part, // new sequences in every part
    });
    scores.push(`${(100 * (await task.judge(model, judged)).score).toFixed(0)} %`);
  }
  console.log(`${contestant.name}: right after 3,200, 6,400, 9,600 sequences: ${scores.join(", ")}`);
  model.close();
}
await learn(lstm);
await learn(simpleRnn);
console.log(`by chance: ${100 * task.chance} %`);
