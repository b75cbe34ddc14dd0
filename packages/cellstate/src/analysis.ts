/** Analysis of trained models: what reports and pages show of the inside. */
export {
  type Addends,
  type Arithmetic,
  type ArithmeticQuery,
  arithmetic,
  type TermSum,
  type Token,
} from "./analysis/arithmetic.ts";
export { type CheckedValue, checkTrace, type TraceCheck } from "./analysis/check.ts";
export { type DiagramValues, diagramValues } from "./analysis/diagramValues.ts";
export { type DistanceOptions, type GradientByDistance, gradientByDistance } from "./analysis/gradientByDistance.ts";
export { type InputInfluence, type InputOptions, inputGradients } from "./analysis/inputGradients.ts";
export type { LayerQuery } from "./analysis/layer.ts";
export {
  type Contributions,
  type Ledger,
  type LedgerOptions,
  memoryLedger,
  type Retention,
} from "./analysis/ledger.ts";
export { type Likely, mostLikely } from "./analysis/likely.ts";
export { type OrderOptions, orderUnits, type UnitOrder, unitOrders } from "./analysis/order.ts";
export { probabilities } from "./analysis/probabilities.ts";
export {
  type Drop,
  type DropOptions,
  type HeldOut,
  heldOutScore,
  largestDrop,
  type Marked,
  type Selectivity,
  selectivity,
} from "./analysis/selectivity.ts";
export type { Mask, Series, Span } from "./analysis/series.ts";
export { type Match, type Similar, type SimilarOptions, similarSteps } from "./analysis/similar.ts";
export type { Term, Terms } from "./analysis/terms.ts";
export { type Spread, type Summary, summarize, type TimeScales, timeScales } from "./analysis/timeScales.ts";
export { checkGradients, type GradientCheck, type GradientDifference } from "./jobs/checkGradients.ts";
