/**
 * Where a schedule's values lie. Accumulators that share an operand lie side by side, so that their
 * matrices make one product; a value follows its accumulator in place, an adjoint follows the value,
 * wherever nobody reads the older one any more.
 */
import type { Id, Product } from "./graph.ts";
import type { At, Axis, Buffer } from "./operations.ts";
import type { DraftOp } from "./pass.ts";

export interface DraftBuffer {
  readonly name: string;
  readonly axis: Axis;
  rows: Buffer["rows"];
  readonly role: Buffer["role"];
  storage: string;
  part: number;
}

/** An accumulate that may lie beside others. */
export interface Accumulator {
  readonly id: Id;
  readonly name: string;
  readonly axis: Axis;
  readonly products: readonly Product[];
}

/** Every accumulator's storage and part. */
export function groupAccumulators(
  accumulators: readonly Accumulator[],
): Map<string, { storage: string; part: number }> {
  const places = new Map<string, { storage: string; part: number }>();
  for (const group of connected(accumulators)) {
    const ordered = consecutive(group);
    const storage = `{${ordered.map((a) => a.name).join(" ")}}`;
    ordered.forEach((a, part) => places.set(a.name, { storage, part }));
  }
  return places;
}

/** Accumulators of one axis, connected by operands that they share. */
function connected(accumulators: readonly Accumulator[]): Accumulator[][] {
  const groups: { axis: Axis; operands: Set<Id>; members: Accumulator[] }[] = [];
  for (const a of accumulators) {
    const operands = new Set(a.products.map((p) => p.of));
    const touching = groups.filter((g) => g.axis === a.axis && [...operands].some((o) => g.operands.has(o)));
    const joined = {
      axis: a.axis,
      operands: new Set([...touching.flatMap((g) => [...g.operands]), ...operands]),
      members: [...touching.flatMap((g) => g.members), a],
    };
    const first = touching.length > 0 ? groups.indexOf(touching[0]!) : groups.length;
    groups.splice(first, 0, joined);
    for (const g of touching) groups.splice(groups.indexOf(g), 1);
  }
  return groups.map((g) => g.members.sort((a, b) => accumulators.indexOf(a) - accumulators.indexOf(b)));
}

/** The order nearest to the text's in which each operand's accumulators stand together, as far as can be. */
function consecutive(group: Accumulator[]): Accumulator[] {
  const operands = [...new Set(group.flatMap((a) => a.products.map((p) => p.of)))];
  const runs = (candidate: readonly Accumulator[]): number => {
    let count = 0;
    for (const o of operands) {
      candidate.forEach((a, k) => {
        const has = (x: Accumulator | undefined): boolean => x?.products.some((p) => p.of === o) ?? false;
        if (has(a) && !has(candidate[k - 1])) count++;
      });
    }
    return count;
  };
  let best = group;
  let fewest = runs(group);
  if (fewest === operands.length || group.length > 7) return best;
  const visit = (chosen: Accumulator[], left: Accumulator[]): void => {
    if (fewest === operands.length) return;
    if (left.length === 0 && runs(chosen) < fewest) {
      best = chosen;
      fewest = runs(chosen);
    }
    left.forEach((a) =>
      visit(
        [...chosen, a],
        left.filter((b) => b !== a),
      ),
    );
  };
  visit([], group);
  return best;
}

interface Uses {
  readonly reads: { index: number; op: DraftOp }[];
  readonly writes: { index: number; op: DraftOp }[];
}

export const readsOf = (op: DraftOp): readonly At[] => {
  switch (op.op) {
    case "draft":
      return op.map.reads;
    case "product":
      return op.start === "add" ? [op.from, op.into] : [op.from];
    case "gradient":
      return [op.left, op.right];
    case "sum":
      return op.reads;
    case "gather":
      return [op.ids];
    case "scatter":
      return [op.ids, op.rows];
  }
};

export const writesOf = (op: DraftOp): readonly At[] => {
  switch (op.op) {
    case "draft":
      return op.map.results.map((r) => r.to);
    case "product":
      return [op.into];
    case "gather":
      return [op.rows];
    default:
      return [];
  }
};

/** All parts that an operation's `At` of several parts covers, by buffer name. */
function covered(op: DraftOp, at: At, buffers: ReadonlyMap<string, DraftBuffer>): string[] {
  const wide =
    (op.op === "product" && (op.transposed ? at === op.from : at === op.into)) ||
    (op.op === "gradient" && at === op.right);
  const first = buffers.get(at.name);
  if (!wide || first === undefined) return [at.name];
  const count = op.panel.parameters.length;
  const family = at.name.startsWith("δ");
  return [...buffers.values()]
    .filter((b) => b.storage === first.storage && b.part >= first.part && b.part < first.part + count)
    .filter((b) => b.name.startsWith("δ") === family)
    .map((b) => b.name);
}

