/**
 * How work is cut: into parts after which others may run, and each part into the threads' shares. Nothing here changes
 * a bit of a result: rows are each other's own, and sums over rows go on where the part before has stopped.
 */

/** Where work is cut, in FLOP. */
export interface Limits {
  /** One thread's share of a part. */
  readonly part: number;
  /** Below this others are not called. */
  readonly worthSharing: number;
  /** So much that could have been shared starts threads. */
  readonly worthStarting: number;
}

/**
 * A part takes 1 to 3 ms on a core of today. Calling others costs some 3 µs where they look, up to 0.05 ms where they
 * sleep, so that work of 0.6 ms is worth it. Starting a thread costs some 20 ms of another core.
 */
export const LIMITS: Limits = { part: 1e8, worthSharing: 2.5e7, worthStarting: 5e8 };

/** How many rows of that cost make a part, a multiple of `unit`. */
export const rowsOfPart = ({ part }: Limits, cost: number, threads: number, unit: number): number =>
  Math.max(1, Math.floor((part * threads) / Math.max(cost, 1) / unit)) * unit;

/** Where the share begins, of `count` rows: whole tiles of four rows, where there are enough. */
export function cut(count: number, share: number, shares: number): number {
  const unit = count >= 4 * shares ? 4 : 1;
  return Math.min(count, Math.floor((Math.ceil(count / unit) * share) / shares) * unit);
}

let spent = 0;

/** After so much more work of this thread: is it time to let others run? */
export function isTimeToPause({ part }: Limits, flop: number): boolean {
  spent += flop;
  if (spent < part) return false;
  spent = 0;
  return true;
}
