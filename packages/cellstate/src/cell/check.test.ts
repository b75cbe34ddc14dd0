/** The facts of a checked cell, and the whole sentence of every error of equations that do not go together. */
import { describe, expect, test } from "vitest";
import { type Cell, cell } from "./cell.ts";
import { CellError } from "./errors.ts";

const order = ({ facts }: Cell): string => facts.order.flatMap(({ names }) => names).join(" ");

/** The errors of some texts, one below the other; lines are divided by " | ". */
function errorsOf(...texts: string[]): string {
  const messages = texts.map((text) => {
    try {
      cell("Cell", text.replaceAll(" | ", "\n"));
      return `no error: ${text}`;
    } catch (error) {
      if (error instanceof CellError) return error.message;
      throw error;
    }
  });
  return `\n${messages.join("\n")}\n`;
}

describe("the facts", () => {
  const mixed = cell(
    "Mixed",
    `
    y = R_y @ h + k_y * h[t-1]
    h : projection = P_h @ (o * tanh(c))
    c = f * c[t-1] + expand(sum(p_c * c[t-1], groups))
    f, o : blocks = layernorm(W_f @ x, R_f @ e)
    e = expand(max(c[t-1], 1))
    R : blockdiagonal(heads)
    x : units
    h[0] = k_h
    W ~ glorot
    R ~ orthogonal
    R_f ~ 0.5
    k_h ~ 2
  `,
  );

  test("name states, parameters with their starts, output and axes", () => {
    expect(mixed.facts.states).toEqual(["h", "c"]);
    expect(mixed.facts.output).toBe("y");
    expect(mixed.facts.axes).toEqual(["projection", "blocks", "heads", "groups"]);
    const orthogonal = { kind: "call", name: "orthogonal", arguments: [] };
    expect(mixed.facts.parameters).toEqual([
      { name: "R_y", kind: "matrix", start: orthogonal },
      { name: "k_y", kind: "vector" },
      { name: "P_h", kind: "matrix" },
      { name: "p_c", kind: "vector" },
      { name: "W_f", kind: "matrix", start: { kind: "call", name: "glorot", arguments: [] } },
      { name: "R_f", kind: "matrix", start: { kind: "number", value: 0.5 } },
      { name: "k_h", kind: "vector", start: { kind: "number", value: 2 } },
    ]);
  });

  test("order the definitions after what they read, else as the text does", () => {
    expect(order(mixed)).toBe("e f o c h y");
    expect(order(cell("Cell", "a = x\nb = x\nh = b + a + d\nd = a"))).toBe("a b d h");
  });

  test("are frozen plain data, and the text alone makes them again", () => {
    expect(JSON.parse(JSON.stringify(mixed))).toEqual(mixed);
    expect(cell(mixed.name, mixed.text)).toEqual(mixed);
    expect(Object.isFrozen(mixed.syntax.definitions[0].value)).toBe(true);
    expect(() => (mixed.facts.states as string[]).push("z")).toThrow(TypeError);
  });

  test("h is the output where there is no y", () => {
    expect(cell("Cell", "h = x").facts.output).toBe("h");
  });

  test("a state that nothing else reads is no waste, nor is a state of a state", () => {
    expect(cell("Cell", "h = x\nn = n[t-1] + 1").facts.states).toEqual(["n"]);
    expect(cell("Cell", "h = q[t-1]\nq = p[t-1]\np = x").facts.states).toEqual(["q", "p"]);
  });
});

