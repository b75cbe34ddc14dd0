/**
 * One problem for any schedule with states, and how an engine solves it: random asymmetric weights, first states
 * that are not 0, ragged rows, adjoints of every output and every last state. Plain arrays in and out, so that
 * engines can be held against one another, and against what has no engine.
 */
import { type Axis, type Rows, type Schedule, SEQUENCE, type Sizes } from "../cell/operations.ts";
import { atOnce, type Floats, type Space } from "./engine.ts";
import { blocksOf, layoutParameters, layoutStorages, positionIn, sizeOf, storageLength } from "./layout.ts";
import { lastRows, startsOf } from "./loop.ts";

/** `[B][T][units]`, each sequence as long as it is. */
export type Steps = readonly (readonly (readonly number[])[])[];
/** `[B][units]` by name. */
export type PerSequence = Readonly<Record<string, readonly (readonly number[])[]>>;

export interface Problem {
  readonly schedule: Schedule;
  readonly sizes: Sizes;
  /** Longest first. */
  readonly lengths: readonly number[];
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly x: Steps;
  /** In place of the cell's own, where given. */
  readonly firstStates?: PerSequence;
  readonly outputAdjoint: Steps;
  readonly lastAdjoints: PerSequence;
  /** The two words that key the noise. */
  readonly noise: readonly [number, number];
}

export interface Solution {
  readonly output: Steps;
  readonly lastStates: PerSequence;
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly x: Steps;
  readonly firstStates: PerSequence;
}

export interface ProblemOptions {
  readonly seed: number;
  readonly lengths: readonly number[];
  /** false: the cell's own first values. */
  readonly givenFirst?: boolean;
  /** Of all parameters. Default 1. */
  readonly scale?: number;
}

/** Uniform in [−1, 1), of float32, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >> 8) / 2 ** 23;
  };
}

export const axisOf = (schedule: Schedule, name: string): Axis => schedule.buffers.find((b) => b.name === name)!.axis;

export function problemFor(schedule: Schedule, sizes: Sizes, options: ProblemOptions): Problem {
  const { seed, lengths, givenFirst = true, scale = 1 } = options;
  const random = seeded(seed);
  const row = (axis: Axis, limit: number): number[] =>
    Array.from({ length: sizeOf(sizes, axis) }, () => Math.fround(random() * limit));
  const steps = (name: string): number[][][] =>
    lengths.map((length) => Array.from({ length }, () => row(axisOf(schedule, name), 1)));
  const perState = (limit: number): PerSequence =>
    Object.fromEntries(schedule.states.map((s) => [s, lengths.map(() => row(axisOf(schedule, s), limit))]));
  const parameters: Record<string, number[]> = {};
  const shapes: Record<string, number[]> = {};
  for (const parameter of schedule.parameters) {
    const { name, kind, rows, columns } = parameter;
    const isVector = kind === "vector";
    shapes[name] = isVector ? [sizeOf(sizes, rows)] : [sizeOf(sizes, rows), sizeOf(sizes, columns)];
    const limit = isVector ? 0.7 : 1.5 / Math.sqrt(shapes[name][1]! / blocksOf(sizes, parameter));
    const count = shapes[name].reduce((a, b) => a * b, 1);
    parameters[name] = Array.from({ length: count }, () => Math.fround(random() * limit * scale));
  }
  return {
    schedule,
    sizes,
    lengths,
    parameters,
    shapes,
    x: steps("x"),
    ...(givenFirst && { firstStates: perState(0.8) }),
    outputAdjoint: steps(schedule.output),
    lastAdjoints: perState(1),
    noise: [0x5eed0000 + seed, seed],
  };
}

/** Neither 0, 1, 2, … nor the place in the batch, so that neither can be taken for it. */
export const sequenceNumber = (b: number): number => 17 - 3 * b;

