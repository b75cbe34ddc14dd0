/** Cells to start from, and cells as somebody types them. */
import { cell, zoo } from "cellstate";
import { checkGradients, type GradientCheck } from "cellstate/analysis";
import { type CellCard, cellCard } from "./models.ts";

export interface KnownCell {
  /** "lstm": what links use. */
  readonly key: string;
  readonly name: string;
  /** "GRU and its kin" */
  readonly group: string;
  readonly text: string;
  /** As it stands in an editor: without the indent that it has in the library's source. */
  readonly shown: string;
}

/** A cell that can be used, and the sizes that its equations ask for besides input and units. */
export interface TypedCell {
  readonly card: CellCard;
  readonly axes: readonly string[];
}

export const typedCalls = {
  zoo: (): KnownCell[] =>
    Object.entries(zoo).map(([key, { name, text }]) => ({
      key,
      name,
      group: groupOf(key),
      text,
      shown: unindented(text),
    })),
  /** @throws {CellError} with the place */
  readTyped({ name, text }: { name: string; text: string }): TypedCell {
    return { card: cellCard(name, text), axes: cell(name, text).facts.axes };
  },
  /** @throws {CellError | ArgumentError} */
  checkGradients: ({ name, text }: { name: string; text: string }): Promise<GradientCheck> =>
    checkGradients(cell(name, text)),
};

const GROUPS: readonly (readonly [string, RegExp])[] = [
  ["simple networks", /rnn$/i],
  ["GRU and its kin", /^(gru|mgu|mut|minGru)/],
  ["LSTM with a part changed (Greff et al.)", /^(nig|nfg|nog|niaf|noaf|np|fgr|cifgPeephole)$/],
];

const groupOf = (key: string): string => GROUPS.find(([, keys]) => keys.test(key))?.[0] ?? "LSTM and its kin";

function unindented(text: string): string {
  const lines = text.replace(/^\n+|\s+$/g, "").split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent)).join("\n");
}
