/**
 * From nodes to the instructions of a map: everything that a set of values needs, computed once each,
 * in the order in which it is needed.
 */
import { type Graph, type Id, inputsOf, type Node } from "./graph.ts";
import { type At, type Axis, type Instruction, type MapOp, SEQUENCE } from "./operations.ts";

/** Instructions without their writes, which are placed when it is known what shares storage. */
export interface DraftMap {
  readonly reads: readonly At[];
  readonly code: readonly Instruction[];
  /** Which instruction's value goes where. */
  readonly results: readonly { readonly value: number; readonly axis: Axis; readonly to: At }[];
  readonly needs: "lane" | "row";
}

export interface Target {
  readonly id: Id;
  readonly to: At;
  readonly axis: Axis;
}

/** `read` tells where a value lies ready; anything else is computed. */
export function draftMap(
  builder: Graph["builder"],
  targets: readonly Target[],
  read: (node: Node) => At | undefined,
): DraftMap {
  const reads: At[] = [];
  const code: Instruction[] = [];
  const known = new Map<Id, number>();
  let needs: "lane" | "row" = "lane";

  const push = (instruction: Instruction): number => code.push(instruction) - 1;
  function readAt(at: At, axis: Axis): number {
    let from = reads.findIndex((r) => r.name === at.name && r.time === at.time);
    if (from < 0) from = reads.push(at) - 1;
    return push({ op: "read", axis, from });
  }
  function value(id: Id): number {
    const before = known.get(id);
    if (before !== undefined) return before;
    const result = compute(builder.nodes[id]!);
    known.set(id, result);
    return result;
  }
  function compute(node: Node): number {
    const at = read(node);
    if (at !== undefined) return readAt(at, node.axis);
    const { axis } = node;
    switch (node.kind) {
      case "number":
        return push({ op: "number", axis, value: node.value });
      case "size":
        return push({ op: "size", axis, of: node.of });
      case "unary":
        return push({ op: "unary", axis, function: node.function, a: value(node.a) });
      case "binary": {
        const a = value(node.a);
        return push({ op: "binary", axis, function: node.function, a, b: value(node.b) });
      }
      case "clamp": {
        const low = push({ op: "number", axis: "one", value: node.low });
        const high = push({ op: "number", axis: "one", value: node.high });
        const raised = push({ op: "binary", axis, function: "max", a: value(node.a), b: low });
        return push({ op: "binary", axis, function: "min", a: raised, b: high });
      }
      case "sum":
        needs = "row";
        return push({ op: "sum", axis, a: value(node.a) });
      case "expand":
        if (builder.axisOf(node.a) !== "one") needs = "row";
        return push({ op: "expand", axis, a: value(node.a) });
      case "noise": {
        const by = node.perSequence && { by: readAt({ name: SEQUENCE, time: "now" }, "one") };
        return push({ op: "noise", axis, purpose: node.purpose, ...by });
      }
      case "stopgradient":
        return value(node.a);
      case "same":
        if (builder.axisOf(node.a) === axis) return value(node.a);
        return push({ op: "expand", axis, a: value(node.a) });
      case "part":
        return value(node.value);
      default:
        throw new Error(`${node.kind} has no value here`);
    }
  }

  const results = targets.map(({ id, to, axis }) => ({ value: value(id), axis, to }));
  return { reads, code, results, needs };
}

/** The leaves that computing a node reads, with the places where values lie ready. */
export function leavesOf(builder: Graph["builder"], id: Id, stop: (node: Node) => boolean): Set<Id> {
  const leaves = new Set<Id>();
  const seen = new Set<Id>();
  const visit = (i: Id, top: boolean): void => {
    if (seen.has(i)) return;
    seen.add(i);
    const node = builder.nodes[i]!;
    const inputs = inputsOf(node);
    if (inputs.length === 0 || (!top && stop(node))) leaves.add(i);
    else for (const input of inputs) visit(input, false);
  };
  visit(id, true);
  return leaves;
}

/**
 * Puts the writes in: each as early as its value and the last read of what it overwrites allow, so that few
 * values live at once; in a row map all at the end, since its loops run one after the other.
 */
export function finishMap(draft: DraftMap, shares: (a: At, b: At) => boolean): MapOp {
  const writes: At[] = [];
  const after: { to: number; axis: Axis; value: number }[][] = draft.code.map(() => []);
  const last = draft.code.length - 1;
  for (const { value, axis, to } of draft.results) {
    let position = draft.needs === "row" ? last : value;
    draft.code.forEach((instruction, k) => {
      if (instruction.op === "read" && k > position && shares(draft.reads[instruction.from]!, to)) position = k;
    });
    after[position]!.push({ to: writes.push(to) - 1, axis, value });
  }
  const code: Instruction[] = [];
  const moved: number[] = [];
  draft.code.forEach((instruction, k) => {
    moved[k] = code.length;
    code.push(renumbered(instruction, moved));
    for (const w of after[k]!) code.push({ op: "write", axis: w.axis, to: w.to, a: moved[w.value]! });
  });
  return { op: "map", reads: draft.reads, writes, code, needs: draft.needs };
}

function renumbered(instruction: Instruction, moved: readonly number[]): Instruction {
  switch (instruction.op) {
    case "unary":
    case "sum":
    case "largest":
    case "expand":
      return { ...instruction, a: moved[instruction.a]! };
    case "binary":
    case "equal":
      return { ...instruction, a: moved[instruction.a]!, b: moved[instruction.b]! };
    case "noise":
      return instruction.by === undefined ? instruction : { ...instruction, by: moved[instruction.by]! };
    default:
      return instruction;
  }
}
