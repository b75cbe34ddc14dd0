/**
 * Time in pieces: a model that only runs forward in time is run over so many rows at once, its states carried from
 * piece to piece. Memory does not grow with the length of sequences, and no bit changes.
 */
import { padded } from "../engine/layout.ts";
import { headStages } from "./heads.ts";
import type { Plan } from "./plan.ts";
import { type Packing, packingOf } from "./rows.ts";

/** Rows of one piece, and numbers of its widest edge (16 MB). */
const ROWS = 4096;
const NUMBERS = 2 ** 22;

/** May time be cut into pieces? Not where something runs from the end, or waits for it. */
export const isCausal = (plan: Plan): boolean => plan.stages.every((s) => s.kind !== "reverse" && s.kind !== "last");

export interface Piece {
  /** Its first step. */
  readonly from: number;
  readonly packing: Packing;
}

/** `isJudged`: outputs go to losses, which take them in blocks of their own. */
export function piecesOf(plan: Plan, whole: Packing, isJudged: boolean): { rows: number; pieces: Iterable<Piece> } {
  const { batch, steps } = whole.rows;
  const apart = isJudged ? headStages(plan) : new Map();
  const widths = plan.edges.map(({ size }, edge) => (apart.has(edge) ? 1 : padded(size)));
  const rows = Math.min(ROWS, Math.floor(NUMBERS / Math.max(...widths)));
  const length = isCausal(plan) ? Math.max(1, Math.min(steps, Math.ceil(rows / batch))) : steps;
  if (length === steps) return { rows: whole.total, pieces: [{ from: 0, packing: whole }] };
  return { rows: Math.min(batch * length, whole.total), pieces: cut(whole, length) };
}

function* cut(whole: Packing, length: number): Iterable<Piece> {
  const { steps } = whole.rows;
  for (let from = 0; from < steps; from += length) {
    // sequences that have ended have no row in it
    const count = Math.min(length, steps - from);
    const lengths = whole.lengths.map((l) => Math.min(Math.max(l - from, 0), count));
    yield { from, packing: { ...packingOf(lengths, count), order: whole.order } };
  }
}
