/** What `train` checks before it begins, what it counts, and what it says when it gives up. */
import type { Dataset } from "../data/windows.ts";
import { ArgumentError, TrainingError, wholeFrom } from "../errors.ts";
import { check, noOthers, optionsOf } from "../options.ts";
import type { Counters } from "./checkpoint.ts";
import type { StepResult } from "./session.ts";
import type { TrainOptions } from "./train.ts";

/** What each update needs, of a training and of a range test. */
export function checkUpdate(where: string, options: Pick<TrainOptions, "optimizer" | "clipNorm" | "clipValue">): void {
  const { optimizer } = options;
  const mend = "for example adam({ learningRate: 1e-3 }).";
  check(typeof optimizer?.scalars === "function", where, "optimizer", optimizer, { expected: "an optimizer", mend });
  for (const argument of ["clipValue", "clipNorm"] as const) {
    const given = options[argument];
    const said = { expected: "a number above 0", mend: "leave it out to leave gradients as they are." };
    check(given === undefined || (typeof given === "number" && given > 0), where, argument, given, said);
  }
}

export function checkData(where: string, argument: string, data: Dataset | undefined): void {
  const said = { expected: "a dataset", mend: "windows(stream, { length, batch }) or batches(x, targets, { batch })." };
  check(typeof data?.batch === "function", where, argument, data, said);
}

export function checkOptions(options: TrainOptions): void {
  const where = "train";
  const { accumulate, average, validation, validateEvery, patience, ...more } = optionsOf(where, options);
  const { loss, optimizer, epochs, steps, clipValue, clipNorm, seed, resume, signal, ...rest } = more;
  const { onProgress, onCheckpoint, ...others } = rest;
  noOthers(where, others);
  checkUpdate(where, options);
  const mend = "for example ema({ decay: 0.999 }).";
  const isAverage = average === undefined || typeof average?.share === "function";
  check(isAverage, where, "average", average, { expected: "an average of weights", mend });
  if (validation !== undefined || average?.needsValidation) checkData(where, "validation", validation);
  for (const [argument, given] of Object.entries({ accumulate, validateEvery, patience })) {
    if (given !== undefined) wholeFrom(1, where, argument, given);
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
