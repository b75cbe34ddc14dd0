/** Whole schedules on wasm: a cell against plain loops, ragged rows and spans, look-ups, carrying, and what is refused. */
import { describe, expect, test } from "vitest";
import type { Instruction, Op, Parameter, Schedule } from "../../cell/operations.ts";
import { schedule } from "../../cell/schedule.ts";
import { lstm } from "../../cells/lstm.ts";
import { atOnce, type Floats } from "../engine.ts";
import { layoutParameters, padded, positionIn } from "../layout.ts";
import { openWasm } from "./engine.ts";
import {
  buffer,
  evenRows,
  fillParameters,
  now,
  passOf,
  randomNumbers,
  runOnWasm,
  scheduleOf,
  worstDifference,
} from "./testing.ts";

const I = 5;
const H = 11;
const SIZES = { input: I, units: H };
const GATES = ["f", "i", "g", "o"];

/** The equations written out as a schedule by hand. */
function lstmByHand(): Schedule {
  const units = (code: readonly Omit<Instruction, "axis">[]): Instruction[] =>
    code.map((instruction) => ({ axis: "units", ...instruction }) as Instruction);
  const matrix =
    (role: string, columns: string) =>
    (gate: string): Parameter => ({
      name: `${role}_${gate}`,
      kind: "matrix",
      rows: "units",
      columns,
    });
  const panel = (role: string, columns: string) => ({
    parameters: GATES.map((g) => `${role}_${g}`),
    rows: "units",
    columns,
  });
  const pointwise = units([
    { op: "read", from: 0 } as never,
    { op: "unary", function: "sigmoid", a: 0 } as never,
    { op: "read", from: 1 } as never,
    { op: "unary", function: "sigmoid", a: 2 } as never,
    { op: "read", from: 2 } as never,
    { op: "unary", function: "tanh", a: 4 } as never,
    { op: "read", from: 3 } as never,
    { op: "unary", function: "sigmoid", a: 6 } as never,
    { op: "read", from: 4 } as never,
    { op: "binary", function: "multiply", a: 1, b: 8 } as never,
    { op: "binary", function: "multiply", a: 3, b: 5 } as never,
    { op: "binary", function: "add", a: 9, b: 10 } as never,
    { op: "unary", function: "tanh", a: 11 } as never,
    { op: "binary", function: "multiply", a: 7, b: 12 } as never,
    { op: "write", to: 0, a: 11 } as never,
    { op: "write", to: 1, a: 13 } as never,
  ]);
  return {
    name: "by hand",
    buffers: [
      buffer("x", "input", "rows"),
      ...GATES.map((gate, part) => buffer(`a_${gate}`, "units", "rows", { role: "scratch", storage: "a", part })),
      buffer("c", "units", "state", { role: "result" }),
      buffer("h", "units", "state", { role: "result" }),
    ],
    parameters: [
      ...GATES.map(matrix("W", "input")),
      ...GATES.map(matrix("R", "units")),
      ...GATES.map((gate): Parameter => ({ name: `b_${gate}`, kind: "vector", rows: "units", columns: "one" })),
    ],
    states: ["c", "h"],
    output: "h",
    forward: passOf({
      before: [
        {
          op: "product",
          into: now("a_f"),
          from: now("x"),
          panel: panel("W", "input"),
          transposed: false,
          start: { biases: GATES.map((gate) => `b_${gate}`) },
        },
      ],
      each: [
        {
          op: "product",
          into: now("a_f"),
          from: { name: "h", time: "before" },
          panel: panel("R", "units"),
          transposed: false,
          start: "add",
        },
        {
          op: "map",
          reads: [...GATES.map((gate) => now(`a_${gate}`)), { name: "c", time: "before" }],
          writes: [now("c"), now("h")],
          code: pointwise,
          needs: "lane",
        },
      ],
    }),
    linear: {},
  };
}

