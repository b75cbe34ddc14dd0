/** A model with 8-bit matrices from one with float32 weights; what `quantize` loads. */
import { createCore, openSpace } from "../core.ts";
import { createLife } from "../life.ts";
import { internalsOf, type Model, makeModel } from "../model.ts";
import { integers } from "./files.ts";

export async function quantizeModel<N extends string>(model: Model<N>): Promise<Model<N>> {
  const where = "quantize";
  const { plan, parameters, space } = internalsOf(model, where).core();
  const support = integers();
  const core = createCore(
    await openSpace({ engine: model.engine, threads: space.threads, integers: support.products }, where),
    plan,
    support,
  );
  core.space.floats(core.parameters.region).set(space.floats(parameters.region));
  await core.performer.perform(() => core.settle());
  const life = createLife(() => core, core.close);
  return makeModel(model.architecture, model.engine, model.facts, life, "i8") as Model<N>;
}
