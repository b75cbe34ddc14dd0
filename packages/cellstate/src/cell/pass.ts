/**
 * One pass over time, forward or backward, from the values that must be written: what needs no state goes
 * before the loop, what no state needs goes after it, the rest runs at every step. Inside each place values
 * go by levels: products whose operands are ready, then a map of all that follows from them, and so on.
 */
import { dependsOn, type Graph, type Id, inputsOf, type Node, type Product } from "./graph.ts";
import { type DraftMap, draftMap, leavesOf, type Target } from "./maps.ts";
import type { At, Axis, MapOp, Op } from "./operations.ts";

export type Place = "before" | "each" | "after";
const order: Record<Place, number> = { before: 0, each: 1, after: 2 };

export type PlainOp = Exclude<Op, MapOp>;
export type DraftOp = PlainOp | { readonly op: "draft"; readonly map: DraftMap };

/** A value to write: where, and whether it is a loop's own (an adjoint that goes on to the next step). */
export interface Material {
  readonly id: Id;
  readonly to: At;
  readonly axis: Axis;
  readonly loop: boolean;
}

/** One product of one accumulate, ready to be joined with its neighbours into a panel. */
export interface Item {
  readonly to: Material;
  readonly product: Product;
  /** Nothing stands in the accumulators yet. */
  readonly isFirst: boolean;
}

export interface PassPlan {
  readonly graph: Graph;
  readonly materials: readonly Material[];
  /** Values whose sum down the rows is wanted, after the loop. */
  readonly sums: readonly { readonly id: Id; readonly into: string; readonly axis: Axis }[];
  /** Where a node lies ready before this pass, or as a leaf. */
  ready(node: Node): At | undefined;
  /** Does this leaf come from the step before (in this pass' direction)? */
  isLoop(node: Node): boolean;
  /** The loop's values are one row each, overwritten at every step; else every step's are kept. */
  readonly inPlace: boolean;
  /** Gives a place to a value of the loop that is needed after it. */
  keep(id: Id): At;
  /** Products with one operand (or one destination) and neighbouring places become one operation. */
  panels(items: readonly Item[]): PlainOp[];
}

export interface DraftPass {
  readonly before: DraftOp[];
  readonly each: DraftOp[];
  readonly after: DraftOp[];
}

