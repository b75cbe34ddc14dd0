/** The sources as syntax trees: what a module exports, and where each thing is declared. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "rolldown/utils";

/** A node of the tree, as the parser gives it; which fields there are depends on `type`. */
// biome-ignore lint/suspicious/noExplicitAny: the parser's nodes have a hundred shapes, and this reads a few fields of them
export type Node = { readonly type: string; readonly start: number; readonly end: number; readonly [key: string]: any };

export interface Module {
  readonly path: string;
  readonly source: string;
  readonly body: readonly Node[];
}

/** One declaration: `statement` is where its comment stands before, `node` is what is declared. */
export interface Declaration {
  readonly name: string;
  readonly module: Module;
  readonly statement: Node;
  readonly node: Node;
}

const modules = new Map<string, Module>();

export function moduleAt(path: string): Module {
  const known = modules.get(path);
  if (known) return known;
  const source = readFileSync(path, "utf8");
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`);
  const module = { path, source, body: program.body as unknown as Node[] };
  modules.set(path, module);
  return module;
}

export const textOf = ({ source }: Module, node: Node): string => source.slice(node.start, node.end);

/** What a module declares itself, exported or not. */
export function declarationsIn(module: Module): Declaration[] {
  return module.body.flatMap((statement) => {
    const node: Node | null = statement.type === "ExportNamedDeclaration" ? statement["declaration"] : statement;
    if (node?.type === "VariableDeclaration") {
      return (node["declarations"] as Node[]).map((one) => ({ name: one["id"].name, module, statement, node: one }));
    }
    const isNamed = node && /^(Function|Class|TSInterface|TSTypeAlias)Declaration$/.test(node.type);
    return isNamed ? [{ name: node["id"].name as string, module, statement, node }] : [];
  });
}

const resolved = (module: Module, to: string): Module | undefined => {
  const path = join(dirname(module.path), to);
  return to.startsWith(".") && existsSync(path) ? moduleAt(path) : undefined;
};

/** Where a name that a module uses is declared: there, or in what it imports or exports on. */
export function find(module: Module, name: string): Declaration | undefined {
  const own = declarationsIn(module).find((one) => one.name === name);
  if (own) return own;
  for (const statement of module.body) {
    const from = statement["source"]?.value as string | undefined;
    if (from === undefined) continue;
    if (statement.type === "ExportAllDeclaration") {
      const there = resolved(module, from);
      const found = there && find(there, name);
      if (found) return found;
    }
    for (const one of (statement["specifiers"] ?? []) as Node[]) {
      const outer = (one["exported"] ?? one["local"]).name as string;
      if (outer !== name) continue;
      const there = resolved(module, from);
      return there && find(there, (one["imported"] ?? one["local"]).name);
    }
  }
  return undefined;
}

/** All that a module exports, in its order; what it exports on is found where it is declared. */
export function exportsOf(module: Module): Declaration[] {
  return module.body.flatMap((statement) => {
    if (statement.type === "ExportAllDeclaration") {
      const there = resolved(module, statement["source"].value);
      return there ? exportsOf(there) : [];
    }
    if (statement.type !== "ExportNamedDeclaration") return [];
    if (statement["declaration"])
      return declarationsIn({ ...module, body: [statement] }).map((one) => ({ ...one, module }));
    return (statement["specifiers"] as Node[]).map((one) => {
      const name = one["exported"].name as string;
      const found = find(module, one["local"].name);
      if (!found) throw new Error(`${module.path}: ${name} is declared nowhere`);
      return { ...found, name };
    });
  });
}

/** Calls `visit` for a node and for every one below it, but for what is below one of which it returns false. */
export function walk(node: Node, visit: (node: Node) => unknown): void {
  if (visit(node) === false) return;
  for (const value of Object.values(node)) {
    for (const part of Array.isArray(value) ? value : [value]) {
      if (typeof part?.type === "string") walk(part, visit);
    }
  }
}