test("errors of names that are not defined", () => {
  const errors = errorsOf(
    "h = gg | g = x",
    "h = tanh(x + W)",
    "h = memori | memory = x",
    "h = q + c | c = x",
    "h = t",
    "h = C | c = x",
    "h = z[t-1]",
    "h = heads | R : blockdiagonal(heads)",
    "h = X",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 1, column 5: "gg" is not defined; did you mean g? a parameter has an underscore: b_gg
        h = gg
            ^^
    Cell, line 1, column 14: "W" is not defined; a parameter has an underscore: b_W
        h = tanh(x + W)
                     ^
    Cell, line 1, column 5: "memori" is not defined; did you mean memory? a parameter has an underscore: b_memori
        h = memori
            ^^^^^^
    Cell, line 1, column 5: "q" is not defined; a parameter has an underscore: b_q
        h = q + c
            ^
    Cell, line 1, column 5: t is the step and no value; a value after the step before is written h[t-1]
        h = t
            ^
    Cell, line 1, column 5: "C" is not defined; did you mean c? a parameter has an underscore: b_C
        h = C
            ^
    Cell, line 1, column 5: "z" is not defined; a parameter has an underscore: b_z
        h = z[t-1]
            ^^^^^^
    Cell, line 1, column 5: "heads" is not defined; a parameter has an underscore: b_heads
        h = heads
            ^^^^^
    Cell, line 1, column 5: "X" is not defined; did you mean x? a parameter has an underscore: b_X
        h = X
            ^
    "
  `);
});

test("errors of names on the left", () => {
  const errors = errorsOf(
    "x = 1 | h = x",
    "t = 1 | h = x",
    "tanh = x | h = x",
    "h = x | c = x | h = c",
    "a, a = layernorm(x, x) | h = a",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 1, column 1: x is the input and has no equation; give the value another name
        x = 1
        ^
    Cell, line 1, column 1: t is the step and has no equation; give the value another name
        t = 1
        ^
    Cell, line 1, column 1: tanh is a function and has no equation; give the value another name
        tanh = x
        ^^^^
    Cell, line 3, column 1: h is defined twice, first in line 1; give one of the two another name
        h = c
        ^
    Cell, line 1, column 4: a is defined twice, first in line 1; give one of the two another name
        a, a = layernorm(x, x)
           ^
    "
  `);
});

test("errors of cycles inside a step", () => {
  const errors = errorsOf(
    "h = h + x",
    "h = o * x | o = tanh(h)",
    "f = tanh(R_f @ h) | c = f * c[t-1] | h = tanh(c)",
    "c = f * c + x | f = tanh(h[t-1]) | h = c",
    "a = b | b = d | d = b | h = a",
    "h = tanh(x | + h)",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 1, column 5: h waits for itself; did you mean h[t-1]?
        h = h + x
            ^
    Cell, line 1, column 5: o waits for itself: o needs h needs o; did you mean o[t-1]?
        h = o * x
            ^
    Cell, line 1, column 16: h waits for itself: h needs c needs f needs h; did you mean h[t-1]?
        f = tanh(R_f @ h)
                       ^
    Cell, line 1, column 9: c waits for itself; did you mean c[t-1]?
        c = f * c + x
                ^
    Cell, line 2, column 5: d waits for itself: d needs b needs d; did you mean d[t-1]?
        b = d
            ^
    Cell, line 2, column 3: h waits for itself; did you mean h[t-1]?
        + h)
          ^
    "
  `);
});

test("errors of values in vain", () => {
  const errors = errorsOf(
    "h = x | c = x",
    "h = x | a = b | b = x",
    "h = x | a, b = layernorm(x, h) | y = a",
    "y = x | h = x | c = h",
    "h = x | n = m[t-1] | m = x",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 2, column 1: c is never used; it reaches neither the output h nor a state; take it out
        c = x
        ^
    Cell, line 2, column 1: a is never used; it reaches neither the output h nor a state; take it out
        a = b
        ^
    Cell, line 2, column 4: b is never used; it reaches neither the output y nor a state; take it out
        a, b = layernorm(x, h)
           ^
    Cell, line 2, column 1: h is never used; it reaches neither the output y nor a state; take it out
        h = x
        ^
    Cell, line 2, column 1: n is never used; it reaches neither the output h nor a state; take it out
        n = m[t-1]
        ^
    "
  `);
});

