/**
 * Which matrices make one product: forward, those with one operand and neighbouring accumulators;
 * backward, those with one destination and neighbouring adjoints.
 */

import type { MatrixAxes } from "./axes.ts";
import type { Id, Product } from "./graph.ts";
import type { At, Panel } from "./operations.ts";
import type { Item, PlainOp } from "./pass.ts";

export interface Lie {
  readonly storage: string;
  readonly part: number;
}

export interface PanelContext {
  readonly matrices: ReadonlyMap<string, MatrixAxes>;
  /** Matrices that stand in several products cannot be anyone's neighbours. */
  readonly shared: ReadonlySet<string>;
  lie(at: At): Lie;
  operand(id: Id): At;
  /** Where the adjoint of the accumulator that holds this product lies. */
  adjoint(product: Product): At;
  bias(id: Id): string | undefined;
}

function panelOf(context: PanelContext, matrices: readonly string[]): Panel {
  const { rows, columns, blockdiagonal } = context.matrices.get(matrices[0]!)!;
  return { parameters: matrices, rows, columns, ...(blockdiagonal !== undefined && { blockdiagonal }) };
}

const sameShape = (context: PanelContext, a: string, b: string): boolean => {
  const x = context.matrices.get(a)!;
  const y = context.matrices.get(b)!;
  return x.columns === y.columns && x.rows === y.rows && x.blockdiagonal === y.blockdiagonal;
};

/** Cuts a sorted list into runs of neighbours. */
function runs<T>(list: readonly T[], joins: (a: T, b: T) => boolean): T[][] {
  const result: T[][] = [];
  list.forEach((item, k) => {
    if (k > 0 && joins(list[k - 1]!, item)) result[result.length - 1]!.push(item);
    else result.push([item]);
  });
  return result;
}

/** Forward: one operand each. */
export function forwardPanels(context: PanelContext, items: readonly Item[]): PlainOp[] {
  const byOperand = new Map<Id, Item[]>();
  for (const item of items) byOperand.set(item.product.of, [...(byOperand.get(item.product.of) ?? []), item]);
  const ops: PlainOp[] = [];
  for (const [operand, all] of byOperand) {
    const sorted = sortByPlace(all, (i) => context.lie(i.to.to));
    const neighbours = (a: Item, b: Item): boolean => {
      const [x, y] = [a, b].map((i) => context.lie(i.to.to)) as [Lie, Lie];
      const alone = context.shared.has(a.product.matrix) || context.shared.has(b.product.matrix);
      const next = x.storage === y.storage && y.part === x.part + 1;
      return next && !alone && a.isFirst === b.isFirst && sameShape(context, a.product.matrix, b.product.matrix);
    };
    for (const run of runs(sorted, neighbours)) {
      const first = run[0]!;
      const biases = run.map((i) => context.bias(i.to.id));
      const fresh = biases.some((b) => b !== undefined) ? { biases } : ("zero" as const);
      const panel = panelOf(
        context,
        run.map((i) => i.product.matrix),
      );
      const start = first.isFirst ? fresh : "add";
      ops.push({ op: "product", into: first.to.to, from: context.operand(operand), panel, transposed: false, start });
    }
  }
  // Operands come in one order, accumulators may have begun in another: what begins one comes first.
  const begins = (op: PlainOp): boolean => op.op === "product" && op.start !== "add";
  return [...ops.filter(begins), ...ops.filter((op) => !begins(op))];
}

/** Backward: one destination each. */
export function backwardPanels(context: PanelContext, items: readonly Item[]): PlainOp[] {
  const byDestination = new Map<Id, Item[]>();
  for (const item of items) byDestination.set(item.to.id, [...(byDestination.get(item.to.id) ?? []), item]);
  const ops: PlainOp[] = [];
  for (const all of byDestination.values()) {
    let isFirst = all.some((i) => i.isFirst);
    const lie = (i: Item): Lie => context.lie(context.adjoint(i.product));
    const sorted = sortByPlace(all, lie);
    const neighbours = (a: Item, b: Item): boolean => {
      const next = lie(a).storage === lie(b).storage && lie(b).part === lie(a).part + 1;
      return next && sameShape(context, a.product.matrix, b.product.matrix);
    };
    for (const run of runs(sorted, neighbours)) {
      const panel = panelOf(
        context,
        run.map((i) => i.product.matrix),
      );
      const from = context.adjoint(run[0]!.product);
      ops.push({ op: "product", into: run[0]!.to.to, from, panel, transposed: true, start: isFirst ? "zero" : "add" });
      isFirst = false;
    }
  }
  return ops;
}

/** For each forward product, its matrices' gradients, where there is an adjoint. */
export function gradients(
  context: PanelContext,
  forward: readonly PlainOp[],
  adjointOf: (into: At, part: number) => At | undefined,
): PlainOp[] {
  const ops: PlainOp[] = [];
  for (const op of forward) {
    if (op.op !== "product") continue;
    const members = op.panel.parameters.map((matrix, k) => ({ matrix, right: adjointOf(op.into, k) }));
    const present = members.flatMap((m) => (m.right === undefined ? [] : [{ matrix: m.matrix, right: m.right }]));
    const next = (a: At, b: At): boolean => {
      const [x, y] = [context.lie(a), context.lie(b)];
      return x.storage === y.storage && y.part === x.part + 1;
    };
    for (const run of runs(present, (a, b) => next(a.right, b.right))) {
      const panel = panelOf(
        context,
        run.map((m) => m.matrix),
      );
      ops.push({ op: "gradient", panel, left: op.from, right: run[0]!.right });
    }
  }
  return ops;
}

function sortByPlace<T>(list: readonly T[], lie: (item: T) => Lie): T[] {
  const storages = [...new Set(list.map((i) => lie(i).storage))];
  return [...list].sort((a, b) => {
    const [x, y] = [lie(a), lie(b)];
    return storages.indexOf(x.storage) - storages.indexOf(y.storage) || x.part - y.part;
  });
}
