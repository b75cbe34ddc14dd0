/** Maps against the reference: every instruction, ragged axes whose padding makes NaN, rows, blocks, noise. */
import { describe, expect, test } from "vitest";
import type { Binary, Buffer, Instruction, MapOp, Op, Parameter, Unary } from "../../cell/operations.ts";
import { rowKey, uniform } from "../noise.ts";
import { buffer, type Case, evenRows, now, runOnWasm, scheduleOf, worstDifference } from "./testing.ts";

const LENGTHS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 17, 32, 70];

/** Writes code as `[value, …]`, each value an instruction on the axis `u` unless it says otherwise. */
type Draft = Instruction extends infer I
  ? I extends Instruction
    ? Omit<I, "axis"> & { axis?: string }
    : never
  : never;

interface MapTest {
  readonly reads?: readonly string[];
  readonly writes: readonly string[];
  readonly code: readonly Draft[];
  readonly needs?: MapOp["needs"];
  readonly sumInto?: string;
}

const BUFFERS: Buffer[] = [
  buffer("a", "u", "rows"),
  buffer("b", "u", "rows", { storage: "wide", part: 1 }),
  buffer("c", "u", "rows", { storage: "wide", part: 0 }),
  buffer("always", "u", "always"),
  buffer("scalar", "one", "always"),
  buffer("each", "one", "rows"),
  buffer("step", "u", "step"),
  buffer("blocks", "v", "rows"),
  buffer("y", "u", "rows"),
  buffer("single", "one", "rows"),
];

const PARAMETERS: Parameter[] = [
  { name: "p", kind: "vector", rows: "u", columns: "one" },
  { name: "q", kind: "vector", rows: "one", columns: "one" },
];

function mapOf(draft: MapTest): Op {
  const code = draft.code.map((instruction) => ({ axis: "u", ...instruction }) as Instruction);
  const reads = (draft.reads ?? []).map(now);
  if (draft.sumInto !== undefined) return { op: "sum", reads, code, into: draft.sumInto };
  return { op: "map", reads, writes: draft.writes.map(now), code, needs: draft.needs ?? "lane" };
}

const caseOf = (draft: MapTest, u: number, v = 1, count = 3): Case => ({
  schedule: scheduleOf(PARAMETERS, BUFFERS, [mapOf(draft)]),
  sizes: { u, v },
  rows: evenRows(count, 1),
  seed: u,
});

const read = (from: number, axis = "u"): Draft => ({ op: "read", from, axis });
const write = (a: number, to = 0, axis = "u"): Draft => ({ op: "write", to, a, axis });
const binary = (f: Binary, a: number, b: number, axis = "u"): Draft => ({ op: "binary", function: f, a, b, axis });
const unary = (f: Unary, a: number, axis = "u"): Draft => ({ op: "unary", function: f, a, axis });
const number = (value: number): Draft => ({ op: "number", value, axis: "one" });
const sum = (a: number, axis = "one"): Draft => ({ op: "sum", a, axis });

const UNARY: Unary[] = [
  ...(["negative", "sigmoid", "tanh", "relu", "softplus", "exp"] as const),
  ...(["log", "logsigmoid", "sqrt", "abs", "step"] as const),
];
const BINARY: Binary[] = ["add", "subtract", "multiply", "divide", "min", "max"];

