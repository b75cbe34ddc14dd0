/** Rounds a schedule's matrices and tables, where they lie, to what 8-bit integers with a scale for each row can hold. */
import type { Parameter, Schedule, Sizes } from "../../cell/operations.ts";
import type { Floats } from "../engine.ts";
import { blocksOf, layoutParameters, positionIn, sizeOf } from "../layout.ts";
import { roundRow } from "./numbers.ts";

/** Vectors are few and stay float32. */
export const isOfIntegers = ({ kind }: Parameter): boolean => kind !== "vector";

/** `stored`: the schedule's parameters, as `layoutParameters` lays them. */
export function roundParameters(schedule: Schedule, sizes: Sizes, stored: Floats): void {
  for (const { parameter, offset } of layoutParameters(schedule, sizes).places.values()) {
    if (!isOfIntegers(parameter)) continue;
    const blocks = blocksOf(sizes, parameter);
    const rows = sizeOf(sizes, parameter.rows);
    const width = sizeOf(sizes, parameter.columns) / blocks;
    const line = new Float32Array(width);
    for (let r = 0; r < rows; r++) {
      const first = Math.floor(r / (rows / blocks)) * width;
      for (let k = 0; k < width; k++) line[k] = stored[offset + positionIn(parameter, sizes, r, first + k)]!;
      roundRow(line);
      for (let k = 0; k < width; k++) stored[offset + positionIn(parameter, sizes, r, first + k)] = line[k]!;
    }
  }
}
