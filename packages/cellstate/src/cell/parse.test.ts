/** What a text is read as, and that no text can do worse than be refused. */
import { describe, expect, test } from "vitest";
import { CellError } from "./errors.ts";
import { parse } from "./parse.ts";
import type { Expression } from "./syntax.ts";
import { seeded } from "./testing.ts";
import { limits } from "./tokens.ts";

/** An expression with every pair of parentheses that its tree has. */
function show(e: Expression): string {
  switch (e.kind) {
    case "number":
      return String(e.value);
    case "name":
      return e.previous ? `${e.name}'` : e.name;
    case "negative":
      return `(-${show(e.of)})`;
    case "binary":
      return `(${show(e.left)} ${e.operator} ${show(e.right)})`;
    case "product":
      return `(${e.matrix} @ ${show(e.of)})`;
    case "call":
      return `${e.function}(${[...e.arguments.map(show), ...(e.axis ? [`: ${e.axis}`] : [])].join(", ")})`;
  }
}

const shown = (expression: string): string => show(parse("Cell", `h = ${expression}`).definitions[0].value);

describe("expressions", () => {
  test.each([
    ["a + b - c + d", "(((a + b) - c) + d)"],
    ["a * b / c * d", "(((a * b) / c) * d)"],
    ["a - b * c", "(a - (b * c))"],
    ["-a * b", "((-a) * b)"],
    ["a * -b", "(a * (-b))"],
    ["- - a", "(-(-a))"],
    ["-W_a @ x + b_a", "((-(W_a @ x)) + b_a)"],
    ["W_a @ x * r", "((W_a @ x) * r)"],
    ["R_n @ (r * h[t-1])", "(R_n @ (r * h'))"],
    ["P_h @ W_x @ x", "(P_h @ (W_x @ x))"],
    ["R_z @ tanh(h[t-1])", "(R_z @ tanh(h'))"],
    ["c[ t - 1 ] - -1e30", "(c' - -1e+30)"],
    ["2. + .5 + 1e-3 + 1.5E+2", "(((2 + 0.5) + 0.001) + 150)"],
    ["max(a, min(b, c))", "max(a, min(b, c))"],
    ["clamp(a + b, -1, 0.5)", "clamp((a + b), -1, 0.5)"],
    ["sum(p_f * c[t-1], blocks) + sum(c) - sum((c))", "((sum((p_f * c'), : blocks) + sum(c)) - sum(c))"],
    ["stopgradient(max(v + m[t-1], u))", "stopgradient(max((v + m'), u))"],
  ])("%s is %s", (text, tree) => {
    expect(shown(text)).toBe(tree);
  });
});

describe("lines", () => {
  test("keep captions, headings, axes, first values and starts", () => {
    const syntax = parse(
      "Cell",
      `
      # lost: not just above

      # what is
      # kept
      f : blocks = sigmoid(W_f @ x   # one

          # two
          + b_f)  # three
      p, q : wide = layernorm(W_p @ x, f)
      h=f#bare
      m[0] = -1e30
      h[0] = k_h / 2
      x : units
      R : blockdiagonal(heads)   # nobody keeps this
      R_x : blockdiagonal(heads)
      R ~ orthogonal
      b_i, b_o ~ -1
      b_f ~ chrono(784)
    `,
    );
    const { definitions, firstValues, axes, starts } = syntax;
    expect(definitions.map(({ value, places, ...rest }) => ({ ...rest, value: show(value) }))).toEqual([
      {
        names: ["f"],
        axis: "blocks",
        value: "sigmoid(((W_f @ x) + b_f))",
        caption: "one two three",
        heading: "what is kept",
      },
      { names: ["p", "q"], axis: "wide", value: "layernorm((W_p @ x), f)" },
      { names: ["h"], value: "f", caption: "bare" },
    ]);
    expect(firstValues.map(({ state, value }) => [state, show(value)])).toEqual([
      ["m", "-1e+30"],
      ["h", "(k_h / 2)"],
    ]);
    expect(axes.map(({ name, axis, blockdiagonal }) => [name, axis, blockdiagonal])).toEqual([
      ["x", "units", false],
      ["R", "heads", true],
      ["R_x", "heads", true],
    ]);
    expect(starts.map(({ targets, rule }) => [targets.join(), rule])).toEqual([
      ["R", { kind: "call", name: "orthogonal", arguments: [] }],
      ["b_i,b_o", { kind: "number", value: -1 }],
      ["b_f", { kind: "call", name: "chrono", arguments: [784] }],
    ]);
  });

  test("with Windows' or old ends are the same", () => {
    const text = "h = tanh(W_h @ x  # up\n  + R_h @ h[t-1])\nh[0] = 1";
    for (const end of ["\r\n", "\r"]) {
      expect(parse("Cell", text.replaceAll("\n", end))).toEqual(parse("Cell", text));
    }
  });

  test("know the place of every part", () => {
    const { definitions, firstValues } = parse(
      "Cell",
      "\n  f = -W_f @ h[t-1]\n  h = f +\n".replace("+\n", "+ x\n  h[0] = 1"),
    );
    const { places, value } = definitions[0];
    expect(places).toEqual([{ line: 2, column: 3, length: 1 }]);
    expect(value.at).toEqual({ line: 2, column: 7, length: 1 });
    const product = value.kind === "negative" ? value.of : value;
    expect(product.at).toEqual({ line: 2, column: 12, length: 1 });
    expect(product.kind === "product" && product.of.at).toEqual({ line: 2, column: 14, length: 6 });
    expect(firstValues[0].at).toEqual({ line: 4, column: 3, length: 1 });
  });
});

