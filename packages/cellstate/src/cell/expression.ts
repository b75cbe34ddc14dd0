/**
 * The right side of an equation, by recursive descent: "@" binds tightest, then unary "-", then "* /",
 * then "+ -", left to right.
 */
import { type Fail, nearest } from "./errors.ts";
import { checkAxis, checkName, type Reader } from "./reader.ts";
import { type Expression, type FunctionName, functionNames, isMatrix, isParameter, type Place } from "./syntax.ts";
import { limits, type Token } from "./tokens.ts";

/** How many values a function takes, least and most; one where nothing is said. */
const counts: Partial<Record<FunctionName, readonly [least: number, most: number]>> = {
  min: [2, 2],
  max: [2, 2],
  clamp: [3, 3],
  layernorm: [1, Number.POSITIVE_INFINITY],
};

const counted = ["", "one value", "two values", "three values"];

/** How a function is written, where its name does not say it. */
const forms: Partial<Record<FunctionName, string>> = {
  min: "min(a, b)",
  max: "max(a, b)",
  clamp: "clamp(a, -1, 1)",
  layernorm: "layernorm(a, b)",
  sum: "sum(a), or sum(a, blocks) for a sum per block",
  bernoulli: "bernoulli(0.9), or bernoulli(0.9, sequence) for one draw a sequence",
};

/**
 * Levels, what stands inside what, are checked on the way down, so that no text can exhaust the stack here,
 * and for every node, so that none can where the tree is walked later.
 */
export function readExpression(reader: Reader): Expression {
  const { fail, is, take } = reader;
  const heights = new Map<Expression, number>();
  let level = 0;

  const tooDeep = (at: Place): never =>
    fail(at, `more than ${limits.levels} levels stand inside one another`, "give a part of it an equation of its own");
  function node(made: Expression, parts: readonly Expression[]): Expression {
    const height = parts.reduce((most, part) => Math.max(most, heights.get(part) ?? 0), 0) + 1;
    if (height > limits.levels) tooDeep(made.at);
    heights.set(made, height);
    return made;
  }
  function deeper(read: () => Expression): Expression {
    if (++level > limits.levels) tooDeep(reader.peek().at);
    const made = read();
    level--;
    return made;
  }

  function leftToRight(operators: readonly ("+" | "-" | "*" | "/")[], operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const operator = operators.find(is);
      if (!operator) return left;
      const { at } = take();
      const right = operand();
      left = node({ kind: "binary", operator, left, right, at }, [left, right]);
    }
  }
  const quotient = (): Expression => leftToRight(["*", "/"], unary);
  const sum = (): Expression => leftToRight(["+", "-"], quotient);

  function unary(): Expression {
    if (!is("-")) return product();
    const { at } = take();
    const of = deeper(unary);
    if (of.kind !== "number") return node({ kind: "negative", of, at }, [of]);
    return node({ kind: "number", value: -of.value, at: upTo(at, of.at) }, []);
  }

  function product(): Expression {
    const left = primary();
    const isMatrixName = left.kind === "name" && isMatrix(left.name);
    if (!is("@")) {
      if (!isMatrixName) return left;
      const small = left.name[0].toLowerCase() + left.name.slice(1);
      const mend = `write ${left.name} @ x, or a vector's small role: ${small}`;
      return fail(left.at, `${left.name} is a matrix and stands only left of "@"`, mend);
    }
    const { at } = take();
    if (!isMatrixName || left.previous) {
      const like = left.kind === "name" ? `a matrix has a capital role: ${matrixLike(left.name)}` : "write W_a @ b";
      return fail(left.at, 'left of "@" stands the name of a matrix', like);
    }
    if (is("-")) fail(reader.peek().at, '"@" binds more tightly than "-"', "put parentheses around the right side");
    const of = deeper(product);
    return node({ kind: "product", matrix: left.name, of, at }, [of]);
  }

  function primary(): Expression {
    const { kind, text, at } = reader.peek();
    if (kind === "number") {
      take();
      return node({ kind: "number", value: Number(text), at }, []);
    }
    if (kind === "name") return reader.peek(1).text === "(" ? call(take()) : value(take());
    if (!is("(")) return reader.unexpected("a value");
    take();
    const inside = deeper(sum);
    reader.expect(")");
    return inside;
  }

  function call({ text, at }: Token): Expression {
    const known = functionNames.find((name) => name === text);
    if (!known) return fail(at, `"${text}" is no function`, mendFunction(text, reader));
    take();
    const given: Expression[] = [];
    let axis: Token | undefined;
    let perSequence = false;
    while (!reader.accept(")")) {
      if (given.length > 0) reader.expect(",");
      if (known === "bernoulli" && given.length === 1 && reader.peek().text === "sequence") {
        reader.take();
        reader.expect(")");
        perSequence = true;
        break;
      }
      if (known === "sum" && given.length === 1) {
        axis = reader.name("the name of an axis");
        checkAxis(axis, fail);
        reader.expect(")");
        break;
      }
      given.push(deeper(sum));
    }
    checkArguments(known, given, at, fail);
    const more = { ...(axis && { axis: axis.text }), ...(perSequence && { perSequence: true as const }) };
    return node({ kind: "call", function: known, arguments: given, ...more, at }, given);
  }

  function value(token: Token): Expression {
    const { text: name, at } = token;
    checkName(token, fail);
    if (!is("[")) return node({ kind: "name", name, previous: false, at }, []);
    readPrevious(reader, token);
    return node({ kind: "name", name, previous: true, at: upTo(at, reader.last()) }, []);
  }

  return sum();
}

