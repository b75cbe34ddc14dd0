/**
 * How work is cut: into parts after which others may run, and each part into the threads' shares. Nothing here changes
 * a bit of a result: rows are each other's own, and sums over rows go on where the part before has stopped.
 */
import type { Team } from "./team.ts";

/** FLOP of one thread's share of a part: 1 to 3 ms on a core of today. */
const PART = 1e8;

/** FLOP below which others are not called: 1 ms; waking one takes up to 0.05 ms. */
const WORTH_SHARING = 4e7;

/** How many threads take part in so much work over so many rows. */
export const threadsFor = (team: Team, flop: number, rows: number): number =>
  flop < WORTH_SHARING ? 1 : Math.max(1, Math.min(team.ready(flop), rows));

/** How many rows of that cost make a part, a multiple of `unit`. */
export const rowsOfPart = (cost: number, threads: number, unit: number): number =>
  Math.max(1, Math.floor((PART * threads) / Math.max(cost, 1) / unit)) * unit;

/** Where the share begins, of `count` rows: whole tiles of four rows, where there are enough. */
export function cut(count: number, share: number, shares: number): number {
  const unit = count >= 4 * shares ? 4 : 1;
  return Math.min(count, Math.floor((Math.ceil(count / unit) * share) / shares) * unit);
}

let spent = 0;

/** After so much more work of this thread: is it time to let others run? */
export function isTimeToPause(flop: number): boolean {
  spent += flop;
  if (spent < PART) return false;
  spent = 0;
  return true;
}
