/**
 * A dense layer over an embedding's own table: one parameter, under the embedding's name, that lies where the dense
 * layer's matrix would lie. Products read it as any other matrix, look-ups row by row; both add to the one gradient.
 */
import { layoutParameters } from "../engine/layout.ts";
import { ArgumentError } from "../errors.ts";
import type { Architecture, DenseLayer, Layer } from "../layers/layers.ts";
import type { Plan, ProgramStage, Stage } from "./plan.ts";

/** The embeddings that dense layers of an architecture name. */
export function tiedNames(architecture: Architecture): Set<string> {
  const named = (layers: readonly Layer[]): string[] =>
    layers.flatMap((layer) => {
      if (layer.kind === "dense") return layer.tied === undefined ? [] : [layer.tied];
      if (layer.kind === "residual") return named(layer.layers);
      if (layer.kind !== "inputs" && layer.kind !== "heads") return [];
      return Object.values(layer.branches).flatMap((branch) => named(branch.layers));
    });
  return new Set(named(architecture.layers));
}

/**
 * Checks a dense layer's tie.
 *
 * @param before - the stages planned so far
 * @param size - how many values come in
 * @throws {ArgumentError} if there is no such embedding, another layer has its table, or a size differs
 */
export function checkTie({ units, tied }: DenseLayer, before: readonly Stage[], size: number): void {
  const programs = before.filter((s): s is ProgramStage => s.kind === "program");
  const embeddings = programs.filter(({ sizes }) => sizes.vocabulary !== undefined);
  const found = embeddings.find(({ path }) => path === tied);
  const fail = (argument: string, given: unknown, expected: string, mend: string): ArgumentError =>
    new ArgumentError({ where: "dense", argument, given, expected, mend });
  if (found === undefined) {
    const names = embeddings.map(({ path }) => path).join(", ");
    const expected = names === "" ? "nothing: there is no embedding" : `one of ${names}`;
    throw fail("tied", tied, expected, "name an embedding, or leave tied out.");
  }
  const first = programs.find((s) => s.tied === tied);
  if (first !== undefined) {
    throw fail("tied", tied, `an embedding other than ${first.path}'s`, "leave tied out in all dense layers but one.");
  }
  const { vocabulary, units: wide } = found.sizes as { vocabulary: number; units: number };
  if (units !== vocabulary) {
    throw fail("units", units, `${vocabulary}, the vocabulary of ${tied}`, `give units: ${vocabulary}.`);
  }
  if (size === wide) return;
  throw fail("x", size, `${wide} values a step, the size of ${tied}`, `put dense({ units: ${wide} }) before it.`);
}

interface Place {
  readonly offset: number;
  readonly length: number;
}

/** Where every stage's parameters lie, by path, and how many numbers that are; a tied table lies in its dense layer's. */
export function placesOf({ stages }: Plan): { readonly offsets: Map<string, Place>; readonly length: number } {
  const offsets = new Map<string, Place>();
  let offset = 0;
  const programs = stages.filter((s): s is ProgramStage => s.kind === "program");
  const tied = new Set(programs.map((s) => s.tied));
  for (const stage of programs) {
    if (tied.has(stage.path)) continue;
    const { places, length } = layoutParameters(stage.schedule, stage.sizes);
    offsets.set(stage.path, { offset, length });
    for (const { parameter, offset: at, length: own } of places.values()) {
      if (stage.tied !== undefined && parameter.kind === "matrix") {
        offsets.set(stage.tied, { offset: offset + at, length: own });
      }
    }
    offset += length;
  }
  return { offsets, length: offset };
}

/** Is this an embedding whose table is a matrix too? */
export const hasTiedTable = ({ sizes, schedule }: ProgramStage): boolean =>
  sizes.vocabulary !== undefined && schedule.parameters[0]!.kind === "matrix";
