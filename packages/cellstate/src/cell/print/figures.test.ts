/** What cells cost, against numbers worked out by hand. */
import { describe, expect, test } from "vitest";
import { zoo } from "../../cells/index.ts";
import { cell } from "../cell.ts";
import { schedule } from "../schedule.ts";
import { scheduleFigures } from "./figures.ts";

const sizes = { input: 3, units: 10, projection: 4, blocks: 5, heads: 2 };
const [I, H, P, B] = [3, 10, 4, 5];
const figures = (name: keyof typeof zoo) => scheduleFigures(schedule(zoo[name]), sizes);

test.each<[keyof typeof zoo, number, string]>([
  ["simpleRnn", 1, "h"],
  ["lstm", 6, "f i g c o h"],
  ["cifg", 5, "i g o c h"],
  // 4 + h: the candidate's recurrent sum is kept beside r, z and n
  ["gru", 5, "r z n h Σn'"],
  // r * h[t-1] is an operand of its own
  ["gruBefore", 5, "r z n h ∘n"],
  ["mgu", 4, "f n h ∘n"],
  ["janet", 4, "s f g h"],
  ["peepholeLstm", 6, "f i g c o h"],
  ["minGru", 3, "z n h"],
])("%s keeps %i values of a unit for backward: %s", (name, count, names) => {
  const { keptFloats, keptNames, keptBytes } = figures(name);
  expect(keptNames.join(" ")).toBe(names);
  expect(keptFloats).toBe(count);
  expect(keptBytes).toBe(4 * H * count);
});

describe("products, two operations a weight and row", () => {
  test.each<[keyof typeof zoo, number, number, number]>([
    // forward, in the loop forward, in the loop backward; backward is twice the forward: dx, dh, dW, dR
    ["simpleRnn", 2 * H * (I + H), 2 * H * H, 2 * H * H],
    ["lstm", 8 * H * (I + H), 8 * H * H, 8 * H * H],
    ["cifg", 6 * H * (I + H), 6 * H * H, 6 * H * H],
    ["gru", 6 * H * (I + H), 6 * H * H, 6 * H * H],
    ["lstmp", 8 * H * (I + P) + 2 * P * H, 8 * H * P + 2 * P * H, 8 * H * P + 2 * P * H],
    ["blocksLstm", (6 * B + 2 * H) * (I + H), (6 * B + 2 * H) * H, (6 * B + 2 * H) * H],
    // two heads: half of every recurrent matrix is there
    ["slstm", 8 * H * (I + H / 2), (8 * H * H) / 2, (8 * H * H) / 2],
    ["minGru", 4 * H * I, 0, 0],
    ["indRnn", 2 * H * I, 0, 0],
  ])("of %s", (name, forward, loopForward, loopBackward) => {
    const { productFlops, loopFlops } = figures(name);
    expect(productFlops).toEqual({ forward, backward: 2 * forward });
    expect(loopFlops).toEqual({ forward: loopForward, backward: loopBackward });
  });

  test("of a layer on symbols, which asks for no gradient of its input", () => {
    const { productFlops } = scheduleFigures(schedule(zoo.lstm, { inputGradient: false }), sizes);
    expect(productFlops.backward).toBe(8 * H * (I + H) + 8 * H * H);
  });
});

test("pointwise operations: the LSTM has 3 sigmoids, 2 tanh, 3 products and 1 sum a unit", () => {
  expect(figures("lstm").pointwiseOperations.forward).toBe(9 * H);
  expect(figures("simpleRnn").pointwiseOperations).toEqual({
    forward: H, // tanh
    backward: 4 * H + H, // (δh + δh[t+1]) * (1 - h * h), and the bias' sum
  });
});

test("calls, parameters and rows of the LSTM", () => {
  const { calls, parameterCount, parameterBytes, rowBytes } = figures("lstm");
  expect(calls).toEqual({ forward: 2, backward: 2 });
  expect(parameterCount).toBe(4 * H * (I + H + 1));
  expect(parameterBytes).toBe(16 * H * (I + H + 1));
  // four values over their sums, c, h, and dx
  expect(rowBytes).toBe(4 * (6 * H + I));
});

test("values on another axis and values per row count in bytes alone", () => {
  const { keptFloats, keptNames, keptBytes } = figures("lstmp");
  expect(keptNames).not.toContain("h");
  expect(keptBytes).toBe(4 * (H * keptFloats + P));
  const norm = figures("layerNormLstm");
  expect(norm.keptBytes - 4 * H * norm.keptFloats).toBe(4 * 4); // μ and 1/σ of c, 1/σ of the two others
});

test("a schedule without a backward pass keeps nothing", () => {
  const figures = scheduleFigures(schedule(zoo.lstm, { backward: false }), sizes);
  expect(figures).toMatchObject({ keptFloats: 0, keptNames: [], keptBytes: 0, calls: { forward: 2, backward: 0 } });
  expect(figures.productFlops.backward).toBe(0);
});

test("an axis without a size is an error", () => {
  const one = schedule(cell("Wide", "h : wide = tanh(W_h @ x)"));
  expect(() => scheduleFigures(one, { input: 3 })).toThrow("no size for axis wide; give { wide: … }");
});
