/**
 * From a cell to its schedule: the forward pass over its graph, the backward pass over its derivative,
 * and where everything lies. Nothing here knows a cell; what makes one fast is seen in its graph.
 */
import { buildGraph } from "./build.ts";
import type { Cell } from "./cell.ts";
import { type Derivative, differentiate } from "./differentiate.ts";
import { dependsOn, type Graph, type Id, inputsOf, type Node } from "./graph.ts";
import { linearStates } from "./linear.ts";
import { draftMap, finishMap } from "./maps.ts";
import { type At, type Axis, type Op, type Parameter, type Pass, type Schedule, SEQUENCE } from "./operations.ts";
import { backwardPanels, forwardPanels, gradients, type PanelContext } from "./panels.ts";
import { type DraftOp, type DraftPass, type Material, type PlainOp, placePass } from "./pass.ts";
import { adjointStorage, type DraftBuffer, groupAccumulators, settleRows, shareStorage, sharing } from "./storage.ts";

export interface ScheduleOptions {
  /** Also the backward pass. Default true. */
  readonly backward?: boolean;
  /** Also the adjoint of the input. Default true. */
  readonly inputGradient?: boolean;
  /** Values by name that stand in place of their definitions. */
  readonly fixed?: Readonly<Record<string, number>>;
  /** What runs while training: noise is drawn. Default false: noise is its mean. */
  readonly training?: boolean;
}

const now = (name: string): At => ({ name, time: "now" });

/**
 * A cell's schedule, which every engine runs.
 *
 * @param cell - any cell, from the zoo or typed
 * @param options.backward - also the pass that makes gradients; default true
 * @param options.inputGradient - also the gradient of the input; default true
 * @param options.fixed - values by name that stand in place of their definitions
 * @param options.training - true: what runs while training, with `bernoulli(p)` drawn; default false: it is p
 * @example console.log(printSchedule(schedule(cell("Leaky", "h = 0.9 * h[t-1] + tanh(W_h @ x)"))));
 */
export function schedule(
  cell: Pick<Cell, "name" | "text" | "syntax" | "facts">,
  { backward = true, inputGradient = true, fixed = {}, training = false }: ScheduleOptions = {},
): Schedule {
  const graph = buildGraph(cell, fixed, training);
  const derivative = backward ? differentiate(graph) : undefined;
  return scheduleGraph(graph, derivative, inputGradient, linearStates(cell.syntax, [...graph.states.keys()]));
}

