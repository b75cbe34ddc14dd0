/** docs/README.md: the list of all documents, each with its title and how it begins. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "./reference.ts";

/** Where each kind of page stands; all others are to be read on. */
const toLookUp = ["language.md"];
const aboutUs = ["benchmarks.md", "decisions.md"];

export function renderContents(root: string, pages: readonly Page[]): string {
  const docs = join(root, "docs");
  const read = (file: string): string => readFileSync(join(docs, file), "utf8");
  const titleOf = (file: string): string => read(file).match(/^# (.*)$/m)![1]!;
  const chapters = readdirSync(join(docs, "guide")).filter((name) => /^\d/.test(name));
  const others = readdirSync(docs).filter((name) => name.endsWith(".md") && name !== "README.md");
  const entry = (file: string): string => `- [${titleOf(file)}](${file}): ${beginningOf(read(file))}`;
  const isElsewhere = (name: string): boolean => toLookUp.includes(name) || aboutUs.includes(name);
  return `${[
    "<!-- Made by `npm run docs` from the documents' titles and first sentences. -->",
    "# Documents",
    "",
    "**Learn**",
    "",
    "- [The guide](guide/README.md), from the first model to one that ships:",
    ...chapters.sort().map((name) => `  - [${titleOf(`guide/${name}`)}](guide/${name})`),
    "- [Examples](../examples/README.md): numbered programs, with what they print",
    "",
    "**Look up**",
    "",
    `- [API reference](api/README.md): ${pages.map(({ name, file }) => `[${name}](api/${file})`).join(", ")}`,
    ...toLookUp.map(entry),
    "",
    "**Read on**",
    "",
    ...others.filter((name) => !isElsewhere(name)).map(entry),
    "",
    "**About**",
    "",
    ...aboutUs.map(entry),
  ].join("\n")}\n`;
}

/** The first sentence of the first paragraph. */
function beginningOf(page: string): string {
  const paragraph = page.match(/^# .*\n\n([\s\S]*?)\n\n/)![1]!.replaceAll("\n", " ");
  return paragraph.match(/^.*?[.?!](?= |$)/)?.[0] ?? paragraph;
}
