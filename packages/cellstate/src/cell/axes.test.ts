/** Which axis everything runs along, in the zoo and in cells that stretch the rules; every axis error, whole. */
import { describe, expect, test } from "vitest";
import { zoo } from "../cells/index.ts";
import { inferAxes } from "./axes.ts";
import { cell } from "./cell.ts";
import { CellError } from "./errors.ts";

/** `f [blocks] W_f [blocks, input] b_f [blocks]` of a text. */
function axesOf(text: string): Record<string, string> {
  const { values, matrices, vectors } = inferAxes(cell("Cell", text));
  return {
    ...Object.fromEntries(values),
    ...Object.fromEntries(
      [...matrices].map(([name, { rows, columns, blockdiagonal }]) => [
        name,
        `${rows} ${columns}${blockdiagonal === undefined ? "" : ` / ${blockdiagonal}`}`,
      ]),
    ),
    ...Object.fromEntries(vectors),
  };
}

/** The whole sentences of some texts' errors; lines are divided by " | ". */
function errorsOf(...texts: string[]): string {
  const messages = texts.map((text) => {
    try {
      cell("Cell", text.replaceAll(" | ", "\n"));
      return `no error: ${text}`;
    } catch (error) {
      if (!(error instanceof CellError)) throw error;
      return error.message;
    }
  });
  return `\n${messages.join("\n")}\n`;
}

describe("the zoo", () => {
  const plain = Object.entries(zoo).filter(([, one]) => one.facts.axes.length === 0);

  test.each(plain)("%s runs along units, from the input", (_, one) => {
    const { values, matrices, vectors, names } = inferAxes(one);
    const { x, ...own } = Object.fromEntries(values);
    expect(x).toBe("input");
    expect(new Set(Object.values(own))).toEqual(new Set(["units"]));
    expect(new Set(vectors.values()).size).toBeLessThanOrEqual(1);
    for (const [name, { rows, columns }] of matrices) {
      expect([name, rows, columns]).toEqual([name, "units", name.startsWith("W") ? "input" : "units"]);
    }
    expect([...names].sort()).toEqual(["input", "units"]);
  });

  test("a projection: the output, and the columns of all that read it", () => {
    const { values, matrices, names } = inferAxes(zoo.lstmp);
    expect(values.get("h")).toBe("projection");
    expect(values.get("c")).toBe("units");
    expect(matrices.get("P_h")).toMatchObject({ rows: "projection", columns: "units" });
    expect(matrices.get("R_f")).toMatchObject({ rows: "units", columns: "projection" });
    expect([...names].sort()).toEqual(["input", "projection", "units"]);
  });

  test("blocks: a value for each, a vector for each cell", () => {
    const { values, matrices, vectors } = inferAxes(zoo.blocksPeepholeLstm);
    expect([values.get("f"), values.get("g"), values.get("c")]).toEqual(["blocks", "units", "units"]);
    expect(matrices.get("R_f")).toMatchObject({ rows: "blocks", columns: "units" });
    expect([vectors.get("b_f"), vectors.get("p_f"), vectors.get("b_g")]).toEqual(["blocks", "units", "units"]);
  });

  test("heads cut the matrices of their role alone", () => {
    const { matrices, names } = inferAxes(zoo.slstm);
    expect(matrices.get("R_f")!.blockdiagonal).toBe("heads");
    expect(matrices.get("W_f")!.blockdiagonal).toBeUndefined();
    expect(names).toContain("heads");
  });
});