test("errors of a missing output", () => {
  const errors = errorsOf("c = x", "", "# nothing");
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell: the cell has no output; define y or h
    Cell: the cell has no output; define y or h
    Cell: the cell has no output; define y or h
    "
  `);
});

test("errors of first values", () => {
  const errors = errorsOf(
    "h = x | h[0] = 1",
    "h = x | c[0] = 1",
    "h = h[t-1] | h[0] = 1 | h[0] = 2",
    "h = h[t-1] | h[0] = x",
    "h = h[t-1] | h[0] = 2 * h",
    "h = h[t-1] | h[0] = W_h @ k_h",
    "h = h[t-1] | h[0] = sum(k_h)",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 2, column 1: h is no state and has no first value; a state is used somewhere as h[t-1]
        h[0] = 1
        ^
    Cell, line 2, column 1: c is no state and has no first value; define it: c = …
        c[0] = 1
        ^
    Cell, line 3, column 1: h has two first values; take one of them out
        h[0] = 2
        ^
    Cell, line 2, column 8: a first value cannot hold x; use numbers and vector parameters: h[0] = k_h
        h[0] = x
               ^
    Cell, line 2, column 12: a first value cannot hold h; use numbers and vector parameters: h[0] = k_h
        h[0] = 2 * h
                   ^
    Cell, line 2, column 12: a first value cannot hold W @ v; use numbers and vector parameters: h[0] = k_h
        h[0] = W_h @ k_h
                   ^
    Cell, line 2, column 8: a first value cannot hold sum(…); use numbers and vector parameters: h[0] = k_h
        h[0] = sum(k_h)
               ^^^
    "
  `);
});

test("errors of axes", () => {
  const errors = errorsOf(
    "h : blocks = x | h : units",
    "x : units | x : blocks | h = x",
    "z : units | h = x",
    "h = R_h @ x | Q : blockdiagonal(heads)",
    "h = R_h @ x | R : blockdiagonal(heads) | R : blockdiagonal(blocks)",
    "h = R_h @ x | W_h : blockdiagonal(heads)",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 2, column 1: h has two axes; take one of them out
        h : units
        ^
    Cell, line 2, column 1: x has two axes; take one of them out
        x : blocks
        ^
    Cell, line 1, column 1: z does not occur in the equations; there are h, x
        z : units
        ^
    Cell, line 2, column 1: Q does not occur in the equations; there are R, R_h
        Q : blockdiagonal(heads)
        ^
    Cell, line 3, column 1: R has two axes; take one of them out
        R : blockdiagonal(blocks)
        ^
    Cell, line 2, column 1: W_h does not occur in the equations; did you mean R_h?
        W_h : blockdiagonal(heads)
        ^^^
    "
  `);
});

test("errors of starts", () => {
  const errors = errorsOf(
    "h = W_h @ x | R ~ 1",
    "h = W_h @ x + b_h | b_f ~ 1",
    "h = b_h | b_h, b_h ~ 1",
    "h = b_h | b ~ 1 | b ~ 2",
    "h = b_h | b ~ orthogonal",
    "h = W_h @ x | W ~ chrono(7)",
    "h = x | b ~ 1",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 2, column 1: R does not occur in the equations; there are W, W_h
        R ~ 1
        ^
    Cell, line 2, column 1: b_f does not occur in the equations; did you mean b_h?
        b_f ~ 1
        ^^^
    Cell, line 2, column 1: b_h has two starts; take one of them out
        b_h, b_h ~ 1
        ^^^
    Cell, line 3, column 1: b has two starts; take one of them out
        b ~ 2
        ^
    Cell, line 2, column 1: orthogonal starts matrices, and b is a vector; write a number or uniform(0.1)
        b ~ orthogonal
        ^
    Cell, line 2, column 1: chrono starts vectors, and W is a matrix; write chrono on a bias
        W ~ chrono(7)
        ^
    Cell, line 2, column 1: b does not occur in the equations; there are none
        b ~ 1
        ^
    "
  `);
});
