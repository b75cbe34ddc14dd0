/** The oracle against central differences in float64, for every cell of the zoo and for what no cell there uses. */
import { describe, expect, test } from "vitest";
import { zoo } from "../cells/index.ts";
import { type Cell, cell } from "./cell.ts";
import { type EvaluateOptions, type Evaluation, evaluate } from "./evaluate.ts";
import { type Problem, randomProblem } from "./testing.ts";

const run = (problem: Problem, options: Partial<EvaluateOptions> = {}): Evaluation => {
  const { cell, sizes, parameters, x, shapes, firstStates } = problem;
  return evaluate(cell, sizes, parameters, x, { shapes, firstStates, ...options });
};

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((total, v, i) => total + v * b[i], 0);

/** Σ random · output + Σ random · last states. */
function loss({ outputAdjoint, lastAdjoint }: Problem, { output, lastStates }: Evaluation): number {
  const outputs = output.reduce((total, value, t) => total + dot(value, outputAdjoint[t]), 0);
  return Object.entries(lastStates).reduce((total, [name, value]) => total + dot(value, lastAdjoint[name]), outputs);
}

/** The largest difference between tape and differences, relative to the largest gradient of the cell. */
function largestError(problem: Problem): number {
  const { outputAdjoint, lastAdjoint } = problem;
  const base = run(problem, { outputAdjoint, lastAdjoint });
  const gradients = base.gradients as NonNullable<Evaluation["gradients"]>;
  const pairs = [
    ...Object.keys(problem.parameters).map((name) => [problem.parameters[name], gradients.parameters[name]]),
    ...problem.x.map((row, t) => [row, gradients.x[t]]),
    ...Object.keys(problem.firstStates).map((name) => [problem.firstStates[name], gradients.firstStates[name]]),
  ];
  const lossNow = (): number => loss(problem, run(problem, { frozen: base.stopgradients }));
  let [worst, largest] = [0, 0];
  for (const [values, gradient] of pairs) {
    expect(gradient).toHaveLength(values.length);
    values.forEach((value, i) => {
      const step = 5e-5;
      const at = (steps: number): number => {
        values[i] = value + steps * step;
        return lossNow();
      };
      // fourth order: (8 (f₁ − f₋₁) − (f₂ − f₋₂)) / 12 h
      const difference = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
      values[i] = value;
      worst = Math.max(worst, Math.abs(difference - gradient[i]));
      largest = Math.max(largest, Math.abs(gradient[i]));
    });
  }
  expect(largest).toBeGreaterThan(0.1);
  return worst / largest;
}

describe.each(Object.entries(zoo))("the gradients of %s", (_, cell) => {
  test("agree with central differences over 5 steps from a non-zero state, within 1e-7", () => {
    expect(largestError(randomProblem(cell, 1))).toBeLessThan(1e-7);
  });
});

/** What the zoo leaves out: the other functions, learned first values, values per row, an output on its own axis. */
const others: Record<string, Cell> = {
  functions: cell(
    "Functions",
    `
    a = softplus(W_a @ x) + exp(-abs(h[t-1])) + log(2 + h[t-1] * h[t-1])
    b = sqrt(1 + abs(a)) - relu(a - 1) / (2 + sigmoid(h[t-1]))
    d = min(a, max(b, h[t-1])) * clamp(b, -0.5, 1.7) + step(a) * a - logsigmoid(-b)
    h = tanh(0.2 * R_h @ d + b_h - mean(d) * 0.1)
  `,
  ),
  normalised: cell(
    "Normalised",
    `
    p, q : projection = layernorm(W_p @ x, R_q @ h[t-1])
    h = layernorm(P_h @ (p * q)) * s_h + h[t-1] / 2
  `,
  ),
  perRow: cell(
    "PerRow",
    `
    s = mean(h[t-1]) + 0.5 * s[t-1]
    v = V_v @ s + u_v * sum(x)
    h = tanh(W_h @ x + v * s)
    y : projection = P_y @ h + k_y
    h[0] = k_h * 2
    s[0] = 0.3
  `,
  ),
  inputsAsUnits: cell(
    "InputsAsUnits",
    `
    r = sigmoid(x + R_r @ h[t-1] + b_r)
    e = sum(r * x, blocks)
    h = r * h[t-1] + (1 - r) * tanh(x) * expand(e)
    x : units
    R : blockdiagonal(heads)
  `,
  ),
};