describe("lanes", () => {
  test.each(UNARY)("%s", (f) => {
    for (const u of LENGTHS) {
      // 1 / padding is infinite, log(padding) too: neither may reach the padding of y.
      const code = [read(0), number(1), binary("divide", 1, 0), unary(f, 2), write(3)];
      const test = caseOf({ reads: ["a"], writes: ["y"], code }, u);
      const shape = (_: string, value: number): number => value + Math.sign(value) / 8;
      // exp makes the quotient's rounding as many times as large as its exponent.
      expect(worstDifference({ ...test, shape }), `${u} lanes`).toBeLessThan(f === "exp" ? 1e-5 : 1e-6);
    }
  });

  test.each(BINARY)("%s", (f) => {
    for (const u of LENGTHS) {
      const code = [read(0), read(1), binary(f, 0, 1), write(2)];
      expect(worstDifference(caseOf({ reads: ["a", "b"], writes: ["y"], code }, u))).toBeLessThan(1e-6);
    }
  });

  test("reads of every kind: parts, one row for all, a vector parameter, a number a row, a row a step", () => {
    const names = ["c", "always", "p", "scalar", "each", "step"];
    const axes = ["u", "u", "u", "one", "one", "u"];
    const code = names.map((_, from) => read(from, axes[from]));
    for (let k = 1; k < names.length; k++) code.push(binary("add", k === 1 ? 0 : code.length - 1, k));
    code.push(write(code.length - 1));
    for (const u of LENGTHS)
      expect(worstDifference(caseOf({ reads: names, writes: ["y"], code }, u))).toBeLessThan(1e-6);
  });

  test("lane, size and equal", () => {
    const code: Draft[] = [
      { op: "lane" },
      { op: "size", of: "u", axis: "one" },
      binary("divide", 0, 1),
      number(2),
      { op: "equal", a: 0, b: 3 },
      binary("add", 2, 4),
      write(5),
    ];
    for (const u of LENGTHS) expect(worstDifference(caseOf({ writes: ["y"], code }, u))).toBeLessThan(1e-7);
  });

  test("what is overwritten is read before", () => {
    const code = [read(0), number(2), binary("multiply", 0, 1), write(2), binary("add", 0, 2), write(4, 1)];
    for (const u of LENGTHS) {
      expect(worstDifference(caseOf({ reads: ["a"], writes: ["a", "y"], code }, u))).toBeLessThan(1e-7);
    }
  });

  test("a number a row goes to a buffer of its own", () => {
    const code = [read(0, "one"), unary("exp", 0, "one"), write(1, 0, "one"), write(1, 1)];
    for (const u of LENGTHS) {
      expect(worstDifference(caseOf({ reads: ["each"], writes: ["single", "y"], code }, u))).toBeLessThan(1e-6);
    }
  });

  test("noise is engine/noise.ts exactly", () => {
    const code: Draft[] = [
      { op: "noise", purpose: 7 },
      write(0),
      { op: "noise", purpose: 9, axis: "one" },
      write(2, 1, "one"),
    ];
    for (const u of [1, 5, 70]) {
      const { results } = runOnWasm(caseOf({ writes: ["y", "single"], code }, u, 1, 9));
      for (let row = 0; row < 9; row++) {
        const key = rowKey(123, 0x9abcdef0, 7, row);
        expect(results.get("y")![row]).toEqual(Array.from({ length: u }, (_, lane) => uniform(key, lane)));
        expect(results.get("single")![row]).toEqual([uniform(rowKey(123, 0x9abcdef0, 9, row), 0)]);
      }
    }
  });
});

