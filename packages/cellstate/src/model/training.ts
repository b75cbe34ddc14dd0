/**
 * What is run while a model is trained, where that is not what is run otherwise: the same parameters under a plan that
 * draws noise. Everything else takes noise at its mean, or does without.
 */
import { isDrawn } from "../cell/draws.ts";
import { allLayers } from "../layers/all.ts";
import type { Architecture, Layer } from "../layers/layers.ts";
import type { Core } from "./core.ts";
import type { Noise, Plan } from "./plan.ts";

const load = (): Promise<Noise> => import("./noise.ts");

/** What the plan of a model that is not trained needs: zoneout's mean is taken. */
export const noiseFor = async ({ layers }: Architecture): Promise<Noise | undefined> =>
  allLayers(layers).some((layer) => layer.kind === "recurrent" && layer.zoneout !== undefined) ? load() : undefined;

/** Noise that an option asks for inside a layer; zoneout's stands in the planned cells themselves. */
const hasInnerNoise = (layer: Layer): boolean =>
  layer.kind === "recurrent"
    ? (layer.recurrentDropout ?? layer.weightDrop) !== undefined
    : layer.kind === "embedding" && layer.dropout !== undefined;

/** Is there noise inside layers, of an option or in a cell's own equations? Dropout between layers is none. */
export const drawsInside = ({ architecture, stages }: Plan): boolean =>
  allLayers(architecture.layers).some(hasInnerNoise) ||
  stages.some((stage) => stage.kind === "program" && stage.cell !== undefined && isDrawn(stage.cell));

/** Values dropped between layers, or a price that training alone pays. */
const isForTraining = (layer: Layer): boolean =>
  layer.kind === "activityRegularization" ||
  (layer.kind === "dropout" && layer.rate > 0) ||
  (layer.kind === "recurrent" && layer.dropout > 0);

/** The core itself, if training runs the same; else another over its parameters, to be closed after the training. */
export async function trainingCore(core: Core): Promise<Core> {
  const { plan } = core;
  const isOther = drawsInside(plan) || allLayers(plan.architecture.layers).some(isForTraining);
  return isOther ? core.withPlan({ isTraining: true, noise: plan.noise ?? (await load()) }) : core;
}