test("an LSTM equals its equations in plain loops, from a non-zero state, over ragged rows", () => {
  const rows = { batch: 4, steps: 5, active: Uint32Array.of(4, 3, 3, 2, 1) };
  const total = 13;
  const byHand = lstmByHand();
  const next = randomNumbers(7);
  const space = openWasm();
  const run = space.compile(byHand, SIZES).bind({ batch: 6, rows: 20 });
  const { places, length } = layoutParameters(byHand, SIZES);
  const region = space.allocate(length);
  fillParameters(space, region, { schedule: byHand, sizes: SIZES }, () => next() / 2);
  run.place("parameters", region);
  run.place("x", space.allocate(20 * padded(I)));
  const line = (name: string, row: number): Floats => {
    const { region: at, offset, stride } = run.where(name);
    return space.floats(at).subarray(offset + row * stride, offset + row * stride + (name === "x" ? I : H));
  };
  atOnce(run.forward({ ...evenRows(4, 1) }, { givenFirst: true }));
  for (let row = 0; row < total; row++) line("x", row).forEach((_, k, x) => (x[k] = next()));
  for (let row = -4; row < 0; row++)
    for (const name of ["c", "h"]) line(name, row).forEach((_, u, s) => (s[u] = next()));

  const weights = space.floats(region);
  const weight = (name: string, u: number, k: number): number => {
    const { parameter, offset } = places.get(name)!;
    return weights[offset + positionIn(parameter, SIZES, u, k)]!;
  };
  const sigmoid = (a: number): number => 1 / (1 + Math.exp(-a));
  let [c, h] = ["c", "h"].map((name) => Array.from({ length: 4 }, (_, b) => [...line(name, b - 4)]));
  const expected: number[][] = [];
  let row = 0;
  for (let t = 0; t < rows.steps; t++) {
    const [hBefore, cBefore] = [h!, c!];
    h = [];
    c = [];
    for (let b = 0; b < rows.active[t]!; b++, row++) {
      const a = GATES.map((gate) =>
        Array.from({ length: H }, (_, u) => {
          let sum = weight(`b_${gate}`, u, 0);
          for (let k = 0; k < I; k++) sum += weight(`W_${gate}`, u, k) * line("x", row)[k]!;
          for (let k = 0; k < H; k++) sum += weight(`R_${gate}`, u, k) * hBefore[b]![k]!;
          return sum;
        }),
      );
      c.push(a[0]!.map((f, u) => sigmoid(f) * cBefore[b]![u]! + sigmoid(a[1]![u]!) * Math.tanh(a[2]![u]!)));
      h.push(c[b]!.map((cell, u) => sigmoid(a[3]![u]!) * Math.tanh(cell)));
      expected.push(h[b]!);
    }
  }
  atOnce(run.forward(rows, { givenFirst: true }));
  expected.forEach((values, r) => {
    values.forEach((value, u) => expect(line("h", r)[u]).toBeCloseTo(value, 5));
  });
});

describe("rows", () => {
  const RAGGED = { batch: 5, steps: 4, active: Uint32Array.of(4, 4, 2, 1) };
  const parameters: Parameter[] = [
    { name: "W", kind: "matrix", rows: "units", columns: "units" },
    { name: "p", kind: "vector", rows: "units", columns: "one" },
  ];
  const panel = { parameters: ["W"], rows: "units", columns: "units" };
  const before = { name: "s", time: "before" } as const;
  const ops: Op[] = [
    { op: "gradient", panel, left: before, right: now("y") },
    {
      op: "sum",
      reads: [before, now("y")],
      into: "p",
      code: [
        { op: "read", axis: "units", from: 0 },
        { op: "read", axis: "units", from: 1 },
        { op: "binary", axis: "units", function: "multiply", a: 0, b: 1 },
      ],
    },
    { op: "product", into: now("y"), from: before, panel, transposed: false, start: "add" },
  ];
  const one = scheduleOf(parameters, [buffer("s", "units", "state"), buffer("y", "units", "rows")], ops);

  test.each([RAGGED, evenRows(3, 5), evenRows(1, 1), { batch: 2, steps: 2, active: new Uint32Array(2) }])(
    "what reads the step before finds it, first values included: %o",
    (rows) => {
      expect(worstDifference({ schedule: one, sizes: { units: 9 }, rows }, true)).toBeLessThan(1e-6);
    },
  );

  test("sums do not depend on how rows are cut into spans", () => {
    // The same rows as one step after another or all at once: the first values are read at other rows.
    const after = { ...one, forward: passOf({ before: ops.slice(0, 2) }) };
    const each = { ...one, forward: passOf({ each: ops.slice(0, 2) }) };
    const [a, b] = [after, each].map((schedule) => runOnWasm({ schedule, sizes: { units: 9 }, rows: RAGGED }).results);
    expect(a).toEqual(b);
  });

  test("noise counts rows over all steps, in whatever call they come", () => {
    const code: Instruction[] = [
      { op: "noise", axis: "units", purpose: 3 },
      { op: "write", axis: "units", to: 0, a: 0 },
    ];
    const op: Op = { op: "map", reads: [], writes: [now("y")], code, needs: "lane" };
    const [a, b] = (["before", "each"] as const).map((list) => {
      const schedule = { ...one, forward: passOf({ [list]: [op] }) };
      return runOnWasm({ schedule, sizes: { units: 6 }, rows: RAGGED }).results.get("y");
    });
    expect(a).toEqual(b);
  });
});

describe.each([[1], [5], [8], [21]])("look-ups of %i columns", (columns) => {
  const parameters: Parameter[] = [{ name: "E", kind: "table", rows: "ids", columns: "units" }];
  const buffers = [buffer("id", "one", "rows"), buffer("y", "units", "rows")];
  const lookUp = (op: "gather" | "scatter"): Op => ({ op, table: "E", ids: now("id"), rows: now("y") });
  const shape = (name: string, value: number): number => (name === "id" ? Math.floor((value + 1) * 3) : value);

  test.each(["gather", "scatter"] as const)("%s", (op) => {
    const schedule = scheduleOf(parameters, buffers, [lookUp(op)]);
    const sizes = { ids: 6, units: columns };
    expect(worstDifference({ schedule, sizes, rows: evenRows(20, 1), shape })).toBeLessThan(1e-6);
  });

  test("an id outside the table reads its last entry and nothing beyond", () => {
    const schedule = scheduleOf(parameters, buffers, [lookUp("gather")]);
    const last = (id: number) => (name: string, value: number) => (name === "id" ? id : value);
    const results = [5, 6, 1e12, Number.NaN, -1].map((id) => {
      const test = { schedule, sizes: { ids: 6, units: columns }, rows: evenRows(1, 1), shape: last(id) };
      return runOnWasm(test).results.get("y");
    });
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    expect(results[3]).toEqual(results[4]);
  });
});

