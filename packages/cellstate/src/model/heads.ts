/**
 * Last layers that can run together with their loss, a block of rows at a time: layers without a loop, whose output
 * goes to the loss alone. Every row adds to the gradients in its order, so that blocks change no bit.
 */
import type { Op, Schedule } from "../cell/operations.ts";
import { readsOf } from "../cell/storage.ts";
import { padded } from "../engine/layout.ts";
import { type EdgeId, type Plan, type ProgramStage, sourcesOf } from "./plan.ts";

/** By the output that each gives. */
export function headStages({ stages, outputs, penalties }: Plan): Map<EdgeId, ProgramStage> {
  const heads = new Map<EdgeId, ProgramStage>();
  const ends = [...outputs.values()];
  for (const edge of ends) {
    const stage = stages.find((s) => s.to === edge);
    if (stage?.kind !== "program" || stage.noise !== undefined || !isPerRow(stage.schedule)) continue;
    const isRead = stages.some((s) => sourcesOf(s).includes(edge)) || penalties.some((p) => p.from === edge);
    if (!isRead && ends.filter((e) => e === edge).length === 1) heads.set(edge, stage);
  }
  return heads;
}

const isPerRow = ({ states, forward, backward }: Schedule): boolean =>
  states.length === 0 && forward.each.length === 0 && (backward?.each.length ?? 0) === 0;

const reads = (op: Op): readonly { readonly name: string }[] => (op.op === "map" ? op.reads : readsOf(op));

/** Does the backward pass do without the output, so that its adjoint may take its place? */
export function leavesOutput({ buffers, output, backward }: Schedule): boolean {
  const storageOf = (name: string): string | undefined => buffers.find((b) => b.name === name)?.storage;
  const ops = [...(backward?.before ?? []), ...(backward?.after ?? [])];
  return ops.every((op) => reads(op).every(({ name }) => storageOf(name) !== storageOf(output)));
}

/** The loss with δx in place of x; undefined where it reads x after it has written δx. */
export function inPlace(loss: Schedule): Schedule | undefined {
  for (const op of loss.forward.before) {
    if (op.op !== "map") return undefined;
    const written = op.code.findIndex((one) => one.op === "write" && op.writes[one.to]!.name === "δx");
    const isLate = op.code.some((one, k) => k > written && one.op === "read" && op.reads[one.from]!.name === "x");
    if (written < 0 || isLate) return undefined;
  }
  return { ...loss, buffers: loss.buffers.map((b) => (b.name === "δx" ? { ...b, storage: "x" } : b)) };
}

/** Numbers of a block's outputs, 16 MB of them; and rows, so that a matrix is read for many rows at once. */
const BLOCK = 2 ** 22;
const LEAST = 128;

export const blockRows = (size: number): number => Math.max(LEAST, Math.floor(BLOCK / padded(size) / LEAST) * LEAST);
