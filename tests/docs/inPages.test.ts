/** The pages that the documents show train in a browser as they stand, with the built library beside them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chromium, inBrowser, whyNot } from "../bits/browsers.ts";
import { type Installed, installLibrary } from "../installed.ts";
import { read } from "../repository.ts";
import { blocksIn } from "../snippets/pages.ts";

let installed: Installed;
beforeAll(async () => {
  installed = await installLibrary();
});
afterAll(() => installed.remove());

const chapter = (): string =>
  blocksIn(read("docs/guide/4-in-a-page.md")).find(({ language }) => language === "html")!.code;
const example = (): string => read("examples/11-page.html");

test.for([
  { name: "chapter 4 of the guide", page: chapter, at: "page.html", library: "cellstate", said: /^loss ([\d.]+)$/ },
  {
    name: "examples/11-page.html",
    page: example,
    at: "examples/11-page.html",
    library: "packages/cellstate/dist",
    said: /^finished after 160 updates; squared error on what it has not seen: ([\d.]+)$/,
  },
])("$name", { timeout: 120_000 }, async ({ page, at, library, said }, context) => {
  const reason = whyNot(chromium);
  context.skip(reason !== undefined, reason);
  const files = new Map([[at, page()]]);
  for (const name of readdirSync(installed.dist).filter((one) => one.endsWith(".js"))) {
    files.set(`${library}/${name}`, readFileSync(join(installed.dist, name), "utf8"));
  }
  const script = `
    const frame = document.createElement("iframe");
    frame.src = "/${at}";
    document.body.append(frame);
    for (;;) {
      const text = frame.contentDocument?.querySelector("#said")?.textContent ?? "";
      if (${said}.test(text)) return text;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  `;
  const text = (await inBrowser(chromium, files, script)) as string;
  expect(Number(text.match(said)![1])).toBeLessThan(0.02);
});
