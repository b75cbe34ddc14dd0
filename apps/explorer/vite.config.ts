/**
 * The page as one file, dist/index.html: scripts, styles, the worker and the bundled models are in it, so that it is
 * the same on any static host, on 127.0.0.1 and opened from a folder. Nothing is ever fetched, and its own policy
 * forbids it.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";
import solid from "vite-plugin-solid";
import { dataElement, withModel } from "./src/embedded.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const library = (path: string) => here(`../../packages/cellstate/src/${path}`);

/** What a browser lets the built page do: run what is in it. No address can be asked for anything. */
const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:",
  "worker-src blob:",
  "style-src 'unsafe-inline'",
  "img-src data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Models that are part of the page, by the name that links use. */
const MODELS: Record<string, string> = {
  story: "story/story.safetensors",
  "story-rnn": "story/story-rnn.safetensors",
};

/** What was measured, by the name under which the page reads it: data, no script. */
const DATA: Record<string, string> = {
  "story-facts": "story/page.json",
  "contrast-results": "contrast/results.json",
};
/** The words of the story's cards. */
const CARDS = "src/views/story/cards.html";

function data(): Plugin {
  return {
    name: "bundled-data",
    transformIndexHtml: {
      order: "post",
      handler: (html) => {
        const texts = Object.entries(DATA).map(([name, path]) => dataElement(name, readFileSync(here(path), "utf8")));
        texts.push(readFileSync(here(CARDS), "utf8"));
        let page = html.replace("</body>", () => `${texts.join("\n")}</body>`);
        for (const [name, path] of Object.entries(MODELS)) page = withModel(page, name, readFileSync(here(path)));
        return page;
      },
    },
  };
}

function policy(): Plugin {
  const tag = `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`;
  return {
    name: "content-policy",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      for (const asset of Object.values(bundle)) {
        if (asset.type !== "asset" || !asset.fileName.endsWith(".html")) continue;
        asset.source = String(asset.source).replace("<head>", () => `<head>${tag}`);
      }
    },
  };
}

/**
 * What the library loads when it is asked for (the reference engine, 8-bit kernels) is in the worker's one script anyhow.
 * Imported as usual, 230 modules need no wrapper that runs them late: 3 KB of 107 after gzip.
 */
function imported(): Plugin {
  return {
    name: "imported",
    transform(code) {
      const heads: string[] = [];
      const body = code.replace(/\bawait import\(("[^"]+")\)/g, (_, path) => {
        heads.push(`import * as imported${heads.length} from ${path};\n`);
        return `imported${heads.length - 1}`;
      });
      return heads.length === 0 ? undefined : { code: heads.join("") + body, map: null };
    },
  };
}

export default defineConfig({
  root: here("."),
  base: "./",
  plugins: [solid(), viteSingleFile({ removeViteModuleLoader: true }), data(), policy()],
  resolve: {
    alias: [
      { find: /^cellstate$/, replacement: library("index.ts") },
      { find: /^cellstate\/(\w+)$/, replacement: library("$1.ts") },
    ],
  },
  worker: { format: "iife", plugins: () => [imported()] },
  build: { target: "es2022", modulePreload: false, chunkSizeWarningLimit: 2000, reportCompressedSize: false },
  server: { headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" } },
});
