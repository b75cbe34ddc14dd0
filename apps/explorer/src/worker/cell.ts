/** One cell at work: what flows through its diagram, how the values are spread over the units, and single numbers term by term. */
import { type Arithmetic, arithmetic, diagramValues, type Spread, summarize } from "cellstate/analysis";
import { type Asked, type Place, runOf } from "./runs.ts";

interface Question {
  readonly of: Asked;
  readonly at: Place;
}

export interface Flow extends Question {
  /** By node of the diagram: what has no equation of its own, as the state before and what is on its way into a sum. */
  readonly nodes: Readonly<Record<string, Flowing>>;
  /** By value: over all its units, for every step. */
  readonly spreads: Readonly<Record<string, readonly Spread[]>>;
}

export interface Flowing {
  /** `[T, size]`; size 1 where one number goes with all units. */
  readonly values: Float32Array;
  readonly size: number;
}

export const cellCalls = {
  async flow({ of, at }: Question): Promise<Flow> {
    const { model, trace } = await runOf(of);
    const nodes = diagramValues(model, trace, at).map(({ id, values, size }) => [id, { values, size }] as const);
    const own = trace.values.filter(({ layer, direction }) => layer === at.layer && direction === at.direction);
    const spreads = own.map(({ name, values, shape: [, T, size] }) => [name, spreadOfSteps(values, T, size)] as const);
    return { of, at, nodes: Object.fromEntries(nodes), spreads: Object.fromEntries(spreads) };
  },
  /** @throws {ArgumentError} if there is no such unit */
  async arithmetic({ of, at, ...asked }: Question & { name: string; unit: number; step: number }): Promise<Arithmetic> {
    const { model, trace } = await runOf(of);
    return arithmetic(model, trace, { ...at, ...asked });
  },
};

/** Of a value, `[T, size]`: for every step, over its units. */
function spreadOfSteps(values: Float32Array, T: number, size: number): readonly Spread[] {
  // the library spreads over steps: units and steps change places
  const turned = Float32Array.from(values, (_, k) => values[(k % T) * size + Math.floor(k / T)]!);
  return summarize({ values: turned, shape: [1, size, T] }).units;
}
