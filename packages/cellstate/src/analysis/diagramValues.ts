/**
 * What flows through a cell's diagram: the values at each of its nodes, also of those that have no name, as c[t-1] * f
 * on the way to c. In float64 by the oracle's walk over the traced values.
 */

import { partsOf } from "../cell/print/diagram/parts.ts";
import { idsOf } from "../cell/print/diagram.ts";
import type { Model } from "../model/model.ts";
import type { Trace } from "../model/traced.ts";
import { type LayerQuery, layerOf, rowOf } from "./layer.ts";

/** Of one node of `cellDiagram`. */
export interface DiagramValues {
  /** The node's. */
  readonly id: string;
  /** `[T, size]`, row-major; size 1 where one number goes with all units. */
  readonly values: Float32Array;
  /** How many values at each step. */
  readonly size: number;
}

/**
 * The values at the nodes of the diagram of one layer's cell, at every step of a row. Those of nodes with an equation
 * of
 * their own are in the trace and left out.
 *
 * @param model - the model that was traced
 * @param trace - of the same model
 * @param query.row - which row of the trace; 0 if omitted
 * @throws {ArgumentError} if layer or row are not there
 * @example
 * const { values } = diagramValues(model, trace).find(({ id }) => id === "c[t-1]")!;
 */
export function diagramValues(
  model: Model,
  trace: Trace,
  query: LayerQuery & { readonly row?: number } = {},
): DiagramValues[] {
  const where = "diagramValues";
  const at = layerOf(model, query, where);
  const row = rowOf(trace, at, query.row ?? 0, where);
  const parts = partsOf(at.cell);
  const ids = idsOf(parts);
  return parts.parts.flatMap((part): DiagramValues[] => {
    const isTraced = part.kind === "state out" || part.kind === "output";
    if (isTraced || (part.kind !== "input" && part.kind !== "state in" && part.names.length > 0)) return [];
    const steps = Array.from({ length: row.steps }, (_, t) => at.evaluate(part.of, row, t));
    const size = steps[0]!.length;
    const values = new Float32Array(row.steps * size);
    steps.forEach((step, t) => {
      values.set(step, t * size);
    });
    return [{ id: ids.get(part)!, values, size }];
  });
}
