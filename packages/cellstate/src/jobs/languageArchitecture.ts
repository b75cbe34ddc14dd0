/**
 * A language model's layers, from its settings: vectors of the symbols, a stack of recurrent layers, an output for
 * every symbol; and what deep or regularised ones have in between.
 */
import { inferAxes } from "../cell/axes.ts";
import type { Cell } from "../cell/cell.ts";
import { ArgumentError } from "../errors.ts";
import { activityRegularization } from "../layers/deep.ts";
import { type Architecture, dense, dropout, embedding, recurrent, sequential } from "../layers/layers.ts";
import { check, isPart } from "../options.ts";
import type { LanguageSettings } from "./languageSettings.ts";

/** What may be asked for besides sizes. */
export interface DeepOptions {
  /** The output layer's matrix is the table of vectors; a layer in between brings other sizes to theirs. Default false. */
  readonly tied?: boolean;
  /** As in `recurrent`. Default false. */
  readonly residual?: boolean;
  /** As in `recurrent`. Default false. */
  readonly layerNorm?: boolean;
  /** A price on large activations, of what dropout leaves, and on restless ones. Default: none. */
  readonly activity?: { readonly l2?: number; readonly temporal?: number };
  /** Of every state, as in `recurrent`. Default 0. */
  readonly zoneout?: number;
  /** As in `recurrent`. Default 0. */
  readonly recurrentDropout?: number;
  /** As in `recurrent`. Default 0. */
  readonly weightDrop?: number;
  /** The part of the vectors dropped while training, as `embedding`'s `dropout`. Default 0. */
  readonly embeddingDropout?: number;
}

const NOISE = ["zoneout", "recurrentDropout", "weightDrop"] as const;

/** Those that are on, for settings that are stored. */
export function deepSettings(options: DeepOptions, where: string): DeepOptions {
  const { activity } = options;
  for (const argument of ["tied", "residual", "layerNorm"] as const) {
    const given = options[argument];
    if (given === undefined || typeof given === "boolean") continue;
    throw new ArgumentError({ where, argument, given, expected: "true or false", mend: "leave it out for false." });
  }
  const rates = [...NOISE, "embeddingDropout"] as const;
  for (const argument of rates) {
    const given = options[argument] ?? 0;
    const said = { expected: "a number from 0 up to, not with, 1", mend: "leave it out for 0." };
    check(isPart(given), where, argument, given, said);
  }
  const { l2 = 0, temporal = 0 } = activity ?? {};
  const isPriced = l2 !== 0 || temporal !== 0;
  if (isPriced) activityRegularization({ l2, temporal }); // checks them
  return {
    ...(options.tied && { tied: true }),
    ...(options.residual && { residual: true }),
    ...(options.layerNorm && { layerNorm: true }),
    ...(isPriced && { activity: { l2, temporal } }),
    ...Object.fromEntries(rates.flatMap((name) => (options[name] ? [[name, options[name]]] : []))),
  };
}

export function languageArchitecture(cell: Cell, vocabulary: number, settings: LanguageSettings): Architecture {
  const { units, layers, sizes, embedding: size, dropout: rate, tied, residual, layerNorm } = settings;
  const { l2 = 0, temporal = 0 } = settings.activity ?? {};
  const noise = Object.fromEntries(NOISE.flatMap((name) => (settings[name] ? [[name, settings[name]]] : [])));
  const deep = { ...(residual && { residual }), ...(layerNorm && { layerNorm }), ...noise };
  const { embeddingDropout } = settings;
  return sequential(
    embedding({ vocabulary, size, ...(embeddingDropout && { dropout: embeddingDropout }) }),
    recurrent(cell, { ...sizes, units, layers, dropout: rate, ...deep } as Parameters<typeof recurrent<string>>[1]),
    // Merity et al. 2017: changes of all outputs, the size of those that dropout leaves
    ...(temporal > 0 ? [activityRegularization({ temporal })] : []),
    ...(rate > 0 ? [dropout({ rate })] : []),
    ...(l2 > 0 ? [activityRegularization({ l2 })] : []),
    ...(tied && outputSize(cell, { ...sizes, units }) !== size ? [dense({ units: size })] : []),
    dense({ units: vocabulary, ...(tied && { tied: "embedding.0" }) }),
  );
}

function outputSize(cell: Cell, sizes: Readonly<Record<string, number>>): number {
  const axis = inferAxes(cell).values.get(cell.facts.output)!;
  return axis === "one" ? 1 : sizes[axis]!;
}
