/** What a loss is to a model: a map over rows of outputs and targets. `train/losses.ts` makes them. */
import type { Schedule } from "../cell/operations.ts";

/**
 * A loss as data: what it compares, and the map that computes it and its adjoint. `crossEntropy()` and
 * `meanSquaredError()` are such.
 */
export interface Loss {
  /** What reports call it. */
  readonly name: string;
  /** One id a row, or as many values as the output. */
  readonly targets: "ids" | "values";
  /**
   * Reads `x` (the model's output), `target` and `weight` (each row's share of the mean), writes `loss` (one value
   * a row, weighted) and `δx`.
   */
  readonly schedule: Schedule;
}

/** One loss for all outputs, or one for each head. */
export type Losses = Loss | Readonly<Record<string, Loss>>;
