/** The public library as one structure: each entry point of package.json with all that it exports and names, by theme. */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openingComment } from "./comment.ts";
import { type Entry, entryOf } from "./entries.ts";
import { type Declaration, exportsOf, find, type Module, moduleAt } from "./syntax.ts";
import { type Theme, themes } from "./themes.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Section {
  readonly theme: Theme;
  readonly entries: readonly Entry[];
}

export interface Page {
  /** `cellstate`, `cellstate/analysis`. */
  readonly name: string;
  /** In docs/api/. */
  readonly file: string;
  readonly about: readonly string[];
  /** What can be imported. */
  readonly exported: readonly Entry[];
  /** Types that signatures name, and that cannot be imported. */
  readonly named: readonly Entry[];
  /** All of them. */
  readonly sections: readonly Section[];
}

export function readReference(): Page[] {
  const library = join(root, "packages/cellstate");
  const { exports } = JSON.parse(readFileSync(join(library, "package.json"), "utf8"));
  const seen = new Set<string>();
  const points = Object.entries(exports as Record<string, { types?: string }>).flatMap(([path, { types }]) => {
    if (types === undefined) return [];
    const module = moduleAt(join(library, "src", `${basename(types, ".d.ts")}.ts`));
    const exported = exportsOf(module).map((one) => entryOf(one, root));
    for (const { declaration } of exported) seen.add(keyOf(declaration));
    const file = `${path === "." ? "cellstate" : basename(path)}.md`;
    return [{ name: join("cellstate", path), file, about: openingComment(module.source).text, exported }];
  });
  return points.map((point) => {
    const named = point.exported.flatMap((entry) => namedBy(entry, seen));
    return { ...point, named, sections: sectionsOf([...point.exported, ...named]) };
  });
}

const order: readonly Entry["kind"][] = ["function", "constant", "cell", "class", "type"];

function sectionsOf(entries: readonly Entry[]): Section[] {
  const themeOf = ({ file }: Entry): Theme => {
    const found = themes.find(({ files }) => files.test(file.replace("packages/cellstate/src/", "")));
    if (!found) throw new Error(`${file} is in no theme of scripts/docs/themes.ts`);
    return found;
  };
  return themes.flatMap((theme) => {
    const own = entries.filter((entry) => themeOf(entry) === theme);
    const sorted = order.flatMap((kind) => own.filter((entry) => entry.kind === kind));
    return own.length > 0 ? [{ theme, entries: sorted }] : [];
  });
}

const keyOf = ({ module, node }: Declaration): string => `${module.path}:${node.start}`;

/** Options stand in their function's table and need no place of their own. */
function namedBy({ names, declaration, call }: Entry, seen: Set<string>): Entry[] {
  const inTables = call?.parameters.filter(({ options }) => options).map(({ type }) => type.replace(/<.*/, "")) ?? [];
  return [...names].flatMap((name) => {
    const found = find(declaration.module, name);
    if (!found || inTables.includes(name) || seen.has(keyOf(found))) return [];
    seen.add(keyOf(found));
    return [entryOf(found, root)];
  });
}

export interface Place {
  readonly page: string;
  readonly anchor: string;
}

/** Where a name that a module uses is described. */
export type Places = (module: Module, name: string) => Place | undefined;

/** Anchors by the rules by which GitHub makes them of headings. */
export function placesOf(pages: readonly Page[]): Places {
  const places = new Map<string, Place>();
  for (const { file, sections } of pages) {
    const used = new Map<string, number>();
    const anchorOf = (heading: string): string => {
      const base = heading
        .toLowerCase()
        .replace(/[^\w -]/g, "")
        .replaceAll(" ", "-");
      const count = used.get(base) ?? 0;
      used.set(base, count + 1);
      return count === 0 ? base : `${base}-${count}`;
    };
    for (const { theme, entries } of sections) {
      anchorOf(theme.title);
      for (const entry of entries)
        places.set(keyOf(entry.declaration), { page: file, anchor: anchorOf(headingOf(entry)) });
    }
  }
  const exported = pages.flatMap((page) => page.exported);
  return (module, name) => {
    // types and errors that a module's comments name and its code does not
    const isType = /^[A-Z]/.test(name);
    const found = find(module, name) ?? (isType ? exported.find((one) => one.name === name)?.declaration : undefined);
    return found && places.get(keyOf(found));
  };
}

export const headingOf = ({ name, kind }: Entry): string => (kind === "type" ? `${name} (type)` : name);
