/**
 * 8-bit matrices of a model: rounded in the parameters, stored in files as I8 with one F32 scale for each row under
 * `NAME.scale`, and read back with every number checked. Loaded where somebody quantizes a model or reads such a file.
 */

import type { Parts, Program } from "../../engine/engine.ts";
import { largestOf, STEPS, scaleOf, stepOf } from "../../engine/int8/numbers.ts";
import { isOfIntegers, roundParameters } from "../../engine/int8/parameters.ts";
import { integerProducts } from "../../engine/int8/products.ts";
import { ArgumentError } from "../../errors.ts";
import type { Core, Integers } from "../core.ts";
import { type Located, locateParameters, readStored } from "../parameters.ts";
import type { Plan, ProgramStage } from "../plan.ts";
import type { StoredTensor } from "../safetensors.ts";
import { storedTensor } from "../safetensors-numbers.ts";

const scaleNameOf = (name: string): string => `${name}.scale`;

export const integers = (): Integers => ({ products: integerProducts(), settle, tensors, refuse });

function* settle(
  { space, parameters: { region, offsets } }: Core,
  programs: ReadonlyMap<ProgramStage, Program>,
): Parts {
  for (const [stage, { packed }] of programs) {
    const { offset, length, packed: into } = offsets.get(stage)!;
    const own = { address: region.address + offset, length };
    yield* roundParameters(stage.schedule, stage.sizes, space.floats(own));
    if (into !== undefined && packed !== undefined) yield* packed.write(own, into);
  }
}

/** Weights that are steps cannot be followed downhill. */
function refuse(where: string): never {
  const described = "a quantized model";
  const mend = "take the model that it was made from, and quantize that again afterwards.";
  const facts = { given: "i8", described, expected: "a model with float32 weights", mend };
  throw new ArgumentError({ where, argument: "model", ...facts });
}

function tensors({ located, space, parameters }: Core): Map<string, StoredTensor> {
  const stored = space.floats(parameters.region);
  const all = new Map<string, StoredTensor>();
  for (const one of located) {
    const { name, shape, parameter } = one;
    const values = readStored(one, stored);
    if (!isOfIntegers(parameter)) {
      all.set(name, storedTensor(values, shape));
      continue;
    }
    const [rows, columns] = shape as [number, number];
    const scales = new Float32Array(rows);
    const steps = new Int8Array(values.length);
    for (let r = 0; r < rows; r++) {
      const line = values.subarray(r * columns, (r + 1) * columns);
      const scale = scaleOf(largestOf(line));
      scales[r] = scale;
      line.forEach((weight, c) => {
        steps[r * columns + c] = stepOf(weight, scale);
      });
    }
    all.set(name, storedTensor(steps, shape));
    all.set(scaleNameOf(name), storedTensor(scales, [rows]));
  }
  return all;
}

/** What a file has to hold. */
export const shapesOf = (plan: Plan): { name: string; shape: readonly number[]; dtype?: "I8" }[] =>
  parametersOf(plan).flatMap(({ name, shape, parameter }) =>
    isOfIntegers(parameter)
      ? [
          { name, shape, dtype: "I8" as const },
          { name: scaleNameOf(name), shape: [shape[0]!] },
        ]
      : [{ name, shape }],
  );

function parametersOf(plan: Plan): Located[] {
  const nowhere = { offset: 0, length: 0 };
  const offsets = new Map(plan.stages.flatMap((s) => (s.kind === "program" ? [[s, nowhere] as const] : [])));
  return locateParameters({ plan, parameters: { offsets } });
}

type Fail = (field: string, given: unknown, expected: string, mend: string) => never;

/**
 * The steps and scales in a file, each checked: no step beyond the ends, no scale but its row's own.
 *
 * @returns the weights; they are made when everything has been checked, since they take four times the file
 */
export function weightsFrom(
  plan: Plan,
  read: Readonly<Record<string, ArrayLike<number>>>,
  fail: Fail,
): Record<string, ArrayLike<number>> {
  const mend = "the file was not written by this library, or changed; quantize the model again.";
  const weights: Record<string, ArrayLike<number>> = Object.create(null);
  for (const { name, shape, parameter } of parametersOf(plan)) {
    if (!isOfIntegers(parameter)) continue;
    const [rows, columns] = shape as [number, number];
    const steps = read[name]!;
    const scales = read[scaleNameOf(name)]!;
    for (let r = 0; r < rows; r++) {
      let most = 0;
      for (let k = r * columns; k < (r + 1) * columns; k++) {
        const size = Math.abs(steps[k]!);
        if (size > STEPS) fail(`${name}[${k}]`, steps[k], `a whole number from -${STEPS} to ${STEPS}`, mend);
        most = Math.max(most, size);
      }
      const scale = scales[r]!;
      const own = scaleOf(Math.abs(Math.fround(most * scale)));
      if (own !== scale) fail(`${scaleNameOf(name)}[${r}]`, scale, `${own}, the scale of its row`, mend);
    }
  }
  for (const { name, shape, parameter } of parametersOf(plan)) {
    const steps = read[name]!;
    weights[name] = steps;
    if (!isOfIntegers(parameter)) continue;
    const columns = shape[1]!;
    const scales = read[scaleNameOf(name)]!;
    const values = new Float32Array(steps.length);
    for (let k = 0; k < values.length; k++) values[k] = steps[k]! * scales[Math.floor(k / columns)]!;
    weights[name] = values;
  }
  return weights;
}