function errorOf(text: string): string {
  try {
    parse("Cell", text);
  } catch (error) {
    if (error instanceof CellError) return error.message;
    throw error;
  }
  return "no error";
}

describe("limits", () => {
  test("are exact: 64 KB, 200 lines that hold something, 64 levels", () => {
    const wide = `h = x #${"é".repeat((limits.bytes - 7 - 1) / 2)}`;
    expect(errorOf(`${wide}.`)).toBe("no error");
    expect(errorOf(`${wide}..`)).toContain("64 KB");
    const long = Array.from({ length: limits.lines }, (_, i) => `a${i} = x`).join("\n\n");
    expect(errorOf(long)).toBe("no error");
    expect(errorOf(`${long}\n# more`)).toContain("200 lines");
    const deep = (levels: number): string => `h = ${"(".repeat(levels)}x${")".repeat(levels)}`;
    expect(errorOf(deep(limits.levels))).toBe("no error");
    expect(errorOf(deep(limits.levels + 1))).toContain("more than 64 levels");
    expect(errorOf(`h = x${" + x".repeat(limits.levels - 1)}`)).toBe("no error");
    expect(errorOf(`h = x${" + x".repeat(limits.levels)}`)).toContain("more than 64 levels");
  });

  test.each(["(", "-", "exp(", "W_a @ ", "W_a @ (", "layernorm(a, ", "a + (", "((a) * "])(
    "hold against %s without end",
    (piece) => {
      const many = piece.repeat(Math.floor(60_000 / piece.length));
      expect(errorOf(`h = ${many}`)).toMatch(/levels|not closed/);
      const closing = many.replace(/[^(]/g, "").replace(/\(/g, ")");
      expect(errorOf(`h = ${many}x${closing}`.slice(0, 65_000))).toMatch(/levels|not closed/);
    },
  );

  test("long lines and long names take no time and fill no page", () => {
    const message = errorOf(`h = ${"a".repeat(30_000)} ${"b".repeat(30_000)}`);
    expect(
      message
        .split("\n")
        .slice(2)
        .every((line) => line.length < 110),
    ).toBe(true);
    expect(errorOf(`${"a, ".repeat(20_000)}b = x`)).toContain("only layernorm");
  });
});

test("any text is read or refused with a place inside it", () => {
  const pieces =
    "h = x c y W_f @ ( ) [t-1] [0] [ ] , : ~ + - * / 1 -1e30 0.5 tanh( sum( layernorm( max( chrono #  _ . σ t b_f \r".split(
      " ",
    );
  const random = seeded(1);
  const pick = (n: number): number => Math.floor(((random() + 1) / 2) * n);
  let read = 0;
  for (let round = 0; round < 20_000; round++) {
    const start = pick(2) ? "h = " : "";
    const text =
      start + Array.from({ length: 1 + pick(8) }, () => pieces[pick(pieces.length)] + (pick(5) ? " " : "\n")).join("");
    try {
      parse("Cell", text);
      read++;
    } catch (error) {
      if (!(error instanceof CellError)) throw error;
      const { line, column } = error.place as NonNullable<typeof error.place>;
      const lines = text.split(/\r\n|\n|\r/);
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeLessThanOrEqual(lines[line - 1].length + 1);
      expect(error.message).toMatch(/^Cell, line \d+, column \d+: .+\n {4}.*\n\s*\^+$/);
    }
  }
  expect(read).toBeGreaterThan(100);
});
