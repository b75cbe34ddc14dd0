/** The whole sentence of every error of a text that cannot be read. */
import { expect, test } from "vitest";
import { CellError } from "./errors.ts";
import { parse } from "./parse.ts";

/** The errors of some texts, one below the other. */
function errorsOf(...texts: string[]): string {
  const messages = texts.map((text) => {
    try {
      parse("Cell", text);
      return `no error: ${text}`;
    } catch (error) {
      if (error instanceof CellError) return error.message;
      throw error;
    }
  });
  return `\n${messages.join("\n")}\n`;
}

test("errors of signs and names", () => {
  const errors = errorsOf(
    "h = σ(x)",
    "h = f ⊙ x",
    "h = x € 2",
    "h = 2x",
    "h = 1.2.3",
    "h = 1e999",
    "_f = 2",
    "h = f_",
    "h : _ = x",
    "constructor = x",
    "h : toString = x",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 1, column 5: "σ" has no meaning here; write sigmoid
        h = σ(x)
            ^
    Cell, line 1, column 7: "⊙" has no meaning here; write *
        h = f ⊙ x
              ^
    Cell, line 1, column 7: "€" has no meaning here
        h = x € 2
              ^
    Cell, line 1, column 6: "x" cannot follow 2; a product is written 2 * x
        h = 2x
             ^
    Cell, line 1, column 8: "." cannot follow 1.2; a product is written 2 * x
        h = 1.2.3
               ^
    Cell, line 1, column 5: 1e999 is too large a number; the largest is about 1e308
        h = 1e999
            ^^^^^
    Cell, line 1, column 1: "_f" is no name; a parameter has its role before its underscore: b_f
        _f = 2
        ^^
    Cell, line 1, column 5: "f_" is no name; a parameter has its role before its underscore: b_f
        h = f_
            ^^
    Cell, line 1, column 5: "_" is no axis; the name of an axis has no underscore
        h : _ = x
            ^
    Cell, line 1, column 1: "constructor" cannot be a name; it has a meaning in JavaScript; take another name
        constructor = x
        ^^^^^^^^^^^
    Cell, line 1, column 5: "toString" cannot be a name; it has a meaning in JavaScript; take another name
        h : toString = x
            ^^^^^^^^
    "
  `);
});

test("errors of the shape of a line", () => {
  const errors = errorsOf(
    "h",
    "= x",
    "h = ",
    "h = x x",
    "h = x (x)",
    "h = x)",
    "h = (x\nc = 3",
    "h = tanh(x",
    "h == x",
    "h = x = c",
    "h = a ** b",
    "h, c",
    "f(x) = x",
    "h[1] = 3",
    "h[t] = x",
    "h[0 = x",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 1, column 2: "=", ":" or "~" is missing here
        h
         ^
    Cell, line 1, column 1: "=" stands where a name should
        = x
        ^
    Cell, line 1, column 4: a value is missing here
        h = 
           ^
    Cell, line 1, column 7: "x" cannot follow here; a product is written a * b, or W_a @ b
        h = x x
              ^
    Cell, line 1, column 5: "x" is no function; the functions are sigmoid, tanh, relu, softplus, exp, log, logsigmoid, sqrt, abs, step, min, max, clamp, layernorm, sum, mean, expand, stopgradient, bernoulli; a product is written a * b
        h = x (x)
            ^
    Cell, line 1, column 6: nothing opens this parenthesis
        h = x)
             ^
    Cell, line 1, column 5: this parenthesis is not closed
        h = (x
            ^
    Cell, line 1, column 9: this parenthesis is not closed
        h = tanh(x
                ^
    Cell, line 1, column 4: "=" stands where a value should
        h == x
           ^
    Cell, line 1, column 7: there is a second "=" on this line; write one equation a line
        h = x = c
              ^
    Cell, line 1, column 8: "*" stands where a value should
        h = a ** b
               ^
    Cell, line 1, column 5: "=", ":" or "~" is missing here
        h, c
            ^
    Cell, line 1, column 2: "(" stands where "=", ":" or "~" should
        f(x) = x
         ^
    Cell, line 1, column 2: h[…] = is no equation; write h = …; the first value is h[0] = …
        h[1] = 3
         ^
    Cell, line 1, column 2: h[…] = is no equation; write h = …; the first value is h[0] = …
        h[t] = x
         ^
    Cell, line 1, column 2: h[…] = is no equation; write h = …; the first value is h[0] = …
        h[0 = x
         ^
    "
  `);
});

