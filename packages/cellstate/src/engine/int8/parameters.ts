/** Rounds a schedule's matrices and tables, where they lie, to what 8-bit integers with a scale for each row can hold. */
import type { Parameter, Schedule, Sizes } from "../../cell/operations.ts";
import type { Floats, Parts } from "../engine.ts";
import { blocksOf, LANES, layoutParameters, positionIn, sizeOf } from "../layout.ts";
import { roundRow } from "./numbers.ts";

/** Vectors are few and stay float32. */
export const isOfIntegers = ({ kind }: Parameter): boolean => kind !== "vector";

/** Where a row's numbers (those of its block) lie: the first, and how far apart they are. */
export function rowIn(
  parameter: Parameter,
  sizes: Sizes,
  row: number,
): { readonly first: number; readonly apart: number } {
  const blocks = blocksOf(sizes, parameter);
  const width = sizeOf(sizes, parameter.columns) / blocks;
  const column = Math.floor(row / (sizeOf(sizes, parameter.rows) / blocks)) * width;
  return { first: positionIn(parameter, sizes, row, column), apart: parameter.kind === "table" ? 1 : LANES };
}

/** Rows between two pauses: a millisecond or less. */
const STRETCH = 32;

/** `stored`: the schedule's parameters, as `layoutParameters` lays them. */
export function* roundParameters(schedule: Schedule, sizes: Sizes, stored: Floats): Parts {
  for (const { parameter, offset } of layoutParameters(schedule, sizes).places.values()) {
    if (!isOfIntegers(parameter)) continue;
    const line = new Float32Array(sizeOf(sizes, parameter.columns) / blocksOf(sizes, parameter));
    for (let r = 0; r < sizeOf(sizes, parameter.rows); r++) {
      const { first, apart } = rowIn(parameter, sizes, r);
      for (let k = 0, at = offset + first; k < line.length; k++, at += apart) line[k] = stored[at]!;
      roundRow(line);
      for (let k = 0, at = offset + first; k < line.length; k++, at += apart) stored[at] = line[k]!;
      if (r % STRETCH === STRETCH - 1) yield;
    }
  }
}
