/**
 * One suite that every engine runs, for every cell of the zoo and for cells made to be awkward: `reference` is held
 * against the oracle, which walks the equations and shares nothing with it, and `wasm` against `reference`.
 */
import { describe, expect, test } from "vitest";
import { type Cell, cell } from "../cell/cell.ts";
import { type EvaluateOptions, evaluate } from "../cell/evaluate.ts";
import { schedule } from "../cell/schedule.ts";
import { gru, lstm, zoo } from "../cells/index.ts";
import { recurrent } from "../layers/layers.ts";
import { noisyCell } from "../layers/noise.ts";
import {
  errorsOf,
  type PerSequence,
  type Problem,
  type ProblemOptions,
  problemFor,
  type Solution,
  seeded,
  sequenceNumber,
  solve,
} from "./conformanceCase.ts";
import { rowKey, uniform } from "./noise.ts";
import { oddCells } from "./oddCells.ts";
import { randomCellText } from "./randomCell.ts";
import { openReference } from "./reference/space.ts";
import { openWasm } from "./wasm/engine.ts";

/** Row (t, b) is the row `starts[t] + b` of the run, whatever sequences have ended by then. */
function noiseOf({ noise: [low, high], lengths }: Problem, b: number): EvaluateOptions["noise"] {
  const startOf = (t: number): number => lengths.reduce((sum, length) => sum + Math.min(length, t), 0);
  return (draw, t, perSequence, lane) =>
    uniform(rowKey(low, high, draw, perSequence ? sequenceNumber(b) : startOf(t) + b), lane);
}

/** Sequence by sequence through the equations, in float64. `isDrawn`: with the noise that the run has. */
function oracle(one: Cell, problem: Problem, isDrawn = false): Solution {
  const { sizes, parameters, shapes, firstStates, outputAdjoint, lastAdjoints } = problem;
  const state = (of: PerSequence, b: number) =>
    Object.fromEntries(Object.entries(of).map(([name, all]) => [name, all[b]!]));
  const perRow = problem.schedule.buffers.filter((b) => b.axis === "one").map((b) => [b.name, 1]);
  const lengths = Object.fromEntries(perRow) as Record<string, number>;
  const each = problem.x.map((x, b) => {
    const result = evaluate(one, sizes, parameters, x, {
      shapes,
      lengths,
      ...(firstStates && { firstStates: state(firstStates, b) }),
      outputAdjoint: outputAdjoint[b]!,
      lastAdjoint: state(lastAdjoints, b),
      ...(isDrawn && { noise: noiseOf(problem, b) }),
    });
    return { ...result, gradients: result.gradients! };
  });
  const total = (name: string): number[] =>
    parameters[name]!.map((_, k) => each.reduce((sum, { gradients }) => sum + gradients.parameters[name]![k]!, 0));
  const perState = (of: (one: (typeof each)[number], name: string) => number[]): PerSequence =>
    Object.fromEntries(problem.schedule.states.map((name) => [name, each.map((sequence) => of(sequence, name))]));
  return {
    output: each.map((e) => e.output),
    lastStates: perState((e, name) => e.lastStates[name]!),
    parameters: Object.fromEntries(Object.keys(parameters).map((name) => [name, total(name)])),
    x: each.map((e) => e.gradients.x),
    firstStates: perState((e, name) => e.gradients.firstStates[name]!),
  };
}

/** Sizes that fill no tile; units can be cut where blocks or heads ask for it. */
function sizesFor(one: Cell): Record<string, number> {
  const units = one.facts.axes.some((axis) => axis === "blocks" || axis === "heads") ? 12 : 13;
  const takesUnits = schedule(one).buffers.find((b) => b.name === "x")!.axis === "units";
  return { input: takesUnits ? units : 5, units, projection: 7, blocks: 4, heads: 3 };
}

const RAGGED = [7, 7, 5, 2, 1];

interface Row {
  readonly name: string;
  readonly cell: Cell;
  readonly sizes: Readonly<Record<string, number>>;
  readonly options: ProblemOptions;
  /** What runs while training, its noise drawn. */
  readonly training?: boolean;
}