describe("inference", () => {
  test("W @ v takes its columns from v and its rows from where it stands", () => {
    expect(axesOf("a : wide = W_a @ x\nh = R_h @ a + Q_h @ (V_q @ h[t-1])")).toMatchObject({
      W_a: "wide input",
      R_h: "units wide",
      V_q: "units units",
      Q_h: "units units",
    });
  });

  test("x : units asks for as many inputs as units", () => {
    expect(axesOf("x : units\ng = sigmoid(W_g @ x)\nh = g * x")).toMatchObject({ x: "units", W_g: "units units" });
  });

  test("an input without a matrix lends its axis to what it meets", () => {
    expect(axesOf("h = 0.5 * h[t-1] + b_h * x")).toMatchObject({ h: "input", b_h: "input" });
  });

  test("an axis stands in the equation or on a line of its own", () => {
    const own = axesOf("f : wide\nf = W_f @ x\nh = R_h @ f");
    expect(own).toEqual(axesOf("f : wide = W_f @ x\nh = R_h @ f"));
    expect(own).toMatchObject({ f: "wide", W_f: "wide input", R_h: "units wide" });
  });

  test("numbers, sums and means are one value per row, and go with any axis", () => {
    expect(axesOf("s = sum(x) + 0.5 * s[t-1]\nm = mean(h[t-1]) * s\nh = tanh(W_h @ x + m * p_h) + s")).toMatchObject({
      s: "one",
      m: "one",
      h: "units",
      p_h: "units",
    });
  });

  test("states of one value may wait for one another", () => {
    expect(axesOf("a = b[t-1] + mean(x)\nb = a * 0.5 + 1\nh = W_h @ x * b")).toMatchObject({ a: "one", b: "one" });
    expect(axesOf("a = b[t-1] + W_a @ x\nb = a * 0.5 + 1\nh = b")).toMatchObject({ a: "units", b: "units" });
  });

  test("a matrix of one row makes one value where the text asks for it", () => {
    expect(axesOf("z : one = sigmoid(W_z @ x + R_z @ h[t-1])\nh = z * h[t-1] + tanh(W_h @ x)")).toMatchObject({
      z: "one",
      W_z: "one input",
      R_z: "one units",
      h: "units",
    });
  });

  test("a matrix of one column takes one value", () => {
    expect(axesOf("h = W_h @ sum(x) + R_h @ h[t-1]")).toMatchObject({ W_h: "units one" });
    expect(axesOf("x : one\nh = W_h @ x + x * h[t-1]")).toMatchObject({ x: "one", W_h: "units one", h: "units" });
  });

  test("sum(v, blocks) and expand(v) go there and back", () => {
    expect(axesOf("b = sum(p_b * h[t-1], blocks)\nh = expand(sigmoid(b + d_b)) * tanh(W_h @ x)")).toMatchObject({
      b: "blocks",
      p_b: "units",
      d_b: "blocks",
      h: "units",
    });
  });

  test("one value can be expanded over an axis", () => {
    expect(axesOf("f : wide = expand(mean(x))\nh = R_h @ f")).toMatchObject({ f: "wide", R_h: "units wide" });
  });

  test("layernorm's results run along their own arguments' axes", () => {
    expect(axesOf("a, b = layernorm(W_a @ x, h[t-1])\na : wide\nh = R_h @ a + b")).toMatchObject({
      a: "wide",
      W_a: "wide input",
      b: "units",
    });
  });

  test("a first value's vector runs along its state", () => {
    expect(axesOf("c : wide = 0.5 * c[t-1] + W_c @ x\nh = R_h @ c\nc[0] = 2 * k_c")).toMatchObject({ k_c: "wide" });
  });

  test("a parameter's own heads win over its role's", () => {
    expect(
      axesOf("R : blockdiagonal(heads)\nR_g : blockdiagonal(groups)\nh = R_h @ h[t-1] + R_g @ h[t-1] + W_h @ x"),
    ).toMatchObject({ R_h: "units units / heads", R_g: "units units / groups" });
  });

  test("names lists the axes that need a size, each once", () => {
    expect([...inferAxes(cell("Cell", "h = W_h @ x + expand(sum(h[t-1], groups))")).names].sort()).toEqual([
      "groups",
      "input",
      "units",
    ]);
    expect(inferAxes(cell("Cell", "x : units\nh = x")).names).toEqual(["units"]);
  });
});

