/** What has been laid of every net: a tree of crossings, from which further wires branch. */
import type { Grid } from "./grid.ts";
import type { Net } from "./nets.ts";
import { isSame, type Value } from "./parts.ts";
import type { Terminal } from "./search.ts";

const BRANCH = 0.6;
const EARLY = 0.01; // of two places to branch the left one

export interface Trees {
  /** Where a wire of a net may branch. */
  branches(net: Net): Terminal[];
  /** Adds a wire that begins in the tree, or at the part itself; returns the whole way to its end. */
  add(net: Net, points: readonly number[]): readonly number[];
  /** Another value joins the first wire of a net; upstream of there nothing branches. */
  join(net: Net, value: Value, points: readonly number[], trunk: readonly number[]): void;
  /** The way of a net's first value as that of another of its values. */
  from(net: Net, value: Value, way: readonly number[]): readonly number[];
}

interface Tree {
  /** The crossing before; the first has none. */
  readonly before: Map<number, number>;
  readonly branches: Set<number>;
  readonly joins: { readonly value: Value; readonly points: readonly number[] }[];
}

export function createTrees({ width }: Grid): Trees {
  const trees = new Map<Net, Tree>();
  function treeOf(net: Net): Tree {
    const tree = trees.get(net) ?? { before: new Map(), branches: new Set(), joins: [] };
    trees.set(net, tree);
    return tree;
  }

  return {
    branches: (net) => [...treeOf(net).branches].map((point) => ({ point, cost: BRANCH + EARLY * (point % width) })),
    add(net, points) {
      const { before, branches } = treeOf(net);
      const way = [...points];
      for (let p = before.get(points[0]!); p !== undefined; p = before.get(p)) way.unshift(p);
      // the part at its end is no crossing of the tree: another wire may reach it from another side
      for (let k = 1; k < points.length - 1; k++) {
        before.set(points[k]!, points[k - 1]!);
        branches.add(points[k]!);
      }
      return way;
    },
    join(net, value, points, trunk) {
      const { branches, joins } = treeOf(net);
      joins.push({ value, points });
      for (const p of trunk.slice(0, trunk.indexOf(points.at(-1)!) + 1)) branches.delete(p);
    },
    from(net, value, way) {
      const joined = treeOf(net).joins.find((j) => isSame(j.value, value))?.points;
      return joined === undefined ? way : [...joined.slice(0, -1), ...way.slice(way.indexOf(joined.at(-1)!))];
    },
  };
}
