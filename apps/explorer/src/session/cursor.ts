/** The one cursor that all views share: a step, a layer, a unit, a value. */
import type { Look, Traced } from "../worker/look.ts";
import type { LayerCard, ModelCard } from "../worker/models.ts";

export interface Cursor {
  /** From 0. */
  readonly step: number;
  /** A place in the card's `layers`. */
  readonly layer: number;
  readonly unit: number;
  /** "f", "c", …: a name of the layer's equations. */
  readonly value: string;
}

export const START: Cursor = { step: 0, layer: 0, unit: 0, value: "" };

export const layerAt = (card: ModelCard, cursor: Cursor): LayerCard | undefined => card.layers[cursor.layer];

/** A named value of the cursor's layer. */
export function tracedAt(look: Look, layer: LayerCard, name: string): Traced | undefined {
  return look.traced.find((v) => v.name === name && v.layer === layer.layer && v.direction === layer.direction);
}

/** Within what there is: links may be old, texts get shorter, layers differ in their units. */
export function within(cursor: Cursor, card: ModelCard, look: Look): Cursor {
  const place = clamp(cursor.layer, card.layers.length);
  const layer = card.layers[place];
  if (layer === undefined) return { ...START, step: clamp(cursor.step, look.tokens.length) };
  const known = layer.cell.values.some((v) => v.name === cursor.value);
  const value = known ? cursor.value : (layer.cell.values[0]?.name ?? "");
  const units = tracedAt(look, layer, value)?.size ?? 1;
  return { step: clamp(cursor.step, look.tokens.length), layer: place, unit: clamp(cursor.unit, units), value };
}

const clamp = (n: number, count: number): number => Math.max(0, Math.min(count - 1, Math.trunc(n) || 0));
