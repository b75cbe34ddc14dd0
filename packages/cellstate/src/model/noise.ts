/** All that draws noise, as one module: loaded where an architecture asks for some, see `training.ts`. */
import type { Floats } from "../engine/engine.ts";
import type { Packing } from "./rows.ts";

export { noisyCell } from "../layers/noise.ts";
export { dropoutSchedule, droppedLookUpSchedule } from "../layers/noisePrograms.ts";
export { dropWeights } from "./dropWeights.ts";

/** Writes each row's sequence, by its index in the given arrays: one number a row. */
export function numberSequences({ rows, starts, order }: Packing, memory: Floats, address: number): void {
  starts.forEach((start, t) => {
    for (let b = 0; b < rows.active[t]!; b++) memory[address + start + b] = order[b]!;
  });
}
