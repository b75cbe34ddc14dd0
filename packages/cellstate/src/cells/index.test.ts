/** What the papers say of one another: a cell is another one with some of its parameters tied or set. */
import { describe, expect, test } from "vitest";
import { type Cell, cell } from "../cell/cell.ts";
import { evaluate } from "../cell/evaluate.ts";
import { type Problem, randomProblem, shapesOf, testSizes } from "../cell/testing.ts";
import * as cells from "./index.ts";

type Rows = Record<string, number[]>;

const outputs = (problem: Problem, of: Cell, parameters: Rows, firstStates: Rows = problem.firstStates): number[] => {
  const { sizes, x } = problem;
  return evaluate(of, sizes, parameters, x, { shapes: shapesOf(of, sizes), firstStates }).output.flat();
};
const negative = (values: readonly number[]): number[] => values.map((v) => -v);
const zeros = (values: readonly number[]): number[] => values.map(() => 0);
/** The parameters of `problem` with some put in place of others. */
const set = (problem: Problem, parameters: Rows): Rows => ({ ...problem.parameters, ...parameters });
/** All parameters of one letter made from those of another: W, R and b of "i" from "f". */
const tied = (problem: Problem, to: string, from: string, as = (values: number[]) => values): Rows =>
  Object.fromEntries(["W", "R", "b"].map((role) => [`${role}_${to}`, as(problem.parameters[`${role}_${from}`])]));

function expectSame(actual: readonly number[], expected: readonly number[], tolerance = 1e-13): void {
  expect(actual).toHaveLength(expected.length);
  expect(Math.max(...actual.map((v, i) => Math.abs(v - expected[i])))).toBeLessThan(tolerance);
  expect(Math.max(...actual.map(Math.abs))).toBeGreaterThan(0.01);
}