describe("a run", () => {
  const one = schedule(lstm);
  const setUp = (batch: number, steps: number, withX = true) => {
    const space = openWasm();
    const program = space.compile(one, SIZES);
    const run = program.bind({ batch, rows: batch * steps });
    const next = randomNumbers(3);
    const { length } = layoutParameters(one, SIZES);
    const parameters = space.allocate(length);
    fillParameters(space, parameters, { schedule: one, sizes: SIZES }, next);
    run.place("parameters", parameters);
    run.place("gradients", space.allocate(length));
    if (withX) {
      const x = space.allocate(batch * steps * padded(I));
      space.floats(x).forEach((_, k, view) => (view[k] = k % padded(I) < I ? next() : 0));
      run.place("x", x);
    }
    const read = (name: string) => [...space.floats(run.where(name).region)];
    return { space, run, read };
  };

  test("carries every sequence's last row, and the first value of one without steps", () => {
    for (const rows of [evenRows(3, 1), evenRows(3, 4), { batch: 3, steps: 3, active: Uint32Array.of(2, 2, 1) }]) {
      const { run, space } = setUp(3, 4);
      atOnce(run.forward(rows));
      const { region, offset, stride } = run.where("c");
      const view = space.floats(region);
      const line = (row: number): number[] => [...view.slice(offset + row * stride, offset + (row + 1) * stride)];
      line(-1).forEach((_, u) => (view[offset - stride + u] = 7));
      const starts = [0, rows.active[0]!, rows.active[0]! + rows.active[1]!];
      const expected = [0, 1, 2].map((b) => {
        const length = [...rows.active].filter((count) => count > b).length;
        return length === 0 ? line(b - 3) : length > 3 ? line(9 + b) : line((starts[length - 1] ?? 0) + b);
      });
      run.carry(rows);
      expect([0, 1, 2].map((b) => line(b - 3))).toEqual(expected);
    }
  });

  test("survives the growth of the memory", () => {
    const { run, read, space } = setUp(2, 3);
    atOnce(run.forward(evenRows(2, 3)));
    const before = read("h");
    const bytes = space.bytes;
    space.allocate(bytes);
    expect(space.bytes).toBeGreaterThan(bytes);
    atOnce(run.forward(evenRows(2, 3)));
    expect(read("h")).toEqual(before);
  });

  test("adds to gradients, and starts from adjoints that are given", () => {
    const { run, read, space } = setUp(2, 3);
    run.place("δh", space.allocate(6 * padded(H)));
    const { region, offset } = run.where("δh[t+1]");
    const backwardFrom = (adjoint: number, givenAdjoints: boolean): number[] => {
      atOnce(run.forward(evenRows(2, 3))); // the backward pass works in place of what the forward pass kept
      space.floats(run.where("δc[t+1]").region).fill(0);
      space.floats(region).fill(0)[offset] = adjoint;
      atOnce(run.backward(evenRows(2, 3), { givenAdjoints }));
      return read("gradients");
    };
    expect(backwardFrom(1, false).every((value) => value === 0)).toBe(true);
    const once = backwardFrom(1, true);
    expect(once.some((value) => value !== 0)).toBe(true);
    expect(backwardFrom(-1, true).every((value) => Math.abs(value) < 1e-6)).toBe(true);
  });

  test("is refused what it has no room or no storage for", () => {
    const { run } = setUp(2, 3, false);
    expect(() => atOnce(run.forward(evenRows(2, 3)))).toThrow("LSTM: nothing has been placed for x");
    expect(() => run.where("x")).toThrow("LSTM: nothing has been placed for x");
    const other = setUp(2, 3).run;
    expect(() => atOnce(other.forward(evenRows(3, 1)))).toThrow("3 sequences with 3 rows; bound for 2 with 6");
    expect(() => atOnce(other.forward(evenRows(2, 4)))).toThrow("2 sequences with 8 rows; bound for 2 with 6");
    atOnce(other.forward(evenRows(2, 3)));
    expect(() => atOnce(other.backward(evenRows(2, 3)))).toThrow("LSTM: nothing has been placed for δh");
    const forwardOnly = openWasm().compile(one, SIZES).bind({ batch: 1, rows: 1 }, { backward: false });
    expect(() => atOnce(forwardOnly.backward(evenRows(1, 1)))).toThrow("LSTM was bound without a backward pass");
  });

  test("gives back its memory", () => {
    const space = openWasm();
    const program = space.compile(one, SIZES);
    program.bind({ batch: 8, rows: 1000 }).close();
    const { bytes } = space;
    for (let k = 0; k < 50; k++) program.bind({ batch: 8, rows: 1000 }).close();
    expect(space.bytes).toBe(bytes);
  });
});