test("errors of names on the left", () => {
  const errors = errorsOf(
    "b_f = 3",
    "W_f = 3",
    "a, b = x",
    "a, b = layernorm(x)",
    "a = layernorm(x, c)",
    "a, b = layernorm(x, c) * 2",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 1, column 1: b_f is a parameter and has no equation; its start value is written b_f ~ 1; a name without an underscore has an equation: bf
        b_f = 3
        ^^^
    Cell, line 1, column 1: W_f is a parameter and has no equation; its start value is written W_f ~ 1; a name without an underscore has an equation: Wf
        W_f = 3
        ^^^
    Cell, line 1, column 4: only layernorm has several results; write an equation for each name
        a, b = x
           ^
    Cell, line 1, column 8: layernorm of 1 value has 1 result, not 2 names
        a, b = layernorm(x)
               ^^^^^^^^^
    Cell, line 1, column 5: layernorm of 2 values has 2 results, not 1 name
        a = layernorm(x, c)
            ^^^^^^^^^
    Cell, line 1, column 4: only layernorm has several results; write an equation for each name
        a, b = layernorm(x, c) * 2
           ^
    "
  `);
});

test("errors of indexes", () => {
  const errors = errorsOf(
    "h = x[t-1]",
    "h = b_f[t-1]",
    "h = c[t-2]",
    "h = c[t]",
    "h = c[0]",
    "h = c[t+1]",
    "h = c[n]",
    "h = c[t-1",
    "h = c(t-1)",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 1, column 5: x has only this step's value; write p = x on a line of its own and here p[t-1]
        h = x[t-1]
            ^^^^^^
    Cell, line 1, column 5: b_f is a parameter, the same at every step; write b_f
        h = b_f[t-1]
            ^^^^^^^^
    Cell, line 1, column 5: only the step before can be reached, [t-1]; for two steps back write p = c[t-1] on a line of its own and here p[t-1]
        h = c[t-2]
            ^^^^^^
    Cell, line 1, column 5: c without an index is the value at this step; write c
        h = c[t]
            ^^^^
    Cell, line 1, column 5: a first value stands only on the left; write c[0] = … on a line of its own
        h = c[0]
            ^^^^
    Cell, line 1, column 5: [t+1] is no step that can be reached; did you mean c[t-1]?
        h = c[t+1]
            ^^^^^^
    Cell, line 1, column 5: [n] is no step that can be reached; did you mean c[t-1]?
        h = c[n]
            ^^^^
    Cell, line 1, column 10: "]" is missing here
        h = c[t-1
                 ^
    Cell, line 1, column 5: "c" is no function; did you mean c[t-1]?
        h = c(t-1)
            ^
    "
  `);
});

