/** What the reference says of each public name: read from its declaration and its doc comment. */
import { relative } from "node:path";
import { type Comment, commentBefore, noComment, openingComment } from "./comment.ts";
import { type Declaration, find, type Module, type Node, textOf, walk } from "./syntax.ts";
import { type Field, fieldsIn, fieldsOf, oneLine, typeNamesIn, typeText } from "./types.ts";

export interface Option {
  readonly name: string;
  readonly isOptional: boolean;
  readonly type: string;
  readonly text: string;
  /** As the code has it, else as the text says it. */
  readonly fallback?: string;
  /** What the code has and the text denies. */
  readonly contradicts?: string;
}

export interface Parameter extends Option {
  /** What an object of options holds. */
  readonly options?: readonly Option[];
}

/** Something that can be called. */
export interface Call {
  /** `name<T>` */
  readonly head: string;
  readonly parameters: readonly Parameter[];
  readonly returns: string;
}

export interface Entry {
  readonly name: string;
  readonly kind: "function" | "type" | "class" | "constant" | "cell";
  /** From the repository's root. */
  readonly file: string;
  readonly comment: Comment;
  /** How it is declared, or a cell's equations. */
  readonly code: string;
  readonly call?: Call;
  readonly fields: readonly (Field & { readonly call?: Call })[];
  /** The types that it names. */
  readonly names: ReadonlySet<string>;
  /** Whether its own code throws, or a function beside it that it calls. */
  readonly throws: boolean;
  readonly declaration: Declaration;
}

export function entryOf(declaration: Declaration, root: string): Entry {
  const { name, module, statement, node } = declaration;
  const file = relative(root, module.path);
  const comment = commentBefore(module.source, statement.start);
  const made = callee(node);
  const isCell = made?.type === "CallExpression" && made["callee"].name === "cell";
  const base = { name, file, declaration, names: typeNamesIn(node), throws: false, fields: [] };
  if (isCell) {
    const text = textOf(module, made["arguments"][1]).replace(/^`\n?|\n?`$/g, "");
    return { ...base, kind: "cell", comment: comment ?? openingComment(module.source), code: undented(text) };
  }
  const said = comment ?? noComment;
  const isFunction = made !== undefined && /Function/.test(made.type);
  if (isFunction) return { ...base, kind: "function", ...functionOf(name, module, made, comment) };
  if (made !== undefined) return { ...base, kind: "constant", comment: said, code: constantText(module, node) };
  if (node.type === "ClassDeclaration") {
    const fields = fieldsIn(module, node["body"].body);
    const parent = node["superClass"] ? ` extends ${textOf(module, node["superClass"])}` : "";
    return {
      ...base,
      kind: "class",
      comment: said,
      code: `class ${name}${parent}`,
      fields,
      names: new Set([parent.slice(9)]),
    };
  }
  const fields = (fieldsOf(module, node) ?? []).map((field) => withCall(field));
  return { ...base, kind: "type", comment: said, code: typeCode(module, node, fields.length > 0), fields };
}

/** Where there are overloads, the first has the comment, and the implementation all parameters. */
function functionOf(name: string, module: Module, made: Node, own: Comment | undefined) {
  const overloads = module.body.filter((one) => {
    const declared = one["declaration"] as Node | undefined;
    return declared?.type === "TSDeclareFunction" && declared["id"].name === name;
  });
  const comment = (overloads[0] ? commentBefore(module.source, overloads[0].start) : own) ?? noComment;
  const call = callOf(name, module, made, comment);
  const shown = overloads.map((one) => signature(callOf(name, module, one["declaration"], comment)));
  const forms = [made, ...overloads.map((one) => one["declaration"] as Node)];
  const types = forms.flatMap((form) => [...(form["params"] as Node[]), form["returnType"] as Node | null]);
  const names = new Set(types.flatMap((type) => (type ? [...typeNamesIn(type)] : [])));
  const code = shown.length > 0 ? shown.join("\n") : signature(call);
  return { comment, code, call, names, throws: doesThrow(module, made) };
}

