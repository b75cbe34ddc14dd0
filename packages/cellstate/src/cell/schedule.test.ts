/** What every schedule promises, over the zoo, odd cells and random ones: see `simulation.ts`. */
import { describe, expect, test } from "vitest";
import { zoo } from "../cells/index.ts";
import { randomCellText } from "../engine/randomCell.ts";
import { type Cell, cell } from "./cell.ts";
import { CellError } from "./errors.ts";
import type { Op, Schedule } from "./operations.ts";
import { operandsOf } from "./print/formulas.ts";
import { type ScheduleOptions, schedule } from "./schedule.ts";
import { simulate } from "./simulation.ts";
import { seeded } from "./testing.ts";

const odd: Record<string, Cell> = {
  "linear states": cell("Linear", "h = W_h @ x + R_h @ h[t-1] + b_h\nk = p_k * k[t-1] + h\ny = h + k"),
  "one-valued states": cell(
    "Scalar",
    "m = 0.9 * m[t-1] + mean(h[t-1])\nh = tanh(W_h @ x + m * p_h)\ns = sum(h) + s[t-1]",
  ),
  "a row that makes one value": cell(
    "Row",
    "z : one = sigmoid(W_z @ x + R_z @ h[t-1])\nh = z * h[t-1] + tanh(W_h @ x)",
  ),
  "a matrix used twice": cell("Twice", "g = tanh(W_g @ x + R_a @ h[t-1])\nh = 0.5 * h[t-1] + tanh(R_a @ g + W_h @ x)"),
  "a matrix used twice on the input": cell(
    "TwiceInput",
    "g = sigmoid(W_a @ x + R_g @ h[t-1])\nh = g * tanh(W_a @ x + b_h)",
  ),
  "an output y over h": cell("Output", "h = tanh(W_h @ x + R_h @ h[t-1] + b_h)\ny : wide = W_y @ h + b_y"),
  "an unused input": cell("Clock", "h = tanh(R_h @ h[t-1] + b_h)\nh[0] = k_h"),
  "a second name": cell("Alias", "c = tanh(W_c @ x + R_c @ h[t-1] + b_c)\nh = c"),
  "the step before, twice": cell("Delay", "p = h[t-1]\nq = p[t-1]\nh = tanh(W_h @ x + R_h @ h[t-1] + Q_h @ q)"),
  "learned first values": cell("Learned", "h = tanh(W_h @ x + R_h @ h[t-1] + k_h)\nh[0] = 2 * k_h"),
  "no state": cell("Still", "g = tanh(W_g @ x + b_g)\nh = sigmoid(W_h @ g) * g"),
  "products of products": cell("Deep", "h = tanh(U_h @ tanh(R_h @ (V_h @ h[t-1])) + W_h @ x + b_h)"),
  blocks: cell(
    "Blocks",
    "b : blocks = sigmoid(sum(p_b * h[t-1], blocks) + W_b @ x)\nh = expand(b) * h[t-1] + tanh(W_h @ x)",
  ),
  norms: cell(
    "Norms",
    "u, v = layernorm(W_u @ x, R_v @ h[t-1])\nh = tanh(s_u * u + s_v * v + layernorm(h[t-1]) * p_h + b_h)",
  ),
  stopped: cell(
    "Stopped",
    "r = stopgradient(h[t-1])\ns = stopgradient(sigmoid(W_s @ x + b_s))\nh = s * tanh(W_h @ x + R_h @ h[t-1] + Q_h @ r)",
  ),
};
const all: [string, Cell][] = [...Object.entries(zoo), ...Object.entries(odd)];

const variants: [string, ScheduleOptions][] = [
  ["both passes", {}],
  ["no gradient of the input", { inputGradient: false }],
  ["forward alone", { backward: false }],
];

describe.each(variants)("%s", (_, options) => {
  test.each(all)("every value that %s reads is there, whole, and of the step that is meant", (_, one) => {
    expect(simulate(schedule(one, options))).toEqual([]);
  });
});

