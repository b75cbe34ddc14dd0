/** What `train` checks before it begins, what it counts, and what it says when it gives up. */
import type { Dataset } from "../data/windows.ts";
import { ArgumentError, TrainingError, wholeFrom } from "../errors.ts";
import type { Counters } from "./checkpoint.ts";
import type { StepResult } from "./session.ts";
import type { TrainOptions } from "./train.ts";

export function checkOptions({ optimizer, accumulate, average, ...options }: TrainOptions): void {
  const where = "train";
  if (typeof optimizer?.scalars !== "function") {
    const mend = "for example adam({ learningRate: 1e-3 }).";
    throw new ArgumentError({ where, argument: "optimizer", given: optimizer, expected: "an optimizer", mend });
  }
  if (average !== undefined && typeof average?.share !== "function") {
    const mend = "for example ema({ decay: 0.999 }).";
    throw new ArgumentError({ where, argument: "average", given: average, expected: "an average of weights", mend });
  }
  if (accumulate !== undefined) wholeFrom(1, where, "accumulate", accumulate);
  for (const argument of ["clipValue", "clipNorm"] as const) {
    const given = options[argument];
    if (given === undefined || given > 0) continue;
    const mend = "leave it out to leave gradients as they are.";
    throw new ArgumentError({ where, argument, given, expected: "a number above 0", mend });
  }
}

/** Updates in an epoch. */
export const updatesOf = (data: Dataset, { accumulate = 1 }: TrainOptions): number =>
  Math.ceil(data.steps / accumulate);

export function totalSteps(data: Dataset, options: TrainOptions): number {
  const { epochs, steps } = options;
  const given = steps ?? epochs;
  const argument = steps === undefined ? "epochs" : "steps";
  if (!(Number.isSafeInteger(given) && given! > 0)) {
    const mend = "give epochs: 5, or steps: 1000.";
    throw new ArgumentError({ where: "train", argument, given, expected: "a whole number of at least 1", mend });
  }
  return steps ?? epochs! * updatesOf(data, options);
}

export function diverged(c: Counters, result: StepResult): TrainingError {
  const parameter = result.culprit;
  const cut = parameter?.lastIndexOf(".") ?? -1;
  const what = Number.isFinite(result.loss) ? "its gradient is not finite" : `the loss is ${result.loss}`;
  return new TrainingError({
    step: c.step,
    layer: parameter?.slice(0, cut),
    parameter: parameter?.slice(cut + 1),
    given: `${what}, after ${c.retreats} returns with half the learning rate each`,
    expected: "finite losses and gradients",
    mend: "The model has its last good weights. Try a smaller learning rate, clipNorm: 1, or look for extreme values in the data.",
  });
}
