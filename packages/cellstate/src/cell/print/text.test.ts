/** A printed cell is the same cell: every cell of the zoo, and texts that are hard to print. */
import { describe, expect, test } from "vitest";
import { zoo } from "../../cells/index.ts";
import { randomCellText } from "../../engine/randomCell.ts";
import { type Cell, cell } from "../cell.ts";
import { parse } from "../parse.ts";
import { seeded } from "../testing.ts";
import { printCell, printSyntax } from "./text.ts";

/** Everything but the places in the text. */
const without = (syntax: unknown): unknown =>
  JSON.parse(JSON.stringify(syntax, (key, v) => (/^(at|places)$/.test(key) ? undefined : Object.is(v, -0) ? "-0" : v)));

const same = (one: Cell): void => expect(without(parse("Printed", printCell(one)))).toEqual(without(one.syntax));

test.each(Object.entries(zoo))("%s printed and read again is the same syntax, captions too", (_, one) => {
  same(one);
  const again = cell(one.name, printCell(one));
  expect(printCell(again)).toBe(printCell(one));
});

test("random cells are the same after printing", () => {
  for (let seed = 0; seed < 150; seed++) {
    const text = randomCellText(seeded(seed));
    expect([text, without(parse("Again", printSyntax({ syntax: parse("Random", text) })))]).toEqual([
      text,
      without(parse("Random", text)),
    ]);
  }
});

test("a page has axes, captions in a column, first values, starts, and what the text implies", () => {
  expect(`\n${printCell(zoo.slstm)}`).toMatchInlineSnapshot(`
    "
    R : blockdiagonal(heads)
    u = W_i @ x + R_i @ h[t-1] + b_i               # input gate, as a logarithm
    v = logsigmoid(W_f @ x + R_f @ h[t-1] + b_f)   # forget gate, as a logarithm
    m = stopgradient(max(v + m[t-1], u))           # stabiliser
    i = exp(u - m)                                 # input gate
    f = exp(v + m[t-1] - m)                        # forget gate
    g = tanh(W_g @ x + R_g @ h[t-1] + b_g)         # candidate
    o = sigmoid(W_o @ x + R_o @ h[t-1] + b_o)      # output gate
    c = f * c[t-1] + i * g                         # cell state
    n = f * n[t-1] + i                             # normaliser
    h = o * c / n                                  # hidden state
    m[0] = -1e30
    b_f ~ 1

    # carried from step to step: m [units] from -1e30, c [units], n [units], h [units]
    # output: h [units]
    # parameters: W_i W_f W_g W_o [units, input], R_i R_f R_g R_o [units, units] in heads, b_i b_f b_g b_o [units]
    "
  `);
  expect(`\n${printCell(zoo.lstmp)}`).toMatchInlineSnapshot(`
    "
    f = sigmoid(W_f @ x + R_f @ h[t-1] + b_f)   # forget gate
    i = sigmoid(W_i @ x + R_i @ h[t-1] + b_i)   # input gate
    g = tanh(W_g @ x + R_g @ h[t-1] + b_g)      # candidate
    c = f * c[t-1] + i * g                      # cell state
    o = sigmoid(W_o @ x + R_o @ h[t-1] + b_o)   # output gate
    h : projection = P_h @ (o * tanh(c))        # hidden state: the projected output
    b_f ~ 1

    # carried from step to step: c [units], h [projection]
    # output: h [projection]
    # parameters: W_f W_i W_g W_o [units, input], R_f R_i R_g R_o [units, projection], b_f b_i b_g b_o [units], P_h [projection, units]
    "
  `);
});

test("a cell without a state or a parameter says so", () => {
  expect(`\n${printCell(cell("Bare", "x : units\nh = x*x # squared"))}`).toMatchInlineSnapshot(`
    "
    x : units
    h = x * x   # squared

    # carried from step to step: nothing
    # output: h [units]
    # parameters: none
    "
  `);
});

describe("hard texts", () => {
  test("parentheses stay where they matter and go where they do not", () => {
    const one = cell(
      "Hard",
      `
      a = (W_a @ x) + (b_a - (c_a - d_a)) - (e_a + f_a)
      b = -(a * a) / (a / (a * -a)) - -a - (-1) * --a
      h = W_h @ (W_u @ (-1 * b)) + R_h @ -1e-7 * 2
      `.replace("-1e-7", "(-1e-7)"),
    );
    same(one);
    expect(printCell(one).split("\n").slice(0, 3)).toMatchInlineSnapshot(`
      [
        "a = W_a @ x + (b_a - (c_a - d_a)) - (e_a + f_a)",
        "b = -(a * a) / (a / (a * -a)) - -a - -1 * --a",
        "h = W_h @ (W_u @ (-1 * b)) + R_h @ (-1e-7) * 2",
      ]
    `);
  });

  test("numbers are read as they were: negative zero, tiny, huge", () => {
    same(
      cell(
        "Numbers",
        "h = h[t-1] * -0 + 1e300 - 5e-324 + .5 + 123456789012345680000 - 1e21\nh[0] = -1e30\nb_h ~ 1e-9\nk = b_h + k[t-1]",
      ),
    );
  });

  test("captions and headings keep their signs", () => {
    const text = "# heading # with signs\n# on two lines\nh = x # caption # = ~ : (\n# of what follows\n\ny = h # last";
    same(cell("Captions", text));
  });

  test("a comment in the middle of an equation becomes its caption", () => {
    const one = cell("Middle", "h = tanh(x # in\n  # between\n  + x) # out");
    expect(one.syntax.definitions[0]!.caption).toBe("in between out");
    same(one);
  });

  test("long equations are broken inside parentheses, and stay one equation", () => {
    const terms = Array.from({ length: 30 }, (_, k) => `R_${k} @ h[t-1]`).join(" + ");
    const one = cell("Long", `h = tanh(${terms})   # many terms`);
    same(one);
    expect(
      Math.max(
        ...printCell(one)
          .split("\n")
          .slice(0, 5)
          .map((l) => l.length),
      ),
    ).toBeLessThan(120);
    same(cell("LongBare", `h = ${terms} # nowhere to break`));
  });

  test("a text at the limit of 200 lines can still be printed", () => {
    const lines = Array.from({ length: 199 }, (_, k) => `a${k + 1} = a${k} + b_${k}`);
    same(cell("Limit", `a0 = W_a @ x\n${lines.slice(0, 198).join("\n")}\nh = a198`));
  });
});
