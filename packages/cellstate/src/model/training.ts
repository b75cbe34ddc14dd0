/**
 * What is run while a model is trained, where that is not what is run otherwise: the same parameters under a plan that
 * draws noise. Everything else takes noise at its mean, or does without.
 */
import type { Architecture } from "../layers/layers.ts";
import type { Core } from "./core.ts";
import type { Noise } from "./plan.ts";

/**
 * An option whose mean must be taken; an option, a layer or a text that draws, or a price that is paid. Too much found
 * costs time alone.
 */
const MEAN = /"zoneout":/;
const DRAWN =
  /"(zoneout|weightDrop|recurrentDropout|dropout|rate)":(?!0\b(?!\.))|bernoulli|dropped|activityRegularization/;

const asks = (architecture: Architecture, how: RegExp): boolean => how.test(JSON.stringify(architecture));
const load = (): Promise<Noise> => import("./noise.ts");

/** What the plan of a model that is not trained needs. */
export const noiseFor = async (architecture: Architecture): Promise<Noise | undefined> =>
  asks(architecture, MEAN) ? load() : undefined;

/** The core itself, if nothing in it draws; else another over its parameters, to be closed after the training. */
export async function trainingCore(core: Core): Promise<Core> {
  const { architecture, noise } = core.plan;
  return asks(architecture, DRAWN) ? core.withPlan({ isTraining: true, noise: noise ?? (await load()) }) : core;
}
