/**
 * Matrices whose weights are dropped while training: a copy of a stage's parameters is made for each run, masked, and
 * read by both of its passes; what they add to gradients of its own goes, masked, to the model's.
 */
import type { Rows, Schedule, Sizes } from "../cell/operations.ts";
import { roleOf } from "../cell/syntax.ts";
import type { Parts, Program, Region, Run, Space } from "../engine/engine.ts";
import { blocksOf, layoutParameters, padded, sizeOf } from "../engine/layout.ts";
import { mix } from "../engine/noise.ts";
import { droppedWeightsSchedules } from "../layers/noisePrograms.ts";
import type { ProgramStage } from "./plan.ts";
import type { Regions } from "./regions.ts";

export interface DroppedWeights {
  /** In place of the model's own. */
  readonly regions: Regions;
  /** Before each forward pass: masks keyed by these words. */
  draw(low: number, high: number): Parts;
  /** After each backward pass. */
  add(): Parts;
  close(): void;
}

export interface DropContext {
  readonly space: Space;
  readonly backward: boolean;
  compile(schedule: Schedule, sizes: Sizes): Program;
}

/** The matrices' masks are keyed apart from one another and from stages, of which there are fewer. */
const MATRICES = 2 ** 16;

/** `own`: where the stage's parameters and gradients are the model's. */
export function dropWeights(
  { space, backward, compile }: DropContext,
  stage: ProgramStage,
  own: Regions,
): DroppedWeights {
  const owned: Region[] = [];
  const runs: Run[] = [];
  const close = (): void => {
    for (const run of runs.splice(0)) run.close();
    for (const region of owned.splice(0)) space.free(region);
  };
  const allocate = (length: number): Region => {
    const region = space.allocate(length);
    owned.push(region);
    return region;
  };
  const part = ({ address }: Region, { offset, length }: Group): Region => ({ address: address + offset, length });
  try {
    const { length } = own.parameters;
    const regions = { parameters: allocate(length), gradients: backward ? allocate(length) : own.gradients };
    const schedules = new Map<number, ReturnType<typeof droppedWeightsSchedules>>();
    const parts = groupsOf(stage).map((group) => {
      const { rate, key } = group;
      const made = schedules.get(rate) ?? droppedWeightsSchedules(rate);
      schedules.set(rate, made); // one for all matrices, so that the engine compiles it once
      const count = group.length / group.units;
      const rows: Rows = { batch: count, steps: 1, active: Uint32Array.of(count) };
      const bind = (schedule: Schedule, from: string, source: Region, into: string, target: Region): Run => {
        const run = compile(schedule, { units: group.units }).bind({ batch: count, rows: count }, { backward: false });
        runs.push(run);
        run.place(from, part(source, group));
        run.place(into, part(target, group));
        return run;
      };
      const forward = bind(made.copy, "weights", own.parameters, "copy", regions.parameters);
      const back = backward ? bind(made.add, "own", regions.gradients, "gradient", own.gradients) : undefined;
      return { rows, key, forward, back };
    });
    return {
      regions,
      *draw(low, high) {
        if (backward) space.floats(regions.gradients).fill(0);
        for (const { rows, key, forward, back } of parts) {
          for (const run of [forward, back]) run?.setNoise(low ^ mix(key), high);
          yield* forward.forward(rows);
        }
      },
      *add() {
        for (const { rows, back } of parts) if (back) yield* back.forward(rows);
      },
      close,
    };
  } catch (error) {
    close(); // without room for all, none is kept
    throw error;
  }
}

/** A matrix that is dropped, or neighbours in the parameters that are not, with rows of one length. */
interface Group {
  readonly rate: number;
  readonly key: number;
  readonly units: number;
  readonly offset: number;
  readonly length: number;
}

function groupsOf({ schedule, sizes, cell }: ProgramStage): Group[] {
  const { syntax, facts } = cell!;
  const { dropped } = syntax;
  /** Its own line's, or its role's. */
  const rateOf = (name: string): number =>
    (dropped.find(({ target }) => target === name) ?? dropped.find(({ target }) => target === roleOf(name)))?.rate ?? 0;
  const groups: Group[] = [];
  for (const { parameter, offset, length } of layoutParameters(schedule, sizes).places.values()) {
    const { name, kind, rows, columns } = parameter;
    // a matrix lies in panels of eight of its rows, a vector is one row
    const isMatrix = kind === "matrix";
    const rate = isMatrix ? rateOf(name) : 0;
    const units = isMatrix ? (8 * sizeOf(sizes, columns)) / blocksOf(sizes, parameter) : padded(sizeOf(sizes, rows));
    const last = groups.at(-1);
    if (rate === 0 && last?.rate === 0 && last.units === units)
      groups[groups.length - 1] = { ...last, length: last.length + length };
    else {
      // by its place in the text, wherever it lies
      const key = MATRICES + facts.parameters.findIndex((p) => p.name === name);
      groups.push({ rate, key, units, offset, length });
    }
  }
  return groups;
}
