/**
 * What this folder's tests share: modules of kernels, seeded numbers, and the same schedule run by the reference
 * engine and by wasm over the same numbers.
 */
import type { At, Buffer, Op, Parameter, Pass, Rows, Schedule, Sizes } from "../../cell/operations.ts";
import { atOnce, type Region, type Run, type Space } from "../engine.ts";
import { layoutParameters, layoutStorages, positionIn, sizeOf, storageLength, widthOf } from "../layout.ts";
import { openReference } from "../reference/space.ts";
import { createModule, type Module } from "./assembler.ts";
import { openWasm } from "./engine.ts";
import { createMemory, type Memory } from "./space.ts";

export type Kernels = Record<string, (...operands: number[]) => void>;

export function instantiate(write: (module: Module) => void, fuses = false): { kernels: Kernels; memory: Memory } {
  const memory = createMemory();
  const module = createModule(fuses);
  write(module);
  const compiled = new WebAssembly.Module(module.bytes());
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory: memory.memory } });
  return { kernels: exports as Kernels, memory };
}

/** Numbers in [−1, 1) with 24 bits. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  };
}

export const now = (name: string): At => ({ name, time: "now" });

export const buffer = (name: string, axis: string, rows: Buffer["rows"], more: Partial<Buffer> = {}): Buffer => ({
  name,
  axis,
  rows,
  role: "given",
  storage: name,
  part: 0,
  ...more,
});

export const passOf = (lists: Partial<Pass>): Pass => ({
  first: [],
  before: [],
  each: [],
  after: [],
  direction: 1,
  ...lists,
});

/** A schedule of a few operations over all rows. */
export const scheduleOf = (
  parameters: readonly Parameter[],
  buffers: readonly Buffer[],
  before: readonly Op[],
): Schedule => ({
  name: "test",
  buffers,
  parameters,
  states: [],
  output: buffers.at(-1)!.name,
  forward: passOf({ before }),
  linear: {},
});

export const evenRows = (batch: number, steps: number): Rows => ({
  batch,
  steps,
  active: new Uint32Array(steps).fill(batch),
});

export interface Case {
  readonly schedule: Schedule;
  readonly sizes: Sizes;
  readonly rows: Rows;
  readonly seed?: number;
  /** What is put into parameters and given buffers, from numbers in [−1, 1). */
  readonly shape?: (name: string, value: number) => number;
  readonly givenFirst?: boolean;
  readonly givenAdjoints?: boolean;
}

/** Every buffer's rows `[row][lane]` after a run, first values first, and the parameters' gradients. */
export type Results = Map<string, number[][]>;

export function runOn(space: Space, test: Case): { results: Results; padding: number[] } {
  const { schedule, sizes, rows } = test;
  const total = rows.active.reduce((a, b) => a + b, 0);
  const run = space.compile(schedule, sizes).bind({ batch: rows.batch, rows: total });
  const next = randomNumbers(test.seed ?? 1);
  const shaped = (name: string): number => Math.fround(test.shape?.(name, next()) ?? next());
  const { places, length } = layoutParameters(schedule, sizes);
  const storages = layoutStorages(schedule, sizes);
  const numbers = { parameters: space.allocate(length), gradients: space.allocate(length) };
  for (const [name, region] of Object.entries(numbers)) {
    run.place(name, region);
    fillParameters(space, region, test, shaped);
  }
  for (const storage of storages.values()) {
    if (!storage.given) continue;
    run.place(storage.name, space.allocate(storageLength(storage, rows.batch, total)));
  }
  run.setNoise(123, 0x9abcdef0);
  for (const one of schedule.buffers) {
    if (one.role !== "given") continue;
    eachRow(space, run, test, one, (view, at) => {
      for (let u = 0; u < sizeOf(sizes, one.axis); u++) view[at + u] = shaped(one.name);
    });
  }
  atOnce(run.forward(rows, test));
  if (schedule.backward) atOnce(run.backward(rows, test));

  const results: Results = new Map();
  const padding: number[] = [];
  for (const one of schedule.buffers) {
    const lines: number[][] = [];
    eachRow(space, run, test, one, (view, at) => {
      const size = sizeOf(sizes, one.axis);
      lines.push([...view.slice(at, at + size)]);
      padding.push(...view.slice(at + size, at + widthOf(sizes, one.axis)));
    });
    results.set(one.name, lines);
  }
  const gradients = space.floats(numbers.gradients).slice();
  for (const { parameter, offset } of places.values()) {
    const lines: number[][] = [];
    eachNumber(parameter, sizes, (row, column, position) => {
      (lines[row] ??= [])[column] = gradients[offset + position]!;
      gradients[offset + position] = 0;
    });
    results.set(
      `gradient ${parameter.name}`,
      lines.map((line) => [...line].map((value) => value ?? 0)),
    );
  }
  padding.push(...gradients);
  return { results, padding };
}