test("errors of matrices", () => {
  const errors = errorsOf(
    "h = W_f + x",
    "h = Wf @ x",
    "h = w_f @ x",
    "h = f @ x",
    "h = tanh(x) @ x",
    "h = 2 @ x",
    "h = W_f[t-1] @ x",
    "h = W_f @ -x",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 1, column 5: W_f is a matrix and stands only left of "@"; write W_f @ x, or a vector's small role: w_f
        h = W_f + x
            ^^^
    Cell, line 1, column 5: left of "@" stands the name of a matrix; a matrix has a capital role: W_f
        h = Wf @ x
            ^^
    Cell, line 1, column 5: left of "@" stands the name of a matrix; a matrix has a capital role: W_f
        h = w_f @ x
            ^^^
    Cell, line 1, column 5: left of "@" stands the name of a matrix; a matrix has a capital role: W_f
        h = f @ x
            ^
    Cell, line 1, column 5: left of "@" stands the name of a matrix; write W_a @ b
        h = tanh(x) @ x
            ^^^^
    Cell, line 1, column 5: left of "@" stands the name of a matrix; write W_a @ b
        h = 2 @ x
            ^
    Cell, line 1, column 5: W_f is a parameter, the same at every step; write W_f
        h = W_f[t-1] @ x
            ^^^^^^^^
    Cell, line 1, column 11: "@" binds more tightly than "-"; put parentheses around the right side
        h = W_f @ -x
                  ^
    "
  `);
});

test("errors of functions", () => {
  const errors = errorsOf(
    "h = foo(x)",
    "h = sigmod(x)",
    "h = exp()",
    "h = tanh(x, x)",
    "h = max(x)",
    "h = min(x, x, x)",
    "h = clamp(x, 1)",
    "h = clamp(x, y, 1)",
    "h = clamp(x, 1, y)",
    "h = clamp(x, 2, 1)",
    "h = layernorm()",
    "h = sum(x, 3)",
    "h = sum(x, b_f)",
    "h = sum(x, blocks, 2)",
    "h = max(x, )",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 1, column 5: "foo" is no function; the functions are sigmoid, tanh, relu, softplus, exp, log, logsigmoid, sqrt, abs, step, min, max, clamp, layernorm, sum, mean, expand, stopgradient, bernoulli; a product is written a * b
        h = foo(x)
            ^^^
    Cell, line 1, column 5: "sigmod" is no function; did you mean sigmoid?
        h = sigmod(x)
            ^^^^^^
    Cell, line 1, column 5: exp takes one value, not none; write exp(a)
        h = exp()
            ^^^
    Cell, line 1, column 5: tanh takes one value, not 2; write tanh(a)
        h = tanh(x, x)
            ^^^^
    Cell, line 1, column 5: max takes two values, not 1; write max(a, b)
        h = max(x)
            ^^^
    Cell, line 1, column 5: min takes two values, not 3; write min(a, b)
        h = min(x, x, x)
            ^^^
    Cell, line 1, column 5: clamp takes three values, not 2; write clamp(a, -1, 1)
        h = clamp(x, 1)
            ^^^^^
    Cell, line 1, column 14: clamp's limits are numbers; write clamp(a, -1, 1)
        h = clamp(x, y, 1)
                     ^
    Cell, line 1, column 17: clamp's limits are numbers; write clamp(a, -1, 1)
        h = clamp(x, 1, y)
                        ^
    Cell, line 1, column 14: clamp's lower limit is above its upper; write clamp(a, -1, 1)
        h = clamp(x, 2, 1)
                     ^
    Cell, line 1, column 5: layernorm takes one or more values, not none; write layernorm(a, b)
        h = layernorm()
            ^^^^^^^^^
    Cell, line 1, column 12: "3" stands where the name of an axis should
        h = sum(x, 3)
                   ^
    Cell, line 1, column 12: "b_f" is no axis; the name of an axis has no underscore
        h = sum(x, b_f)
                   ^^^
    Cell, line 1, column 18: "," stands where ")" should
        h = sum(x, blocks, 2)
                         ^
    Cell, line 1, column 12: ")" stands where a value should
        h = max(x, )
                   ^
    "
  `);
});