describe("rows", () => {
  test("softmax: the largest, a sum of exponentials, a quotient", () => {
    const code: Draft[] = [
      read(0),
      { op: "largest", a: 0, axis: "one" },
      binary("subtract", 0, 1),
      unary("exp", 2),
      sum(3),
      binary("divide", 3, 4),
      write(5),
      unary("log", 4, "one"),
      write(7, 1, "one"),
    ];
    for (const u of LENGTHS) {
      const draft: MapTest = { reads: ["a"], writes: ["y", "single"], code, needs: "row" };
      expect(worstDifference(caseOf(draft, u)), `${u} lanes`).toBeLessThan(1e-6);
      // In place as well: the largest is asked for before anything is overwritten.
      expect(worstDifference(caseOf({ ...draft, writes: ["a", "single"] }, u)), `${u} in place`).toBeLessThan(1e-6);
    }
  });

  test("layer norm: two levels of sums over two values", () => {
    const code: Draft[] = [
      read(0),
      read(1),
      sum(0),
      sum(1),
      binary("add", 2, 3, "one"),
      { op: "size", of: "u", axis: "one" },
      number(2),
      binary("multiply", 5, 6, "one"),
      binary("divide", 4, 7, "one"),
      binary("subtract", 0, 8),
      binary("subtract", 1, 8),
      binary("multiply", 9, 9),
      binary("multiply", 10, 10),
      sum(11),
      sum(12),
      binary("add", 13, 14, "one"),
      binary("divide", 15, 7, "one"),
      number(1e-5),
      binary("add", 16, 17, "one"),
      unary("sqrt", 18, "one"),
      binary("divide", 9, 19),
      binary("divide", 10, 19),
      write(20, 0),
      write(21, 1),
    ];
    for (const u of LENGTHS.slice(1)) {
      const draft: MapTest = { reads: ["a", "b"], writes: ["a", "y"], code, needs: "row" };
      expect(worstDifference(caseOf(draft, u)), `${u} lanes`).toBeLessThan(3e-6);
    }
  });

  test("what is overwritten before a sum is known is still what was read", () => {
    const code = [
      read(0),
      number(2),
      binary("multiply", 0, 1),
      write(2),
      sum(0),
      binary("multiply", 0, 4),
      write(5, 1),
    ];
    for (const u of LENGTHS) {
      const draft: MapTest = { reads: ["a"], writes: ["a", "y"], code, needs: "row" };
      expect(worstDifference(caseOf(draft, u)), `${u} lanes`).toBeLessThan(3e-6);
    }
  });

  test("sums go by lanes, then by pairs", () => {
    for (const u of LENGTHS) {
      const { results } = runOnWasm(
        caseOf({ reads: ["a"], writes: ["single"], code: [read(0), sum(0), write(1, 0, "one")] }, u),
      );
      results.get("a")!.forEach((line, row) => {
        const lanes = [0, 0, 0, 0];
        line.forEach((value, lane) => {
          lanes[lane % 4] = Math.fround(lanes[lane % 4]! + value);
        });
        const [l0, l1, l2, l3] = lanes as [number, number, number, number];
        expect(results.get("single")![row]).toEqual([Math.fround(Math.fround(l0 + l1) + Math.fround(l2 + l3))]);
      });
    }
  });

  test("sums into blocks and blocks repeated, of what had to wait for another sum", () => {
    const code: Draft[] = [
      read(0),
      sum(0),
      binary("add", 0, 1),
      sum(2, "v"),
      read(1, "v"),
      binary("multiply", 3, 4, "v"),
      write(5, 0, "v"),
      { op: "expand", a: 5, axis: "u" },
      binary("add", 7, 2),
      write(8, 1),
      { op: "expand", a: 4, axis: "u" },
      binary("add", 10, 8),
      sum(11),
      write(12, 2, "one"),
    ];
    const draft: MapTest = { reads: ["a", "blocks"], writes: ["blocks", "y", "single"], code, needs: "row" };
    for (const v of [1, 2, 3, 4, 5, 9, 16]) {
      for (const cells of [1, 2, 3, 4, 7]) {
        expect(worstDifference(caseOf(draft, v * cells, v)), `${v} blocks of ${cells}`).toBeLessThan(5e-6);
      }
    }
  });
});

describe("sums down the rows", () => {
  test("of a product, into a vector", () => {
    const code = [read(0), read(1), binary("multiply", 0, 1)];
    for (const u of LENGTHS) {
      const draft: MapTest = { reads: ["a", "b"], writes: [], code, sumInto: "p" };
      expect(worstDifference(caseOf(draft, u, 1, 50))).toBeLessThan(3e-6);
    }
  });

  test("of a number a row, into a number and into a vector", () => {
    for (const sumInto of ["p", "q"]) {
      const draft: MapTest = { reads: ["each"], writes: [], code: [read(0, "one")], sumInto };
      expect(worstDifference(caseOf(draft, 5, 1, 20))).toBeLessThan(2e-6);
    }
  });

  test("of what a sum along the row decides", () => {
    const code: Draft[] = [read(0), sum(0), binary("multiply", 0, 1)];
    for (const u of LENGTHS) {
      expect(worstDifference(caseOf({ reads: ["a"], writes: [], code, sumInto: "p" }, u, 1, 20))).toBeLessThan(1e-5);
    }
    const single: MapTest = { reads: ["a"], writes: [], code: [read(0), sum(0)], sumInto: "q" };
    expect(worstDifference(caseOf(single, 7, 1, 20))).toBeLessThan(1e-5);
  });
});
