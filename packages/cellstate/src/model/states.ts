/** A model's states as plain data: read, written, cloned. First values lie at the start of each state's storage. */
import { sizeOf } from "../engine/layout.ts";
import { ArgumentError } from "../errors.ts";
import type { Plan, ProgramStage } from "./plan.ts";
import { type Matrix, packSequences, unpackSequences } from "./rows.ts";
import type { Runner } from "./runner.ts";

/** By "recurrent.0.forward.h": `[B, units]`, row-major. Plain data: clone it, store it, put it back. */
export type States = Readonly<Record<string, ArrayLike<number>>>;

export interface StatePlace {
  readonly key: string;
  readonly stage: ProgramStage;
  readonly state: string;
  readonly size: number;
}

export function statesOf(plan: Plan): StatePlace[] {
  return plan.stages.flatMap((stage) => {
    if (stage.kind !== "program") return [];
    return stage.schedule.states.map((state) => {
      const { axis } = stage.schedule.buffers.find((b) => b.name === state)!;
      return { key: `${stage.path}.${state}`, stage, state, size: sizeOf(stage.sizes, axis) };
    });
  });
}

/** Where a state's first values lie, one row for each sequence. */
export function firstRows(runner: Runner, { stage, state }: StatePlace): Matrix {
  const { region, stride } = runner.run(stage).where(state);
  return { address: region.address, stride };
}

/** Where a state's values of the only step lie after a step without its carry, one row for each sequence. */
export function stepRows(runner: Runner, { stage, state }: StatePlace): Matrix {
  const { region, offset, stride } = runner.run(stage).where(state);
  return { address: region.address + offset, stride };
}

/** Reads the values from which the next steps go on (after `carry`). */
export function readStates(
  runner: Runner,
  places: readonly StatePlace[],
  order: Int32Array,
): Record<string, Float32Array> {
  const memory = runner.memory();
  return Object.fromEntries(
    places.map((p) => [p.key, unpackSequences(memory, firstRows(runner, p), order, p.size)] as const),
  );
}

/**
 * Writes first values. A key is "recurrent.0.forward.h", or "h" where one state alone is called so.
 *
 * @throws {ArgumentError} if a key is no state of the model, or an array has another length
 */
export function writeStates(
  runner: Runner,
  places: readonly StatePlace[],
  order: Int32Array,
  given: States,
  where: string,
): void {
  const all = matchStates(places, order.length, given, where);
  const memory = runner.memory();
  for (const { place, values } of all) packSequences(memory, firstRows(runner, place), order, values, place.size);
}

/**
 * Finds each given state's place, before anything is written.
 *
 * @throws {ArgumentError} if a key is no state of the model, or an array has another length or holds no finite number
 */
export function matchStates(
  places: readonly StatePlace[],
  batch: number,
  given: States,
  where: string,
): { place: StatePlace; values: ArrayLike<number> }[] {
  return Object.entries(given).map(([key, values]) => {
    const matching = places.filter((p) => p.key === key || p.state === key);
    const place = matching.find((p) => p.key === key) ?? (matching.length === 1 ? matching[0] : undefined);
    if (place === undefined) {
      const expected = `one of ${places.map((p) => p.key).join(", ") || "no state: the model has none"}`;
      throw new ArgumentError({
        where,
        argument: "state",
        given: key,
        expected,
        mend: "states are named after layer, direction and value.",
      });
    }
    const length = batch * place.size;
    if (values?.length !== length) {
      const described = `${values?.length ?? "no"} numbers`;
      const expected = `${length} numbers, [${batch}, ${place.size}]`;
      throw new ArgumentError({
        where,
        argument: key,
        given: values?.length,
        described,
        expected,
        mend: "one row for each sequence.",
      });
    }
    for (let k = 0; k < length; k++) {
      if (Number.isFinite(values[k])) continue;
      const mend = "states are finite numbers; leave the key out for the cell's own first value.";
      throw new ArgumentError({ where, argument: `${key}[${k}]`, given: values[k], expected: "a finite number", mend });
    }
    return { place, values };
  });
}

/** Carried states lie in the order of the batch that left them; this puts them in the order of the next one. */
export function reorderStates(
  runner: Runner,
  places: readonly StatePlace[],
  from: Int32Array,
  to: Int32Array,
  where: string,
): void {
  if (from.length === to.length && from.every((b, place) => b === to[place])) return;
  writeStates(runner, places, to, readStates(runner, places, from), where);
}
