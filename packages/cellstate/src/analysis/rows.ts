/** One row of a batch by itself, checked as a model checks it. Rows do not see one another, so nothing changes. */
import { type Inputs, inputOf, isSequences, packingFor } from "../model/feed.ts";
import { internalsOf, type Model } from "../model/model.ts";
import { lengthsOf } from "../model/rows.ts";
import type { Sequences, Values } from "../model/sequences.ts";
import { matchStates, type States, statesOf } from "../model/states.ts";
import { wholeBelow } from "./layer.ts";

/** Steps of every row. */
export function lengthsIn(model: Model, x: Inputs, where: string): Uint32Array {
  const { plan } = internalsOf(model, where).core(x, where);
  return lengthsOf(packingFor(plan, x, where));
}

export interface OneRow {
  /** Without padding. */
  readonly x: Inputs;
  readonly from: States;
  readonly steps: number;
}

/** @throws {ArgumentError | ShapeError} if inputs, states and model do not fit, or there is no such row */
export function oneRow(model: Model, x: Inputs, from: States, row: number, where: string): OneRow {
  const { plan } = internalsOf(model, where).core(x, where);
  const lengths = lengthsIn(model, x, where);
  const steps = lengths[wholeBelow(row, lengths.length, where, "row")]!;
  const cut = (name: string): Sequences => {
    const { values, shape } = inputOf(x, name)!;
    const [, T, ...size] = shape as [number, number, ...number[]];
    const width = size[0] ?? 1;
    const own = values.slice(row * T * width, (row * T + steps) * width) as Values;
    return { values: own, shape: [1, steps, ...size] };
  };
  const inputs = Object.fromEntries([...plan.inputs.keys()].map((name) => [name, cut(name)]));
  const states = matchStates(statesOf(plan), lengths.length, from, where).map(({ place: { key, size }, values }) => {
    return [key, Array.from({ length: size }, (_, u) => values[row * size + u]!)] as const;
  });
  return { x: isSequences(x) ? inputs[""]! : inputs, from: Object.fromEntries(states), steps };
}
