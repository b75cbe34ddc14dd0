/**
 * What a model from a file would take to run. Most sizes need weights, and the file holds every weight; but an axis may
 * need none (`h = x + h[t-1]`), so that a few bytes could ask for rows of gigabytes. No memory is taken to find out.
 */
import { padded, widthOf } from "../engine/layout.ts";
import type { Plan } from "./plan.ts";

/** Bytes of a row, however small the file is. */
const ROW = 2 ** 24;
/** Bytes of a row for each byte of the file. An LSTM takes less than 1: each unit has weights of its own. */
const SHARE = 64;

/** How many bytes a step of one sequence takes, over all layers, both passes. */
export function rowBytes({ edges, stages }: Plan): number {
  const widths = stages.flatMap((stage) =>
    stage.kind === "program" ? stage.schedule.buffers.map(({ axis }) => widthOf(stage.sizes, axis)) : [],
  );
  return 4 * [...widths, ...edges.map(({ size }) => padded(size))].reduce((sum, width) => sum + width, 0);
}

export const mostRowBytes = (fileBytes: number): number => Math.max(ROW, SHARE * fileBytes);
