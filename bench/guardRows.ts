/**
 * What the guard holds: ratios inside one run, as they were measured, and why each is there. Raise a value when the
 * engine gets faster (`npm run bench:guard` says when), so that a slow-down from there is seen as well.
 */

/**
 * A row fails below this share of its value. Half the speed is 0.5 and must fail even where it shows as 0.65: computing
 * all products twice, which is less than half the speed, gave 0.62 … 0.68. With both cores kept busy by two other
 * programs, the worst median of any row was 0.71; what fails is measured again, longer, twice.
 */
export const LEAST = 0.68;
/** Above this share, the value has become too low to see a slow-down by half. */
export const RAISE = 1.25;

/** Of the machine's limit, which is computed from the peak that is measured beside. */
export const ofTheLimit = [
  { kind: "step", units: 64, value: 0.68, why: "a call's own cost, products of one row" },
  { kind: "step", units: 256, value: 0.8, why: "products of one row, bound by arithmetic" },
  { kind: "forward", units: 128, value: 0.5, why: "products of many rows, forward maps, hoisting" },
  { kind: "characters", units: 128, layers: 1, value: 0.54, why: "all three products, maps, softmax, Adam" },
  { kind: "characters", units: 256, layers: 1, value: 0.66, why: "the same where products dominate" },
  { kind: "forecast", units: 32, value: 0.37, why: "a small net: maps, calls, the optimizer" },
] as const;

/** Per FLOP of the LSTM's at H = 128: the equations are not privileged. */
export const ofTheLstm: Readonly<Record<string, { readonly value: number; readonly why: string }>> = {
  peephole: { value: 1, why: "a vector read in the loop, its gradient a sum down the rows" },
  "layer norm": { value: 0.88, why: "means along the row, which cannot fuse with a product" },
  GRU: { value: 0.98, why: "a state inside a product's factor" },
  sLSTM: { value: 0.58, why: "block-diagonal products, exponentials, four states" },
  "typed here": { value: 0.9, why: "a cell that nobody has tuned" },
};

/** Of what two copies of one thread each do at the same time. */
export const twoThreads = { units: 256, value: 0.88, why: "work split, waits, no shared lines" };
