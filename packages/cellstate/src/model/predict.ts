/** Whole sequences through a model, in pieces of time where the model allows, so that memory does not grow with T. */

import type { Parts } from "../engine/engine.ts";
import type { Core } from "./core.ts";
import { feed, type Inputs, packingFor } from "./feed.ts";
import { piecesOf } from "./pieces.ts";
import { lengthsOf, type Packing, unpackRows, unpackSequences } from "./rows.ts";
import type { Runner } from "./runner.ts";
import type { Sequences } from "./sequences.ts";
import { readStates, type States, statesOf, writeStates } from "./states.ts";

/** What `model.predict` returns; itself sequences, so that it can go into another model. */
export interface Prediction extends Sequences {
  /** The only output's numbers, row-major. */
  readonly values: Float32Array;
  /** Of the only output; of several, under their names in `outputs`. */
  readonly shape: readonly number[];
  /** Steps of each row, as they came in. */
  readonly lengths?: Uint32Array;
  /** All outputs by name; "" for the only one. */
  readonly outputs: Readonly<Record<string, Sequences>>;
  /** After each sequence's last step: `[B, units]` by state. */
  readonly states: Readonly<Record<string, Float32Array>>;
}

/** Puts all first values in place: the cells' own, and over them what is given. */
export function startStates(
  core: Core,
  runner: Runner,
  packing: Packing,
  from: States | undefined,
  where: string,
): void {
  runner.start(packing.rows.batch);
  if (from) writeStates(runner, statesOf(core.plan), packing.order, from, where);
}

export function* predict(core: Core, x: Inputs, from?: States): Parts<Prediction> {
  const { plan } = core;
  const whole = packingFor(plan, x, "model.predict");
  const { batch, steps } = whole.rows;
  const { rows, pieces } = piecesOf(plan, whole, false);
  const runner = core.runner({ batch, rows }, { backward: false });
  startStates(core, runner, whole, from, "model.predict");

  const results = new Map<string, Float32Array>();
  for (const [name, edge] of plan.outputs) {
    const { size, rows } = plan.edges[edge]!;
    results.set(name, new Float32Array(batch * (rows === "last" ? 1 : steps) * size));
  }
  for (const { from: t, packing } of pieces) {
    feed(runner, plan, packing, x, t);
    yield* runner.forward(packing, { givenFirst: true });
    runner.carry();
    const memory = runner.memory();
    for (const [name, edge] of plan.outputs) {
      const { size, rows } = plan.edges[edge]!;
      const all = results.get(name)!;
      const matrix = runner.value(edge);
      if (rows === "last") all.set(unpackSequences(memory, matrix, packing.order, size));
      else placeSteps(all, unpackRows(memory, matrix, packing, size), batch, steps, t, packing.rows.steps, size);
    }
  }
  const lengths = lengthsOf(whole);
  const isRagged = lengths.some((l) => l !== steps);
  const outputs: Record<string, Sequences & { readonly values: Float32Array; readonly lengths?: Uint32Array }> = {};
  for (const [name, edge] of plan.outputs) {
    const { size, rows } = plan.edges[edge]!;
    const values = results.get(name)!;
    outputs[name] =
      rows === "last"
        ? { values, shape: [batch, size] }
        : { values, shape: [batch, steps, size], ...(isRagged && { lengths }) };
  }
  const first = outputs[plan.outputs.keys().next().value!]!;
  return { ...first, outputs, states: readStates(runner, statesOf(plan), whole.order) };
}

function placeSteps(
  all: Float32Array,
  part: Float32Array,
  batch: number,
  steps: number,
  from: number,
  count: number,
  size: number,
): void {
  for (let b = 0; b < batch; b++) {
    all.set(part.subarray(b * count * size, (b + 1) * count * size), (b * steps + from) * size);
  }
}
