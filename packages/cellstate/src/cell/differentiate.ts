/**
 * The derivative of a cell, as nodes of the same kinds: reverse mode over one step. States' adjoints come
 * in as `carried` leaves from the step after and go out as the adjoints of `previous` leaves, so that the
 * derivative is a cell that runs from the end. Derivatives use a function's result where they can
 * (sigmoid, tanh, exp, sqrt), so that only results need to be kept. At kinks they are PyTorch's.
 */
import { dependsOn, type Graph, type Id, type Node, type Product } from "./graph.ts";
import type { Axis, Unary } from "./operations.ts";

export interface Derivative {
  /** By state: the adjoint of its value before this step; missing where there is none. */
  readonly carried: ReadonlyMap<string, Id>;
  /** The adjoint of each `accumulate` of the forward graph; missing where there is none. */
  readonly accumulated: ReadonlyMap<Id, Id>;
  /** The adjoints of vector parameters, one per row: their sum down the rows is the gradient. */
  readonly vectors: ReadonlyMap<string, Id>;
  readonly input?: Id;
  /** By vector parameter: the adjoint through the states' first values, one per sequence. */
  readonly firsts: ReadonlyMap<string, Id>;
}

export function differentiate(graph: Graph): Derivative {
  const { builder } = graph;
  const forwardCount = builder.nodes.length;
  const leaf = (kind: "carried", state: string): Id =>
    builder.make({ kind, axis: builder.axisOf(graph.values.get(state)!), state });

  const step = reverse(graph, forwardCount, (push) => {
    const output = graph.values.get(graph.output)!;
    push(output, builder.make({ kind: "given", axis: builder.axisOf(output), of: graph.output }));
    for (const state of graph.states.keys()) push(graph.values.get(state)!, leaf("carried", state));
  });
  const first = reverse(graph, forwardCount, (push) => {
    for (const [state, { first }] of graph.states) if (first !== undefined) push(first, leaf("carried", state));
  });

  const carried = new Map<string, Id>();
  const accumulated = new Map<Id, Id>();
  const vectors = new Map<string, Id>();
  const firsts = new Map<string, Id>();
  let input: Id | undefined;
  for (let id = 0; id < forwardCount; id++) {
    const node = builder.nodes[id]!;
    const adjoint = step.get(id);
    if (node.kind === "parameter" && first.has(id)) firsts.set(node.name, first.get(id)!);
    if (adjoint === undefined) continue;
    if (node.kind === "previous") carried.set(node.state, adjoint);
    if (node.kind === "parameter") vectors.set(node.name, adjoint);
    if (node.kind === "input") input = adjoint;
    if (node.kind === "accumulate") {
      accumulated.set(id, adjoint);
      if (node.bias !== undefined) vectors.set(node.bias, adjoint);
    }
  }
  return { carried, accumulated, vectors, firsts, ...(input !== undefined && { input }) };
}

