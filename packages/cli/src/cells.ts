/** A cell by what somebody typed: a name of the zoo in any spelling, or a file with equations. */
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { type Cell, CellError, cell, zoo } from "cellstate";
import { Failure } from "./failure.ts";
import type { Flag } from "./flags.ts";
import { nearest } from "./nearest.ts";

const LIMIT = 1 << 20; // bytes; the language itself allows 64 KB

/** "peephole-lstm", "PeepholeLSTM" and "peephole_lstm" are one. */
const plain = (name: string): string => name.toLowerCase().replace(/[\s._-]/g, "");

/** The zoo by every name a cell goes by: the one it is exported under, and its own. */
function known(): Map<string, Cell> {
  const byName = new Map<string, Cell>();
  for (const [name, one] of Object.entries(zoo)) byName.set(plain(name), one);
  for (const one of Object.values(zoo)) if (!byName.has(plain(one.name))) byName.set(plain(one.name), one);
  byName.set("rnn", byName.get("rnn") ?? zoo["simpleRnn"]!);
  return byName;
}

export function cellCalled(given: string): Cell {
  const found = known().get(plain(given));
  if (found) return found;
  const isPath = /[/\\]|\.\w+$/.test(given) || existsSync(given);
  if (!isPath) {
    const near = nearest(plain(given), [...known().keys()]);
    const name = near && Object.entries(zoo).find(([, one]) => one === known().get(near))?.[0];
    const mend = name ? `did you mean ${name}?` : undefined;
    throw new Failure(
      "usage",
      `there is no cell "${given}"`,
      mend,
      `all cells: ${Object.keys(zoo).join(" ")}`,
      "or a file with a cell's equations",
    );
  }
  let text: string;
  try {
    const bytes = readFileSync(given);
    if (bytes.length > LIMIT || bytes.includes(0))
      throw new Failure(
        "data",
        `${given} is no cell: its equations are text of at most 64 KB`,
        "cellstate schedule lstm shows what equations look like",
      );
    text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    if (error instanceof Failure) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new Failure(
      "data",
      isMissing ? `${given} does not exist` : `${given} cannot be read: ${(error as Error).message}`,
      "give a cell's name or a file with its equations",
    );
  }
  try {
    return cell(basename(given).replace(/\.[^.]*$/, "") || given, text);
  } catch (error) {
    if (error instanceof CellError) throw new Failure("data", ...(error.message.split("\n") as [string, ...string[]]));
    throw error;
  }
}

export const SIZE = {
  type: "list",
  value: "AXIS=N",
  help: "a size that the cell's equations ask for: --size projection=64",
} as const satisfies Flag;

/** `["projection=64"]` → `{ projection: 64 }`, for the axes that the cell has. */
export function sizesFor(one: Cell, given: readonly string[] = []): Record<string, number> {
  const { axes } = one.facts;
  const sizes: Record<string, number> = {};
  for (const text of given) {
    const [, axis = "", count = ""] = /^\s*(\w+)\s*=\s*(\d+)\s*$/.exec(text) ?? [];
    const size = Number(count);
    if (!(size > 0))
      throw new Failure("usage", `--size is "${text}"; expected AXIS=N`, "for example --size projection=64");
    if (!axes.includes(axis)) {
      const mend = axes.length > 0 ? `it has: ${axes.join(", ")}` : "it needs none";
      throw new Failure("usage", `${one.name} has no axis ${axis} that needs a size`, mend);
    }
    sizes[axis] = size;
  }
  const missing = axes.filter((axis) => sizes[axis] === undefined);
  if (missing.length === 0) return sizes;
  throw new Failure(
    "usage",
    `${one.name} needs a size for ${missing.join(" and ")}`,
    `add ${missing.map((axis) => `--size ${axis}=${axis === "projection" ? 64 : 4}`).join(" ")}`,
  );
}