function scheduleGraph(
  graph: Graph,
  derivative: Derivative | undefined,
  inputGradient: boolean,
  linear: Schedule["linear"],
): Schedule {
  const { builder } = graph;
  const node = (id: Id): Node => builder.nodes[id]!;
  const buffers = new Map<string, DraftBuffer>();
  const add = (name: string, axis: Axis, rows: DraftBuffer["rows"], role: DraftBuffer["role"]): At => {
    let unique = name;
    while (buffers.has(unique)) unique += "'";
    buffers.set(unique, { name: unique, axis, rows, role, storage: unique, part: 0 });
    return now(unique);
  };

  // The forward pass: every name, every accumulate, every operand has a place.
  const inputAxis = builder.nodes.find((n) => n.kind === "input")?.axis ?? "input";
  add("x", inputAxis, "rows", "given");
  if (builder.nodes.some((n) => n.kind === "noise" && n.perSequence)) add(SEQUENCE, "one", "rows", "given");
  const materials: Material[] = [];
  const lies = new Map<Id, At>();
  const put = (id: Id, to: At, loop = false): void => {
    materials.push({ id, to, axis: buffers.get(to.name)!.axis, loop });
    lies.set(id, to);
  };
  for (const [name, id] of graph.values) {
    const isState = graph.states.has(name);
    const role = name === graph.output || isState ? "result" : "kept";
    put(id, add(name, builder.axisOf(id), isState ? "state" : "rows", role), isState);
  }
  const owners = ownersOf(graph);
  const accumulates = owners.filter(({ id }) => node(id).kind === "accumulate");
  const nameOf = new Map<Id, string>();
  for (const { id, owner } of accumulates) {
    if (!lies.has(id)) put(id, add(`Σ${owner}`, builder.axisOf(id), "rows", "scratch"));
    nameOf.set(id, lies.get(id)!.name);
  }
  for (const { id, owner } of accumulates) {
    for (const { of } of (node(id) as Node & { kind: "accumulate" }).products) {
      if (!lies.has(of) && leafAt(node(of)) === undefined)
        put(of, add(`∘${owner}`, builder.axisOf(of), "rows", "scratch"));
    }
  }
  if (derivative) {
    for (const id of rowValuesNeeded(graph, derivative, (i) => lies.has(i))) put(id, add("μ", "one", "rows", "kept"));
  }
  const own = accumulates.filter(({ id }) => {
    const b = buffers.get(nameOf.get(id)!)!;
    return b.role !== "result";
  });
  const accumulators = own.map(({ id }) => {
    const n = node(id) as Node & { kind: "accumulate" };
    return { id, name: nameOf.get(id)!, axis: n.axis, products: n.products };
  });
  for (const [name, { storage, part }] of groupAccumulators(accumulators)) {
    Object.assign(buffers.get(name)!, { storage, part });
  }

  const context = panelContext(
    graph,
    accumulates.map((a) => a.id),
    buffers,
    lies,
    derivative,
  );
  const forward = placePass({
    graph,
    materials,
    sums: [],
    ready: leafAt,
    isLoop: (n) => n.kind === "previous",
    inPlace: false,
    keep: () => {
      throw new Error("every step's states are kept");
    },
    panels: (items) => forwardPanels(context, items),
  });
  const starts = firstMaps(graph);
  const forwardOps = [...forward.before, ...forward.each, ...forward.after];

  // The backward pass: the adjoints of accumulators and of the states before the step.
  let backwardDraft: DraftPass = { before: [], each: [], after: [] };
  let firstSums: Op[] = [];
  const adjoints = new Map<string, string>();
  if (derivative) {
    const given = add(`δ${graph.output}`, builder.axisOf(graph.values.get(graph.output)!), "rows", "given");
    const carried = new Map<string, At>();
    for (const state of graph.states.keys()) {
      carried.set(state, add(`δ${state}[t+1]`, builder.axisOf(graph.values.get(state)!), "carried", "result"));
    }
    const targets: Material[] = [];
    for (const { id } of accumulates) {
      const adjoint = derivative.accumulated.get(id);
      if (adjoint === undefined) continue;
      const mine = buffers.get(nameOf.get(id)!)!;
      const alone = [...buffers.values()].every((b) => b === mine || b.storage !== mine.storage);
      if (node(adjoint).kind === "given" && alone) {
        adjoints.set(mine.name, given.name);
        continue;
      }
      const bare = mine.name.startsWith("Σ") ? mine.name : `Σ${mine.name}`;
      const to = add(`δ${bare}`, mine.axis, "rows", "scratch");
      Object.assign(buffers.get(to.name)!, { storage: adjointStorage(mine.storage), part: mine.part });
      adjoints.set(mine.name, to.name);
      targets.push({ id: adjoint, to, axis: mine.axis, loop: false });
    }
    const isOwn = ownAdjoints(graph, derivative);
    for (const [state, to] of carried) {
      const id = derivative.carried.get(state) ?? builder.number(0);
      const { axis } = buffers.get(to.name)!;
      let own = isOwn(id) ? id : builder.make({ kind: "same", axis, a: id });
      while (own !== id && targets.some((t) => t.id === own)) own = builder.make({ kind: "same", axis, a: own });
      targets.push({ id: own, to, axis, loop: true });
    }
    if (inputGradient) {
      const to = add("δx", inputAxis, "rows", "result");
      targets.push({ id: derivative.input ?? builder.number(0), to, axis: inputAxis, loop: false });
    }
    const ready = (n: Node): At | undefined => {
      if (n.kind === "carried") return carried.get(n.state);
      if (n.kind === "given") return given;
      return leafAt(n) ?? lies.get(n.id);
    };
    const known = new Set(targets.map((t) => t.id));
    const sums = [...derivative.vectors].map(([into, id]) => ({ id, into, axis: graph.vectors.get(into)! }));
    for (const id of unplacedAccumulates(
      graph,
      [...known, ...sums.map((s) => s.id)],
      (i) => ready(node(i)) !== undefined,
    )) {
      if (known.has(id)) continue;
      const to = add("δ∘", builder.axisOf(id), "rows", "scratch");
      targets.push({ id, to, axis: builder.axisOf(id), loop: false });
    }
    backwardDraft = placePass({
      graph,
      materials: targets,
      sums,
      ready,
      isLoop: (n) => n.kind === "carried",
      inPlace: true,
      keep: (id) => add("δ", builder.axisOf(id), "rows", "scratch"),
      panels: (items) => backwardPanels({ ...context, adjoint: adjointIn(context, adjoints) }, items),
    });
    const right = (into: At, part: number): At | undefined => {
      const first = buffers.get(into.name)!;
      const acc = accumulates.find(({ id }) => {
        const b = buffers.get(nameOf.get(id)!)!;
        return b.storage === first.storage && b.part === first.part + part;
      });
      const name = acc && adjoints.get(nameOf.get(acc.id)!);
      return name === undefined ? undefined : now(name);
    };
    backwardDraft.after.push(...gradients(context, forwardOps.filter(isPlain), right));
    firstSums = [...derivative.firsts].map(([into, id]) => {
      const axis = graph.vectors.get(into)!;
      const draft = draftMap(builder, [{ id, to: now(into), axis }], ready);
      return { op: "sum", reads: draft.reads, code: draft.code, into };
    });
  }

  const backwardOps = [...backwardDraft.before, ...backwardDraft.each, ...backwardDraft.after];
  shareStorage(
    buffers,
    accumulators.map((a) => a.name),
    adjoints,
    [...forwardOps, ...backwardOps],
  );
  const outside = [...forward.before, ...forward.after, ...backwardDraft.before, ...backwardDraft.after];
  settleRows(buffers, outside, backwardOps);
  const shares = sharing(buffers);
  const finish = (ops: readonly DraftOp[]): Op[] =>
    ops.map((op) => (op.op === "draft" ? finishMap(op.map, shares) : op));
  const pass = (draft: DraftPass, first: Op[], direction: 1 | -1): Pass => ({
    first,
    before: finish(draft.before),
    each: finish(draft.each),
    after: finish(draft.after),
    direction,
  });
  return {
    name: graph.name,
    buffers: [...buffers.values()],
    parameters: orderParameters(graph, forwardOps.filter(isPlain)),
    states: [...graph.states.keys()],
    output: graph.output,
    forward: pass(forward, finish(starts), 1),
    ...(derivative && { backward: pass(backwardDraft, firstSums, -1) }),
    linear,
  };
}

