/**
 * What is wrong with a cell's text, said so that it can be mended: where it stands, the line with a
 * caret under the place, and what to write instead. The sentence is built here and nowhere else.
 */
import type { Place } from "./syntax.ts";

export interface CellFacts {
  readonly cell: { readonly name: string; readonly text: string };
  /** Missing where no single place is to blame. */
  readonly at?: Place;
  readonly problem: string;
  readonly mend?: string;
}

/** An error in a cell's equations. */
export class CellError extends Error {
  /** Always `"cell"`. */
  readonly code = "cell";
  /** The name of the cell. */
  readonly cellName: string;
  /** What is wrong, in one sentence. */
  readonly problem: string;
  /** Where in the text, from 1; missing where no single place is to blame. */
  readonly place: Place | undefined;
  /** How to mend it, where there is an answer. */
  readonly mend: string | undefined;

  constructor(facts: CellFacts) {
    super(sentence(facts));
    this.name = "CellError";
    this.cellName = facts.cell.name;
    this.problem = facts.problem;
    this.place = facts.at;
    this.mend = facts.mend;
  }
}

/** How a file reports its errors: `fail(place, problem, mend)`. */
export type Fail = (at: Place | undefined, problem: string, mend?: string) => never;

export function failIn(cell: CellFacts["cell"]): Fail {
  return (at, problem, mend) => {
    throw new CellError({ cell, problem, ...(at && { at }), ...(mend && { mend }) });
  };
}

export const splitLines = (text: string): string[] => text.split(/\r\n|\n|\r/);

/** The most characters of one line that a message shows. */
const WIDTH = 100;

function sentence({ cell, at, problem, mend }: CellFacts): string {
  const said = mend ? `${problem}; ${mend}` : problem;
  if (!at) return `${cell.name}: ${said}`;
  const line = splitLines(cell.text)[at.line - 1] ?? "";
  const indent = line.length - line.trimStart().length;
  const from = Math.max(Math.min(indent, at.column - 1), at.column - WIDTH / 2);
  const shown = line.slice(from, from + WIDTH);
  const before = shown.slice(0, at.column - 1 - from).replace(/[^\t]/g, " ");
  const carets = "^".repeat(Math.max(1, Math.min(at.length, from + WIDTH - at.column + 1)));
  return `${cell.name}, line ${at.line}, column ${at.column}: ${said}\n    ${shown}\n    ${before}${carets}`;
}

/** The known name that is nearest to what was typed, if any is near. */
export function nearest(typed: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = typed.length < 4 ? 1.5 : 2.5;
  for (const name of known) {
    if (Math.abs(name.length - typed.length) > 2 || name.length > 64) continue;
    const changes = distance(typed.toLowerCase(), name.toLowerCase()) + 0.1;
    // A one-letter name must share its letter: "q" is not a misspelt "c".
    if (changes < least && changes < Math.max(typed.length, name.length)) {
      best = name;
      least = changes;
    }
  }
  return best;
}

/** How many letters must be put in, taken out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
