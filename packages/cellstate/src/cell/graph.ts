/**
 * A cell as a graph: every value once, common parts shared, sums of products gathered into one node.
 * Derivatives are built from the same nodes, so that a cell's derivative is a cell too.
 */
import type { Axis, Binary, Unary } from "./operations.ts";

export type Id = number;

/** One matrix times one value inside an `accumulate`; `stopped`: no derivative flows into the value. */
export interface Product {
  readonly matrix: string;
  readonly of: Id;
  readonly transposed: boolean;
  readonly stopped: boolean;
}

export type Node = { readonly id: Id; readonly axis: Axis } & (
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "size"; readonly of: Axis }
  | { readonly kind: "input" }
  | { readonly kind: "parameter"; readonly name: string }
  /** A state's value after the step before. */
  | { readonly kind: "previous"; readonly state: string }
  /** The adjoint of a state, from the step after. */
  | { readonly kind: "carried"; readonly state: string }
  /** The adjoint of the output, handed in. */
  | { readonly kind: "given"; readonly of: string }
  | { readonly kind: "unary"; readonly function: Unary; readonly a: Id }
  | { readonly kind: "binary"; readonly function: Binary; readonly a: Id; readonly b: Id }
  /** Low and high are numbers; its derivative is 1 on the closed interval. */
  | { readonly kind: "clamp"; readonly a: Id; readonly low: number; readonly high: number }
  | { readonly kind: "sum"; readonly a: Id }
  | { readonly kind: "expand"; readonly a: Id }
  | { readonly kind: "stopgradient"; readonly a: Id }
  /** Uniform noise in [0, 1) from the run's counter: by row, or by sequence. */
  | { readonly kind: "noise"; readonly purpose: number; readonly perSequence: boolean }
  /** A second name for a value. */
  | { readonly kind: "same"; readonly a: Id }
  /**
   * Products added up term by term, onto a vector parameter (`bias`) or a value (`start`).
   * One of these is one row of accumulators in an engine.
   */
  | {
      readonly kind: "accumulate";
      readonly products: readonly Product[];
      readonly bias?: string;
      readonly start?: Id;
    }
  /** All arguments of one layernorm, with 1/σ and the mean; it has no value of its own. */
  | { readonly kind: "layernorm"; readonly arguments: readonly Id[]; readonly mean: Id; readonly scale: Id }
  /** One of a layernorm's results, and the node that computes it. */
  | { readonly kind: "part"; readonly of: Id; readonly index: number; readonly value: Id }
);

type Bare<T> = T extends unknown ? Omit<T, "id"> : never;
export type NewNode = Bare<Node>;

/** The nodes a node is computed from. */
export function inputsOf(node: Node): readonly Id[] {
  switch (node.kind) {
    case "unary":
    case "clamp":
    case "sum":
    case "expand":
    case "stopgradient":
    case "same":
      return [node.a];
    case "binary":
      return [node.a, node.b];
    case "accumulate": {
      const of = node.products.map((p) => p.of);
      return node.start === undefined ? of : [...of, node.start];
    }
    case "part":
      return [node.value];
    default:
      return [];
  }
}

/** Makes nodes, each once, with the simplifications that a derivative needs. */
export interface Builder {
  readonly nodes: Node[];
  make(node: NewNode): Id;
  number(value: number): Id;
  unary(f: Unary, a: Id): Id;
  binary(f: Binary, a: Id, b: Id): Id;
  /** Along the row: to "one", or to a value per block. */
  sum(a: Id, axis: Axis): Id;
  axisOf(id: Id): Axis;
  /** The value of a number node. */
  constant(id: Id): number | undefined;
}

export function createBuilder(): Builder {
  const nodes: Node[] = [];
  const known = new Map<string, Id>();
  const make = (node: NewNode): Id => {
    const key = JSON.stringify(node, (_, v) => (Object.is(v, -0) ? "-0" : v === Number.POSITIVE_INFINITY ? "inf" : v));
    const existing = known.get(key);
    if (existing !== undefined) return existing;
    const id = nodes.length;
    nodes.push({ ...node, id } as Node);
    known.set(key, id);
    return id;
  };
  const number = (value: number): Id => make({ kind: "number", axis: "one", value });
  const constant = (id: Id): number | undefined => {
    const node = nodes[id]!;
    return node.kind === "number" ? node.value : undefined;
  };
  const axisOf = (id: Id): Axis => nodes[id]!.axis;
  const unary = (f: Unary, a: Id): Id => {
    const node = nodes[a]!;
    if (f === "negative" && node.kind === "number") return number(-node.value);
    if (f === "negative" && node.kind === "unary" && node.function === "negative") return node.a;
    return make({ kind: "unary", axis: node.axis, function: f, a });
  };
  const binary = (f: Binary, a: Id, b: Id): Id => {
    const x = constant(a);
    const y = constant(b);
    if (x !== undefined && y !== undefined) return number(apply(f, x, y));
    if (f === "multiply" && (x === 1 || y === 1)) return x === 1 ? b : a;
    if (f === "divide" && y === 1) return a;
    if (f === "add" && (x === 0 || y === 0)) return x === 0 ? b : a;
    if (f === "subtract" && y === 0) return a;
    if (f === "subtract" && x === 0) return unary("negative", b);
    const axis = axisOf(a) === "one" ? axisOf(b) : axisOf(a);
    return make({ kind: "binary", axis, function: f, a, b });
  };
  const sum = (a: Id, axis: Axis): Id => (axisOf(a) === axis ? a : make({ kind: "sum", axis, a }));
  return { nodes, make, number, unary, binary, sum, axisOf, constant };
}

function apply(f: Binary, x: number, y: number): number {
  switch (f) {
    case "add":
      return x + y;
    case "subtract":
      return x - y;
    case "multiply":
      return x * y;
    case "divide":
      return x / y;
    case "min":
      return Math.min(x, y);
    case "max":
      return Math.max(x, y);
  }
}

/** A cell, whole: its nodes, what each name stands for, and its states. */
export interface Graph {
  readonly name: string;
  readonly builder: Builder;
  /** In the text's order. */
  readonly values: ReadonlyMap<string, Id>;
  readonly captions: ReadonlyMap<string, string>;
  /** A state's value, and its first one if it is not 0. */
  readonly states: ReadonlyMap<string, { readonly first?: Id }>;
  readonly output: string;
  readonly matrices: ReadonlyMap<string, import("./axes.ts").MatrixAxes>;
  readonly vectors: ReadonlyMap<string, Axis>;
}

/** Is there a leaf of this kind below the node? Memoised by the caller's map. */
export function dependsOn(nodes: readonly Node[], test: (node: Node) => boolean): (id: Id) => boolean {
  const known = new Map<Id, boolean>();
  const visit = (id: Id): boolean => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const node = nodes[id]!;
    const result = test(node) || inputsOf(node).some(visit);
    known.set(id, result);
    return result;
  };
  return visit;
}