const isPlain = (op: DraftOp): op is PlainOp => op.op !== "draft";

function leafAt(n: Node): At | undefined {
  if (n.kind === "input") return now("x");
  if (n.kind === "parameter") return { name: n.name, time: "always" };
  if (n.kind === "previous") return { name: n.state, time: "before" };
  return undefined;
}

/** All nodes below the named values, with the first name (in the text's order) that they belong to. */
function ownersOf(graph: Graph): { id: Id; owner: string }[] {
  const owners = new Map<Id, string>();
  const names = new Map([...graph.values].map(([n, id]) => [id, n]));
  const visit = (id: Id, owner: string, isTop: boolean): void => {
    if (owners.has(id) || (!isTop && names.has(id))) return;
    owners.set(id, owner);
    for (const input of inputsOf(graph.builder.nodes[id]!)) visit(input, owner, false);
  };
  for (const [name, id] of graph.values) visit(id, name, true);
  return [...owners].map(([id, owner]) => ({ id, owner }));
}

/**
 * May a value be computed right where it is carried to the step before, one row that every step overwrites? Not
 * where others need it too, nor where it is known before the loop; then what is carried is a copy.
 */
function ownAdjoints(graph: Graph, derivative: Derivative): (id: Id) => boolean {
  const { nodes } = graph.builder;
  const isFromLater = dependsOn(nodes, (n) => n.kind === "carried");
  const uses = new Map<Id, number>();
  const visit = (id: Id): void => {
    const before = uses.get(id) ?? 0;
    uses.set(id, before + 1);
    if (before === 0) for (const input of inputsOf(nodes[id]!)) visit(input);
  };
  const { carried, accumulated, vectors, input } = derivative;
  for (const id of [...carried.values(), ...accumulated.values(), ...vectors.values()]) visit(id);
  if (input !== undefined) visit(input);
  return (id) => nodes[id]!.kind === "number" || (uses.get(id) === 1 && isFromLater(id));
}

