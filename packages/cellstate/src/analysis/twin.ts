/** The same model with the same weights and fixed values, on another engine or with float32 arithmetic, to compare with. */
import { createCore, type EngineChoice, openSpace } from "../model/core.ts";
import { createLife } from "../model/life.ts";
import { internalsOf, type Model, makeModel } from "../model/model.ts";

export interface TwinOptions {
  /** The model's own if omitted. */
  readonly engine?: EngineChoice;
  /** `"f32"`: of a quantized model, its rounded weights as ordinary numbers. The model's own if omitted. */
  readonly weights?: "f32";
}

/** To be closed by the caller. Weights are as they are now; later changes of either model do not reach the other. */
export async function twinOf(model: Model, options: TwinOptions, where: string): Promise<Model> {
  const own = internalsOf(model, where).core();
  const { engine = own.space.engine, weights = model.weights } = options;
  const integers = weights === "i8" ? own.integers : undefined;
  const space = await openSpace({ engine, threads: 1, integers: integers?.products }, where);
  const core = createCore(space, own.plan, integers);
  // after what is under way: nobody writes into the weights while they are copied
  await own.performer.perform(function* () {
    core.space.floats(core.parameters.region).set(own.space.floats(own.parameters.region));
    yield* core.settle();
  });
  return makeModel(
    model.architecture,
    engine,
    model.facts,
    createLife(() => core, core.close),
    weights,
  );
}
