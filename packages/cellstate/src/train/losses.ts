/**
 * Losses as maps over rows: each reads the model's output, a target and the row's share of the mean, and writes
 * the row's loss and its adjoint in one go. They are plain data.
 */
export { binaryCrossEntropy, crossEntropy } from "./losses/classes.ts";
export { gaussian, studentT } from "./losses/distributions.ts";
export { huber, meanAbsoluteError, meanSquaredError, quantile } from "./losses/values.ts";