describe.each(Object.entries(others))("the gradients of a cell with %s", (_, cell) => {
  test.each([1, 2, 3])("agree with central differences, within 1e-7, seed %i", (seed) => {
    expect(largestError(randomProblem(cell, seed))).toBeLessThan(1e-7);
  });
});

/** One unit, one step: the value of an expression in x and its derivative by x. */
function at(expression: string, x: number): [value: number, derivative: number] {
  const one = cell("One", `h = ${expression}\n x : units`);
  const { output, gradients } = evaluate(one, { units: 1 }, {}, [[x]], { shapes: {}, outputAdjoint: [[1]] });
  return [output[0][0], gradients?.x[0][0] ?? Number.NaN];
}

describe("functions", () => {
  test.each([
    ["relu(x)", 0, 0, 0],
    ["abs(x)", 0, 0, 0],
    ["step(x)", 0, 0, 0],
    ["step(x)", 1e-300, 1, 0],
    ["max(x, 3)", 3, 3, 0.5],
    ["min(3, x)", 3, 3, 0.5],
    ["max(x, x)", 2, 2, 1],
    ["clamp(x, -1, 2)", 2, 2, 1],
    ["clamp(x, -1, 2)", -1, -1, 1],
    ["clamp(x, -1, 2)", 2.1, 2, 0],
    ["clamp(x, -1, 2)", -1.1, -1, 0],
    ["sqrt(x)", 0, 0, Number.POSITIVE_INFINITY],
    ["x * stopgradient(x)", 3, 9, 3],
  ])("the derivative of %s at %d is PyTorch's", (expression, x, value, derivative) => {
    expect(at(expression, x)).toEqual([value, derivative]);
  });

  test.each([
    ["softplus(x)", 800, 800, 1],
    ["softplus(x)", -40, Math.exp(-40), Math.exp(-40)],
    ["softplus(x)", -800, 0, 0],
    ["logsigmoid(x)", -800, -800, 1],
    ["logsigmoid(x)", 40, -Math.exp(-40), Math.exp(-40)],
    ["sigmoid(x)", -800, 0, 0],
    ["sigmoid(x)", 800, 1, 0],
    ["tanh(x)", -800, -1, 0],
  ])("%s at %d neither overflows nor loses its small part", (expression, x, value, derivative) => {
    const [v, d] = at(expression, x);
    expect(Math.abs(v - value)).toBeLessThanOrEqual(1e-12 * Math.abs(value));
    expect(Math.abs(d - derivative)).toBeLessThanOrEqual(1e-12 * derivative);
  });

  test("layernorm takes one biased variance over all its arguments, and 1e-5 with it", () => {
    const norm = cell("Norm", "a, b = layernorm(W_a @ x, W_b @ x)\n h = a\n n = b + n[t-1]");
    const parameters = { W_a: [1, 2], W_b: [3, 6] };
    const shapes = { W_a: [2, 1], W_b: [2, 1] };
    const { values } = evaluate(norm, { units: 2 }, parameters, [[1]], { shapes });
    const scale = 1 / Math.sqrt(3.5 + 1e-5);
    expect(values.a[0]).toEqual([-2 * scale, -1 * scale]);
    expect(values.b[0]).toEqual([0, 3 * scale]);
  });

  test("blocks are neighbours: sum adds them up, expand repeats them", () => {
    const blocks = cell("Blocks", "s = sum(x * x, blocks)\n h = expand(s) + sum(x) + mean(x)\n x : units");
    const { values } = evaluate(blocks, { units: 4, blocks: 2 }, {}, [[1, 2, 3, 4]], { shapes: {} });
    expect(values).toEqual({ s: [[5, 25]], h: [[17.5, 17.5, 37.5, 37.5]] });
  });
});

