/**
 * What an expression does to one value, outermost first: a function, a number added or multiplied, weights. A
 * diagram draws as one node what reads as one: 4σ−2, 1−σ, tanh. Also: which sums are weighted sums.
 */
import { holdsDraw } from "../../draws.ts";
import { type Expression, type FunctionName, isParameter } from "../../syntax.ts";
import { expressionText, numberText } from "../../text.ts";

/** One operation on one value; the other operand, if any, is a number or made of parameters. */
export interface Layer {
  readonly of: Expression;
  /** `number`: can be said around a function's sign (1−σ). `weights`: holds parameters. */
  readonly kind: "function" | "number" | "weights";
  /** On its own: "σ", "×0.5", "1−". */
  readonly label: string;
  /** Around the sign of what is inside: "0.5σ", "1−σ". */
  around(sign: string): string;
}

const signs: Partial<Record<FunctionName, string>> = {
  sigmoid: "σ",
  logsigmoid: "log σ",
  sqrt: "√",
  layernorm: "norm",
  stopgradient: "stop",
};
export const signOf = (name: FunctionName): string => signs[name] ?? name;

/** Does a value of the cell stand in it? Else it is made of numbers and parameters. */
export function hasValue(e: Expression): boolean {
  switch (e.kind) {
    case "number":
      return false;
    case "name":
      return !isParameter(e.name);
    case "negative":
    case "product":
      return hasValue(e.of);
    case "binary":
      return hasValue(e.left) || hasValue(e.right);
    case "call":
      return e.arguments.some(hasValue);
  }
}

/** The operation that an expression is, if it is one on a single value. */
export function layerOf(e: Expression): Layer | undefined {
  if (e.kind === "negative") return layer(e.of, "number", "−", (s) => `−${s}`);
  if (e.kind === "call") return calledLayer(e);
  if (e.kind !== "binary" || hasValue(e.left) === hasValue(e.right)) return undefined;
  const isLeft = hasValue(e.left);
  const other = isLeft ? e.right : e.left;
  const of = isLeft ? e.left : e.right;
  const n = constantText(other);
  const kind = isNumber(other) ? "number" : "weights";
  switch (e.operator) {
    case "*":
      return layer(of, kind, `×${n}`, (s) => `${n}${s}`);
    case "+":
      return n.startsWith("−") ? layer(of, kind, n, (s) => s + n) : layer(of, kind, `+${n}`, (s) => `${s}+${n}`);
    case "-":
      return isLeft ? layer(of, kind, `−${n}`, (s) => `${s}−${n}`) : layer(of, kind, `${n}−`, (s) => `${n}−${s}`);
    case "/":
      return isLeft ? layer(of, kind, `÷${n}`, (s) => `${s}÷${n}`) : layer(of, kind, `${n}÷`, (s) => `${n}÷${s}`);
  }
}

const layer = (of: Expression, kind: Layer["kind"], label: string, around: Layer["around"]): Layer => ({
  of,
  kind,
  label,
  around,
});

function calledLayer(e: Expression & { kind: "call" }): Layer | undefined {
  const values = e.arguments.filter(hasValue);
  if (values.length !== 1 || (e.function === "layernorm" && e.arguments.length > 1)) return undefined;
  const sign = signOf(e.function);
  const bound = e.arguments.find((a) => !hasValue(a));
  const label = e.function !== "clamp" && bound !== undefined ? `${sign} ${constantText(bound)}` : sign;
  return layer(values[0]!, "function", label, (s) => `${label}(${s})`);
}

const isNumber = (e: Expression): boolean => e.kind === "number" || (e.kind === "negative" && isNumber(e.of));

const LONGEST = 8; // signs of a constant in a label

/** Numbers and parameters as a label has room for. */
export function constantText(e: Expression): string {
  if (holdsDraw(e)) return "noise";
  const text = (e.kind === "number" ? numberText(e.value) : expressionText(e, 3)).replaceAll("-", "−");
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

/** The terms of a sum, whatever their signs. */
export function termsOf(e: Expression): readonly Expression[] {
  if (e.kind === "binary" && (e.operator === "+" || e.operator === "-")) {
    return [...termsOf(e.left), ...termsOf(e.right)];
  }
  return e.kind === "negative" ? termsOf(e.of) : [e];
}

/**
 * The value that a term of a weighted sum weighs: v of `W_f @ v`, `p_f * v`, `0.5 * v`, `sum(p_f * v, blocks)`.
 * `weights`: a matrix, parameters, a number; undefined where the term is a value of its own.
 */
export function weighed(
  term: Expression,
): { readonly of: Expression; readonly weights: "matrix" | "vector" | "number" } | undefined {
  if (term.kind === "product") return { of: term.of, weights: "matrix" };
  if (term.kind === "call" && term.function === "sum" && term.axis !== undefined) {
    const inside = weighed(term.arguments[0]!);
    return inside?.weights === "vector" ? inside : undefined;
  }
  const isScaled = term.kind === "binary" && (term.operator === "*" || (term.operator === "/" && hasValue(term.left)));
  const outer = isScaled ? layerOf(term) : undefined;
  if (outer === undefined) return undefined;
  const inside = weighed(outer.of);
  if (inside?.weights === "matrix") return inside;
  const weights = outer.kind === "weights" || inside?.weights === "vector" ? "vector" : "number";
  return { of: inside?.of ?? outer.of, weights };
}

/** A sum with a matrix in it, or one that weighs several values with parameters: what a box computes. */
export function isWeightedSum(e: Expression): boolean {
  const terms = termsOf(e);
  const kinds = terms.map((t) => weighed(t)?.weights);
  if (kinds.includes("matrix")) return true;
  return terms.filter(hasValue).length > 1 && kinds.includes("vector");
}
