/**
 * Which axis every value of a cell runs along, by unification: element-wise operations keep one axis,
 * `W @ v` takes its columns from `v` and its rows from where it stands, a number, `sum(v)` and `mean(v)`
 * go with any axis. What stays open is "units".
 */
import type { Cell } from "./cell.ts";
import { failIn } from "./errors.ts";
import type { Axis } from "./operations.ts";
import { type Expression, isMatrix, isParameter, type Place, roleOf, type Syntax } from "./syntax.ts";

export interface MatrixAxes {
  readonly rows: Axis;
  readonly columns: Axis;
  readonly blockdiagonal?: Axis;
}

export interface Axes {
  /** The axis of an expression of this syntax; "one" for a number or a value per row. */
  of(expression: Expression): Axis;
  readonly values: ReadonlyMap<string, Axis>;
  readonly matrices: ReadonlyMap<string, MatrixAxes>;
  readonly vectors: ReadonlyMap<string, Axis>;
  /** All axes that need a size, without "one". */
  readonly names: readonly Axis[];
}

/** A node of the union-find forest; a class may have been given a name somewhere. */
interface Variable {
  parent?: Variable;
  name?: Axis;
  at?: Place;
}

const find = (v: Variable): Variable => {
  let root = v;
  while (root.parent) root = root.parent;
  return root;
};

/**
 * The axes of a cell's values and parameters.
 *
 * @throws {CellError} where two axes meet, or where a value does not run along the axis that the text puts on it
 */
export function inferAxes(cell: Pick<Cell, "name" | "text" | "syntax">): Axes {
  const { syntax } = cell;
  const fail = failIn(cell);
  const declared = declaredAxes(syntax);
  const scalars = scalarNames(syntax, declared);
  const variables = new Map<string, Variable>();
  const expressions = new Map<Expression, Variable | "one">();

  const named = (key: string): Variable => {
    const known = variables.get(key);
    if (known) return known;
    const fresh: Variable = {};
    variables.set(key, fresh);
    return fresh;
  };
  const unify = (left: Variable, right: Variable, at: Place, mend = keepsOne): void => {
    const a = find(left);
    const b = find(right);
    if (a === b) return;
    if (a.name !== undefined && b.name !== undefined && a.name !== b.name) {
      fail(at, `axis ${a.name}${line(a.at)} meets axis ${b.name}${line(b.at)}`, mend);
    }
    b.parent = a;
    a.name ??= b.name;
    a.at ??= b.at;
  };
  const name = (v: Variable, axis: Axis, at: Place | undefined): void => unify(v, { name: axis, at }, at ?? nowhere);

  function visit(e: Expression): Variable | "one" {
    const known = expressions.get(e);
    if (known) return known;
    const axis = axisOf(e);
    expressions.set(e, axis);
    return axis;
  }
  function joined(parts: readonly Expression[], at: Place): Variable | "one" {
    let axis: Variable | "one" = "one";
    for (const part of parts) {
      const next = visit(part);
      if (next === "one") continue;
      if (axis === "one") axis = next;
      else unify(axis, next, at);
    }
    return axis;
  }
  function axisOf(e: Expression): Variable | "one" {
    switch (e.kind) {
      case "number":
        return "one";
      case "name":
        if (scalars.has(e.name)) return "one";
        return named(isParameter(e.name) ? `vector ${e.name}` : `value ${e.name}`);
      case "negative":
        return visit(e.of);
      case "binary":
        return joined([e.left, e.right], e.at);
      case "product": {
        const of = visit(e.of);
        const columns = named(`columns ${e.matrix}`);
        const operand: Variable = of === "one" ? { name: "one", at: e.of.at } : of;
        unify(columns, operand, e.at, `${e.matrix} has as many columns as its operand has values; take two matrices`);
        return named(`rows ${e.matrix}`);
      }
      case "call":
        for (const a of e.arguments) visit(a);
        if (e.function === "sum" && e.axis !== undefined) {
          if (visit(e.arguments[0]!) === "one") {
            fail(e.at, `sum(v, ${e.axis}) of one value per row`, "v must be a vector with some values for each block");
          }
          const result: Variable = {};
          name(result, e.axis, e.at);
          return result;
        }
        if (e.function === "sum" || e.function === "mean") return "one";
        if (e.function === "expand" || e.function === "bernoulli") return {};
        if (e.function === "layernorm") return visit(e.arguments[0]!);
        return joined(e.arguments, e.at);
    }
  }

  const x = named("value x");
  name(x, declared.get("x")?.axis ?? "input", declared.get("x")?.at ?? firstUse(syntax, "x"));

  for (const d of syntax.definitions) {
    const value = visit(d.value);
    const layernorm = d.value.kind === "call" && d.value.function === "layernorm" ? d.value.arguments : undefined;
    d.names.forEach((n, k) => {
      const axis = layernorm ? visit(layernorm[k]!) : value;
      const own = declared.get(n);
      const at = own?.at ?? d.places[k] ?? d.value.at;
      if (scalars.has(n)) {
        if (axis !== "one") name(axis, "one", at); // z : one = W_z @ x
        return;
      }
      const mine = named(`value ${n}`);
      if (own !== undefined) name(mine, own.axis, at);
      if (axis !== "one") unify(mine, axis, at);
    });
  }
  for (const f of syntax.firstValues) {
    const value = visit(f.value);
    if (value === "one") continue;
    if (scalars.has(f.state)) {
      fail(f.at, `${f.state} is one value per row, and its first value is a vector`, "write a number");
    }
    unify(named(`value ${f.state}`), value, f.at);
  }
  const blockdiagonal = new Map(syntax.axes.filter((a) => a.blockdiagonal).map((a) => [a.name, a.axis]));

  const resolve = (v: Variable | "one"): Axis => (v === "one" ? "one" : (find(v).name ?? "units"));
  for (const [e, v] of expressions) {
    if (e.kind !== "call" || (e.function !== "expand" && !(e.function === "sum" && e.axis !== undefined))) continue;
    const axis = resolve(v);
    if (resolve(visit(e.arguments[0]!)) !== axis) continue;
    const shorter = "v needs a shorter axis (f : blocks = …), and an expand wherever it meets longer values";
    const longer = "v needs a longer axis; where a value per block meets it, write expand";
    fail(e.at, `${e.function} goes from axis ${axis} to axis ${axis}`, e.function === "expand" ? shorter : longer);
  }
  const values = new Map<string, Axis>([["x", resolve(x)]]);
  for (const d of syntax.definitions) {
    for (const n of d.names) values.set(n, scalars.has(n) ? "one" : resolve(named(`value ${n}`)));
  }
  const matrices = new Map<string, MatrixAxes>();
  const vectors = new Map<string, Axis>();
  for (const [key, v] of variables) {
    const [kind, parameter] = key.split(" ") as [string, string];
    if (kind === "vector") vectors.set(parameter, resolve(v));
    if (kind === "rows" && isMatrix(parameter)) {
      matrices.set(parameter, {
        rows: resolve(v),
        columns: resolve(named(`columns ${parameter}`)),
        blockdiagonal: blockdiagonal.get(parameter) ?? blockdiagonal.get(roleOf(parameter)),
      });
    }
  }
  const names = new Set<Axis>([...values.values(), ...vectors.values()]);
  for (const m of matrices.values()) {
    for (const axis of [m.rows, m.columns, m.blockdiagonal]) if (axis !== undefined) names.add(axis);
  }
  for (const v of expressions.values()) if (v !== "one") names.add(resolve(v));
  names.delete("one");
  return {
    of: (e) => {
      const v = expressions.get(e);
      if (v === undefined) throw new Error("expression of another cell");
      return resolve(v);
    },
    values,
    matrices,
    vectors,
    names: [...names],
  };
}