const odd = Object.fromEntries(Object.entries(oddCells).map(([name, text]) => [name, cell("Odd", text)] as const));
const zooRows: Row[] = Object.entries({ ...zoo }).map(([name, one], k) => ({
  name,
  cell: one,
  sizes: sizesFor(one),
  options: { seed: 100 + k, lengths: RAGGED },
}));
const oddRows: Row[] = Object.entries(odd).flatMap(([name, one], k) => [
  { name, cell: one, sizes: sizesFor(one), options: { seed: 300 + k, lengths: RAGGED } },
  ...(/\[0\]/.test(one.text)
    ? [
        {
          name: `${name}, not given`,
          cell: one,
          sizes: sizesFor(one),
          options: { seed: 400 + k, lengths: RAGGED, givenFirst: false },
        },
      ]
    : []),
]);
const sizeRows: Row[] = Object.entries({ lstm, gru }).flatMap(([name, one]) => [
  ...[1, 2, 9, 33].map((batch) => ({
    name: `${name}, batch ${batch}`,
    cell: one,
    sizes: { input: 3, units: 11 },
    options: {
      seed: 500 + batch,
      lengths: Array.from({ length: batch }, (_, b) => Math.max(1, 5 - Math.floor(b / 8))),
    },
  })),
  ...[1, 3, 8, 64, 70].map((units) => ({
    name: `${name}, ${units} units`,
    cell: one,
    sizes: { input: 4, units },
    options: { seed: 600 + units, lengths: [5, 3, 3, 1] },
  })),
]);
const own = Object.entries(zoo).filter(([, one]) => /\[0\]/.test(one.text));
const ownRows: Row[] = own.map(([name, one], k) => ({
  name: `${name} from its own first values`,
  cell: one,
  sizes: sizesFor(one),
  options: { seed: 700 + k, lengths: RAGGED, givenFirst: false },
}));
/** Every cell of the zoo as a layer's noise rewrites it; three have no matrix on a state, and zoneout alone. */
const noisyRows = zooRows.map((row, k): Row => {
  const hasMatrix = !["indRnn", "minGru", "minLstm"].includes(row.name);
  const { input: _, ...sizes } = row.sizes;
  const axes = Object.entries(sizes).filter(([axis]) => axis === "units" || row.cell.facts.axes.includes(axis));
  const noise = { zoneout: 0.3, ...(hasMatrix && { recurrentDropout: 0.4 }) };
  const layer = recurrent(row.cell, { ...Object.fromEntries(axes), ...noise } as never);
  return {
    name: `${row.name} with noise`,
    cell: noisyCell(layer),
    sizes: row.sizes,
    options: { ...row.options, seed: 800 + k },
  };
});
const plainRows: Row[] = [...zooRows, ...ownRows, ...oddRows, ...sizeRows, ...noisyRows];
const rows = plainRows.flatMap((row) =>
  /\bbernoulli\(/.test(row.cell.text) ? [row, { ...row, name: `${row.name}, drawn`, training: true }] : [row],
);

const holdsReduction = (one: Cell): boolean => /\b(layernorm|mean|sum)\(/.test(one.text);

const problemOf = ({ cell: one, sizes, options, training = false }: Row): Problem =>
  problemFor(schedule(one, { training }), sizes, options);

describe("reference computes the equations and their derivative, to 1e-10 of the largest", () => {
  // float64 against float64 in another order: some 1e-15 a term, over a few hundred terms and seven steps
  test.each(rows)("$name", (row) => {
    const problem = problemOf(row);
    const errors = errorsOf(solve(openReference(), problem), oracle(row.cell, problem, row.training));
    expect(errors).toSatisfy(() => errors.forward <= 1e-10 && errors.gradients <= 1e-10);
  });
});

describe("wasm computes what reference computes", () => {
  // float32 rounds to 6e-8; forward some steps of it pile up, backward products of many. A mean or a variance along
  // the row subtracts neighbours, and so has fewer digits.
  test.each(rows)("$name", (row) => {
    const problem = problemOf(row);
    const errors = errorsOf(solve(openWasm(), problem), solve(openReference(), problem));
    const [forward, gradients] = holdsReduction(row.cell) ? [1e-5, 5e-5] : [2e-6, 2e-5];
    expect(errors).toSatisfy(() => errors.forward <= forward && errors.gradients <= gradients);
  });
});

describe("random cells", () => {
  const sizes = { input: 5, units: 12, projection: 7, blocks: 4 };
  const random = Array.from({ length: 100 }, (_, seed) => ({
    seed,
    cell: cell("Random", randomCellText(seeded(seed))),
  }));

  const noisy = Array.from({ length: 60 }, (_, k) => ({
    seed: 1000 + k,
    cell: cell("Noisy", randomCellText(seeded(1000 + k), { isNoisy: true })),
    training: true,
  }));

  test("many of the noisy ones hold both kinds of draws", () => {
    const holding = (text: RegExp): number => noisy.filter((one) => text.test(one.cell.text)).length;
    expect(holding(/bernoulli\(0.\d\)/)).toBeGreaterThan(30);
    expect(holding(/bernoulli\(0.\d, sequence\)/)).toBeGreaterThan(20);
  });

  const all: { seed: number; cell: Cell; training?: boolean }[] = [...random, ...noisy];
  test.each(all)("seed $seed: reference agrees with the oracle, wasm with reference", (row) => {
    const { seed, cell: one, training = false } = row;
    for (const givenFirst of [true, false]) {
      const problem = problemFor(schedule(one, { training }), sizes, { seed, lengths: [6, 6, 4, 2, 1], givenFirst });
      const expected = oracle(one, problem, training);
      const found = solve(openReference(), problem);
      // Some gradients cancel down to nothing, or a norm is taken of hardly anything: then the digits that are
      // left are fewer. A wrong schedule is off by a tenth and more.
      const exact = errorsOf(found, expected, 1e-3);
      expect(exact, one.text).toSatisfy(() => exact.forward <= 1e-9 && exact.gradients <= 1e-9);
      const rounded = errorsOf(solve(openWasm(), problem), found, 1e-2);
      expect(rounded, one.text).toSatisfy(() => rounded.forward <= 1e-4 && rounded.gradients <= 1e-2);
    }
  });
});
