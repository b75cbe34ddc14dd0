/** Analysis of trained models: what reports and pages show of the inside. */
export type { LayerQuery } from "./analysis/layer.ts";
export {
  type Contributions,
  type Ledger,
  type LedgerOptions,
  memoryLedger,
  type Retention,
} from "./analysis/ledger.ts";
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
export { type Spread, type Summary, summarize, type TimeScales, timeScales } from "./analysis/timeScales.ts";