/** Where each material of a pass is computed. */
export function placePass(plan: PassPlan): DraftPass {
  const { builder } = plan.graph;
  const nodes = builder.nodes;
  const node = (id: Id): Node => nodes[id]!;
  const all = [...plan.materials];
  const materials = new Map<Id, Material>();
  const register = (m: Material): void => {
    if (!materials.has(m.id)) materials.set(m.id, m);
  };
  all.forEach(register);

  const dependsOnLoop = dependsOn(nodes, plan.isLoop);
  const isReady = (id: Id): boolean => plan.ready(node(id)) !== undefined;
  const feeds = feedsLoop(plan, nodes, isReady);
  const holdsProduct = dependsOn(nodes, (n) => n.kind === "accumulate" && !isReady(n.id));
  const early = operandsBefore(plan, nodes, feeds, dependsOnLoop);

  const placeOf = (id: Id): Place => {
    if (plan.inPlace && materials.get(id)?.loop) return "each";
    if (!feeds.has(id)) return "after";
    return !dependsOnLoop(id) && (holdsProduct(id) || early.has(id)) ? "before" : "each";
  };
  if (plan.inPlace) keepForAfter();
  /** What the loop's values alone give must be written down at every step if it is needed after. */
  function keepForAfter(): void {
    const seen = new Set<Id>();
    const visit = (id: Id): void => {
      if (seen.has(id)) return;
      seen.add(id);
      if (plan.isLoop(node(id))) feeds.add(id);
      if (feeds.has(id) && dependsOnLoop(id)) {
        if (materials.has(id) && !materials.get(id)!.loop) return;
        const kept = { id, to: plan.keep(id), axis: builder.axisOf(id), loop: false };
        all.unshift(kept);
        materials.set(id, kept);
      } else if (!isReady(id)) for (const input of inputsOf(node(id))) visit(input);
    };
    for (const m of [...all]) if (placeOf(m.id) === "after") visit(m.id);
    for (const s of plan.sums) visit(s.id);
  }

  /** Products of an accumulate that run in this place; those without the loop's values run before it. */
  const productsIn = (n: Node & { kind: "accumulate" }, place: Place): Product[] => {
    const own = placeOf(n.id);
    return n.products.filter((p) => (own === "each" && !dependsOnLoop(p.of) ? "before" : own) === place);
  };

  /** −1: ready when the place begins. */
  const levels = new Map<string, number>();
  function levelIn(id: Id, place: Place): number {
    const key = `${place} ${id}`;
    const known = levels.get(key);
    if (known !== undefined) return known;
    const level = computeLevel(node(id), place);
    levels.set(key, level);
    return level;
  }
  function computeLevel(n: Node, place: Place): number {
    if (isReady(n.id)) return -1;
    const own = materials.has(n.id) ? placeOf(n.id) : undefined;
    if (own !== undefined && order[own] < order[place]) return -1;
    if (n.kind === "accumulate") {
      const operands = productsIn(n, place).map((p) => operandLevel(p.of, place) + 1);
      const start = n.start === undefined || own !== place ? 0 : Math.max(levelIn(n.start, place), 0) + 1;
      return Math.max(0, start, ...operands);
    }
    const inputs = inputsOf(n);
    return inputs.length === 0 ? -1 : Math.max(0, ...inputs.map((i) => levelIn(i, place)));
  }

  /** A product reads its operand where it is written, also one that lies ready elsewhere. */
  function operandLevel(id: Id, place: Place): number {
    const level = levelIn(id, place);
    return materials.has(id) && isReady(id) && placeOf(id) === place ? Math.max(level, 0) : level;
  }

  /** What goes to the next step must not be overwritten while this step still reads it. */
  const lastRead = new Map<string, number>();
  for (let settled = false; !settled; ) {
    settled = true;
    for (const m of all) {
      if (!plan.inPlace || placeOf(m.id) !== "each") continue;
      const n = node(m.id);
      const root = n.kind === "accumulate" ? n.start : m.id;
      if (root === undefined) continue;
      // Being late itself, it also reads late.
      const level = Math.max(levelIn(root, "each"), m.loop ? (lastRead.get(m.to.name) ?? 0) : 0, 0);
      for (const leaf of leavesOf(builder, root, (i) => isReady(i.id) || materials.has(i.id))) {
        const at = plan.ready(node(leaf));
        if (at === undefined || !plan.isLoop(node(leaf)) || (lastRead.get(at.name) ?? 0) >= level) continue;
        lastRead.set(at.name, level);
        settled = false;
      }
    }
  }

  function run(place: Place): DraftOp[] {
    const writes = new Map<number, Target[]>();
    const products = new Map<number, { to: Material; product: Product }[]>();
    const at = <T>(map: Map<number, T[]>, level: number, item: T): void => {
      map.set(level, [...(map.get(level) ?? []), item]);
    };
    const started = new Set<Id>();
    const levelOf = new Map<Id, number>();
    for (const m of all) {
      const n = node(m.id);
      const own = placeOf(m.id);
      const floor = m.loop ? (lastRead.get(m.to.name) ?? 0) : 0;
      if (n.kind !== "accumulate" || m !== materials.get(m.id)) {
        if (own !== place) continue;
        const level = Math.max(levelIn(m.id, place), floor, 0);
        at(writes, level, { id: m.id, to: m.to, axis: m.axis });
        levelOf.set(m.id, level);
        continue;
      }
      let startLevel = m.loop && plan.inPlace ? floor : -1;
      if (n.start !== undefined && own === place) {
        startLevel = Math.max(levelIn(n.start, place), floor, 0);
        at(writes, startLevel, { id: n.start, to: m.to, axis: m.axis });
        started.add(m.id);
      }
      if (own === "each" && place === "each" && productsIn(n, "before").length > 0) started.add(m.id);
      for (const product of productsIn(n, place)) {
        at(products, Math.max(operandLevel(product.of, place), startLevel) + 1, { to: m, product });
      }
    }
    const last = Math.max(-1, ...writes.keys(), ...products.keys());
    const ops: DraftOp[] = [];
    for (let level = 0; level <= last; level++) {
      const items = (products.get(level) ?? []).map(({ to, product }) => {
        const isFirst = !started.has(to.id);
        started.add(to.id);
        return { to, product, isFirst };
      });
      ops.push(...plan.panels(items));
      const targets = writes.get(level);
      if (targets === undefined) continue;
      const read = (n: Node): At | undefined => readAt(n, place, level, levelOf);
      for (const map of splitMaps(builder, targets, read)) ops.push({ op: "draft", map });
    }
    return ops;
  }

  /** Where a value lies when the map of this level runs; undefined: compute it. */
  function readAt(n: Node, place: Place, level: number, levelOf: ReadonlyMap<Id, number>): At | undefined {
    if (n.kind === "number") return undefined;
    const ready = plan.ready(n);
    const m = materials.get(n.id);
    if (ready !== undefined && !(place === "after" && plan.inPlace && plan.isLoop(n))) return ready;
    if (m === undefined) return undefined;
    const own = placeOf(n.id);
    if (order[own] < order[place]) return m.to;
    if (own !== place) return undefined;
    if (n.kind === "accumulate") return m.to;
    return (levelOf.get(n.id) ?? level) < level ? m.to : undefined;
  }

  const before = run("before");
  const each = run("each");
  const after = run("after");
  for (const sum of plan.sums) {
    const read = (n: Node): At | undefined => readAt(n, "after", Number.POSITIVE_INFINITY, new Map());
    let draft = draftMap(builder, [{ id: sum.id, to: { name: sum.into, time: "always" }, axis: sum.axis }], read);
    if (draft.needs === "row") {
      const to = plan.keep(sum.id);
      after.push({ op: "draft", map: draftMap(builder, [{ id: sum.id, to, axis: sum.axis }], read) });
      draft = draftMap(builder, [{ id: sum.id, to, axis: sum.axis }], (n) => (n.id === sum.id ? to : undefined));
    }
    after.push({ op: "sum", reads: draft.reads, code: draft.code, into: sum.into });
  }
  return { before, each, after };
}

