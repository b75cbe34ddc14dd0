/**
 * From a cell's syntax to its graph. A sum that holds products becomes one `accumulate`, in the order
 * that strict arithmetic promises: bias, products of the input, products of states in the text's order.
 */
import { inferAxes } from "./axes.ts";
import type { Cell } from "./cell.ts";
import { drawsOf } from "./draws.ts";
import { createBuilder, dependsOn, type Graph, type Id, type Product } from "./graph.ts";
import type { Binary, Unary } from "./operations.ts";
import { type Expression, isParameter } from "./syntax.ts";

const operators: Record<string, Binary> = { "+": "add", "-": "subtract", "*": "multiply", "/": "divide" };
/** Ba et al., "Layer Normalization", 2016; the value that PyTorch uses. */
const EPSILON = 1e-5;

/**
 * `fixed`: values by name that stand in place of their definitions (`model.with`). `training`: `bernoulli(p)` is drawn;
 * else it is its mean, p.
 */
export function buildGraph(
  cell: Pick<Cell, "name" | "text" | "syntax" | "facts">,
  fixed: Readonly<Record<string, number>> = {},
  training = false,
): Graph {
  const axes = inferAxes(cell);
  const builder = createBuilder();
  const { make, number, binary, unary } = builder;
  const uses = countParameters(cell);
  const draws = drawsOf(cell.syntax);
  const values = new Map<string, Id>();
  const named = new Set<Id>();
  const dependsOnState = (id: Id): boolean => dependsOn(builder.nodes, (n) => n.kind === "previous")(id);

  function expression(e: Expression): Id {
    switch (e.kind) {
      case "number":
        return number(e.value);
      case "name":
        if (e.previous) return make({ kind: "previous", axis: axes.of(e), state: e.name });
        if (isParameter(e.name)) return make({ kind: "parameter", axis: axes.of(e), name: e.name });
        return e.name === "x" ? make({ kind: "input", axis: axes.of(e) }) : values.get(e.name)!;
      case "negative":
        return unary("negative", expression(e.of));
      case "binary":
        return e.operator === "+" ? sum(e) : binary(operators[e.operator]!, expression(e.left), expression(e.right));
      case "product":
        return sum(e);
      case "call":
        return call(e);
    }
  }

  /** A chain of additions: products and at most one vector parameter into one accumulate, the rest onto it. */
  function sum(e: Expression): Id {
    const terms: Expression[] = [];
    const collect = (t: Expression): void => {
      if (t.kind === "binary" && t.operator === "+") {
        collect(t.left);
        collect(t.right);
      } else terms.push(t);
    };
    collect(e);
    const products = terms.filter((t) => t.kind === "product").map(product);
    if (products.length === 0) return terms.map(expression).reduce((a, b) => binary("add", a, b));
    const ordered = [...products.filter((p) => !dependsOnState(p.of)), ...products.filter((p) => dependsOnState(p.of))];
    const bias = terms.find((t) => t.kind === "name" && isParameter(t.name) && uses.get(t.name) === 1);
    const rest = terms.filter((t) => t.kind !== "product" && t !== bias);
    const accumulated = make({
      kind: "accumulate",
      axis: axes.of(e),
      products: ordered,
      ...(bias?.kind === "name" && { bias: bias.name }),
    });
    return rest.map(expression).reduce((a, b) => binary("add", a, b), accumulated);
  }
  function product(e: Expression & { kind: "product" }): Product {
    const of = expression(e.of);
    const node = builder.nodes[of]!;
    if (node.kind === "stopgradient") return { matrix: e.matrix, of: node.a, transposed: false, stopped: true };
    return { matrix: e.matrix, of, transposed: false, stopped: false };
  }

  function call(e: Expression & { kind: "call" }): Id {
    if (e.function === "layernorm") return layernorm(e.arguments)[0]!;
    if (e.function === "bernoulli") return bernoulli(e);
    const a = expression(e.arguments[0]!);
    switch (e.function) {
      case "sum":
        return builder.sum(a, e.axis ?? "one");
      case "mean":
        if (builder.axisOf(a) === "one") return a;
        return binary("divide", builder.sum(a, "one"), make({ kind: "size", axis: "one", of: builder.axisOf(a) }));
      case "expand":
        return make({ kind: "expand", axis: axes.of(e), a });
      case "stopgradient":
        return make({ kind: "stopgradient", axis: axes.of(e), a });
      case "min":
      case "max":
        return binary(e.function, a, expression(e.arguments[1]!));
      case "clamp": {
        const [low, high] = e.arguments.slice(1).map(plainNumber) as [number, number];
        return make({ kind: "clamp", axis: axes.of(e), a, low, high });
      }
      default:
        return unary(e.function as Unary, a);
    }
  }

  // 1 where noise < p; p as float32 has it, so that engines of any precision draw the same
  function bernoulli(e: Expression & { kind: "call" }): Id {
    const p = plainNumber(e.arguments[0]!);
    if (!training) return number(p);
    const purpose = draws.get(e)!;
    const noise = make({ kind: "noise", axis: axes.of(e), purpose, perSequence: e.perSequence === true });
    return unary("step", binary("subtract", number(Math.fround(p)), noise));
  }

  function layernorm(args: readonly Expression[]): Id[] {
    const inputs = args.map(expression);
    const add = (ids: Id[]): Id => ids.reduce((a, b) => binary("add", a, b));
    const size = add(inputs.map((a) => make({ kind: "size", axis: "one", of: builder.axisOf(a) })));
    const mean = binary("divide", add(inputs.map((a) => builder.sum(a, "one"))), size);
    const centred = inputs.map((a) => binary("subtract", a, mean));
    const squares = centred.map((d) => builder.sum(binary("multiply", d, d), "one"));
    const variance = binary("divide", add(squares), size);
    const scale = binary("divide", number(1), unary("sqrt", binary("add", variance, number(EPSILON))));
    const of = make({ kind: "layernorm", axis: "one", arguments: inputs, mean, scale });
    return centred.map((d, index) =>
      make({ kind: "part", axis: builder.axisOf(d), of, index, value: binary("multiply", d, scale) }),
    );
  }

  const define = (name: string, computed: Id): void => {
    const constant = fixed[name];
    const id = constant === undefined ? computed : number(constant);
    const kind = builder.nodes[id]!.kind;
    const leaf = kind === "input" || kind === "parameter" || kind === "previous" || kind === "number";
    const axis = axes.values.get(name)!;
    const own = named.has(id) || leaf || builder.axisOf(id) !== axis ? make({ kind: "same", axis, a: id }) : id;
    // A third name for one value: a name of the name.
    const unique = named.has(own) ? make({ kind: "same", axis, a: own }) : own;
    named.add(unique);
    values.set(name, unique);
  };
  for (const d of cell.facts.order) {
    const value = d.value;
    if (d.names.length > 1 && value.kind === "call") {
      layernorm(value.arguments).forEach((id, k) => define(d.names[k]!, id));
    } else define(d.names[0]!, expression(value));
  }

  const states = new Map<string, { first?: Id }>();
  for (const state of cell.facts.states) {
    const first = cell.syntax.firstValues.find((f) => f.state === state);
    states.set(state, first ? { first: expression(first.value) } : {});
  }
  const inText = new Map(cell.syntax.definitions.flatMap((d) => d.names.map((n) => [n, values.get(n)!] as const)));
  const captions = new Map(
    cell.syntax.definitions.flatMap((d) =>
      d.caption === undefined ? [] : d.names.map((n) => [n, d.caption!] as const),
    ),
  );
  const { output } = cell.facts;
  return {
    name: cell.name,
    builder,
    values: inText,
    captions,
    states,
    output,
    matrices: axes.matrices,
    vectors: axes.vectors,
  };
}

function plainNumber(e: Expression): number {
  if (e.kind === "negative" && e.of.kind === "number") return -e.of.value;
  if (e.kind !== "number") throw new Error("no number where the parser has seen to it");
  return e.value;
}

/** How often each vector parameter stands in the text. */
function countParameters(cell: Pick<Cell, "syntax">): Map<string, number> {
  const counts = new Map<string, number>();
  const visit = (e: Expression): void => {
    if (e.kind === "name" && isParameter(e.name)) counts.set(e.name, (counts.get(e.name) ?? 0) + 1);
    if (e.kind === "negative" || e.kind === "product") visit(e.of);
    if (e.kind === "binary") [e.left, e.right].forEach(visit);
    if (e.kind === "call") e.arguments.forEach(visit);
  };
  for (const d of cell.syntax.definitions) visit(d.value);
  for (const f of cell.syntax.firstValues) visit(f.value);
  return counts;
}