/** Random texts, without those that are no cell: a value computed in vain, a vector where one number belongs. */
function randomCells(count: number): Cell[] {
  return Array.from({ length: count }, (_, seed) => randomCellText(seeded(seed))).flatMap((text, seed) => {
    try {
      return [cell(`Random${seed}`, text)];
    } catch (error) {
      if (error instanceof CellError) return [];
      throw error;
    }
  });
}

test("random cells keep all that too", () => {
  const made = randomCells(150);
  expect(made.length).toBeGreaterThan(50);
  for (const one of made) {
    for (const [, options] of variants) expect([one.text, simulate(schedule(one, options))]).toEqual([one.text, []]);
  }
});

test("the simulation finds what is wrong", () => {
  const made = schedule(zoo.lstm);
  const without = (part: Partial<Schedule["forward"]>): Schedule => ({
    ...made,
    forward: { ...made.forward, ...part },
  });
  expect(simulate(without({ before: [] })).join()).toMatch(/wants Σf of step 0, finds nothing/);
  expect(simulate(without({ each: [...made.forward.each].reverse() })).join()).toMatch(/before its last 1 products/);
  const twice = simulate(without({ each: [...made.forward.each, ...made.forward.each] })).join();
  expect(twice).toMatch(/wants Σf of step 0, finds f of step 0/);
  const shared = made.buffers.map((b) => (b.name === "h" ? { ...b, storage: "c", part: 0 } : b));
  expect(simulate({ ...made, buffers: shared }).join()).toMatch(/wants c of step 0, finds h of step 0/);
});

describe("maps", () => {
  test.each(all)("of %s compute nothing in vain, and read each value once", (_, one) => {
    const { forward, backward } = schedule(one);
    const ops = [forward, backward!].flatMap((p) => [...p.first, ...p.before, ...p.each, ...p.after]);
    for (const op of ops) {
      if (op.op !== "map" && op.op !== "sum") continue;
      const used = new Set(op.code.flatMap(operandsOf));
      const last = op.op === "sum" ? op.code.length - 1 : -1;
      const idle = op.code.filter((i, k) => i.op !== "write" && k !== last && !used.has(k));
      expect(idle).toEqual([]);
      const keys = op.reads.map(({ name, time }) => `${name} ${time}`);
      expect(new Set(keys).size).toBe(keys.length);
      expect(op.code.filter((i) => i.op === "read").length).toBeGreaterThanOrEqual(keys.length);
      op.code.forEach((i, k) => expect(operandsOf(i).every((a) => a < k)).toBe(true));
    }
  });
});

