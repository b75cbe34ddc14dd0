/** `cellstate explore [MODEL]`: the explorer's page on this machine, with your model in it; or as one file to pass on. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { loadModel, writeFileAtomic } from "cellstate/node";
import { withModel } from "../../../apps/explorer/src/embedded.ts";
import { openInBrowser, servePage } from "./browser.ts";
import { command } from "./command.ts";
import { Failure, failureFrom } from "./failure.ts";
import { bytes } from "./format.ts";
import { modelPath } from "./models.ts";

/** A page is text with the model as base64 in it, and text has a limit. */
const MOST = 256 * 2 ** 20; // bytes

export const explore = command({
  name: "explore",
  operands: "[MODEL]",
  summary: "watch a network think, in a browser: gates, memory, training",
  examples: [
    ["cellstate explore", "a story, a lab for cells of your own, training in the page"],
    ["cellstate explore runs/kings", "your own model, every gate at every step"],
    ['cellstate explore runs/kings --text "The king"', "what it reads at first"],
    ["cellstate explore runs/kings --out kings.html", "one file that opens anywhere, offline"],
  ],
  flags: {
    text: { type: "text", value: "TEXT", aliases: ["prompt"], help: "what the model reads at first" },
    port: { type: "whole", value: "N", min: 1, max: 65535, help: "of the address (a free one)" },
    "no-open": { type: "switch", help: "only print the address" },
    output: {
      type: "text",
      short: "o",
      value: "FILE.html",
      aliases: ["out"],
      help: "write the page as one file instead",
    },
    force: { type: "switch", help: "replace a file that is there" },
  },
  most: 1,
  notes: [
    "The page runs everything itself and can ask for nothing: its own policy forbids it, and only this machine sees it.",
  ],
  async run({ terminal, json, program }, values, [given]) {
    const path = given === undefined ? undefined : modelPath(given, "explore");
    if (path === undefined && values.text !== undefined) {
      throw new Failure(
        "usage",
        "--text needs a model that reads it",
        `${program} explore runs/NAME --text "The king"`,
      );
    }
    const name = path === undefined ? undefined : nameOf(path);
    const page = await pageWith(path, name);
    const hash =
      name === undefined
        ? ""
        : `#${new URLSearchParams({ view: "cell", model: name, ...(values.text !== undefined && { text: values.text }) })}`;
    const output = values.output;
    if (output !== undefined) {
      if (values.text !== undefined)
        throw new Failure("usage", "--text goes with the address, not with a file", `open it as ${output}${hash}`);
      if (existsSync(output) && !values.force) {
        throw new Failure(
          "usage",
          `${output} is there already`,
          "--force replaces it, --out FILE.html writes elsewhere",
        );
      }
      const content = new TextEncoder().encode(page);
      await writeFileAtomic(output, content).catch((error: unknown) => {
        throw failureFrom(error, "resources");
      });
      terminal.result(json ? `${JSON.stringify({ page: output, bytes: content.length })}\n` : `${output}\n`);
      terminal.say(`  ${bytes(content.length)}; open it in any browser, it needs no network`);
      return;
    }
    const server = await servePage(page, values.port).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") {
        throw new Failure("usage", `port ${values.port} is taken`, "leave --port out, and a free one is found");
      }
      if (error.code === "EACCES")
        throw new Failure("usage", `port ${values.port} is not open to you`, "give one above 1023");
      throw error;
    });
    const address = `${server.address}${hash}`;
    terminal.result(json ? `${JSON.stringify({ address, model: path ?? null })}\n` : `${address}\n`);
    terminal.say("  only this machine can open it; Ctrl-C ends it");
    if (!values["no-open"] && terminal.isResultShown) openInBrowser(address);
    await server.closed;
  },
});

/** The page, with the model in it if there is one; the model is opened first, so that a bad file is told here. */
async function pageWith(path: string | undefined, name: string | undefined): Promise<string> {
  const page = readFileSync(pagePath(), "utf8");
  if (path === undefined || name === undefined) return page;
  try {
    (await loadModel(path)).close();
  } catch (error) {
    throw failureFrom(error, "model");
  }
  const content = readFileSync(path);
  if (content.length > MOST) {
    const mend = "the page can open the file itself: cellstate explore, then the tab Open";
    throw new Failure("resources", `${path} has ${bytes(content.length)}; a page holds at most ${bytes(MOST)}`, mend);
  }
  return withModel(page, name, content, { isOwn: true });
}

function pagePath(): string {
  const path = fileURLToPath(new URL("./explorer.html", import.meta.url));
  if (existsSync(path)) return path;
  throw new Failure("internal", "the explorer's page is missing from this installation", "npm run build makes it");
}

/** "kings" for runs/kings/model.safetensors, else the file's own name. */
function nameOf(path: string): string {
  const file = basename(path).replace(/\.safetensors$/, "");
  const folder = basename(dirname(path));
  return file === "model" && folder !== "" && folder !== "." && folder !== ".." ? folder : file;
}