/** All nodes that some value of the next step is computed from. */
function feedsLoop(plan: PassPlan, nodes: readonly Node[], isReady: (id: Id) => boolean): Set<Id> {
  const feeds = new Set<Id>();
  const visit = (id: Id): void => {
    if (feeds.has(id)) return;
    feeds.add(id);
    if (isReady(id) && nodes[id]!.kind !== "carried") return;
    for (const input of inputsOf(nodes[id]!)) visit(input);
  };
  for (const m of plan.materials) if (m.loop) visit(m.id);
  return feeds;
}

/** Operands of products that run before the loop, bare pointwise ones too. */
function operandsBefore(
  plan: PassPlan,
  nodes: readonly Node[],
  feeds: ReadonlySet<Id>,
  dependsOnLoop: (id: Id) => boolean,
): Set<Id> {
  const early = new Set<Id>();
  for (const m of plan.materials) {
    const n = nodes[m.id]!;
    if (n.kind !== "accumulate" || !feeds.has(m.id)) continue;
    for (const p of n.products) if (!dependsOnLoop(p.of)) early.add(p.of);
  }
  return early;
}

/**
 * Values without a sum along the row go into maps of one axis each; those with one share a row map. Maps that
 * overwrite the loop's values come last; where two would overwrite what the other reads, they are one.
 */
function splitMaps(
  builder: Graph["builder"],
  targets: readonly Target[],
  read: (n: Node) => At | undefined,
): DraftMap[] {
  const whole = draftMap(builder, targets, read);
  const groups = new Map<string, Target[]>();
  for (const t of targets) {
    const key = whole.needs === "row" && draftMap(builder, [t], read).needs === "row" ? "row" : t.axis;
    groups.set(key, [...(groups.get(key) ?? []), t]);
  }
  const maps = [...groups.values()].map((group) => draftMap(builder, group, read));
  const overwrites = (a: DraftMap, b: DraftMap): boolean =>
    a !== b && a.results.some(({ to }) => b.reads.some((r) => r.name === to.name && r.time === to.time));
  const last = maps.filter((a) => maps.some((b) => overwrites(a, b)));
  const first = maps.filter((m) => !last.includes(m));
  const tangled = last.some((a) => last.some((b) => overwrites(a, b)));
  if (!tangled) return [...first, ...last];
  const names = new Set(last.flatMap((m) => m.results.map((r) => r.to.name)));
  return [
    ...first,
    {
      ...draftMap(
        builder,
        targets.filter((t) => names.has(t.to.name)),
        read,
      ),
      needs: "row",
    },
  ];
}
