/** Traced values and the way to one of them by name; used where a trace is made and where one comes from a worker. */
import { ArgumentError } from "../errors.ts";

/** One named value at every step. */
export interface TracedValue {
  /** "f", "c", "h", … */
  readonly name: string;
  /** "recurrent.0", … */
  readonly layer: string;
  readonly direction: "forward" | "backward";
  /** `[B, T, units]`, row-major; 0 past a row's length. */
  readonly values: Float32Array;
  readonly shape: readonly [number, number, number];
  /** Steps of each row, `[B]`. */
  readonly lengths: Uint32Array;
  /** The comment behind the value's equation. */
  readonly caption?: string;
}

/** Which layer of a trace. */
export interface TraceQuery {
  /** "recurrent.0"; may be left out where one layer alone has the value. */
  readonly layer?: string;
  readonly direction?: "forward" | "backward";
}

/** A trace as plain data. */
export interface TraceData {
  /** Every named value of every recurrent layer and direction, in the order of the equations. */
  readonly values: readonly TracedValue[];
  /** What enters each recurrent layer and direction, under the name "x". */
  readonly inputs: readonly TracedValue[];
  /** The states before each row's first step, `[B, units]` by "recurrent.0.forward.h". */
  readonly firstStates: Readonly<Record<string, Float32Array>>;
}

/** All values of a run, by name: what `model.trace` gives. `N`: the names of the model's equations. */
export interface Trace<N extends string = string> extends TraceData {
  /**
   * One named value at every step.
   *
   * @param name - of an equation, or "x" for what enters the layer
   * @param query - which layer and direction; may be left out where there is no choice
   * @throws {ArgumentError} if no value, or more than one, goes by that name
   */
  get(name: N | "x", query?: TraceQuery): TracedValue;
}

/** A trace over these values. */
export const traced = <N extends string>({ values, inputs, firstStates }: TraceData): Trace<N> => {
  const all = [...values, ...inputs];
  return { values, inputs, firstStates, get: (name, query = {}) => find(all, name, query) };
};

function find(values: readonly TracedValue[], name: string, { layer, direction }: TraceQuery): TracedValue {
  const matching = values.filter(
    (v) =>
      v.name === name &&
      (layer === undefined || v.layer === layer) &&
      (direction === undefined || v.direction === direction),
  );
  if (matching.length === 1) return matching[0]!;
  const where = "trace.get";
  if (matching.length > 1) {
    const places = matching.map((v) => `{ layer: "${v.layer}", direction: "${v.direction}" }`).join(", ");
    throw new ArgumentError({
      where,
      argument: "layer",
      given: layer,
      expected: `one of ${places}`,
      mend: `${name} stands in several layers.`,
    });
  }
  const names = [...new Set(values.map((v) => v.name))].join(", ");
  const layers = [...new Set(values.map((v) => v.layer))].join(", ");
  const expected = `one of ${names}, in ${layers}`;
  throw new ArgumentError({
    where,
    argument: "name",
    given: name,
    expected,
    mend: "these are the names of the equations, and x is what enters the layer.",
  });
}