/** One sweep from the last node to the first; returns every node's adjoint, where it has one. */
function reverse(graph: Graph, count: number, seed: (push: (id: Id, adjoint: Id) => void) => void): Map<Id, Id> {
  const { builder } = graph;
  const { nodes, binary, unary, number } = builder;
  const pointwise: Id[][] = Array.from({ length: count }, () => []);
  const products: Product[][] = Array.from({ length: count }, () => []);
  const normalised = new Map<Id, Map<number, Id>>();
  const adjoints = new Map<Id, Id>();

  const push = (id: Id, adjoint: Id): void => {
    if (builder.constant(adjoint) === 0) return;
    pointwise[id]!.push(along(nodes[id]!.axis, adjoint));
  };
  /** A value that was spread over an axis gathers its adjoint along it; one that was summed up spreads it. */
  const along = (axis: Axis, adjoint: Id): Id => {
    const own = builder.axisOf(adjoint);
    if (axis === own) return adjoint;
    return axis === "one" ? builder.sum(adjoint, "one") : builder.make({ kind: "expand", axis, a: adjoint });
  };
  const times = (a: Id, b: Id): Id => binary("multiply", a, b);
  const isFromLater = dependsOn(nodes, (n) => n.kind === "carried");

  function total(id: Id): Id | undefined {
    const rest = pointwise[id]!;
    const { axis } = nodes[id]!;
    const start = rest.length > 0 ? rest.reduce((a, b) => binary("add", a, b)) : undefined;
    // What no step after has a part in is added up before the loop and must be whole by then: what comes from the
    // step after goes onto it inside the loop.
    const early = products[id]!.filter((p) => !isFromLater(p.of));
    const late = products[id]!.filter((p) => isFromLater(p.of));
    if (start !== undefined && isFromLater(start) && early.length > 0) {
      return accumulate(axis, late, binary("add", accumulate(axis, early), start));
    }
    const before = early.length > 0 ? accumulate(axis, early, start) : start;
    return late.length > 0 ? accumulate(axis, late, before) : before;
  }
  const accumulate = (axis: Axis, all: readonly Product[], start?: Id): Id => {
    if (all.length === 0 && start !== undefined) return start;
    return builder.make({ kind: "accumulate", axis, products: all, ...(start !== undefined && { start }) });
  };

  function spread(node: Node, d: Id): void {
    switch (node.kind) {
      case "unary":
        push(node.a, unaryAdjoint(node.function, node.a, node.id, d));
        return;
      case "binary": {
        const { a, b } = node;
        if (node.function === "add" || node.function === "subtract") {
          push(a, d);
          push(b, node.function === "add" ? d : unary("negative", d));
        } else if (node.function === "multiply") {
          push(a, times(d, b));
          push(b, times(d, a));
        } else if (node.function === "divide") {
          push(a, binary("divide", d, b));
          push(b, unary("negative", binary("divide", times(d, node.id), b)));
        } else {
          // Where both are equal, each takes half.
          const difference = node.function === "max" ? binary("subtract", a, b) : binary("subtract", b, a);
          const above = unary("step", difference);
          const below = unary("step", unary("negative", difference));
          const share = times(binary("add", binary("subtract", above, below), number(1)), number(0.5));
          push(a, times(d, share));
          push(b, times(d, binary("subtract", number(1), share)));
        }
        return;
      }
      case "clamp": {
        const under = unary("step", binary("subtract", number(node.low), node.a));
        const over = unary("step", binary("subtract", node.a, number(node.high)));
        push(node.a, times(d, binary("subtract", binary("subtract", number(1), under), over)));
        return;
      }
      case "sum": {
        push(node.a, builder.make({ kind: "expand", axis: builder.axisOf(node.a), a: d }));
        return;
      }
      case "expand":
        push(node.a, builder.sum(d, builder.axisOf(node.a)));
        return;
      case "same":
        push(node.a, d);
        return;
      case "accumulate":
        for (const p of node.products) {
          if (p.stopped) continue;
          products[p.of]!.push({ matrix: p.matrix, of: d, transposed: true, stopped: true });
        }
        return;
      case "part": {
        const parts = normalised.get(node.of) ?? new Map<number, Id>();
        normalised.set(node.of, parts.set(node.index, d));
        return;
      }
      default:
        return;
    }
  }

  /** y = (a − μ)/σ over all arguments: δa = (δy − mean(δy) − y·mean(δy·y))/σ. */
  function layernorm(node: Node & { kind: "layernorm" }): void {
    const parts = normalised.get(node.id);
    if (!parts) return;
    const add = (ids: Id[]): Id => ids.reduce((a, b) => binary("add", a, b));
    const axes = node.arguments.map((a) => builder.axisOf(a));
    const count = add(axes.map((of) => builder.make({ kind: "size", axis: "one", of })));
    const results = new Map<number, Id>();
    for (const n of nodes) if (n.kind === "part" && n.of === node.id) results.set(n.index, n.id);
    const known = [...parts];
    const mean = binary("divide", add(known.map(([, d]) => builder.sum(d, "one"))), count);
    const aligned = known.map(([k, d]) => builder.sum(times(d, results.get(k)!), "one"));
    const meanAligned = binary("divide", add(aligned), count);
    node.arguments.forEach((a, k) => {
      const fromMeans = binary("add", mean, times(results.get(k)!, meanAligned));
      const d = parts.get(k);
      const centred = d === undefined ? unary("negative", fromMeans) : binary("subtract", d, fromMeans);
      push(a, times(centred, node.scale));
    });
  }

  function unaryAdjoint(f: Unary, a: Id, result: Id, d: Id): Id {
    const one = number(1);
    switch (f) {
      case "negative":
        return unary("negative", d);
      case "sigmoid":
        return times(d, times(result, binary("subtract", one, result)));
      case "tanh":
        return times(d, binary("subtract", one, times(result, result)));
      case "relu":
        return times(d, unary("step", result));
      case "softplus":
        return times(d, unary("sigmoid", a));
      case "exp":
        return times(d, result);
      case "log":
        return binary("divide", d, a);
      case "logsigmoid":
        return times(d, unary("sigmoid", unary("negative", a)));
      case "sqrt":
        return binary("divide", times(d, number(0.5)), result);
      case "abs":
        return times(d, binary("subtract", unary("step", a), unary("step", unary("negative", a))));
      case "step":
        return number(0);
    }
  }

  seed(push);
  for (let id = count - 1; id >= 0; id--) {
    const node = nodes[id]!;
    if (node.kind === "layernorm") layernorm(node);
    if (node.kind === "stopgradient") continue;
    const adjoint = total(id);
    if (adjoint === undefined) continue;
    adjoints.set(id, adjoint);
    spread(node, adjoint);
  }
  return adjoints;
}
