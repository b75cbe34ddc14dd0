/** What is random in the language: how it is written, what is refused, what it becomes in a schedule. */
import { describe, expect, test } from "vitest";
import { cell } from "./cell.ts";
import { SEQUENCE } from "./operations.ts";
import { cellDiagram } from "./print/diagram.ts";
import { cellMarkup } from "./print/markup.ts";
import { printSchedule } from "./print/schedule.ts";
import { printCell } from "./print/text.ts";
import { schedule } from "./schedule.ts";
import { simulate } from "./simulation.ts";

const noisy = cell(
  "Noisy",
  `
  R : dropped(0.5)
  W_b : dropped(0.25)
  m = bernoulli(0.7, sequence) / 0.7                # one draw a sequence
  z = bernoulli(0.1)
  a = tanh(W_a @ x + R_a @ (h[t-1] * m) + b_a)
  h = z * h[t-1] + (1 - z) * (a + W_b @ x * bernoulli(0.9))
`,
);

test("draws are printed as they are typed, and read back as the same cell", () => {
  expect(printCell(noisy)).toMatchInlineSnapshot(`
    "R : dropped(0.5)
    W_b : dropped(0.25)
    m = bernoulli(0.7, sequence) / 0.7                          # one draw a sequence
    z = bernoulli(0.1)
    a = tanh(W_a @ x + R_a @ (h[t-1] * m) + b_a)
    h = z * h[t-1] + (1 - z) * (a + W_b @ x * bernoulli(0.9))

    # carried from step to step: h [units]
    # output: h [units]
    # parameters: W_a W_b [units, input], R_a [units, units], b_a [units]
    "
  `);
  expect(printCell(cell("Noisy", printCell(noisy)))).toBe(printCell(noisy));
});

test("markup and diagrams show them", () => {
  expect(cellMarkup(noisy)).toContain("bernoulli");
  expect(cellMarkup(noisy)).toContain("sequence");
  expect(cellDiagram(noisy).nodes.length).toBeGreaterThan(5);
});

test("the schedule says what is drawn by row and what by sequence, forward and backward alike", () => {
  const text = printSchedule(schedule(noisy, { training: true }));
  expect(text.split("\n").filter((line) => line.includes("noise("))).toMatchInlineSnapshot(`
    [
      "  map       m = step(0.7 - noise(0, the sequence)) / 0.7",
      "            z = step(0.1 - noise(1))",
      "            h = z * h[t-1] + (1 - z) * (a + Σh * step(0.9 - noise(2)))",
      "  map       δΣh = δ * step(0.9 - noise(2))",
    ]
  `);
});

test("only training draws: otherwise no schedule holds noise, or asks which sequence a row is of", () => {
  const codes = (training: boolean) => {
    const { forward, backward, buffers } = schedule(noisy, { training });
    const ops = [forward, backward!].flatMap(({ before, each, after }) => [...before, ...each, ...after]);
    const drawn = ops.some((op) => (op.op === "map" || op.op === "sum") && op.code.some((one) => one.op === "noise"));
    return [drawn, buffers.some((b) => b.name === SEQUENCE)];
  };
  expect([codes(true), codes(false)]).toEqual([
    [true, true],
    [false, false],
  ]);
});

test.each([true, false])("every read finds the value it means, with training %s", (training) => {
  expect(simulate(schedule(noisy, { training }))).toEqual([]);
});

test("a draw's axis is that of what it stands among", () => {
  const text =
    "k : one = bernoulli(0.5)\nf : blocks = bernoulli(0.5) * W_f @ x\nh = k * expand(f) + bernoulli(0.5) * h[t-1]";
  const made = schedule(cell("A", text), { training: true });
  const { before, each } = made.forward;
  const noise = [...before, ...each].flatMap((op) => (op.op === "map" ? op.code : [])).filter((i) => i.op === "noise");
  const axes = new Map(noise.map((i) => [i.purpose, i.axis]));
  expect([...axes].sort()).toEqual([
    [0, "one"],
    [1, "blocks"],
    [2, "units"],
  ]);
});