test("errors of axes", () => {
  const errors = errorsOf(
    "x : 3",
    "x :",
    "b_f : units",
    "x, h : units",
    "R : diagonal(heads)",
    "r : blockdiagonal(heads)",
    "R : blockdiagonal(2)",
    "R : blockdiagonal(h_s)",
    "h : blocks x",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 1, column 5: "3" stands where the name of an axis should
        x : 3
            ^
    Cell, line 1, column 4: the name of an axis is missing here
        x :
           ^
    Cell, line 1, column 1: the axes of b_f follow from where it stands; put the axis on a value
        b_f : units
        ^^^
    Cell, line 1, column 4: an axis is put on one name; write a line for each name
        x, h : units
           ^
    Cell, line 1, column 5: "diagonal" is no form of a matrix; write blockdiagonal(heads), or dropped(0.5)
        R : diagonal(heads)
            ^^^^^^^^
    Cell, line 1, column 1: only matrices are blockdiagonal; put it on a role with a capital: R : blockdiagonal(heads)
        r : blockdiagonal(heads)
        ^
    Cell, line 1, column 19: "2" stands where the name of an axis should
        R : blockdiagonal(2)
                          ^
    Cell, line 1, column 19: "h_s" is no axis; the name of an axis has no underscore
        R : blockdiagonal(h_s)
                          ^^^
    Cell, line 1, column 12: "x" cannot follow here; a product is written a * b, or W_a @ b
        h : blocks x
                   ^
    "
  `);
});

test("errors of starts", () => {
  const errors = errorsOf(
    "b_f ~",
    "b_f ~ foo",
    "b_f ~ ortogonal",
    "b_f ~ x_y",
    "b_f ~ chrono",
    "b_f ~ chrono(1)",
    "b_f ~ normal",
    "b_f ~ uniform(-1)",
    "b_f ~ glorot(2)",
    "b_f ~ 1 + 1",
    "b_f ~ uniform(x)",
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 1, column 6: a number is missing here
        b_f ~
             ^
    Cell, line 1, column 7: "foo" is no start; a start is a number or uniform, normal, glorot, orthogonal, identity or chrono
        b_f ~ foo
              ^^^
    Cell, line 1, column 7: "ortogonal" is no start; did you mean orthogonal?
        b_f ~ ortogonal
              ^^^^^^^^^
    Cell, line 1, column 7: "x_y" is no start; a start is a number or uniform, normal, glorot, orthogonal, identity or chrono
        b_f ~ x_y
              ^^^
    Cell, line 1, column 7: chrono takes other numbers; write chrono(longest): how many steps a thing is to be remembered, 2 or more
        b_f ~ chrono
              ^^^^^^
    Cell, line 1, column 7: chrono takes other numbers; write chrono(longest): how many steps a thing is to be remembered, 2 or more
        b_f ~ chrono(1)
              ^^^^^^
    Cell, line 1, column 7: normal takes other numbers; write normal(deviation)
        b_f ~ normal
              ^^^^^^
    Cell, line 1, column 7: uniform takes other numbers; write uniform or uniform(bound)
        b_f ~ uniform(-1)
              ^^^^^^^
    Cell, line 1, column 7: glorot takes other numbers; write glorot
        b_f ~ glorot(2)
              ^^^^^^
    Cell, line 1, column 9: "+" cannot follow here
        b_f ~ 1 + 1
                ^
    Cell, line 1, column 15: "x" stands where a number should
        b_f ~ uniform(x)
                      ^
    "
  `);
});

test("errors show a long line around its place, tabs as they are, and the limits without a place", () => {
  const errors = errorsOf(
    `\t\th =\t${"x + ".repeat(40)}q(x) + ${"x + ".repeat(40)}x`,
    "\t\th =\tx\t+ q(x)",
    `h = ${"exp(".repeat(70)}x${")".repeat(70)}`,
    " ".repeat(70_000),
    "h = x\n".repeat(201),
  );
  expect(errors).toMatchInlineSnapshot(`
    "
    Cell, line 1, column 167: "q" is no function; the functions are sigmoid, tanh, relu, softplus, exp, log, logsigmoid, sqrt, abs, step, min, max, clamp, layernorm, sum, mean, expand, stopgradient, bernoulli; a product is written a * b
         x + x + x + x + x + x + x + x + x + x + x + x + q(x) + x + x + x + x + x + x + x + x + x + x + x + 
                                                         ^
    Cell, line 1, column 11: "q" is no function; the functions are sigmoid, tanh, relu, softplus, exp, log, logsigmoid, sqrt, abs, step, min, max, clamp, layernorm, sum, mean, expand, stopgradient, bernoulli; a product is written a * b
        h =	x	+ q(x)
           	 	  ^
    Cell, line 1, column 265: more than 64 levels stand inside one another; give a part of it an equation of its own
        (exp(exp(exp(exp(exp(exp(exp(exp(exp(exp(exp(exp(exp(exp(exp(exp(exp(x))))))))))))))))))))))))))))))
                                                         ^^^
    Cell: the text is longer than 64 KB; write one cell only
    Cell: the text has more than 200 lines; write one cell only
    "
  `);
});
