/** Deep networks' own parts are loaded where an architecture has such layers: ties, ways around, norms, prices. */
import { allLayers } from "../layers/all.ts";
import type { Architecture, Layer } from "../layers/layers.ts";
import type { ProgramStage } from "./plan.ts";

export type Deep = typeof import("./deep/deep.ts");

const isDeep = (layer: Layer): boolean =>
  layer.kind === "recurrent"
    ? (layer.residual ?? layer.layerNorm) !== undefined
    : layer.kind === "dense"
      ? layer.tied !== undefined
      : ["layerNorm", "residual", "activityRegularization"].includes(layer.kind);

export const deepFor = async ({ layers }: Architecture): Promise<Deep | undefined> =>
  allLayers(layers).some(isDeep) ? import("./deep/deep.ts") : undefined;

/** Is this an embedding whose table is a dense layer's matrix too, and lies as one? */
export const hasTiedTable = ({ sizes, schedule }: ProgramStage): boolean =>
  sizes.vocabulary !== undefined && schedule.parameters[0]!.kind === "matrix";