describe("refused with a place and a mend", () => {
  const messages = (texts: readonly string[]): string =>
    texts
      .map((text) => {
        try {
          cell("Cell", text);
          return `${text}: accepted`;
        } catch (error) {
          return (error as Error).message;
        }
      })
      .join("\n");

  test("probabilities", () => {
    const values = ["", "1.5", "-0.1", "p_a", "0.5, 0.5", "0.5, unit", "0.5, sequence, 1", "x"];
    expect(messages(values.map((value) => `h = bernoulli(${value}) * x`))).toMatchInlineSnapshot(`
      "Cell, line 1, column 5: bernoulli takes one value, not none; write bernoulli(0.9), or bernoulli(0.9, sequence) for one draw a sequence
          h = bernoulli() * x
              ^^^^^^^^^
      Cell, line 1, column 15: bernoulli takes a probability, a number from 0 to 1; write bernoulli(0.9), or bernoulli(0.9, sequence) for one draw a sequence
          h = bernoulli(1.5) * x
                        ^^^
      Cell, line 1, column 15: bernoulli takes a probability, a number from 0 to 1; write bernoulli(0.9), or bernoulli(0.9, sequence) for one draw a sequence
          h = bernoulli(-0.1) * x
                        ^^^^
      Cell, line 1, column 15: bernoulli takes a probability, a number from 0 to 1; write bernoulli(0.9), or bernoulli(0.9, sequence) for one draw a sequence
          h = bernoulli(p_a) * x
                        ^^^
      Cell, line 1, column 5: bernoulli takes one value, not 2; write bernoulli(0.9), or bernoulli(0.9, sequence) for one draw a sequence
          h = bernoulli(0.5, 0.5) * x
              ^^^^^^^^^
      Cell, line 1, column 5: bernoulli takes one value, not 2; write bernoulli(0.9), or bernoulli(0.9, sequence) for one draw a sequence
          h = bernoulli(0.5, unit) * x
              ^^^^^^^^^
      Cell, line 1, column 28: "," stands where ")" should
          h = bernoulli(0.5, sequence, 1) * x
                                     ^
      Cell, line 1, column 15: bernoulli takes a probability, a number from 0 to 1; write bernoulli(0.9), or bernoulli(0.9, sequence) for one draw a sequence
          h = bernoulli(x) * x
                        ^"
    `);
  });

  test("dropped weights", () => {
    const lines = ["R : dropped(1)", "R : dropped(x)", "r : dropped(0.5)", "S : dropped(0.5)", "R : drop(0.5)"];
    lines.push("R : dropped(0.5)\nR : dropped(0.2)", "R : dropped(0.5");
    expect(messages(lines.map((line) => `h = tanh(W_h @ x + R_h @ h[t-1])\n${line}`))).toMatchInlineSnapshot(`
      "Cell, line 2, column 13: dropped takes a part, from 0 up to, not with, 1; write R : dropped(0.5)
          R : dropped(1)
                      ^
      Cell, line 2, column 13: "x" stands where a number should
          R : dropped(x)
                      ^
      Cell, line 2, column 1: only matrices are dropped; put it on a role with a capital: R : dropped(0.5)
          r : dropped(0.5)
          ^
      Cell, line 2, column 1: S does not occur in the equations; there are R, R_h, W, W_h
          S : dropped(0.5)
          ^
      Cell, line 2, column 5: "drop" is no form of a matrix; write blockdiagonal(heads), or dropped(0.5)
          R : drop(0.5)
              ^^^^
      Cell, line 3, column 1: R is dropped twice; take one of the lines out
          R : dropped(0.2)
          ^
      Cell, line 2, column 12: this parenthesis is not closed
          R : dropped(0.5
                     ^"
    `);
  });

  test("noise in a first value, and a value that is called like the function", () => {
    const texts = ["h = x + h[t-1]\nh[0] = bernoulli(0.5)", "bernoulli = x\nh = bernoulli"];
    expect(messages(texts)).toMatchInlineSnapshot(`
      "Cell, line 2, column 8: a first value cannot hold bernoulli(…); use numbers and vector parameters: h[0] = k_h
          h[0] = bernoulli(0.5)
                 ^^^^^^^^^
      Cell, line 1, column 1: bernoulli is a function and has no equation; give the value another name
          bernoulli = x
          ^^^^^^^^^"
    `);
  });
});