/** Lets values share parts where that is safe. `ops` are all operations in the order in which a row meets them. */
export function shareStorage(
  buffers: ReadonlyMap<string, DraftBuffer>,
  accumulators: readonly string[],
  adjoints: ReadonlyMap<string, string>,
  ops: readonly DraftOp[],
): void {
  const uses = new Map<string, Uses>();
  const usesOf = (name: string): Uses => {
    const known = uses.get(name) ?? { reads: [], writes: [] };
    uses.set(name, known);
    return known;
  };
  ops.forEach((op, index) => {
    for (const at of readsOf(op)) for (const n of covered(op, at, buffers)) usesOf(n).reads.push({ index, op });
    for (const at of writesOf(op)) for (const n of covered(op, at, buffers)) usesOf(n).writes.push({ index, op });
  });
  /** Nobody reads `older` after `newer` is first written; a lane map may do both at once. */
  const follows = (newer: string, older: string): boolean => {
    const first = usesOf(newer).writes[0];
    if (first === undefined) return false;
    const atOnce = first.op.op === "draft" && first.op.map.needs === "lane";
    return usesOf(older).reads.every(({ index }) => index < first.index || (index === first.index && atOnce));
  };

  const occupants = new Map<string, string[]>();
  for (const name of accumulators) {
    const sum = buffers.get(name)!;
    occupants.set(name, [name]);
    if (sum.role !== "scratch") continue;
    for (const b of buffers.values()) {
      const free = b.role === "kept" && b.rows === "rows" && b.axis === sum.axis && b.storage === b.name && b !== sum;
      if (!free || !readTogether(ops, name, b.name) || !follows(b.name, name)) continue;
      b.storage = sum.storage;
      b.part = sum.part;
      occupants.get(name)!.push(b.name);
      break;
    }
  }

  const groups = new Map<string, string[]>();
  for (const name of accumulators) {
    const { storage } = buffers.get(name)!;
    groups.set(storage, [...(groups.get(storage) ?? []), name]);
  }
  for (const [storage, names] of groups) {
    const pairs = names.flatMap((n) => {
      const adjoint = adjoints.get(n);
      return adjoint === undefined || !buffers.has(adjoint) ? [] : [{ name: n, adjoint: buffers.get(adjoint)! }];
    });
    const inPlace = pairs.every(({ name, adjoint }) => {
      const rows = buffers.get(name)!.rows;
      return (
        rows === "rows" && adjoint.role === "scratch" && occupants.get(name)!.every((o) => follows(adjoint.name, o))
      );
    });
    for (const { name, adjoint } of pairs) {
      if (adjoint.role !== "scratch") continue;
      adjoint.storage = inPlace ? storage : adjointStorage(storage);
      adjoint.part = buffers.get(name)!.part;
    }
  }
}

/** Is there a map that reads the one and writes the other? */
const readTogether = (ops: readonly DraftOp[], read: string, written: string): boolean =>
  ops.some(
    (op) =>
      op.op === "draft" &&
      op.map.reads.some((r) => r.name === read) &&
      op.map.results.some((w) => w.to.name === written),
  );

/**
 * A scratch value that only one loop's body touches is one step's; what shares a storage agrees.
 * `outside`: the operations outside the loops; `backward`: all of the backward pass.
 */
export function settleRows(
  buffers: ReadonlyMap<string, DraftBuffer>,
  outside: readonly DraftOp[],
  backward: readonly DraftOp[],
): void {
  const wide = new Set<string>();
  for (const op of backward) {
    const forward = readsOf(op).flatMap((at) => covered(op, at, buffers));
    for (const n of forward) if (!n.startsWith("δ")) wide.add(n);
  }
  for (const op of outside) {
    for (const at of [...readsOf(op), ...writesOf(op)]) for (const n of covered(op, at, buffers)) wide.add(n);
  }
  const storages = new Set<string>();
  for (const b of buffers.values()) {
    if (b.role !== "scratch" || wide.has(b.name)) storages.add(b.storage);
  }
  for (const b of buffers.values()) {
    if (b.rows === "rows" && b.role === "scratch" && !storages.has(b.storage)) b.rows = "step";
  }
}

/** Do these two touch the same numbers? */
export const sharing =
  (buffers: ReadonlyMap<string, DraftBuffer>) =>
  (a: At, b: At): boolean => {
    const x = buffers.get(a.name);
    const y = buffers.get(b.name);
    return x !== undefined && y !== undefined && x.storage === y.storage && x.part === y.part && a.time === b.time;
  };

/** Where the adjoints of a storage's accumulators lie while they do not take its place. */
export const adjointStorage = (storage: string): string => `δ(${storage})`;
