/** Products, their transposes and gradients against float64 loops, at many ragged sizes; and bit for bit. */
import { describe, expect, test } from "vitest";
import type { Op, Panel, Parameter } from "../../cell/operations.ts";
import { buffer, type Case, evenRows, now, runOnWasm, scheduleOf, worstDifference } from "./testing.ts";

interface Size {
  readonly count: number;
  readonly input: number;
  readonly units: number;
  readonly parts: number;
  readonly heads?: number;
}

/** Ragged sizes, all tails of every tile. */
const SIZES: Size[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 33, 67, 130].map((count) => ({ count, input: 13, units: 21, parts: 2 })),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 64, 70].map((input) => ({ count: 5, input, units: 11, parts: 3 })),
  ...[1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 32, 33, 40, 70].map((units) => ({
    count: 7,
    input: 6,
    units,
    parts: 1,
  })),
  { count: 9, input: 6, units: 6, parts: 2, heads: 2 },
  { count: 5, input: 10, units: 20, parts: 3, heads: 2 },
  { count: 70, input: 36, units: 36, parts: 4, heads: 4 },
  { count: 3, input: 32, units: 32, parts: 4, heads: 2 },
  { count: 6, input: 5, units: 5, parts: 2, heads: 5 },
];

const NAMES = ["a", "b", "c", "d"];

function panelOf({ parts, heads }: Size): Panel {
  const parameters = NAMES.slice(0, parts).map((name) => `W_${name}`);
  return { parameters, rows: "units", columns: "input", ...(heads === undefined ? {} : { blockdiagonal: "heads" }) };
}

function parametersOf(size: Size, isApart: boolean): Parameter[] {
  const names = NAMES.slice(0, size.parts);
  const { parameters: _, ...shape } = panelOf(size);
  const matrices = names.map((name): Parameter => ({ ...shape, name: `W_${name}`, kind: "matrix" }));
  const vectors = names.map(
    (name): Parameter => ({ name: `b_${name}`, kind: "vector", rows: "units", columns: "one" }),
  );
  // Apart: a vector stands between any two matrices, so that no two are neighbours.
  return isApart ? matrices.flatMap((matrix, k) => [matrix, vectors[k]!]) : [...matrices, ...vectors];
}

function caseOf(size: Size, ops: (panel: Panel) => Op[], isApart = false): Case {
  const wide = NAMES.slice(0, size.parts).map((name, part) =>
    buffer(`z_${name}`, "units", "rows", { storage: "z", part }),
  );
  const schedule = scheduleOf(parametersOf(size, isApart), [...wide, buffer("x", "input", "rows")], ops(panelOf(size)));
  const sizes = { input: size.input, units: size.units, heads: size.heads ?? 1 };
  return { schedule, sizes, rows: evenRows(size.count, 1), seed: size.count + 7 * size.input + 31 * size.units };
}

type Start = "zero" | "add" | "biases" | "some biases";

const product =
  (start: Start, transposed = false) =>
  (panel: Panel): Op[] => {
    const biases = panel.parameters.map((name, k) =>
      start === "some biases" && k === 1 ? undefined : name.replace("W", "b"),
    );
    const ends = transposed ? { into: now("x"), from: now("z_a") } : { into: now("z_a"), from: now("x") };
    return [
      { op: "product", ...ends, panel, transposed, start: start === "zero" || start === "add" ? start : { biases } },
    ];
  };

const gradient = (panel: Panel): Op[] => [{ op: "gradient", panel, left: now("x"), right: now("z_a") }];

const title = ({ count, input, units, parts, heads }: Size): string =>
  `${count} rows, ${input} → ${units}, ${parts} parts${heads === undefined ? "" : `, ${heads} blocks`}`;

describe.each(SIZES)("panels of $count rows, $input → $units, $parts parts", (size) => {
  test.each(["zero", "add", "biases", "some biases"] as const)("product from %s is within 1e-6", (start) => {
    expect(worstDifference(caseOf(size, product(start)), true), title(size)).toBeLessThan(1e-6);
    expect(worstDifference(caseOf(size, product(start), true), true), title(size)).toBeLessThan(1e-6);
  });

  test.each(["zero", "add"] as const)("transposed product from %s is within 1e-6", (start) => {
    const transposed = caseOf(size, product(start, true));
    // The transposed panels are packed by a backward pass.
    const { schedule } = transposed;
    const both = { ...schedule, forward: { ...schedule.forward, before: [] }, backward: schedule.forward };
    expect(worstDifference({ ...transposed, schedule: both }, true), title(size)).toBeLessThan(1e-6);
  });

  test("gradient is within 1e-6", () => {
    expect(worstDifference(caseOf(size, gradient), true), title(size)).toBeLessThan(1e-6);
    expect(worstDifference(caseOf(size, gradient, true), true), title(size)).toBeLessThan(1e-6);
  });
});

describe("strict arithmetic", () => {
  test.each([
    [70, 45],
    [64, 128],
    [1, 9],
  ])("a batch of rows equals the rows one by one, K = %i, n = %i", (input, units) => {
    const all = caseOf({ count: 71, input, units, parts: 2 }, product("biases"));
    const whole = runOnWasm(all).results;
    const stepwise = {
      ...all.schedule,
      forward: { ...all.schedule.forward, before: [], each: all.schedule.forward.before },
    };
    const one = runOnWasm({ ...all, schedule: stepwise, rows: evenRows(1, 71) }).results;
    expect(one).toEqual(whole);
  });

  test("terms are added in order, into float32", () => {
    const size = { count: 3, input: 37, units: 10, parts: 1 };
    const { results } = runOnWasm(caseOf(size, product("zero")));
    const [x, z] = [results.get("x")!, results.get("z_a")!];
    // The same seed gives the same weights: the gradient of x[0] alone tells them apart is too clever; use e_k instead.
    const unit = (k: number): number[] => {
      let lane = 0;
      const shape = (name: string, value: number): number => (name === "x" ? Number(lane++ % 37 === k) : value);
      return runOnWasm({ ...caseOf(size, product("zero")), shape }).results.get("z_a")![0]!;
    };
    const weights = Array.from({ length: 37 }, (_, k) => unit(k));
    for (let row = 0; row < 3; row++) {
      for (let u = 0; u < 10; u++) {
        let sum = 0;
        for (let k = 0; k < 37; k++) sum = Math.fround(sum + Math.fround(x[row]![k]! * weights[k]![u]!));
        expect(z[row]![u]).toBe(sum);
      }
    }
  });

  test("a gradient over many rows equals that over one row after another", () => {
    const all = caseOf({ count: 300, input: 11, units: 19, parts: 2 }, gradient);
    const stepwise = {
      ...all.schedule,
      forward: { ...all.schedule.forward, before: [], each: all.schedule.forward.before },
    };
    const one = runOnWasm({ ...all, schedule: stepwise, rows: evenRows(1, 300) }).results;
    expect(one).toEqual(runOnWasm(all).results);
  });
});
