/** Types as the reference shows them: their text, the fields of an object, and which other types they name. */
import { type Comment, commentBefore, noComment } from "./comment.ts";
import { find, type Module, type Node, textOf, walk } from "./syntax.ts";

export interface Field {
  readonly name: string;
  readonly isOptional: boolean;
  readonly type: string;
  readonly comment: Comment;
  /** Its declaration; a method has parameters. */
  readonly node: Node;
  readonly module: Module;
}

/** A type on one line, without comments. */
export function typeText(module: Module, node: Node | null | undefined): string {
  if (!node) return "";
  const inner = node.type === "TSTypeAnnotation" ? node["typeAnnotation"] : node;
  return oneLine(textOf(module, inner));
}

export const oneLine = (code: string): string =>
  code
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "")
    .replace(/\s+/g, " ")
    .replace(/([[({<]) \| /g, "$1")
    .replace(/^\| /, "")
    .replace(/;? \}/g, " }")
    .replace(/, ([>)\]])/g, "$1")
    .replace(/([<([]) /g, "$1")
    .replace(/ ([>)\]])(?!=)/g, "$1")
    .replace(/=>\s*/g, "=> ")
    .trim();

/** A declared field or method; undefined for an index signature and the like. */
function fieldOf(module: Module, node: Node): Field | undefined {
  const key = node["key"] as Node | undefined;
  if (!/^(TSPropertySignature|TSMethodSignature|PropertyDefinition)$/.test(node.type) || !key) return undefined;
  const isMethod = node.type === "TSMethodSignature";
  const type = isMethod
    ? oneLine(source(module, key.end, node.end).replace(/;$/, ""))
    : typeText(module, node["typeAnnotation"]);
  const name = textOf(module, key);
  const comment = commentBefore(module.source, node.start) ?? noComment;
  const value = node["value"] as Node | null | undefined; // `readonly code = "cell"`
  if (type === "" && value) return { name, isOptional: false, type: textOf(module, value), comment, node, module };
  return { name, isOptional: node["optional"] === true, type, comment, node, module };
}
const source = (module: Module, from: number, to: number): string => module.source.slice(from, to);

/** An overload without a comment has that of the one before it. */
export function fieldsIn(module: Module, members: readonly Node[]): Field[] {
  const fields: Field[] = [];
  for (const member of members) {
    const field = fieldOf(module, member);
    const before = fields.at(-1);
    const isOverload = before?.name === field?.name && field?.comment.text.length === 0;
    if (field) fields.push(isOverload ? { ...field, comment: before!.comment } : field);
  }
  return fields;
}

const literals = (node: Node): string[] =>
  (node.type === "TSUnionType" ? (node["types"] as Node[]) : [node]).map((one) => String(one["literal"]?.value));

/** The fields of an object type, also behind names, Omit and their like; undefined if it is no object. */
export function fieldsOf(module: Module, node: Node | null | undefined): Field[] | undefined {
  if (!node) return undefined;
  if (node.type === "TSTypeAnnotation") return fieldsOf(module, node["typeAnnotation"]);
  if (node.type === "TSTypeLiteral") return fieldsIn(module, node["members"]);
  if (node.type === "TSInterfaceDeclaration") {
    const inherited = (node["extends"] as Node[]).flatMap(({ expression }) => byName(module, expression.name) ?? []);
    return [...inherited, ...fieldsIn(module, node["body"].body)];
  }
  if (node.type === "TSTypeAliasDeclaration") return fieldsOf(module, node["typeAnnotation"]);
  if (node.type === "TSIntersectionType") {
    const parts = (node["types"] as Node[]).flatMap((one) => fieldsOf(module, one) ?? []);
    const first = parts.filter(({ name }, k) => parts.findIndex((one) => one.name === name) === k);
    return first.length > 0 ? first : undefined;
  }
  if (node.type !== "TSTypeReference") return undefined;
  const name = node["typeName"].name as string;
  const [first, second] = (node["typeArguments"]?.params ?? []) as Node[];
  if (!/^(Readonly|Partial|Omit|Pick)$/.test(name)) return byName(module, name);
  const fields = fieldsOf(module, first);
  const names = second ? literals(second) : [];
  if (name === "Partial") return fields?.map((field) => ({ ...field, isOptional: true }));
  return fields?.filter((field) => name === "Readonly" || names.includes(field.name) === (name === "Pick"));
}

function byName(module: Module, name: string): Field[] | undefined {
  const found = find(module, name);
  return found && fieldsOf(found.module, found.node);
}

/** The names of types that stand in a piece of the tree. */
export function typeNamesIn(node: Node): Set<string> {
  const names = new Set<string>();
  walk(node, (one) => {
    if (one.type === "TSTypeReference" && one["typeName"].type === "Identifier") names.add(one["typeName"].name);
    if (one.type === "TSInterfaceHeritage") names.add(one["expression"].name);
  });
  return names;
}