const keepsOne =
  "an element-wise operation keeps one axis; go from one to another by a matrix, sum(v, axis) or expand(v)";
const nowhere: Place = { line: 0, column: 0, length: 0 };
const line = (at: Place | undefined): string => (at && at.line > 0 ? ` (line ${at.line})` : "");

/** Where the text puts an axis on a value: in its equation, or on a line of its own. */
function declaredAxes(syntax: Syntax): Map<string, { axis: Axis; at: Place }> {
  const declared = new Map<string, { axis: Axis; at: Place }>();
  for (const { name, axis, blockdiagonal, at } of syntax.axes) if (!blockdiagonal) declared.set(name, { axis, at });
  for (const { names, places, axis } of syntax.definitions) {
    if (axis !== undefined) names.forEach((n, k) => declared.set(n, { axis, at: places[k]! }));
  }
  return declared;
}

function firstUse(syntax: Syntax, wanted: string): Place | undefined {
  const find = (e: Expression): Place | undefined => {
    if (e.kind === "name") return e.name === wanted ? e.at : undefined;
    if (e.kind === "negative" || e.kind === "product") return find(e.of);
    if (e.kind === "binary") return find(e.left) ?? find(e.right);
    return e.kind === "call" ? e.arguments.map(find).find((place) => place !== undefined) : undefined;
  };
  return syntax.definitions.map(({ value }) => find(value)).find((place) => place !== undefined);
}

/** The names whose value is one number per row: those put on axis one, and all that follow from such alone. */
function scalarNames(syntax: Syntax, declared: ReadonlyMap<string, { readonly axis: Axis }>): Set<string> {
  const mayBe = (name: string): boolean => (declared.get(name)?.axis ?? "one") === "one";
  const scalars = new Set(syntax.definitions.flatMap((d) => d.names.filter(mayBe)));
  if (declared.get("x")?.axis === "one") scalars.add("x");
  const isScalar = (e: Expression): boolean => {
    switch (e.kind) {
      case "number":
        return true;
      case "name":
        return scalars.has(e.name);
      case "negative":
        return isScalar(e.of);
      case "binary":
        return isScalar(e.left) && isScalar(e.right);
      case "product":
        return false;
      case "call":
        if (e.function === "sum" || e.function === "mean") return e.axis === undefined;
        return e.function !== "expand" && e.function !== "bernoulli" && e.arguments.every(isScalar);
    }
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const d of syntax.definitions) {
      for (const n of d.names) {
        if (!scalars.has(n) || declared.has(n) || isScalar(d.value)) continue;
        scalars.delete(n);
        changed = true;
      }
    }
  }
  return scalars;
}
