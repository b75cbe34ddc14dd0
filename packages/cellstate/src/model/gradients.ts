/** The loss of one batch and its gradients, as plain data. */
import type { Parts } from "../engine/engine.ts";
import type { Core } from "./core.ts";
import { feed, type Inputs, packingFor } from "./feed.ts";
import type { Losses } from "./loss.ts";
import { createLossRunner, type Targets } from "./lossRunner.ts";
import type { GradientOptions } from "./model.ts";
import { type ParameterValues, readStored } from "./parameters.ts";
import { startStates } from "./predict.ts";
import { packSequences, unpackRows, unpackSequences } from "./rows.ts";
import { matchStates, statesOf } from "./states.ts";
import { allRows, clearGradients } from "./touched.ts";

/** What `model.gradients` returns: plain data, in the shapes of what it is the gradient of. */
export interface Gradients {
  /** The weighted mean over all rows that count. */
  readonly loss: number;
  /** In the order and shapes of `model.parameters()`. */
  readonly parameters: readonly ParameterValues[];
  /** Of the input's values, `[B, T, I]`; missing where the model takes ids alone, unless `embedded` asks for theirs. */
  readonly inputs?: InputGradients;
  /** By state, "recurrent.0.forward.h": `[B, units]`. */
  readonly firstStates: Readonly<Record<string, GradientArray>>;
}

/** Numbers with their shape, row-major. */
export interface GradientArray {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Of the only input that has any (of several, the first); all of them in `byName`. */
export interface InputGradients extends GradientArray {
  readonly byName: Readonly<Record<string, GradientArray>>;
}

export function* gradientsOf(
  core: Core,
  x: Inputs,
  targets: Targets["targets"],
  loss: Losses,
  options: GradientOptions,
): Parts<Gradients> {
  const { plan, space } = core;
  const { weights, from, lastAdjoints, embedded = false } = options;
  const where = "model.gradients";
  core.integers?.refuse(where);
  const packing = packingFor(plan, x, where);
  const states = statesOf(plan);
  const adjoints = matchStates(states, packing.rows.batch, lastAdjoints ?? {}, where);
  const runner = core.runner({ batch: packing.rows.batch, rows: packing.total }, { backward: true, judged: true });
  const losses = createLossRunner(core, loss, { rows: packing.total, backward: true }, where);
  try {
    startStates(core, runner, packing, from, where);
    feed(runner, plan, packing, x);
    // Learned first values take part only where the caller gives none.
    const givenFirst = from !== undefined;
    yield* runner.forward(packing, { givenFirst, everyInput: embedded });
    clearGradients(core, allRows(core));
    const { loss: value, seeds } = yield* losses.run(runner, packing, { targets, weights });
    const memory = runner.memory();
    for (const p of states) {
      const { region, stride } = runner.run(p.stage).where(`δ${p.state}[t+1]`);
      const rows = { address: region.address, stride };
      memory.fill(0, region.address, region.address + packing.rows.batch * stride);
      const given = adjoints.find(({ place }) => place === p)?.values;
      if (given !== undefined) packSequences(memory, rows, packing.order, given, p.size);
    }
    yield* runner.backward(seeds, { givenAdjoints: true });
    const inputs = [...plan.inputs].flatMap(([name, edge]) => {
      const isIds = plan.edges[edge]!.vocabulary !== undefined;
      // ids have no adjoint; the vectors that they are looked up as have
      const of = isIds ? plan.stages.find((s) => s.kind === "program" && s.from === edge)!.to : edge;
      const adjoint = isIds && !embedded ? undefined : runner.adjoint(of);
      if (adjoint === undefined) return [];
      const { size } = plan.edges[of]!;
      const { batch, steps } = packing.rows;
      // adding up what came from two sides may have taken memory
      const values = unpackRows(runner.memory(), adjoint, packing, size);
      return [[name, { values, shape: [batch, steps, size] }] as const];
    });
    const after = runner.memory();
    const firstStates = states.map((p) => {
      const { region, stride } = runner.run(p.stage).where(`δ${p.state}[t+1]`);
      const values = unpackSequences(after, { address: region.address, stride }, packing.order, p.size);
      return [p.key, { values, shape: [packing.rows.batch, p.size] }] as const;
    });
    const parameters: ParameterValues[] = [];
    for (const l of core.located) {
      const stored = space.floats(core.parameters.gradients);
      parameters.push({ name: l.name, shape: l.shape, values: readStored(l, stored) });
      yield;
    }
    return {
      loss: value,
      parameters,
      ...(inputs[0] && { inputs: { ...inputs[0][1], byName: Object.fromEntries(inputs) } }),
      firstStates: Object.fromEntries(firstStates),
    };
  } finally {
    losses.close();
  }
}
