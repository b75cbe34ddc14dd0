/** The API reference is what the doc comments say now, and they say all that a reader needs. */
import { describe, expect, test } from "vitest";
import { renderContents } from "../../scripts/docs/contents.ts";
import { renderReference } from "../../scripts/docs/markdown.ts";
import { problemsIn } from "../../scripts/docs/problems.ts";
import { readReference } from "../../scripts/docs/reference.ts";
import { listFiles, read, root } from "../repository.ts";

const pages = readReference();
const files = renderReference(pages);

test("every entry point of the package has a page", () => {
  const { exports } = JSON.parse(read("packages/cellstate/package.json"));
  const names = Object.keys(exports).filter((path) => path !== "./package.json");
  expect(pages.map(({ name }) => name)).toEqual(names.map((path) => path.replace(/^\./, "cellstate")));
});

test("docs/api and docs/README.md are up to date: `npm run docs` would change nothing", () => {
  const there = listFiles().filter((path) => path.startsWith("docs/api/"));
  expect(there.map((path) => path.slice("docs/api/".length)).sort()).toEqual([...files.keys()].sort());
  const old = [...files].filter(([file, text]) => read(`docs/api/${file}`) !== text).map(([file]) => file);
  expect(old, "run `npm run docs` and commit").toEqual([]);
  expect(read("docs/README.md"), "run `npm run docs` and commit").toBe(renderContents(root, pages));
});

test("every export says what it is, takes, gives and throws, with an example and the defaults that the code has", () => {
  expect(problemsIn(pages)).toEqual([]);
});

describe("a page", () => {
  const page = files.get("cellstate.md")!;
  const about = (name: string) => page.split(`\n### ${name}\n`)[1]!.split("\n### ")[0]!;

  test("has options with the defaults of the code", () => {
    expect(about("createModel")).toContain("| `seed?` | `number` | `0` |");
    expect(about("generateText")).toContain("| `temperature?` | `number` | `0.8` |");
    expect(about("dense")).toMatch(/\| `activation\?` \|.*\| `"none"` \|/);
  });

  test("links types to where they are described, also on another page", () => {
    expect(about("train")).toContain("[`Model`](#model-type)");
    expect(files.get("node.md")).toContain("[`Model`](cellstate.md#model-type)");
  });

  test("has the equations of every cell of the zoo", () => {
    expect(about("lstm")).toContain("c = f * c[t-1] + i * g ");
    expect(about("gru")).toContain("h[t-1]");
  });
});
