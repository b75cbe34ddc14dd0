/**
 * A dense layer over an embedding's own table: one parameter, under the embedding's name, that lies where the dense
 * layer's matrix would lie. Products read it as any other matrix, look-ups row by row; both add to the one gradient.
 */
import type { Region, Run } from "../../engine/engine.ts";
import { padded } from "../../engine/layout.ts";
import { ArgumentError } from "../../errors.ts";
import { allLayers } from "../../layers/all.ts";
import type { Architecture, DenseLayer } from "../../layers/layers.ts";
import type { LookUpContext } from "../lookUp.ts";
import type { ProgramStage, Stage } from "../plan.ts";
import { placeRegions } from "../regions.ts";

/** The embeddings that dense layers of an architecture name. */
export const tiedNames = ({ layers }: Architecture): Set<string | undefined> =>
  new Set(allLayers(layers).map((layer) => (layer.kind === "dense" ? layer.tied : undefined)));

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

interface TiedTable {
  readonly embedding: ProgramStage;
  readonly entries: number;
  /** What is taken is put there, to be given back. */
  readonly runs: Run[];
  readonly owned: Region[];
}

/** A table's entries as rows, which a tied table has not: its embedding looks up all of them, and scatters theirs. */
export function bindTied(context: LookUpContext, { embedding, entries, runs, owned }: TiedTable) {
  const { space, regions, options } = context;
  const run = context.compile(embedding.schedule, embedding.sizes).bind({ batch: entries, rows: entries }, options);
  runs.push(run);
  placeRegions(run, regions(embedding), options.backward);
  const take = (length: number): Region => {
    const region = space.allocate(length);
    owned.push(region);
    return region;
  };
  const length = entries * padded(embedding.sizes["units"]!);
  const [ids, rows, adjoints] = [take(padded(entries)), take(length), take(options.backward ? length : 8)] as const;
  const numbers = space.floats(ids);
  for (let id = 0; id < entries; id++) numbers[id] = id;
  run.place("x", ids);
  run.place("y", rows);
  if (options.backward) run.place("δy", adjoints);
  return { run, rows, adjoints };
}