/** Values per row that the derivative reads: cheap to keep, dear to compute again. */
function rowValuesNeeded(graph: Graph, derivative: Derivative, hasPlace: (id: Id) => boolean): Id[] {
  const { nodes } = graph.builder;
  const forward = new Set<Id>();
  const below = (id: Id): void => {
    if (forward.has(id)) return;
    forward.add(id);
    for (const input of inputsOf(nodes[id]!)) below(input);
  };
  for (const id of graph.values.values()) below(id);
  const holdsSum = dependsOn(nodes, (n) => n.kind === "sum");
  const needed = new Set<Id>();
  const seen = new Set<Id>();
  const visit = (id: Id): void => {
    if (seen.has(id)) return;
    seen.add(id);
    if (hasPlace(id)) return;
    const n = nodes[id]!;
    if (forward.has(id) && n.axis === "one" && holdsSum(id)) {
      needed.add(id);
      return;
    }
    for (const input of inputsOf(n)) visit(input);
  };
  const roots = [...derivative.carried.values(), ...derivative.accumulated.values(), ...derivative.vectors.values()];
  for (const root of roots) visit(root);
  if (derivative.input !== undefined) visit(derivative.input);
  return [...needed];
}

/** Products inside the derivative whose results other values are computed from. */
function unplacedAccumulates(graph: Graph, roots: readonly Id[], isReady: (id: Id) => boolean): Id[] {
  const found = new Set<Id>();
  const seen = new Set<Id>();
  const visit = (id: Id): void => {
    if (seen.has(id) || isReady(id)) return;
    seen.add(id);
    const n = graph.builder.nodes[id]!;
    for (const input of inputsOf(n)) visit(input);
    if (n.kind === "accumulate") found.add(id);
  };
  for (const root of roots) visit(root);
  return [...found];
}

function panelContext(
  graph: Graph,
  accumulates: readonly Id[],
  buffers: ReadonlyMap<string, DraftBuffer>,
  lies: ReadonlyMap<Id, At>,
  derivative: Derivative | undefined,
): PanelContext & { owner(matrix: string, adjoint: Id): string } {
  const { nodes } = graph.builder;
  const products = accumulates.flatMap((id) => {
    const n = nodes[id]!;
    return n.kind === "accumulate" ? n.products.map((p) => ({ id, ...p })) : [];
  });
  const counts = new Map<string, number>();
  for (const p of products) counts.set(p.matrix, (counts.get(p.matrix) ?? 0) + 1);
  return {
    matrices: graph.matrices,
    shared: new Set([...counts].filter(([, n]) => n > 1).map(([m]) => m)),
    lie: (at) => buffers.get(at.name)!,
    operand: (id) => leafAt(nodes[id]!) ?? lies.get(id)!,
    adjoint: () => {
      throw new Error("only in the backward pass");
    },
    bias: (id) => {
      const n = nodes[id]!;
      return n.kind === "accumulate" ? n.bias : undefined;
    },
    owner: (matrix, adjoint) => {
      const product = products.find((p) => p.matrix === matrix && derivative?.accumulated.get(p.id) === adjoint);
      return lies.get(product!.id)!.name;
    },
  };
}

const adjointIn =
  (
    context: { owner(matrix: string, adjoint: Id): string },
    adjoints: ReadonlyMap<string, string>,
  ): PanelContext["adjoint"] =>
  (product) =>
    now(adjoints.get(context.owner(product.matrix, product.of))!);

/** The states' own first values, one map an axis. */
function firstMaps(graph: Graph): DraftOp[] {
  const { builder } = graph;
  const byAxis = new Map<Axis, { id: Id; to: At; axis: Axis }[]>();
  for (const [name, { first }] of graph.states) {
    const axis = builder.axisOf(graph.values.get(name)!);
    const target = { id: first ?? builder.number(0), to: { name, time: "first" } as const, axis };
    byAxis.set(axis, [...(byAxis.get(axis) ?? []), target]);
  }
  return [...byAxis.values()].map((targets) => ({ op: "draft", map: draftMap(builder, targets, leafAt) }));
}

/** A panel's matrices and a product's biases as neighbours; every parameter once. */
function orderParameters(graph: Graph, ops: readonly Op[]): Parameter[] {
  const ordered = new Map<string, Parameter>();
  const vector = (name: string): void => {
    const rows = graph.vectors.get(name);
    if (rows !== undefined && !ordered.has(name)) ordered.set(name, { name, kind: "vector", rows, columns: "one" });
  };
  for (const op of ops) {
    if (op.op !== "product") continue;
    for (const name of op.panel.parameters) {
      const axes = graph.matrices.get(name)!;
      if (!ordered.has(name)) ordered.set(name, { name, kind: "matrix", ...axes });
    }
  }
  for (const op of ops) {
    if (op.op === "product" && typeof op.start === "object") for (const b of op.start.biases) if (b) vector(b);
  }
  for (const name of graph.vectors.keys()) vector(name);
  return [...ordered.values()];
}