/** The value behind a constant or a function's declaration; undefined for a type or a class. */
const callee = (node: Node): Node | undefined =>
  node.type === "VariableDeclarator" ? node["init"] : node.type === "FunctionDeclaration" ? node : undefined;

function withCall(field: Field): Field & { call?: Call } {
  const { node, module, comment, name } = field;
  if (node.type !== "TSMethodSignature") return field;
  return { ...field, call: callOf(name, module, node, comment) };
}

const undented = (text: string): string => {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const indent = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(indent)).join("\n");
};

/** With its type, else with its value. */
function constantText(module: Module, node: Node): string {
  const type = typeText(module, node["id"].typeAnnotation);
  return `const ${node["id"].name}${type ? `: ${type}` : ` = ${oneLine(textOf(module, node["init"]))}`}`;
}

/** A type's first line where a table has its fields, else all of it. */
function typeCode(module: Module, node: Node, hasTable: boolean): string {
  if (node.type === "TSInterfaceDeclaration") return oneLine(module.source.slice(node.start, node["body"].start));
  const head = oneLine(module.source.slice(node.start, node["typeAnnotation"].start)).replace(/ =$/, "");
  return hasTable ? head : `${head} = ${typeText(module, node["typeAnnotation"])}`;
}

function callOf(name: string, module: Module, node: Node, comment: Comment): Call {
  const params = node["params"] as Node[];
  const named = params.map((param) => targetOf(param)["name"] as string | undefined);
  // a thing that is taken apart goes by the comment's name that nobody else has; options are called options
  const spare = [...comment.params.keys()].filter((key) => !key.includes(".") && !named.includes(key));
  const parameters = params.map((param, k) =>
    parameterOf(module, param, named[k] ?? (isThing(module, param) ? spare.shift() : undefined), node, comment),
  );
  const generic = node["typeParameters"] ? oneLine(textOf(module, node["typeParameters"])) : "";
  const returns = typeText(module, node["returnType"]);
  return { head: `${name}${generic}`, parameters, returns };
}

const LINE = 100; // characters

/** On one line, or a parameter a line where that is too long. */
export function signature({ head, parameters, returns }: Call): string {
  const list = parameters.map(({ name, isOptional, type }) => `${name}${isOptional ? "?" : ""}: ${type}`);
  const line = `${head}(${list.join(", ")}): ${returns}`;
  return line.length <= LINE ? line : `${head}(\n${list.map((one) => `  ${one},\n`).join("")}): ${returns}`;
}

/** `{ cell, start }: RecurrentLayer` takes a layer apart; an inline type, and what is called so, are options. */
function isThing(module: Module, param: Node): boolean {
  const type = targetOf(param)["typeAnnotation"]?.typeAnnotation as Node | undefined;
  return type?.type === "TSTypeReference" && !/Options\b/.test(textOf(module, type));
}

const targetOf = (param: Node): Node =>
  param.type === "AssignmentPattern" ? param["left"] : param.type === "RestElement" ? param["argument"] : param;

