/** Deep networks' own parts are loaded where an architecture has such layers: ties, ways around, norms, prices. */
import type { Architecture } from "../layers/layers.ts";
import type { ProgramStage } from "./plan.ts";

export type Deep = typeof import("./deep/deep.ts");

const DEEP = /"(tied|residual|layerNorm|activityRegularization)"/;

export const deepFor = async (architecture: Architecture): Promise<Deep | undefined> =>
  DEEP.test(JSON.stringify(architecture)) ? import("./deep/deep.ts") : undefined;

/** Is this an embedding whose table is a dense layer's matrix too, and lies as one? */
export const hasTiedTable = ({ sizes, schedule }: ProgramStage): boolean =>
  sizes.vocabulary !== undefined && schedule.parameters[0]!.kind === "matrix";
