/** An architecture's layers wherever they stand: in a row, in a residual, in branches. */
import type { Layer } from "./layers.ts";

/** Every layer before those inside it. */
export const allLayers = (layers: readonly Layer[]): Layer[] =>
  layers.flatMap((layer) => [layer, ...allLayers(inside(layer))]);

function inside(layer: Layer): readonly Layer[] {
  if (layer.kind === "residual") return layer.layers;
  if (layer.kind !== "inputs" && layer.kind !== "heads") return [];
  return Object.values(layer.branches).flatMap((branch) => branch.layers);
}