function parameterOf(module: Module, param: Node, named: string | undefined, owner: Node, comment: Comment): Parameter {
  const isRest = param.type === "RestElement";
  const target = targetOf(param);
  const annotation = (target["typeAnnotation"] ?? param["typeAnnotation"]) as Node | null;
  const dotted = [...comment.params.keys()].find((key) => key.includes("."))?.split(".")[0];
  const isPattern = target.type === "ObjectPattern";
  const own = named ?? dotted ?? "options";
  const fallback = param.type === "AssignmentPattern" ? literal(module, param["right"]) : undefined;
  const isOptional = target["optional"] === true || param.type === "AssignmentPattern";
  const type = typeText(module, annotation) || (fallback?.startsWith('"') ? "string" : "");
  const isEmpty = param["right"]?.type === "ObjectExpression"; // `= {}`
  const isOptions = named === undefined || isEmpty || own === dotted || /options$/i.test(own) || /Options\b/.test(type);
  const fields = isOptions ? fieldsOf(module, annotation) : undefined;
  const fallbacks = isPattern ? defaultsIn(module, target) : defaultsInBody(module, owner, own);
  const options = fields?.map((field): Option => {
    const text = comment.params.get(`${own}.${field.name}`) ?? field.comment.text.join(" ");
    return { ...optionOf(field, text, fallbacks.get(field.name)) };
  });
  const text = comment.params.get(own) ?? "";
  return {
    name: isRest ? `...${own}` : own,
    isOptional: isOptional && !isRest,
    type,
    text,
    ...(fallback && { fallback }),
    ...(options && { options }),
  };
}

export function optionOf({ name, isOptional, type }: Field, text: string, inCode?: string): Option {
  const inText = saidDefault(text);
  const contradicts = inCode !== undefined && inText !== undefined && inCode !== inText ? inCode : undefined;
  const fallback = inCode ?? inText;
  return { name, isOptional, type, text, ...(fallback && { fallback }), ...(contradicts && { contradicts }) };
}

/** "Default 0.9.", "`\"every\"` (default)", "; 0, the default: from all". */
function saidDefault(text: string): string | undefined {
  const found =
    text.match(/\bdefaults?:? (?:is |to )?(`[^`]+`|-?[\d.]+(?:e-?\d+)?|true|false|none)/i)?.[1] ??
    text.match(/(`[^`]+`|-?[\d.]+)(?: \(default\)|, the default)/)?.[1];
  return found?.replace(/^`|`$|\.$/g, "");
}

/** Numbers, strings and words as they stand; nothing that would have to be computed. */
function literal(module: Module, node: Node): string | undefined {
  const text = textOf(module, node);
  return /^(-?[\d._]+(e-?\d+)?|"[^"]*"|true|false)$/.test(text) ? text : undefined;
}

function defaultsIn(module: Module, pattern: Node): Map<string, string> {
  const found = new Map<string, string>();
  for (const one of pattern["properties"] as Node[]) {
    const value = one["value"] as Node | undefined;
    const text = value?.type === "AssignmentPattern" ? literal(module, value["right"]) : undefined;
    if (text !== undefined) found.set(one["key"].name, text);
  }
  return found;
}

/** `const { seed = 0 } = options;` */
function defaultsInBody(module: Module, owner: Node, name: string): Map<string, string> {
  for (const statement of (owner["body"]?.body ?? []) as Node[]) {
    for (const one of (statement.type === "VariableDeclaration" ? statement["declarations"] : []) as Node[]) {
      if (one["id"].type === "ObjectPattern" && one["init"]?.name === name) return defaultsIn(module, one["id"]);
    }
  }
  return new Map();
}

/**
 * Whether a function's own code throws, or one that it calls and that stands in the same module. A plain `Error` says
 * that the library is wrong, and nothing that its user does can bring it about.
 */
function doesThrow(module: Module, node: Node, seen = new Set<Node>()): boolean {
  if (seen.has(node)) return false;
  seen.add(node);
  const beside = { ...module, body: module.body.filter((statement) => !statement["source"]) };
  let found = false;
  walk(node["body"] ?? node, (one) => {
    if (one.type === "ThrowStatement" && one["argument"].callee?.name !== "Error") found = true;
    // a method of what it returns
    if (found || (one.type === "Property" && /Function/.test(one["value"].type))) return false;
    const called = one.type === "CallExpression" && one["callee"].name && find(beside, one["callee"].name);
    const made = called ? callee(called.node) : undefined;
    if (made && /Function/.test(made.type)) found = doesThrow(module, made, seen);
    return !found;
  });
  return found;
}
