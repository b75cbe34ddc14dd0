/**
 * One suite that every engine runs, for every cell of the zoo and for cells made to be awkward: `reference` is held
 * against the oracle, which walks the equations and shares nothing with it, and `wasm` against `reference`.
 */
import { describe, expect, test } from "vitest";
import { type Cell, cell } from "../cell/cell.ts";
import { evaluate } from "../cell/evaluate.ts";
import { schedule } from "../cell/schedule.ts";
import { gru, lstm, zoo } from "../cells/index.ts";
import {
  errorsOf,
  type PerSequence,
  type Problem,
  type ProblemOptions,
  problemFor,
  type Solution,
  solve,
} from "./conformanceCase.ts";
import { openReference } from "./reference/space.ts";
import { openWasm } from "./wasm/engine.ts";

const PRINT = process.env["CELLSTATE_ERRORS"] !== undefined;

/** Sequence by sequence through the equations, in float64. */
function oracle(one: Cell, problem: Problem): Solution {
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
}

const odd: Record<string, Cell> = {
  "a scalar state": cell(
    "Scalar",
    `
    m = 0.9 * m[t-1] + mean(h[t-1]) + 0.1
    h = tanh(W_h @ x + R_h @ h[t-1] + m * p_h + b_h)
  `,
  ),
  "a scalar state that reads a sum of its own step": cell(
    "ScalarNow",
    `
    h = tanh(W_h @ x + p_h * m[t-1] + b_h)
    m = 0.5 * m[t-1] + sum(h) / 4
  `,
  ),
  "learned first values": cell(
    "Learned",
    `
    f = sigmoid(W_f @ x + R_f @ h[t-1] + b_f)
    c = f * c[t-1] + (1 - f) * tanh(W_c @ x + b_c)
    h = tanh(c)
    h[0] = k_h
    c[0] = 2 * k_c - 1
  `,
  ),
  "one vector for a first value and for every step": cell(
    "Shared",
    `
    h = tanh(W_h @ x + R_h @ h[t-1] + k_h)
    h[0] = k_h
  `,
  ),
  "an output y beside the state": cell(
    "Output",
    `
    h = tanh(W_h @ x + R_h @ h[t-1] + b_h)
    y : projection = W_y @ h + b_y
  `,
  ),
  "a pointwise output": cell(
    "Pointwise",
    `
    h = tanh(W_h @ x + R_h @ h[t-1] + b_h)
    y = h * h - 0.5 * h[t-1]
  `,
  ),
  "a matrix used twice": cell(
    "Twice",
    `
    g = tanh(W_g @ x + R_h @ h[t-1] + b_g)
    h = 0.5 * h[t-1] + tanh(R_h @ g + W_h @ x)
  `,
  ),
  "a matrix used twice on the input": cell(
    "TwiceInput",
    `
    g = sigmoid(W_x @ x + R_g @ h[t-1])
    h = g * tanh(W_x @ x + b_h)
  `,
  ),
  "a vector used twice": cell(
    "TwiceVector",
    `
    g = sigmoid(W_g @ x + R_g @ h[t-1] + b_a)
    h = g * tanh(W_h @ x + R_h @ h[t-1] + b_a) + b_a * h[t-1]
  `,
  ),
  "a linear state": cell(
    "Linear",
    `
    h = W_h @ x + R_h @ h[t-1] + b_h
  `,
  ),
  aliases: cell(
    "Alias",
    `
    c = tanh(W_c @ x + R_c @ h[t-1] + b_c)
    d = c
    h = d
  `,
  ),
  "an alias of the step before": cell(
    "Delay",
    `
    p = h[t-1]
    q = p[t-1]
    h = tanh(W_h @ x + R_h @ h[t-1] + Q_h @ q + b_h)
  `,
  ),
  kinks: cell(
    "Kinks",
    `
    a = W_a @ x + R_a @ h[t-1] + b_a
    b = W_b @ x + R_b @ h[t-1] + b_b
    h = clamp(max(a, b) - 0.5 * min(a, 0.3), -0.9, 0.8) + 0.25 * abs(b) * step(a) - 0.1 * relu(b)
  `,
  ),
  "softplus, log and sqrt": cell(
    "Positive",
    `
    a = softplus(W_a @ x + R_a @ h[t-1] + b_a)
    b = sqrt(0.5 + a)
    h = log(1 + a * a) - b * exp(-a) + logsigmoid(W_b @ x + b_b) / (1 + b)
  `,
  ),
  "log and sqrt on a sum of ragged rows": cell(
    "LogOfSum",
    `
    a = exp(W_a @ x + R_a @ h[t-1] + b_a)
    h = log(a / (1 + sum(a))) / 4 + sqrt(mean(a)) * p_h
  `,
  ),
  "division by states": cell(
    "Division",
    `
    n = 0.3 * n[t-1] * n[t-1] + 1
    h = tanh(W_h @ x + R_h @ h[t-1]) / n - b_h / (2 + n[t-1] * n[t-1])
  `,
  ),
  "no parameters at all": cell(
    "Bare",
    `
    x : units
    h = 0.5 * h[t-1] + tanh(x)
  `,
  ),
  "an input as wide as the units, added bare": cell(
    "Highway",
    `
    x : units
    g = sigmoid(W_g @ x + R_g @ h[t-1] + b_g)
    h = g * x + (1 - g) * h[t-1]
  `,
  ),
  "no state": cell(
    "Stateless",
    `
    g = tanh(W_g @ x + b_g)
    h = sigmoid(W_h @ g) * g
  `,
  ),
  "a product of a product": cell(
    "Deep",
    `
    h = tanh(U_h @ tanh(R_h @ (V_h @ h[t-1])) + W_h @ x + b_h)
  `,
  ),
  "subtracted products": cell(
    "Minus",
    `
    h = tanh(b_h - W_h @ x - R_h @ h[t-1])
  `,
  ),
  "a stopped gate": cell(
    "Stopped",
    `
    s = stopgradient(sigmoid(W_s @ x + R_s @ h[t-1] + b_s))
    h = s * h[t-1] + (1 - s) * tanh(W_h @ x + b_h)
  `,
  ),
  "the same operand stopped and not": cell(
    "HalfStopped",
    `
    r = stopgradient(h[t-1])
    h = tanh(W_h @ x + R_h @ h[t-1] + Q_h @ r + b_h)
  `,
  ),
  "a state that no other reads": cell(
    "Lonely",
    `
    h = tanh(W_h @ x + b_h) + 0.3 * h[t-1]
    k = 0.5 * k[t-1] + h
    y = h + k
  `,
  ),
  "sums over blocks, and their spread": cell(
    "Blocks",
    `
    b : blocks = sigmoid(sum(p_b * h[t-1], blocks) + W_b @ x)
    h = expand(b) * h[t-1] + tanh(W_h @ x + R_h @ h[t-1])
  `,
  ),
  "a layernorm of one value and of two": cell(
    "Norms",
    `
    u, v = layernorm(W_u @ x, R_v @ h[t-1])
    h = tanh(s_u * u + s_v * v + layernorm(h[t-1]) * p_h + b_h)
  `,
  ),
  "a layernorm whose second result goes unread backward": cell(
    "HalfNorm",
    `
    u, v = layernorm(W_u @ x, R_v @ h[t-1])
    h = tanh(u + stopgradient(v) + b_h)
  `,
  ),
};

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
const rows = [...zooRows, ...ownRows, ...oddRows, ...sizeRows];

