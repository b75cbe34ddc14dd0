/**
 * Which values flow in one line, and in which order wires are laid. Inputs of a step that the same boxes read, and
 * nothing else reads, are joined, as x and h[t-1] are in most drawings of a cell.
 */

import type { Place } from "./floor.ts";
import { isSame, type Part, type Parts, type Value } from "./parts.ts";

export interface Net {
  readonly id: number;
  /** All but the first join it on its way. */
  readonly values: readonly Value[];
}

export function netsOf(parts: readonly Part[]): Net[] {
  const number = new Map(parts.map((part, k) => [part, k]));
  const groups = new Map<string, Value[]>();
  for (const part of parts) {
    const readers = part.readers.map((r) => r.part);
    const isInput = part.kind === "input" || (part.kind === "state in" && part.rail === undefined);
    const joins = isInput && readers.every((r) => r.kind === "box");
    for (let index = 0; index < Math.max(1, part.names.length); index++) {
      const same = joins ? [...new Set(readers.map((r) => number.get(r)))].join() : `${number.get(part)}.${index}`;
      groups.set(same, [...(groups.get(same) ?? []), { part, index }]);
    }
  }
  // a state has a line of its own, which the input joins
  const order = ({ part }: Value): number => (part.kind === "state in" ? 0 : 1);
  return [...groups.values()].map((values, id) => ({ id, values: values.sort((a, b) => order(a) - order(b)) }));
}

export const netFor = (nets: readonly Net[], value: Value): Net =>
  nets.find((net) => net.values.some((v) => isSame(v, value)))!;

/** How many lines enter a part. */
export const entering = (part: Part, nets: readonly Net[]): number =>
  part.kind === "box" ? new Set(part.inputs.map((v) => netFor(nets, v))).size : 1;

/** That a part reads a value. */
export interface Use {
  readonly value: Value;
  readonly part: Part;
  readonly input: number;
}

/**
 * Rails first; what goes straight up or down; what hangs from a rail; the step's inputs into boxes, the farthest
 * first, so that their line is straight; then the rest in the text's order, and what leaves the cell.
 */
export function usesInOrder({ parts }: Parts, places: ReadonlyMap<Part, Place>): Use[] {
  const uses = parts.flatMap((part) => part.inputs.map((value, input) => ({ value, part, input })));
  const ranks = new Map(uses.map((use) => [use, rankOf(use, places)]));
  return uses.sort((a, b) => {
    const [x, y] = [ranks.get(a)!, ranks.get(b)!];
    return x[0] - y[0] || x[1] - y[1];
  });
}

function rankOf({ value, part, input }: Use, places: ReadonlyMap<Part, Place>): readonly [number, number] {
  if (part.rail !== undefined && input === 0) return [0, 0];
  if (part.kind === "output") return [7, 0];
  if (part.kind === "state out") return value.part.readers.some((r) => r.part.kind === "output") ? [6, 0] : [8, 0];
  const from = places.get(value.part)!;
  const to = places.get(part)!;
  if (from.column === to.column) return [1, Math.abs(from.row - to.row)];
  const isInput = value.part.inputs.length === 0;
  if (part.kind === "box") return isInput ? [3, -to.column] : [5, part.stage - to.column / 1e4];
  if (part.rail !== undefined) return [5, part.stage];
  return isInput ? [4, 0] : value.part.rail === undefined ? [5, part.stage] : [2, 0];
}
