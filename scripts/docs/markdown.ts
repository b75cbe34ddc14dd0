/** The reference as Markdown: a page an entry point, and an index. */
import type { Comment } from "./comment.ts";
import { type Call, type Entry, type Option, optionOf, signature } from "./entries.ts";
import { isLikeAnother } from "./problems.ts";
import { headingOf, type Page, type Places, placesOf } from "./reference.ts";
import type { Module } from "./syntax.ts";

/** File name in docs/api/ → text. */
export function renderReference(pages: readonly Page[]): Map<string, string> {
  const places = placesOf(pages);
  const files = new Map(pages.map((page) => [page.file, pageOf(page, places)]));
  files.set("README.md", indexOf(pages, places));
  return files;
}

const NOTE = "<!-- Made by `npm run docs` from the comments in packages/cellstate/src; change those. -->";

function indexOf(pages: readonly Page[], places: Places): string {
  const lines = [NOTE, "# API reference", "", "What each part of the package exports, by theme.", ""];
  for (const { name, file, about, sections } of pages) {
    lines.push(`## [${name}](${file})`, "", ...about.flatMap((text) => [text, ""]));
    for (const { theme, entries } of sections) {
      const link = (entry: Entry): string => {
        const { page, anchor } = places(entry.declaration.module, entry.declaration.name)!;
        return `[\`${entry.name}\`](${page}#${anchor})`;
      };
      const values = entries.filter(({ kind }) => kind !== "type");
      const shown = values.length > 0 ? values : entries;
      lines.push(`- **${theme.title}**: ${shown.map(link).join(" ")}`);
    }
    if (sections.length > 0) lines.push("");
  }
  return `${lines.join("\n").trim()}\n`;
}

function pageOf({ name, file, about, sections, named }: Page, places: Places): string {
  const lines = [NOTE, `# ${name}`, "", ...about.flatMap((text) => [text, ""])];
  if (sections.length > 0) lines.push(`[All entry points](README.md) · ${sections.map(themeLink).join(" · ")}`, "");
  for (const { theme, entries } of sections) {
    lines.push(`## ${theme.title}`, "", theme.about, "");
    for (const entry of entries) {
      const isImported = !named.includes(entry);
      lines.push(...entryLines(entry, linker(entry.declaration.module, file, places), isImported));
    }
  }
  return `${lines.join("\n").trim()}\n`;
}

const themeLink = ({ theme: { title } }: Page["sections"][number]): string =>
  `[${title}](#${title
    .toLowerCase()
    .replace(/[^\w -]/g, "")
    .replaceAll(" ", "-")})`;

/** Turns names into links, as one module means them, on one page. */
interface Linker {
  readonly module: Module;
  /** A type for a table: known names are links, the rest is code. */
  type(text: string): string;
  /** Prose: names in backticks become links where this module knows them. */
  text(text: string, own?: string): string;
}

function linker(module: Module, file: string, places: Places): Linker {
  const to = (name: string): string | undefined => {
    const place = places(module, name);
    return place && `${place.page === file ? "" : place.page}#${place.anchor}`;
  };
  const asCode = (text: string): string =>
    text.replace(/^( *)(.*?)( *)$/, (_, a, code, b) => (code ? `${a}\`${code}\`${b}` : a + b));
  return {
    module,
    type(text) {
      // what split keeps between two others is a name; one that is not known joins its neighbours
      const parts = [""];
      for (const part of text.split(/\b([A-Z]\w*)\b/)) {
        const address = /^[A-Z]\w*$/.test(part) ? to(part) : undefined;
        if (address) parts.push(`[\`${part}\`](${address})`, "");
        else parts.push(parts.pop()! + part);
      }
      return cell(parts.map((part, k) => (k % 2 === 1 ? part : asCode(part))).join(""));
    },
    text: (text, own) =>
      text.replace(/(?<![[\w])`([A-Za-z]\w*)`/g, (code, name) => {
        const address = name === own ? undefined : to(name);
        return address ? `[${code}](${address})` : code;
      }),
  };
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

function entryLines(entry: Entry, link: Linker, isImported: boolean): string[] {
  const { name, kind, comment, code, call, fields, file } = entry;
  const lines = [`### ${headingOf(entry)}`, ""];
  if (kind === "cell") lines.push(...prose(comment, link, name), "```", code, "```", "");
  else {
    lines.push("```ts", code, "```", "", ...prose(comment, link, name));
    if (call) lines.push(...callLines(call, comment, link));
    const properties = fields.filter((field) => !field.call);
    const rows = properties.map((field) => ({
      ...optionOf(field, field.comment.text.join(" ")),
      module: field.module,
    }));
    if (rows.length > 0) lines.push(...table(kind === "type" ? "field" : "fact", rows, link), "");
    for (const method of fields) {
      const overloads = fields.flatMap((field) => (field.call && field.name === method.name ? [field.call] : []));
      if (!method.call || overloads[0] !== method.call) continue;
      lines.push(`#### ${name}.${method.name}`, "", "```ts", ...overloads.map(signature), "```", "");
      lines.push(...prose(method.comment, link, name), ...callLines(method.call, method.comment, link));
    }
    if (!call) lines.push(...exampleLines(comment));
  }
  const note = isImported ? "" : "; named by signatures, not exported";
  lines.push(`<sub>[${file.replace("packages/cellstate/", "")}](../../${file})${note}</sub>`, "");
  return lines;
}

const prose = ({ text }: Comment, link: Linker, own: string): string[] =>
  text.flatMap((paragraph) => [link.text(listed(paragraph), own), ""]);

/** "- `a`: … - `b`: …", a list in the comment, is one again. */
const listed = (paragraph: string): string => paragraph.replace(/(^| )- (?=`)/g, "\n- ").trim();

function callLines({ parameters }: Call, comment: Comment, link: Linker): string[] {
  const lines: string[] = [];
  if (isLikeAnother(comment)) return [];
  const single = parameters.filter(({ options, text }) => !options || text !== "");
  if (single.length > 0) lines.push(...table("parameter", single, link), "");
  for (const { name, options } of parameters) {
    if (options && options.length > 0) lines.push(...table(`option of \`${name}\``, options, link), "");
  }
  if (comment.returns) lines.push(`**Returns** ${link.text(comment.returns)}.`, "");
  for (const { type, text } of comment.throws) {
    const names = type.split("|").map((one) => link.text(`\`${one.trim()}\``));
    lines.push(`**Throws** ${names.join(" or ")} ${link.text(text)}.`, "");
  }
  return [...lines, ...exampleLines(comment)];
}

const exampleLines = ({ examples }: Comment): string[] =>
  examples.length > 0 ? ["**Example**", "", ...examples.flatMap((code) => ["```ts", code, "```", ""])] : [];

function table(title: string, rows: readonly Option[], link: Linker): string[] {
  const hasDefaults = rows.some(({ fallback }) => fallback !== undefined);
  const head = [title, "type", ...(hasDefaults ? ["default"] : []), ""];
  return [
    `| ${head.join(" | ")} |`,
    `|${head.map(() => "---").join("|")}|`,
    ...rows.map(({ name, isOptional, type, text, fallback }) => {
      const shown = fallback === undefined ? [""] : [`\`${fallback}\``];
      const columns = [`\`${name}${isOptional ? "?" : ""}\``, link.type(type), ...(hasDefaults ? shown : [])];
      return `| ${[...columns, cell(link.text(text))].join(" | ")} |`;
    }),
  ];
}
