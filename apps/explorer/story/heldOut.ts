/**
 * What the training stories never tell, so that the held-out stories cannot be known by heart: a fifth of all
 * successions of three rulers, and two of the sixteen orders of events.
 */
import { type Name, names } from "./sentences.ts";

/** What may happen to a ruler, and how often it does. */
export const eventWeights = { death: 2, defeat: 1, victory: 1, abdication: 1 } as const;
export type RoyalEvent = keyof typeof eventWeights;

/**
 * Whether the training stories leave out that `first` is followed by `second`, and `second` by `third`:
 * p + 2k + 3b divides by 5, with the names' places p, k, b from 0.
 */
export const isHeldOut = (first: Name, second: Name, third: Name): boolean =>
  (names.indexOf(first) + 2 * names.indexOf(second) + 3 * names.indexOf(third)) % 5 === 0;

/** Whether the training stories leave out that `next` is the event after `event`. */
export const isHeldOutOrder = (event: RoyalEvent | undefined, next: RoyalEvent): boolean =>
  (event === "defeat" && next === "abdication") || (event === "abdication" && next === "victory");

/** Who may rule third, so that the three are held out; never one of the two before. */
export const heldOutHeirs = (first: Name, second: Name): Name[] =>
  names.filter((third) => third !== first && third !== second && isHeldOut(first, second, third));
