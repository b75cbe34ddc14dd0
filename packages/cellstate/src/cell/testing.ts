/**
 * What tests of cells share: a seeded generator, shapes and random parameters for any cell, and a loss that asks
 * for every output and every last state.
 */
import { inferAxes } from "./axes.ts";
import type { Cell } from "./cell.ts";

export type Sizes = Readonly<Record<string, number>>;
export type Shapes = Record<string, readonly number[]>;

/** Uniform in [−1, 1), the same for the same seed everywhere (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export const randomRow = (length: number, random: () => number, scale = 1): number[] =>
  Array.from({ length }, () => random() * scale);

/** Of every parameter of a cell: `[rows, columns]` or `[length]`. */
export function shapesOf(cell: Cell, sizes: Sizes): Shapes {
  const axes = inferAxes(cell);
  const size = (axis: string): number => (axis === "one" ? 1 : sizes[axis]);
  const shapes: Shapes = {};
  for (const [name, { rows, columns }] of axes.matrices) shapes[name] = [size(rows), size(columns)];
  for (const [name, axis] of axes.vectors) shapes[name] = [size(axis)];
  return shapes;
}

/** A problem for a cell: nothing in it is symmetric, zero or constant. */
export interface Problem {
  readonly cell: Cell;
  readonly sizes: Sizes;
  readonly shapes: Shapes;
  readonly parameters: Record<string, number[]>;
  readonly x: number[][];
  readonly firstStates: Record<string, number[]>;
  readonly outputAdjoint: number[][];
  readonly lastAdjoint: Record<string, number[]>;
}

/** Values of sizes for every axis that the zoo names, no two neighbours alike. */
export const testSizes: Sizes = { input: 3, units: 6, projection: 4, blocks: 3, heads: 2 };

export function randomProblem(cell: Cell, seed: number, steps = 5, given: Sizes = testSizes): Problem {
  const random = seeded(seed);
  const { values } = inferAxes(cell);
  const sizes: Sizes = { ...given, input: given[values.get("x") ?? "input"] };
  const shapes = shapesOf(cell, sizes);
  const length = (name: string): number => sizes[values.get(name) ?? "units"] ?? 1;
  const parameters: Record<string, number[]> = {};
  for (const { name } of cell.facts.parameters) {
    const [rows, columns] = shapes[name];
    parameters[name] = randomRow(rows * (columns ?? 1), random, columns ? 1.5 / Math.sqrt(columns) : 0.7);
  }
  const states = (scale: number): Record<string, number[]> =>
    Object.fromEntries(cell.facts.states.map((name) => [name, randomRow(length(name), random, scale)]));
  return {
    cell,
    sizes,
    shapes,
    parameters,
    x: Array.from({ length: steps }, () => randomRow(sizes.input, random)),
    firstStates: states(0.8),
    outputAdjoint: Array.from({ length: steps }, () => randomRow(length(cell.facts.output), random)),
    lastAdjoint: states(1),
  };
}
