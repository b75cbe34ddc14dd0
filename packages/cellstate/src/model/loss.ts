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
  /** What reports call it. */
  readonly name: string;
  /** One id a row, or as many values as the output. */
  readonly targets: "ids" | "values";
  /** How many outputs belong to one target value: those of a target stand side by side. 1 if omitted. */
  readonly outputs?: number;
  /** How many values the output must have; any number if omitted. */
  readonly size?: number;
  /** The id of targets that count in nothing. */
  readonly ignored?: number;
  /** Where target values lie; anywhere if omitted. */
  readonly range?: readonly [least: number, most: number];
  /**
   * Rows that the map reads beside those of the batch, by name, repeated along the output. `classWeights` are also
   * how much a row counts in the mean, by its target.
   */
  readonly vectors?: Readonly<Record<string, readonly number[]>>;
  /** What to do where an output or targets do not fit, for messages. */
  readonly mend?: string;
  /**
   * Reads `x` (the model's output), `target` and `weight` (each row's share of the mean), writes `loss` (one value
   * a row, weighted) and `δx`. Targets lie along the axis "targets" where they have several outputs each.
   */
  readonly schedule: Schedule;
}

/** A loss of each whole sequence, whose targets are labels without a place in time. `ctc()` is such. */
export interface SequenceLoss {
  /** What reports call it. */
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
