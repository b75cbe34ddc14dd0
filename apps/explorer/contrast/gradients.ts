/**
 * How much of the loss' gradient comes back from the answer to the steps before it: what a cell can learn from a step so
 * far back is in proportion to that.
 */
import { crossEntropy, type Model, meanSquaredError } from "cellstate";
import type { Examples, Task } from "cellstate/tasks";

/**
 * The mean over the sequences of ‖∂ℓ/∂x_{a−d}‖, where ℓ is a sequence's own loss at the step a of its answer: one number
 * for each distance d, over the sequences that reach so far back, as long as those are a tenth of all.
 */
export async function gradientByDistance(model: Model, task: Task, examples: Examples): Promise<number[]> {
  const { x, targets, weights } = upToAnswer(task, examples);
  const [count = 0, steps = 0, size = 0] = x.shape;
  const loss = task.targets === "ids" ? crossEntropy() : meanSquaredError();
  const { inputs } = await model.gradients(x, targets, loss, weights && { weights });
  const { values } = inputs!;
  const sums = new Float64Array(Math.max(...examples.answerAt) + 1);
  const counts = new Float64Array(sums.length);
  examples.answerAt.forEach((at, b) => {
    for (let t = 0; t <= at; t++) {
      let square = 0;
      for (let k = 0; k < size; k++) square += values[(b * steps + t) * size + k]! ** 2;
      // the model's loss is the mean over the sequences, each one's own so many times as large
      sums[at - t]! += count * Math.sqrt(square);
      counts[at - t]! += 1;
    }
  });
  return Array.from(sums, (sum, d) => sum / counts[d]!).filter((_, d) => counts[d]! >= count / 10);
}

/** Sequences that end with the (first) step of their answer, which alone counts. */
function upToAnswer({ output }: Task, { x, targets, answerAt }: Examples) {
  const lengths = answerAt.map((at) => at + 1);
  if (output === "last") return { x: { ...x, lengths }, targets, weights: undefined };
  const [count = 0, steps = 0] = x.shape;
  const values = new Float32Array(count * steps);
  answerAt.forEach((at, b) => {
    values[b * steps + at] = 1;
  });
  const weights = { values, shape: [count, steps], lengths };
  return { x: { ...x, lengths }, targets: { ...targets, lengths }, weights };
}