/** Puts numbers into all parameters, and leaves the padding. */
export function fillParameters(
  space: Space,
  region: Region,
  { schedule, sizes }: Pick<Case, "schedule" | "sizes">,
  next: (name: string) => number,
): void {
  const view = space.floats(region);
  for (const { parameter, offset } of layoutParameters(schedule, sizes).places.values()) {
    eachNumber(parameter, sizes, (_row, _column, position) => {
      view[offset + position] = next(parameter.name);
    });
  }
}

function eachNumber(
  parameter: Parameter,
  sizes: Sizes,
  visit: (row: number, column: number, position: number) => void,
): void {
  const rows = sizeOf(sizes, parameter.rows);
  const columns = parameter.kind === "vector" ? 1 : sizeOf(sizes, parameter.columns);
  const blocks = parameter.blockdiagonal === undefined ? 1 : sizeOf(sizes, parameter.blockdiagonal);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (Math.floor((row * blocks) / rows) !== Math.floor((column * blocks) / columns)) continue;
      visit(row, column, positionIn(parameter, sizes, row, column));
    }
  }
}

/** Visits the rows of a buffer in its storage, the first values included. */
function eachRow(
  space: Space,
  run: Run,
  { rows: { batch, active } }: Case,
  one: Buffer,
  visit: (view: Float32Array | Float64Array, at: number) => void,
): void {
  const total = active.reduce((a, b) => a + b, 0);
  const { region, offset, stride } = run.where(one.name);
  const [first, count] = {
    always: [0, 1],
    step: [0, batch],
    carried: [0, batch],
    rows: [0, total],
    state: [-batch, total + batch],
  }[one.rows] as [number, number];
  const view = space.floats(region);
  for (let r = first; r < first + count; r++) visit(view, offset + r * stride);
}

export const runOnWasm = (test: Case): { results: Results; padding: number[] } => runOn(openWasm(), test);

/**
 * The largest difference between wasm and the reference, relative to the sums of the terms' absolute values
 * where `bySize`, else to the values or 1, whichever is larger.
 */
export function worstDifference(test: Case, bySize = false, open = openWasm): number {
  const expected = runOn(openReference(), test).results;
  const shape = (name: string, value: number): number => Math.abs(test.shape?.(name, value) ?? value);
  const sizes = bySize ? runOn(openReference(), { ...test, shape }).results : undefined;
  const { results, padding } = runOn(open(), test);
  if (padding.some((value) => value !== 0)) throw new Error("padding is not 0");
  let worst = 0;
  for (const [name, lines] of expected) {
    lines.forEach((line, row) => {
      line.forEach((value, lane) => {
        const found = results.get(name)![row]![lane]!;
        if (Object.is(found, value) || (found !== found && value !== value)) return;
        const size = sizes === undefined ? Math.max(1, Math.abs(value)) : sizes.get(name)![row]![lane]! || 1e-30;
        const difference = Math.abs(found - value) / size;
        if (!(difference <= worst)) worst = difference;
      });
    });
  }
  return worst;
}
