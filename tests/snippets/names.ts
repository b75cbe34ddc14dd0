/** Which names a piece of code uses without declaring them. */
import { parseSync } from "rolldown/utils";

// biome-ignore lint/suspicious/noExplicitAny: the parser's nodes have a hundred shapes, and this reads a few fields of them
type Node = { readonly type: string; readonly [key: string]: any };

export interface Names {
  /** Used, and neither declared nor imported here. */
  readonly free: ReadonlySet<string>;
  /** The same of types; those of the language itself are among them. */
  readonly types: ReadonlySet<string>;
  /** Declared at the top level. */
  readonly declared: ReadonlySet<string>;
}

/** Scopes are not told apart: a name that is declared anywhere in a snippet counts as its own. */
export function namesIn(code: string): Names {
  const { program, errors } = parseSync("snippet.ts", code, { sourceType: "module" });
  if (errors.length > 0) throw new SyntaxError(`${errors[0]!.message}\n${code}`);
  const used = new Set<string>();
  const types = new Set<string>();
  const own = new Set<string>();
  const declared = new Set<string>();
  const declare = (pattern: Node | null): void => {
    if (pattern === null) return;
    if (pattern.type === "Identifier") own.add(pattern["name"]);
    else if (pattern.type === "AssignmentPattern") declare(pattern["left"]);
    else if (pattern.type === "RestElement") declare(pattern["argument"]);
    else if (pattern.type === "ArrayPattern") for (const one of pattern["elements"]) declare(one);
    else if (pattern.type === "ObjectPattern") for (const one of pattern["properties"]) declare(one["value"] ?? one);
  };
  const visit = (node: Node): void => {
    if (node.type === "TSTypeReference" && node["typeName"].type === "Identifier") {
      types.add(node["typeName"].name);
      if (node["typeArguments"]) visit(node["typeArguments"]);
      return;
    }
    if (node.type === "Identifier") used.add(node["name"]);
    if (node.type === "VariableDeclarator" || node.type === "CatchClause") declare(node["id"] ?? node["param"]);
    if (/Function|Class|TSInterfaceDeclaration|TSTypeAliasDeclaration/.test(node.type)) {
      if (node["id"]) own.add(node["id"].name);
      for (const param of node["params"] ?? []) declare(param);
    }
    if (/^Import\w*Specifier$/.test(node.type)) own.add(node["local"].name);
    for (const [key, value] of Object.entries(node)) {
      // x in a.x, { x: 1 } and trace<x> = 1 is no name of a value
      if (key === "property" && !node["computed"]) continue;
      if (key === "key" && !node["computed"]) continue;
      for (const part of Array.isArray(value) ? value : [value]) if (typeof part?.type === "string") visit(part);
    }
  };
  const body = program.body as unknown as Node[];
  for (const statement of body) {
    visit(statement);
    if (statement.type === "VariableDeclaration") {
      const before = new Set(own);
      own.clear();
      for (const one of statement["declarations"]) declare(one["id"]);
      for (const name of own) declared.add(name);
      for (const name of before) own.add(name);
    } else if (statement["id"]) declared.add(statement["id"].name);
  }
  const known = (name: string): boolean => own.has(name) || declared.has(name) || name in globalThis;
  const unknown = (names: Set<string>): Set<string> => new Set([...names].filter((name) => !known(name)));
  return { free: unknown(used), types: unknown(types), declared };
}
