/**
 * `npm run docs`: writes the API reference, docs/api/, from the library's doc comments, and says what these lack; and the
 * list of all documents, docs/README.md.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderContents } from "./docs/contents.ts";
import { renderReference } from "./docs/markdown.ts";
import { problemsIn } from "./docs/problems.ts";
import { readReference, root } from "./docs/reference.ts";

const folder = join(root, "docs/api");
const pages = readReference();
const files = renderReference(pages);
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) if (!files.has(file)) rmSync(join(folder, file));
for (const [file, text] of files) writeFileSync(join(folder, file), text);
writeFileSync(join(root, "docs/README.md"), renderContents(root, pages));
const problems = problemsIn(pages);
console.log([...problems, `${files.size} pages in docs/api/, ${problems.length} problems.`].join("\n"));
if (problems.length > 0) process.exitCode = 1;