describe("errors", () => {
  test("two axes meet in an operation: both lines are named", () => {
    expect(
      errorsOf(
        "f : blocks = sigmoid(W_f @ x) | g : wide = tanh(W_g @ x) | h = R_h @ (f * g)",
        "f : blocks = W_f @ x | g : wide = W_g @ x | h = R_h @ min(f, g)",
        "g : wide = tanh(W_g @ x) | h = R_h @ g | k = k[t-1] + x * g",
      ),
    ).toMatchInlineSnapshot(`
      "
      Cell, line 3, column 14: axis blocks (line 1) meets axis wide (line 2); an element-wise operation keeps one axis; go from one to another by a matrix, sum(v, axis) or expand(v)
          h = R_h @ (f * g)
                       ^
      Cell, line 3, column 11: axis blocks (line 1) meets axis wide (line 2); an element-wise operation keeps one axis; go from one to another by a matrix, sum(v, axis) or expand(v)
          h = R_h @ min(f, g)
                    ^^^
      Cell, line 3, column 16: axis input (line 1) meets axis wide (line 1); an element-wise operation keeps one axis; go from one to another by a matrix, sum(v, axis) or expand(v)
          k = k[t-1] + x * g
                         ^
      "
    `);
  });

  test("two axes meet through a name, a matrix, a vector or a state", () => {
    expect(
      errorsOf(
        "f : blocks = sigmoid(W_f @ x) | g : wide = f | h = R_h @ g",
        "f : blocks = W_a @ x | g : wide = W_a @ x | h = R_h @ f + R_g @ g",
        "f : blocks = W_f @ x | g : wide = W_g @ x | h = R_h @ f + R_h @ g",
        "f : blocks = p_a * (W_f @ x) | g : wide = p_a * (W_g @ x) | h = R_h @ f + R_g @ g",
        "f : blocks = W_f @ x + h[t-1] | g : wide = W_g @ x + h[t-1] | h = R_h @ f + R_g @ g",
        "x : units | f : wide = W_f @ x | h = R_h @ f | k = k[t-1] + f | k : units",
      ),
    ).toMatchInlineSnapshot(`
      "
      Cell, line 2, column 1: axis wide (line 2) meets axis blocks (line 1); an element-wise operation keeps one axis; go from one to another by a matrix, sum(v, axis) or expand(v)
          g : wide = f
          ^
      Cell, line 2, column 1: axis wide (line 2) meets axis blocks (line 1); an element-wise operation keeps one axis; go from one to another by a matrix, sum(v, axis) or expand(v)
          g : wide = W_a @ x
          ^
      Cell, line 3, column 19: axis blocks (line 1) meets axis wide (line 2); R_h has as many columns as its operand has values; take two matrices
          h = R_h @ f + R_h @ g
                            ^
      Cell, line 2, column 1: axis wide (line 2) meets axis blocks (line 1); an element-wise operation keeps one axis; go from one to another by a matrix, sum(v, axis) or expand(v)
          g : wide = p_a * (W_g @ x)
          ^
      Cell, line 2, column 1: axis wide (line 2) meets axis blocks (line 1); an element-wise operation keeps one axis; go from one to another by a matrix, sum(v, axis) or expand(v)
          g : wide = W_g @ x + h[t-1]
          ^
      Cell, line 5, column 1: axis wide (line 2) meets axis units (line 5); an element-wise operation keeps one axis; go from one to another by a matrix, sum(v, axis) or expand(v)
          k : units
          ^
      "
    `);
  });

  test("a first value meets the axis of its state", () => {
    expect(
      errorsOf(
        "c : wide = c[t-1] + W_c @ x | h = R_h @ c + W_h @ x + k_h | h : units | c[0] = k_h",
        "s = 0.5 * s[t-1] + mean(x) | h = W_h @ x * s | s[0] = k_s",
      ),
    ).toMatchInlineSnapshot(`
      "
      Cell, line 4, column 1: axis wide (line 1) meets axis units (line 3); an element-wise operation keeps one axis; go from one to another by a matrix, sum(v, axis) or expand(v)
          c[0] = k_h
          ^
      Cell, line 3, column 1: s is one value per row, and its first value is a vector; write a number
          s[0] = k_s
          ^
      "
    `);
  });

  test("a sum or an expand that goes nowhere", () => {
    expect(
      errorsOf(
        "f : blocks = sigmoid(W_f @ x) | c = f * c[t-1] + expand(f) | h = c",
        "f = sigmoid(W_f @ x) | h = expand(f) * h[t-1]",
        "f : blocks = sum(p_f * c[t-1], blocks) | c = f * c[t-1] + W_c @ x | h = R_h @ c",
        "h = W_h @ x + expand(sum(mean(x), blocks))",
      ),
    ).toMatchInlineSnapshot(`
      "
      Cell, line 2, column 18: expand goes from axis blocks to axis blocks; v needs a shorter axis (f : blocks = …), and an expand wherever it meets longer values
          c = f * c[t-1] + expand(f)
                           ^^^^^^
      Cell, line 2, column 5: expand goes from axis units to axis units; v needs a shorter axis (f : blocks = …), and an expand wherever it meets longer values
          h = expand(f) * h[t-1]
              ^^^^^^
      Cell, line 1, column 14: sum goes from axis blocks to axis blocks; v needs a longer axis; where a value per block meets it, write expand
          f : blocks = sum(p_f * c[t-1], blocks)
                       ^^^
      Cell, line 1, column 22: sum(v, blocks) of one value per row; v must be a vector with some values for each block
          h = W_h @ x + expand(sum(mean(x), blocks))
                               ^^^
      "
    `);
  });

  test("one value is asked for, and a vector given", () => {
    expect(
      errorsOf("z : one = x | h = W_h @ x * z", "z : one = sigmoid(f) | f : blocks = W_f @ x | h = R_h @ f * z"),
    ).toMatchInlineSnapshot(`
      "
      Cell, line 1, column 1: axis input (line 1) meets axis one (line 1); an element-wise operation keeps one axis; go from one to another by a matrix, sum(v, axis) or expand(v)
          z : one = x
          ^
      Cell, line 2, column 1: axis one (line 1) meets axis blocks (line 2); an element-wise operation keeps one axis; go from one to another by a matrix, sum(v, axis) or expand(v)
          f : blocks = W_f @ x
          ^
      "
    `);
  });

  test("come when the cell is made, as CellErrors with their place", () => {
    expect(() => cell("Cell", "f : blocks = W_f @ x\nh : wide = f")).toThrow(CellError);
    try {
      cell("Cell", "f : blocks = W_f @ x\nh : wide = f");
    } catch (error) {
      expect(error).toMatchObject({ code: "cell", place: { line: 2, column: 1 } });
    }
  });
});