describe("cells that are special cases of others", () => {
  const full = randomProblem(cells.lstm, 7);
  const peeping = randomProblem(cells.peepholeLstm, 8);

  test("CIFG is the LSTM with f = 1 − i, its weights negated", () => {
    const parameters = set(full, tied(full, "f", "i", negative));
    expectSame(outputs(full, cells.cifg, parameters), outputs(full, cells.lstm, parameters));
  });

  test("NP is the LSTM, and the peephole LSTM without its peepholes", () => {
    expectSame(outputs(full, cells.np, full.parameters), outputs(full, cells.lstm, full.parameters), Number.MIN_VALUE);
    const { p_f, p_i, p_o } = peeping.parameters;
    const parameters = set(peeping, { p_f: zeros(p_f), p_i: zeros(p_i), p_o: zeros(p_o) });
    expectSame(outputs(peeping, cells.peepholeLstm, parameters), outputs(peeping, cells.lstm, parameters));
  });

  test("NIG, NFG and NOG are the vanilla LSTM with that gate held at 1", () => {
    for (const [variant, letter] of [
      [cells.nig, "i"],
      [cells.nfg, "f"],
      [cells.nog, "o"],
    ] as const) {
      const { [`W_${letter}`]: W, [`R_${letter}`]: R, [`p_${letter}`]: p, [`b_${letter}`]: b } = peeping.parameters;
      const held = { [`W_${letter}`]: zeros(W), [`R_${letter}`]: zeros(R), [`p_${letter}`]: zeros(p) };
      const parameters = set(peeping, { ...held, [`b_${letter}`]: b.map(() => 50) });
      expectSame(outputs(peeping, variant, parameters), outputs(peeping, cells.peepholeLstm, parameters));
    }
  });

  test("FGR without its nine matrices is the vanilla LSTM", () => {
    const problem = randomProblem(cells.fgr, 9);
    const extra = Object.keys(problem.parameters).filter((name) => /^R_..$/.test(name));
    expect(extra).toHaveLength(9);
    const parameters = set(problem, Object.fromEntries(extra.map((name) => [name, zeros(problem.parameters[name])])));
    expectSame(outputs(problem, cells.fgr, parameters), outputs(problem, cells.peepholeLstm, parameters));
  });

  test("full peepholes with nothing beside the diagonal are the diagonal ones", () => {
    const problem = randomProblem(cells.fullPeepholeLstmNew, 10);
    const { units } = problem.sizes;
    const diagonal = ["f", "i", "o"].map((letter) => {
      const Q = problem.parameters[`Q_${letter}`];
      return [letter, Q.filter((_, i) => i % (units + 1) === 0), Q.map((v, i) => (i % (units + 1) === 0 ? v : 0))];
    }) as [string, number[], number[]][];
    const parameters = set(problem, {
      ...Object.fromEntries(diagonal.map(([letter, p]) => [`p_${letter}`, p])),
      ...Object.fromEntries(diagonal.map(([letter, , Q]) => [`Q_${letter}`, Q])),
    });
    const expected = outputs(problem, cells.peepholeLstm, parameters);
    expectSame(outputs(problem, cells.fullPeepholeLstmNew, parameters), expected);
    expect(outputs(problem, cells.fullPeepholeLstmOld, parameters)).not.toEqual(expected);
  });

  test.each([
    ["without", cells.blocksLstm, cells.lstm],
    ["with", cells.blocksPeepholeLstm, cells.peepholeLstm],
  ])("memory blocks of one cell, %s peepholes, are the LSTM", (_, blocks, single) => {
    const problem = randomProblem(blocks, 11, 5, { ...testSizes, blocks: testSizes.units });
    expectSame(outputs(problem, blocks, problem.parameters), outputs(problem, single, problem.parameters));
  });

  test("LSTMP is the LSTM with R · P for R, its output projected", () => {
    const problem = randomProblem(cells.lstmp, 12);
    const { units, projection } = problem.sizes;
    const { P_h: P } = problem.parameters;
    const times = (R: readonly number[]): number[] =>
      Array.from({ length: units * units }, (_, at) => {
        const [r, k] = [Math.floor(at / units), at % units];
        return Array.from({ length: projection }, (_, p) => R[r * projection + p] * P[p * units + k]).reduce(
          (a, b) => a + b,
        );
      });
    const names = ["R_f", "R_i", "R_g", "R_o"];
    const joined = set(problem, Object.fromEntries(names.map((name) => [name, times(problem.parameters[name])])));
    const still = { c: problem.firstStates.c, h: zeros(problem.firstStates.c) };
    const hidden = evaluate(cells.lstm, problem.sizes, joined, problem.x, {
      shapes: shapesOf(cells.lstm, problem.sizes),
      firstStates: still,
    }).output;
    const expected = hidden.map((h) =>
      Array.from({ length: projection }, (_, p) => h.reduce((total, v, k) => total + P[p * units + k] * v, 0)),
    );
    const first = { c: still.c, h: zeros(problem.firstStates.h) };
    expectSame(outputs(problem, cells.lstmp, problem.parameters, first), expected.flat());
  });

  test("CIFG with a projection is the LSTMP with f = 1 − i", () => {
    const problem = randomProblem(cells.lstmp, 13);
    const parameters = set(problem, tied(problem, "f", "i", negative));
    expectSame(outputs(problem, cells.cifgProjection, parameters), outputs(problem, cells.lstmp, parameters));
  });

  test("the two GRUs are one where the reset gate stands open and the second bias is 0", () => {
    const problem = randomProblem(cells.gru, 14);
    const { W_r, R_r, b_r, d_n } = problem.parameters;
    const open = set(problem, { W_r: zeros(W_r), R_r: zeros(R_r), b_r: b_r.map(() => 50), d_n: zeros(d_n) });
    expectSame(outputs(problem, cells.gruBefore, open), outputs(problem, cells.gru, open));
    const both = set(problem, { d_n: zeros(d_n) });
    expect(outputs(problem, cells.gruBefore, both)).not.toEqual(outputs(problem, cells.gru, both));
  });

  test("MGU is the GRU with reset before whose gates are one, r = f and z = 1 − f", () => {
    const problem = randomProblem(cells.gruBefore, 15);
    const asMgu = set(problem, { ...tied(problem, "f", "r"), ...tied(problem, "z", "r", negative) });
    expectSame(outputs(problem, cells.mgu, asMgu), outputs(problem, cells.gruBefore, asMgu));
  });

  test("MUT2 with its input through a matrix is the GRU with reset before, z turned round", () => {
    const problem = randomProblem(cells.mut2, 16);
    const turned = set(problem, tied(problem, "z", "z", negative));
    expectSame(outputs(problem, cells.gruBefore, turned), outputs(problem, cells.mut2, problem.parameters));
  });

  test("the 1997 LSTM squashes with 2·tanh(a/2) and tanh(c/2), and truncation changes no value", () => {
    const problem = randomProblem(cells.lstm1997, 17);
    const tanh = cell(
      "Tanh",
      `
      i = sigmoid(W_i @ x + R_i @ h[t-1] + b_i)
      o = sigmoid(W_o @ x + R_o @ h[t-1] + b_o)
      c = c[t-1] + i * 2 * tanh((W_g @ x + R_g @ h[t-1] + b_g) / 2)
      h = o * tanh(c / 2)
    `,
    );
    const expected = outputs(problem, cells.lstm1997, problem.parameters);
    expectSame(outputs(problem, tanh, problem.parameters), expected);
    expectSame(outputs(problem, cells.lstm1997Truncated, problem.parameters), expected, Number.MIN_VALUE);
  });

  test("the minLSTM's share is f / (f + i)", () => {
    const problem = randomProblem(cells.minLstm, 18);
    const plain = cell(
      "Plain",
      `
      f = sigmoid(W_f @ x + b_f)
      i = sigmoid(W_i @ x + b_i)
      h = (f * h[t-1] + i * (W_n @ x + b_n)) / (f + i)
    `,
    );
    expectSame(outputs(problem, cells.minLstm, problem.parameters), outputs(problem, plain, problem.parameters));
  });
});

