/**
 * What a loss is to a model: a map over rows of outputs and targets, or a judge of whole sequences.
 * `train/losses.ts` makes the first kind, `train/ctc/` the second.
 */
import type { Schedule } from "../cell/operations.ts";
import type { HeadFacts, LossHead } from "./lossHead.ts";

/**
 * A loss of each row, as data: what it compares, and the map that computes it and its adjoint. `crossEntropy()` and
 * `meanSquaredError()` are such.
 */
export interface RowLoss {
  readonly name: string;
  /** One id a row, or as many values as the output. */
  readonly targets: "ids" | "values";
  /**
   * Reads `x` (the model's output), `target` and `weight` (each row's share of the mean), writes `loss` (one value
   * a row, weighted) and `δx`.
   */
  readonly schedule: Schedule;
}

/** A loss of each whole sequence, whose targets are labels without a place in time. `ctc()` is such. */
export interface SequenceLoss {
  readonly name: string;
  /** `[B, L]` ids with their own lengths, of which 0 is one. */
  readonly targets: "labels";
  /** What runs it at one output of a model. */
  readonly head: (facts: HeadFacts) => LossHead;
}

/** What a model is judged by; `crossEntropy()`, `ctc()` and their like make one. */
export type Loss = RowLoss | SequenceLoss;

/** One loss for all outputs, or one for each head. */
export type Losses = Loss | Readonly<Record<string, Loss>>;
