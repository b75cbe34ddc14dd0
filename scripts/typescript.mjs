/**
 * Lets Node run this repository's TypeScript: `node --import ./scripts/typescript.mjs FILE.ts`.
 * Node 22.18 and later strip types themselves; for Node 20 the bundler that builds the library does it here.
 */
import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

const stripsTypes = Boolean(process.features.typescript);
if (!stripsTypes && isMainThread) register(import.meta.url);

/** The loader hook: Node runs this module once more, on a thread of its own, and calls this for every module. */
export async function load(url, context, next) {
  if (!url.startsWith("file:") || !/\.ts($|\?)/.test(url)) return next(url, context);
  const { readFile } = await import("node:fs/promises");
  const { transformSync } = await import("rolldown/utils");
  const address = new URL(url);
  const { code, errors } = transformSync(address.pathname, await readFile(address, "utf8"), { sourcemap: false });
  if (errors.length > 0) throw new SyntaxError(errors.map((error) => error.message).join("\n"));
  return { format: "module", source: code, shortCircuit: true };
}
