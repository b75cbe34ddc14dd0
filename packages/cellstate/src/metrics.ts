/** Metrics: how good a model's outputs are, in numbers that people compare. For `evaluate`, or over plain arrays. */
export { accuracy, topKRecall } from "./train/metrics/accuracy.ts";
export { confusionMatrix, type F1Options, f1 } from "./train/metrics/f1.ts";
export { bitsPerCharacter, perplexity } from "./train/metrics/likelihood.ts";
export { type MeasureOptions, measure } from "./train/metrics/measure.ts";
export type { Measured, Metric, Metrics, Seen, Tally } from "./train/metrics/metric.ts";
export { adjustedR2, mae, mse, type PredictionOptions, r2, rmse } from "./train/metrics/values.ts";
