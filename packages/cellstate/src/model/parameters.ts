/** A model's parameters by name, in their natural shapes, over the engine's storage. */

import type { Parameter, Sizes } from "../cell/operations.ts";
import { atOnce, type Floats } from "../engine/engine.ts";
import { blocksOf, LANES, layoutParameters, positionIn, sizeOf } from "../engine/layout.ts";
import { ArgumentError } from "../errors.ts";
import type { Core } from "./core.ts";
import type { Plan, ProgramStage } from "./plan.ts";

/** One parameter, copied out of the model. */
export interface ParameterValues {
  /** "recurrent.0.forward.W_f", "dense.0.b", …; layers count from 0. */
  readonly name: string;
  /** `[rows, columns]` or `[rows]`; a matrix is `[units, input]`, an embedding `[vocabulary, size]`. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
}

/** One parameter and its place. */
export interface Located {
  readonly name: string;
  readonly stage: ProgramStage;
  readonly parameter: Parameter;
  readonly sizes: Sizes;
  readonly shape: readonly number[];
  /** From the start of the model's parameters. */
  readonly offset: number;
  readonly length: number;
}

/** Every parameter of a model, in the model's order. */
export function locateParameters(core: { plan: Plan; parameters: Pick<Core["parameters"], "offsets"> }): Located[] {
  const located: Located[] = [];
  for (const stage of core.plan.stages) {
    if (stage.kind !== "program") continue;
    const { offset } = core.parameters.offsets.get(stage)!;
    for (const [name, place] of layoutParameters(stage.schedule, stage.sizes).places) {
      const { parameter } = place;
      // the embedding lists it
      if (stage.tied !== undefined && parameter.kind === "matrix") continue;
      const rows = sizeOf(stage.sizes, parameter.rows);
      const shape = parameter.kind === "vector" ? [rows] : [rows, sizeOf(stage.sizes, parameter.columns)];
      located.push({
        name: `${stage.path}.${stage.outside(name)}`,
        stage,
        parameter,
        sizes: stage.sizes,
        shape,
        offset: offset + place.offset,
        length: place.length,
      });
    }
  }
  return located;
}

/** The names and shapes of a plan's parameters, without a number of memory reserved for them. */
export function shapesOf(plan: Plan): { name: string; shape: readonly number[] }[] {
  const nowhere = new Map(
    plan.stages.flatMap((s) => (s.kind === "program" ? [[s, { offset: 0, length: 0 }] as const] : [])),
  );
  return locateParameters({ plan, parameters: { offsets: nowhere } });
}

/** How many numbers of it are trained: all, or those inside its blocks. */
export const countOf = ({ parameter, sizes, shape }: Located): number =>
  shape.reduce((a, b) => a * b, 1) / (parameter.kind === "matrix" ? blocksOf(sizes, parameter) : 1);

/**
 * Copies between the natural array, row-major, and storage, where eight rows of a matrix lie side by side: column by
 * column, each once. Natural numbers outside the blocks of a block-diagonal matrix are left as they are.
 */
function copyNumbers(
  { parameter, sizes, shape, offset }: Located,
  natural: { [n: number]: number },
  stored: { [n: number]: number },
  isRead: boolean,
): void {
  const [rows, columns = 1] = shape as readonly number[] as [number, number?];
  const isMatrix = parameter.kind === "matrix";
  const blocks = isMatrix ? blocksOf(sizes, parameter) : 1;
  const [height, width] = [rows / blocks, columns / blocks];
  const lanes = isMatrix ? LANES : 1;
  for (let block = 0; block < blocks; block++) {
    for (let r = 0; r < height; r += lanes) {
      const row = block * height + r;
      let at = offset + positionIn(parameter, sizes, row, block * width);
      const count = Math.min(lanes, height - r);
      for (let c = block * width; c < (block + 1) * width; c++) {
        for (let lane = 0; lane < count; lane++) {
          const n = (row + lane) * columns + c;
          if (isRead) natural[n] = stored[at + lane]!;
          else stored[at + lane] = natural[n]!;
        }
        at += lanes;
      }
    }
  }
}

/** Natural values out of storage: the parameters themselves, their gradients, or an optimizer's moments. */
export function readStored(located: Located, stored: Floats): Float32Array {
  const values = new Float32Array(located.shape.reduce((a, b) => a * b, 1));
  copyNumbers(located, values, stored, true);
  return values;
}

/** Natural values into storage. */
export const writeStored = (located: Located, stored: Floats, values: ArrayLike<number>): void =>
  copyNumbers(located, values as { [n: number]: number }, stored, false);

/** All parameters as plain data. */
export function readParameters(core: Core): ParameterValues[] {
  const stored = core.space.floats(core.parameters.region);
  return core.located.map((l) => ({ name: l.name, shape: l.shape, values: readStored(l, stored) }));
}

/**
 * @throws {ArgumentError} if a name is not the model's, or an array has another length; then nothing is changed
 */
export function writeParameters(core: Core, given: Readonly<Record<string, ArrayLike<number>>>): void {
  const where = "model.setParameters";
  const targets = Object.entries(given).map(([name, values]) => {
    const located = core.located.find((l) => l.name === name);
    if (located === undefined) {
      const expected = `one of ${core.located.map((l) => l.name).join(", ")}`;
      throw new ArgumentError({
        where,
        argument: "name",
        given: name,
        expected,
        mend: "model.parameters() lists them.",
      });
    }
    const length = located.shape.reduce((a, b) => a * b, 1);
    if (values?.length !== length) {
      const expected = `${length} numbers, [${located.shape.join(", ")}] row-major`;
      const described = `${values?.length ?? "no"} numbers`;
      throw new ArgumentError({
        where,
        argument: name,
        given: values?.length,
        described,
        expected,
        mend: "check the layer's sizes.",
      });
    }
    for (let k = 0; k < length; k++) {
      if (Number.isFinite(Math.fround(values[k]!))) continue;
      const mend = "weights are finite numbers; retrain or repair the source.";
      throw new ArgumentError({
        where,
        argument: `${name}[${k}]`,
        given: values[k],
        expected: "a finite number",
        mend,
      });
    }
    return { located, values };
  });
  const stored = core.space.floats(core.parameters.region);
  for (const { located, values } of targets) writeStored(located, stored, values);
  atOnce(core.settle());
}
