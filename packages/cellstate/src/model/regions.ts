/** Where the parameters of a plan's stages lie, and how a run is told. */
import type { Region, Run } from "../engine/engine.ts";
import type { ProgramStage } from "./plan.ts";

interface ParameterPlace {
  readonly offset: number;
  readonly length: number;
  /** Its 8-bit matrices, as the engine reads them. */
  readonly packed?: Region;
}

export interface Parameters {
  readonly region: Region;
  readonly gradients: Region;
  /** Where each stage's parameters begin in both. */
  readonly offsets: ReadonlyMap<ProgramStage, ParameterPlace>;
}

/** Where a stage's programs read its parameters, and add to its gradients. */
export interface Regions {
  readonly parameters: Region;
  readonly gradients: Region;
  readonly packed?: Region;
}

/** A stage's own, among the model's. */
export function regionsOf({ region, gradients, offsets }: Parameters, stage: ProgramStage): Regions {
  const { offset, length, packed } = offsets.get(stage)!;
  return {
    parameters: { address: region.address + offset, length },
    gradients: { address: gradients.address + offset, length },
    ...(packed && { packed }),
  };
}

export function placeRegions(run: Run, { parameters, gradients, packed }: Regions, backward: boolean): void {
  if (packed !== undefined) run.place("packed", packed);
  run.place("parameters", parameters);
  if (backward) run.place("gradients", gradients);
}
