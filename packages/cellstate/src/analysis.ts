/** What a model does inside, as numbers: for reports, pages and anyone who wants to look. */
export { type Likely, mostLikely } from "./analysis/likely.ts";
export { checkGradients, type GradientCheck, type GradientDifference } from "./jobs/checkGradients.ts";
