/**
 * Equations made to be dear: what shares, nests or branches without end is built or refused within a second, from
 * the text to a model that has made a gradient.
 */
import { expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { CellError } from "../cell/errors.ts";
import { recurrent, sequential } from "../layers/layers.ts";
import { meanSquaredError } from "../train/losses.ts";
import { createModel } from "./model.ts";

const MOST = 1000; // ms; the process' own, where others keep the machine busy
const UNITS = 4;

const list = (count: number, item: (k: number) => string, between = "\n"): string =>
  Array.from({ length: count }, (_, k) => item(k)).join(between);
/** A tree of operators, `depth` levels, and a leaf of its own at each of its ends. */
function tree(depth: number, operator: string, leaf: (k: number) => string): string {
  let k = 0;
  const at = (level: number): string => (level === 0 ? leaf(k++) : `(${at(level - 1)} ${operator} ${at(level - 1)})`);
  return at(depth);
}
/** Values that each read the one before. */
const chain = (count: number, next: (before: string, k: number) => string): string =>
  `v0 = tanh(W_a @ x + R_a @ h[t-1])\n${list(count - 1, (k) => `v${k + 1} = ${next(`v${k}`, k)}`)}\nh = v${count - 1}`;
/** Accumulators that share operands, and their sum. */
const accumulators = (count: number, value: (k: number) => string): string =>
  `${list(count, (k) => `v${k} = ${value(k)}`)}\n${list(Math.ceil(count / 40), (g) => `s${g} = ${list(Math.min(40, count - g * 40), (k) => `v${g * 40 + k}`, " + ")}`)}\nh = tanh(${list(Math.ceil(count / 40), (g) => `s${g}`, " + ")})`;

/** Within the limits, and still everything that a machine could be made to do. */
const dear: Readonly<Record<string, string>> = {
  "squares of squares": chain(190, (v) => `${v} * ${v}`),
  "functions of functions": chain(190, (v, k) => `tanh(${v} * ${v} + v${Math.max(0, k - 1)})`),
  "sums along the row, one after another": chain(150, (v) => `sum(${v} * ${v}) * v0 + mean(${v})`),
  ...Object.fromEntries(
    [7, 12, 40, 80].map((n) => [
      `${n} accumulators that share two operands`,
      accumulators(n, (k) => `W_${k} @ x + R_${k} @ h[t-1] + U_${k} @ (h[t-1] * h[t-1]) + b_${k}`),
    ]),
  ),
  ...Object.fromEntries(
    [7, 20].map((n) => [
      `${n} accumulators that share every second operand`,
      accumulators(n, (k) => `${list(n, (j) => ((k * j) % 2 ? `W_${k}x${j} @ v${j}[t-1]` : "1"), " + ")} + U_${k} @ x`),
    ]),
  ),
  "accumulators in a row": accumulators(40, (k) => `W_${k} @ x + U_${k} @ ${k === 0 ? "v0[t-1]" : `v${k - 1}`}`),
  "190 states that read each other": `${list(190, (k) => `s${k} = s${k}[t-1] + s${(k + 1) % 190}[t-1]`)}\nh = s0 + W_h @ x`,
  "60 states overwritten crosswise": `${list(60, (k) => `s${k} = s${(k + 1) % 60}[t-1] * s${(k + 7) % 60}[t-1] + sum(s${(k * 7) % 60}[t-1])`)}\nh = s0 + W_h @ x`,
  "a tree of distinct leaves": `h = h[t-1] + W_h @ x + ${tree(8, "+", (k) => `tanh(a_${k})`)}`,
  "a tree of products": `h = W_h @ x + ${tree(8, "*", (k) => `R_${k} @ h[t-1]`)}`,
  "a tree of minima": `h = W_h @ x + ${tree(7, "-", (k) => `min(a_${k}, h[t-1])`)}`,
  "a tree of sums": `h = h[t-1] + W_h @ x * ${tree(7, "/", (k) => `sum(h[t-1] - ${k})`)}`,
  "a chain of 1,300 additions": `g = W_h @ x\nh = h[t-1] + ${list(4, () => `(${list(17, () => `(${list(20, () => "g", "+")})`, "+")})`, "+")}`,
  "60 norms": `h = h[t-1] + W_h @ x + ${list(50, (k) => `layernorm(h[t-1] * ${k} + a_${k})`, " + ")}`,
  "one norm of 60": `${list(60, (k) => `n${k}`, ", ")} = layernorm(${list(60, (k) => `h[t-1] * ${k + 1} + W_h @ x`, ", ")})\nh = ${list(60, (k) => `n${k}`, " + ")}`,
  "a comment of sums": `h = h[t-1] + W_h @ x # ${"sum(".repeat(16_000)}`,
  "a parameter of 64 KB": `h = W_h @ x + h[t-1] + b_${"a".repeat(65_000)}`,
  "a number of 64 KB": `h = W_h @ x * 0.${"0".repeat(65_000)}1`,
  "roles that every object has": "h = W_h @ x + constructor_a + valueOf_b + toString_c",
};

const beyond: Readonly<Record<string, string>> = {
  "a large tree": `h = ${tree(12, "+", (k) => `W_${k} @ x`)}`,
  "a large tree of products": `h = W_h @ x + ${tree(11, "*", (k) => `R_${k} @ h[t-1]`)}`,
  "a large tree of functions": `h = h[t-1] + ${tree(12, "+", () => "tanh(x)")}`,
  "one line of 64 KB": `h = ${"x + ".repeat(16_300)}x`,
  "deep parentheses": `h = ${"(".repeat(30_000)}x${")".repeat(30_000)}`,
  "parentheses never closed": `h = f(${"x,".repeat(30_000)}`,
  "signs without end": `h = ${"-".repeat(60_000)}x`,
  "products without end": `h = ${"W_a @ ".repeat(10_000)}x`,
  "an index without end": `h = h[${"t-".repeat(30_000)}`,
  "names without end": `${"a, ".repeat(20_000)}b = x`,
  "a name of 64 KB": `h = x + ${"a".repeat(65_000)}`,
};

async function run(text: string): Promise<number> {
  const [wall, own] = [performance.now(), process.cpuUsage()];
  const time = (): number => {
    const { user, system } = process.cpuUsage(own);
    return Math.min(performance.now() - wall, (user + system) / 1000);
  };
  try {
    const model = await createModel(sequential(recurrent(cell("Dear", text) as never, { units: UNITS })), { input: 3 });
    const x = { values: new Float32Array(6).fill(0.5), shape: [1, 2, 3] };
    await model.gradients(x, { values: new Float32Array(2 * UNITS), shape: [1, 2, UNITS] }, meanSquaredError());
    model.close();
  } catch (error) {
    if (!(error instanceof CellError)) throw error;
    expect(time()).toBeLessThan(MOST);
    throw error;
  }
  return time();
}

test.each(Object.entries(dear))("%s: is built within a second", async (_name, text) => {
  expect(await run(text)).toBeLessThan(MOST);
});

test.each(Object.entries(beyond))("%s: is refused within a second", async (_name, text) => {
  await expect(run(text)).rejects.toThrow(CellError);
});

test("the limit on names, numbers and signs is exact", () => {
  const text = (parts: number): string => {
    // "h = x" has three, each line of sums two more a term
    const lines = list(150, (k) => `a${k} = a${k}[t-1]${" + x".repeat(3)}`); // 14 each
    const rest = parts - 150 * 14 - 3;
    return `${lines}\n${list(Math.floor(rest / 100), (k) => `b${k} = b${k}[t-1]${" + x".repeat(46)}`)}\nh = x${" + x".repeat((rest % 100) / 2)}`;
  };
  expect(() => cell("Long", text(3001))).toThrowErrorMatchingInlineSnapshot(
    `[CellError: Long: the text has 3001 names, numbers and signs; 3000 are the most; write one cell only]`,
  );
  expect(cell("Long", text(2999)).name).toBe("Long");
});