describe("a run", () => {
  const lstm = randomProblem(zoo.lstm, 3, 7);

  test("gives every name at every step, and states that carry on", () => {
    const whole = run(lstm);
    expect(Object.keys(whole.values).sort()).toEqual(["c", "f", "g", "h", "i", "o"]);
    expect(whole.values.h).toEqual(whole.output);
    expect(whole.lastStates).toEqual({ c: whole.values.c[6], h: whole.output[6] });
    const { f, i, g, c } = whole.values;
    for (const [u, value] of c[3].entries()) expect(value).toBeCloseTo(f[3][u] * c[2][u] + i[3][u] * g[3][u], 14);
    expect(whole.gradients).toBeUndefined();
  });

  test("of no steps gives the first states back, and their adjoints", () => {
    const { output, lastStates, gradients } = run({ ...lstm, x: [] }, { lastAdjoint: lstm.lastAdjoint });
    expect([output, lastStates, gradients?.firstStates]).toEqual([[], lstm.firstStates, lstm.lastAdjoint]);
  });

  test("starts from the cell's own first values, learned ones too, unless others are given", () => {
    const problem = randomProblem(others.perRow, 4);
    const { cell, sizes, parameters, x, shapes, outputAdjoint } = problem;
    const { k_h } = parameters;
    const own = evaluate(cell, sizes, parameters, x, { shapes, outputAdjoint });
    const firstStates = { h: k_h.map((v) => 2 * v), s: [0.3] };
    const given = evaluate(cell, sizes, parameters, x, { shapes, outputAdjoint, firstStates });
    expect(given.output).toEqual(own.output);
    expect(own.gradients?.parameters.k_h).toEqual(given.gradients?.firstStates.h.map((v) => 2 * v));
    expect(given.gradients?.parameters.k_h).toEqual(k_h.map(() => 0));
  });

  test("ignores what stands outside the blocks of a blockdiagonal matrix", () => {
    const problem = randomProblem(zoo.slstm, 5);
    const { outputAdjoint } = problem;
    const { units, heads } = problem.sizes;
    const inside = (at: number): boolean => {
      const size = units / heads;
      return Math.floor(Math.floor(at / units) / size) === Math.floor((at % units) / size);
    };
    const R_i = problem.parameters.R_i.map((v, at) => (inside(at) ? v : 99));
    const changed = { ...problem, parameters: { ...problem.parameters, R_i } };
    const before = run(problem, { outputAdjoint });
    expect(run(changed, { outputAdjoint })).toEqual(before);
    expect(before.gradients?.parameters.R_i.map((v) => v !== 0)).toEqual(R_i.map((_, at) => inside(at)));
  });

  test("truncated, sends nothing back through the recurrent matrices from one step to the one before", () => {
    const problem = randomProblem(zoo.lstm1997Truncated, 6, 2);
    const outputAdjoint = problem.outputAdjoint.map((row, t) => row.map((v) => (t === 1 ? v : 0)));
    const { gradients } = run(problem, { outputAdjoint });
    const { gradients: full } = run({ ...problem, cell: zoo.lstm1997 }, { outputAdjoint });
    expect(gradients?.firstStates.h).toEqual(problem.firstStates.h.map(() => 0));
    expect(full?.firstStates.h.every((v) => v !== 0)).toBe(true);
  });

  test("refuses lanes that do not go together", () => {
    const { sizes, parameters, x, shapes } = lstm;
    const wrong = (change: Partial<Problem>) => () => run({ ...lstm, ...change });
    expect(wrong({ parameters: { ...parameters, b_f: [1, 2] } })).toThrow("values of 6 and 2 lanes do not go together");
    expect(wrong({ shapes: { ...shapes, R_f: [6, 5] } })).toThrow("a matrix has not 6 × 5 values");
    expect(wrong({ x: x.map((row) => row.slice(1)) })).toThrow("a value of 2 lanes stands where 3 belong");
    expect(wrong({ parameters: {} })).toThrow("the parameter W_f has no values or no shape");
    const four = randomProblem(zoo.slstm, 7);
    expect(() => run({ ...four, sizes: { ...sizes, heads: 4 } })).toThrow("1.5 is not a whole number of lanes");
  });
});