/** `[t-1]`, the only index there is on the right. */
function readPrevious(reader: Reader, { text: name, at }: Token): void {
  const { fail } = reader;
  reader.take();
  let index = "";
  while (!reader.is("]") && reader.peek().kind !== "end" && index.length < 20) index += reader.take().text;
  reader.expect("]");
  const place = upTo(at, reader.last());
  if (index === "0") fail(place, "a first value stands only on the left", `write ${name}[0] = … on a line of its own`);
  if (index === "t") fail(place, `${name} without an index is the value at this step`, `write ${name}`);
  if (/^t-\d+$/.test(index) && index !== "t-1") {
    const mend = `for two steps back write p = ${name}[t-1] on a line of its own and here p[t-1]`;
    fail(place, "only the step before can be reached, [t-1]", mend);
  }
  if (index !== "t-1") fail(place, `[${index}] is no step that can be reached`, `did you mean ${name}[t-1]?`);
  if (name === "x") fail(place, "x has only this step's value", "write p = x on a line of its own and here p[t-1]");
  if (isParameter(name)) fail(place, `${name} is a parameter, the same at every step`, `write ${name}`);
}

function mendFunction(text: string, reader: Reader): string {
  if (reader.peek(1).text === "t") return `did you mean ${text}[t-1]?`;
  const near = nearest(text, functionNames);
  return near ? `did you mean ${near}?` : `the functions are ${functionNames.join(", ")}; a product is written a * b`;
}

function checkArguments(name: FunctionName, given: readonly Expression[], at: Place, fail: Fail): void {
  const [least, most] = counts[name] ?? [1, 1];
  const form = `write ${forms[name] ?? `${name}(a)`}`;
  if (given.length < least || given.length > most) {
    const wanted = most > least ? "one or more values" : counted[least];
    fail(at, `${name} takes ${wanted}, not ${given.length || "none"}`, form);
  }
  if (name === "bernoulli") {
    const [p] = given;
    const isPart = p.kind === "number" && p.value >= 0 && p.value <= 1;
    if (!isPart) fail(p.at, "bernoulli takes a probability, a number from 0 to 1", form);
  }
  if (name !== "clamp") return;
  const [, low, high] = given;
  if (low.kind !== "number") fail(low.at, "clamp's limits are numbers", form);
  if (high.kind !== "number") fail(high.at, "clamp's limits are numbers", form);
  if (low.value > high.value) fail(low.at, "clamp's lower limit is above its upper", form);
}

/** "Wf", "w_f" and "f" as a matrix: W_f. */
function matrixLike(name: string): string {
  const letters = name.replace(/_/g, "");
  return letters.length > 1 ? `${letters[0].toUpperCase()}_${letters.slice(1)}` : `W_${letters}`;
}

/** The place from one to the other; to the end of its line, if the other is on a later one. */
const upTo = (from: Place, to: Place): Place =>
  from.line === to.line ? { ...from, length: to.column + to.length - from.column } : from;