const holdsReduction = (one: Cell): boolean => /\b(layernorm|mean|sum)\(/.test(one.text);

const problemOf = ({ cell: one, sizes, options }: Row): Problem => problemFor(schedule(one), sizes, options);

function report(name: string, errors: { forward: number; gradients: number; worst: string }): void {
  if (PRINT)
    console.log(`${name}: ${errors.forward.toExponential(1)} ${errors.gradients.toExponential(1)} ${errors.worst}`);
}

describe("reference computes the equations and their derivative, to 1e-10 of the largest", () => {
  // float64 against float64 in another order: some 1e-15 a term, over a few hundred terms and seven steps
  test.each(rows)("$name", (row) => {
    const problem = problemOf(row);
    const errors = errorsOf(solve(openReference(), problem), oracle(row.cell, problem));
    report(`reference ${row.name}`, errors);
    expect(errors).toSatisfy(() => errors.forward <= 1e-10 && errors.gradients <= 1e-10);
  });
});

describe("wasm computes what reference computes", () => {
  // float32 rounds to 6e-8; forward some steps of it pile up, backward products of many. A mean or a variance along
  // the row subtracts neighbours, and so has fewer digits.
  test.each(rows)("$name", (row) => {
    const problem = problemOf(row);
    const errors = errorsOf(solve(openWasm(), problem), solve(openReference(), problem));
    report(`wasm ${row.name}`, errors);
    const [forward, gradients] = holdsReduction(row.cell) ? [1e-5, 5e-5] : [2e-6, 2e-5];
    expect(errors).toSatisfy(() => errors.forward <= forward && errors.gradients <= gradients);
  });
});