/** How often each parameter's gradient is added to. */
function gradientsOf({ backward }: Schedule): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const op of [...backward!.before, ...backward!.each, ...backward!.after, ...backward!.first]) {
    const names = op.op === "gradient" ? op.panel.parameters : op.op === "sum" ? [op.into] : [];
    for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe("gradients", () => {
  test.each(Object.entries(zoo))("%s has one for every parameter, after the loop", (_, one) => {
    const made = schedule(one);
    const once = Object.fromEntries(made.parameters.map(({ name }) => [name, 1]));
    expect(gradientsOf(made)).toEqual(once);
    expect(made.backward!.each.filter((op) => op.op === "gradient" || op.op === "sum")).toEqual([]);
  });

  test("a matrix has one for each product, a learned first value one for the start", () => {
    expect(gradientsOf(schedule(odd["a matrix used twice"]!))).toEqual({ W_g: 1, W_h: 1, R_a: 2 });
    expect(gradientsOf(schedule(odd["learned first values"]!))).toEqual({ W_h: 1, R_h: 1, k_h: 2 });
    expect(schedule(odd["an unused input"]!).backward!.first).toMatchObject([{ op: "sum", into: "k_h" }]);
  });

  test("what is stopped has none", () => {
    expect(gradientsOf(schedule(odd["stopped"]!))).toEqual({ W_h: 1, R_h: 1, Q_h: 1 });
  });
});

describe("hoisting", () => {
  const kinds = (ops: readonly Op[]): string => ops.map((op) => op.op).join(" ");
  const places = (one: Cell): string[] => {
    const { forward, backward } = schedule(one);
    return [forward, backward!].flatMap((p) => [p.before, p.each, p.after].map(kinds));
  };

  test("the LSTM: one product before the loop, one product and one map a step both ways, all gradients after", () => {
    expect(places(zoo.lstm)).toEqual([
      "product",
      "product map",
      "",
      "",
      "map product",
      "product sum sum sum sum gradient gradient",
    ]);
  });

  test.each(["simpleRnn", "lstm", "cifg", "np", "gru", "lstmp", "slstm", "mut1"] as const)(
    "%s multiplies its input before the loop, and never in it",
    (name) => {
      const { forward, backward } = schedule(zoo[name]);
      const readsInput = (op: Op): boolean => op.op === "product" && op.panel.columns === "input";
      expect(forward.before.some(readsInput)).toBe(true);
      expect([...forward.each, ...backward!.each].some(readsInput)).toBe(false);
    },
  );

  test.each(["minGru", "minLstm"] as const)("%s has no product in its loop at all", (name) => {
    const { forward, backward } = schedule(zoo[name]);
    expect(kinds(forward.each)).toBe("map");
    expect(kinds(backward!.each)).toBe("map");
  });

  test("what no state needs comes after the loop: an output y over h", () => {
    const { forward, backward } = schedule(odd["an output y over h"]!);
    expect(forward.after).toMatchObject([{ op: "product", panel: { parameters: ["W_y"] } }]);
    expect(backward!.before).toMatchObject([{ op: "product", panel: { parameters: ["W_y"] } }]);
  });

  test("a cell without a state has no loop", () => {
    const { forward, backward } = schedule(odd["no state"]!);
    expect([forward.each, backward!.each]).toEqual([[], []]);
  });
});

describe("linear states", () => {
  test.each<[keyof typeof zoo, Schedule["linear"]]>([
    ["simpleRnn", {}],
    ["lstm", { c: { a: "f", b: "i * g" } }],
    ["peepholeLstm", { c: { a: "f", b: "i * g" } }],
    ["lstm1997", { c: { a: "1", b: "i * g" } }],
    ["cifg", { c: { a: "1 - i", b: "i * g" } }],
    ["blocksLstm", { c: { a: "expand(f)", b: "expand(i) * g" } }],
    ["gru", { h: { a: "z", b: "(1 - z) * n" } }],
    ["mut1", { h: { a: "1 - z", b: "n * z" } }],
    ["minGru", { h: { a: "1 - z", b: "z * n" } }],
    ["minLstm", { h: { a: "f", b: "(1 - f) * n" } }],
    ["slstm", { c: { a: "f", b: "i * g" }, n: { a: "f", b: "i" } }],
  ])("of %s", (name, linear) => {
    expect(schedule(zoo[name]).linear).toEqual(linear);
  });

  test("of cells where the past stands elsewhere", () => {
    const of = (text: string): Schedule["linear"] => schedule(cell("Cell", text)).linear;
    expect(of("h = W_h @ x + h[t-1]")).toEqual({ h: { a: "1", b: "W_h @ x" } });
    expect(of("h = 0.5 * h[t-1]")).toEqual({ h: { a: "0.5", b: "0" } });
    expect(of("h = R_h @ h[t-1] + W_h @ x")).toEqual({});
    expect(of("h = h[t-1] * h[t-1] + W_h @ x")).toEqual({});
    expect(of("h = 0.5 * (h[t-1] + x) + h[t-1]")).toEqual({ h: { a: "0.5 + 1", b: "0.5 * x" } });
    expect(of("h = 0.5 * (h[t-1] + x) * (h[t-1] + 1)")).toEqual({});
    expect(of("n = 0.1 * h[t-1] + x\nh = 0.5 * h[t-1] + 0.5 * n")).toEqual({
      h: { a: "0.5 + 0.5 * 0.1", b: "0.5 * x" },
    });
    // a factor of the past may be made of it, as peepholes are
    expect(of("n = 0.1 * h[t-1]\nh = n * h[t-1] + x")).toEqual({ h: { a: "n", b: "x" } });
  });
});
