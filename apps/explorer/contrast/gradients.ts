/**
 * How much of the loss' gradient comes back from the answer to the steps before it: what a cell can learn from a step so
 * far back is in proportion to that.
 */
import { crossEntropy, type Model, meanSquaredError } from "cellstate";
import { gradientByDistance } from "cellstate/analysis";
import type { Examples, Task } from "cellstate/tasks";

/**
 * The mean over the sequences of ‖∂ℓ/∂x_{a−d}‖, where ℓ is a sequence's own loss at the step a of its answer: one number
 * for each distance d, over the sequences that reach so far back, as long as those are a tenth of all.
 */
export async function gradientBeforeAnswer(model: Model, task: Task, examples: Examples): Promise<number[]> {
  const { x, targets, weights } = upToAnswer(task, examples);
  const loss = task.targets === "ids" ? crossEntropy() : meanSquaredError();
  const { means, rows } = await gradientByDistance(model, x, targets, loss, weights && { weights });
  return Array.from(means).filter((_, d) => rows[d]! >= examples.gaps.length / 10);
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
