/** What the compiler reads from a literal text: names, and the axes that need a size. `tsc` is the judge. */
import { expectTypeOf, test } from "vitest";
import { type AxesOf, type AxisSizes, type Cell, cell, type Names, type TextOf } from "./cell.ts";

const plain = cell(
  "Plain",
  `
  # a heading = with : signs, sum(a, b)
  f = sigmoid(W_f @ x + R_f @ h[t-1] + b_f)   # caption: f = 1, sum(v, w)
  c=f * c[t-1] + (1 - f) * max(x2,
      sum(max(x2, f)))
  x2 = W_u @ x
  h[0] = k_h
  h = tanh(c)
  b_f ~ 1
`,
);

const named = cell(
  "Named",
  `
  f : blocks = sigmoid(W_f @ x + sum(p_f * c[t-1], blocks) + b_f)
  c = expand(f) * c[t-1] + W_c @ x
  p, q : long = layernorm(P_p @ c, P_q @ h[t-1])  # two
  e = sum(p, wide) + sum(max(p * (1 + q), 2),
      wide)
  h : projection = P_h @ (c * sum(e))
  R : blockdiagonal(heads)
  x : units
  z : one = mean(h) + z[t-1] + R_z @ h
`,
);

/** As a layer's options will: the sizes of all the axes of the cell, and no more. */
function withSizes<T extends string>(_cell: Cell<T>, _sizes: { units: number } & AxisSizes<T>): void {}

test("the names of a literal text are known", () => {
  expectTypeOf<Names<TextOf<typeof plain>>>().toEqualTypeOf<"f" | "c" | "x2" | "h">();
  expectTypeOf<Names<TextOf<typeof named>>>().toEqualTypeOf<"f" | "c" | "p" | "q" | "e" | "h" | "z">();
});

test("the axes of a literal text that need a size are known", () => {
  expectTypeOf<AxesOf<TextOf<typeof plain>>>().toEqualTypeOf<never>();
  type Axes = "blocks" | "long" | "wide" | "projection" | "heads";
  expectTypeOf<AxesOf<TextOf<typeof named>>>().toEqualTypeOf<Axes>();
});

test("a missing size is an error of the compiler", () => {
  withSizes(plain, { units: 4 });
  withSizes(named, { units: 4, blocks: 2, long: 8, wide: 4, projection: 2, heads: 2 });
  // @ts-expect-error: projection is missing
  withSizes(named, { units: 4, blocks: 2, long: 8, wide: 4, heads: 2 });
  // @ts-expect-error: there is no such axis
  withSizes(plain, { units: 4, projection: 2 });
});

test("Windows line ends change nothing", () => {
  type Text = "\r\n  f = x\r\n  h : wide = W_h @ f   # out\r\n";
  expectTypeOf<Names<Text>>().toEqualTypeOf<"f" | "h">();
  expectTypeOf<AxesOf<Text>>().toEqualTypeOf<"wide">();
});

test("of a text that is no literal nothing is known", () => {
  const text: string = plain.text;
  const any = cell("Any", text);
  expectTypeOf<Names<TextOf<typeof any>>>().toEqualTypeOf<string>();
  expectTypeOf<AxisSizes<TextOf<typeof any>>>().toEqualTypeOf<{ readonly [axis: string]: number }>();
  withSizes(any, { units: 4, projection: 2 });
});

test("every cell is a Cell", () => {
  expectTypeOf(plain).toExtend<Cell>();
  expectTypeOf([plain, named]).toExtend<readonly Cell[]>();
});
