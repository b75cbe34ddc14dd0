/** Gradients of a model's inputs, also of the vectors behind ids and of quantized models: what both ways to ask share. */
import { ArgumentError } from "../errors.ts";
import type { GradientArray, Gradients } from "../model/gradients.ts";
import type { Model } from "../model/model.ts";
import { twinOf } from "./twin.ts";

/** @throws {ArgumentError} if there is no such input; the first if none is asked for */
export function inputIn({ inputs }: Gradients, wanted: string | undefined, where: string): GradientArray {
  const { byName } = inputs!;
  const name = wanted ?? Object.keys(byName)[0]!;
  if (Object.hasOwn(byName, name)) return byName[name]!;
  const expected = `one of ${Object.keys(byName).join(", ")}`;
  throw new ArgumentError({ where, argument: "input", given: wanted, expected, mend: "say which input." });
}

/** Rounded weights have no slope; the same weights as ordinary numbers have. */
export async function onFloats<R>(model: Model, where: string, work: (floats: Model) => Promise<R>): Promise<R> {
  if (model.weights === "f32") return work(model);
  const twin = await twinOf(model, { weights: "f32" }, where);
  try {
    return await work(twin);
  } finally {
    twin.close();
  }
}

/** The length of every vector. */
export function normsOf(vectors: Float32Array, size: number): Float64Array {
  return Float64Array.from({ length: vectors.length / size }, (_, t) => {
    let sum = 0;
    for (let u = t * size; u < (t + 1) * size; u++) sum += vectors[u]! * vectors[u]!;
    return Math.sqrt(sum);
  });
}