describe("the sLSTM", () => {
  const problem = randomProblem(cells.slstm, 19);
  const still = { c: zeros(problem.firstStates.c), n: zeros(problem.firstStates.n), h: problem.firstStates.h };

  test("has a normaliser of at least 1, and gates of at most 1, from its own first values", () => {
    const { sizes, parameters, x, shapes } = problem;
    const { values } = evaluate(cells.slstm, sizes, parameters, x, { shapes });
    expect(Math.min(...values.n.flat())).toBeGreaterThanOrEqual(1);
    expect(Math.max(...values.i.flat(), ...values.f.flat())).toBeLessThanOrEqual(1);
  });

  test("does not depend on its stabiliser where nothing has been written", () => {
    const shifted = (by: number): Rows => ({ ...still, m: problem.firstStates.m.map((v) => v + by) });
    const expected = outputs(problem, cells.slstm, problem.parameters, shifted(0));
    expectSame(outputs(problem, cells.slstm, problem.parameters, shifted(5)), expected, 1e-12);
  });
});

test("every cell starts from its own names, and the zoo holds each that is exported", () => {
  const { zoo, ...exported } = cells;
  expect(Object.keys(zoo).sort()).toEqual(Object.keys(exported).sort());
  expect(new Set(Object.values(zoo).map(({ name }) => name)).size).toBe(Object.keys(zoo).length);
});

test.each(Object.entries(cells.zoo))("two half sequences with the state carried equal the whole: %s", (_, one) => {
  const problem = randomProblem(one, 20);
  const { sizes, parameters, x, shapes, firstStates, cell } = problem;
  const whole = evaluate(cell, sizes, parameters, x, { shapes, firstStates });
  const half = evaluate(cell, sizes, parameters, x.slice(0, 2), { shapes, firstStates });
  const rest = evaluate(cell, sizes, parameters, x.slice(2), { shapes, firstStates: half.lastStates });
  expect([...half.output, ...rest.output]).toEqual(whole.output);
  expect(rest.lastStates).toEqual(whole.lastStates);
});