/** Runs forward, backward and carry, and reads everything that is promised. */
export function solve(space: Space, problem: Problem): Solution {
  const { schedule, sizes, lengths, firstStates, lastAdjoints } = problem;
  const rows = rowsOf(lengths);
  const { starts, total } = startsOf(rows);
  const run = space.compile(schedule, sizes).bind({ batch: rows.batch, rows: total });
  const { places, length } = layoutParameters(schedule, sizes);
  const parameters = space.allocate(length);
  const gradients = space.allocate(length);
  run.place("parameters", parameters);
  run.place("gradients", gradients);
  for (const storage of layoutStorages(schedule, sizes).values()) {
    if (storage.given) run.place(storage.name, space.allocate(storageLength(storage, rows.batch, total)));
  }

  const eachWeight = (visit: (name: string, natural: number, stored: number) => void): void => {
    for (const [name, { parameter, offset }] of places) {
      const [height, width = 1] = problem.shapes[name] as [number, number?];
      const blocks = blocksOf(sizes, parameter);
      for (let r = 0; r < height; r++) {
        for (let c = 0; c < width; c++) {
          if (Math.floor((r * blocks) / height) !== Math.floor((c * blocks) / width)) continue;
          visit(name, r * width + c, offset + positionIn(parameter, sizes, r, c));
        }
      }
    }
  };
  /** A buffer's rows; row 0 is that of the first sequence at step 0. */
  const rowOf = (name: string): ((row: number) => Floats) => {
    const { region, offset, stride } = run.where(name);
    const view = space.floats(region);
    const size = sizeOf(sizes, axisOf(schedule, name));
    return (row) => view.subarray(offset + row * stride, offset + row * stride + size);
  };
  const putSteps = (name: string, values: Steps): void => {
    const at = rowOf(name);
    values.forEach((sequence, b) => sequence.forEach((step, t) => at(starts[t]! + b).set(step)));
  };
  const readSteps = (name: string): number[][][] => {
    const at = rowOf(name);
    return lengths.map((count, b) => Array.from({ length: count }, (_, t) => [...at(starts[t]! + b)]));
  };
  const adjoint = (state: string): string => `δ${state}[t+1]`;
  const readStates = (name: (state: string) => string, row: (b: number) => number): PerSequence =>
    Object.fromEntries(
      schedule.states.map((s) => {
        const at = rowOf(name(s));
        return [s, lengths.map((_, b) => [...at(row(b))])];
      }),
    );

  const stored = space.floats(parameters);
  eachWeight((name, natural, at) => {
    stored[at] = problem.parameters[name]![natural]!;
  });
  putSteps("x", problem.x);
  if (schedule.buffers.some((b) => b.name === SEQUENCE)) {
    putSteps(
      SEQUENCE,
      problem.x.map((steps, b) => steps.map(() => [sequenceNumber(b)])),
    );
  }
  run.setNoise(...problem.noise);
  for (const [state, values] of Object.entries(firstStates ?? {})) {
    const at = rowOf(state);
    values.forEach((value, b) => at(b - rows.batch).set(value));
  }
  const options = { givenFirst: firstStates !== undefined };
  atOnce(run.forward(rows, options));
  const output = readSteps(schedule.output);
  const last = lastRows(rows);
  const lastStates = readStates(
    (s) => s,
    (b) => last[b]!,
  );

  putSteps(`δ${schedule.output}`, problem.outputAdjoint);
  for (const [state, values] of Object.entries(lastAdjoints)) {
    const at = rowOf(adjoint(state));
    values.forEach((value, b) => at(b).set(value));
  }
  atOnce(run.backward(rows, { ...options, givenAdjoints: true }));
  const x = readSteps("δx");
  const first = readStates(adjoint, (b) => b);
  const summed = space.floats(gradients);
  const gradient: Record<string, number[]> = {};
  for (const [name, values] of Object.entries(problem.parameters)) gradient[name] = values.map(() => 0);
  eachWeight((name, natural, at) => {
    gradient[name]![natural] = summed[at]!;
  });
  // Training carries after the backward pass: the last states must still be there.
  run.carry(rows);
  const carried = readStates(
    (s) => s,
    (b) => b - rows.batch,
  );
  for (const [state, values] of Object.entries(carried)) {
    const isSame = values.every((value, b) => value.every((v, u) => Object.is(v, lastStates[state]![b]![u]!)));
    if (!isSame) throw new Error(`${schedule.name}: carry did not bring the last ${state} to its first rows`);
  }
  run.close();
  return { output, lastStates, parameters: gradient, x, firstStates: first };
}

function rowsOf(lengths: readonly number[]): Rows {
  const active = Uint32Array.from({ length: lengths[0]! }, (_, t) => lengths.filter((length) => length > t).length);
  return { batch: lengths.length, steps: lengths[0]!, active };
}

/**
 * The largest error of forward values and of gradients, each relative to its array's largest value, or to that part
 * (`floor`) of the largest of all, where the array is smaller.
 */
export function errorsOf(
  found: Solution,
  expected: Solution,
  floor = 0,
): { forward: number; gradients: number; worst: string } {
  const worst = { value: -1, name: "" };
  const largest = (named: [string, readonly number[], readonly number[]][]): number => {
    let result = 0;
    const all = named.flatMap(([, , should]) => should);
    const least = floor * all.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
    for (const [name, is, should] of named) {
      if (is.length !== should.length) throw new Error(`${name}: ${is.length} numbers instead of ${should.length}`);
      let error = 0;
      let size = least;
      should.forEach((v, k) => {
        const difference = Object.is(is[k], v) ? 0 : Math.abs(is[k]! - v);
        error = difference <= error ? error : difference;
        size = Math.max(size, Math.abs(v));
      });
      const relative = error === 0 ? 0 : error / size;
      if (!(relative <= result)) result = relative;
      if (!(relative <= worst.value)) Object.assign(worst, { value: relative, name });
    }
    return result;
  };
  const flat = (one: unknown): number[] => (one as unknown[]).flat(2) as number[];
  const pairs = (kind: "lastStates" | "parameters" | "firstStates"): [string, number[], number[]][] =>
    Object.keys(expected[kind]).map((name) => [`${kind} ${name}`, flat(found[kind][name]), flat(expected[kind][name])]);
  const forward = largest([["output", flat(found.output), flat(expected.output)], ...pairs("lastStates")]);
  const gradients = largest([
    ["gradient of x", flat(found.x), flat(expected.x)],
    ...pairs("parameters"),
    ...pairs("firstStates"),
  ]);
  return { forward, gradients, worst: worst.name };
}
