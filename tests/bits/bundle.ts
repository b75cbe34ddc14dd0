/** What runs elsewhere than in these tests: the job as one file, and the library as its users get it. */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type InputOptions, rolldown } from "rolldown";
import { parseSync } from "rolldown/utils";
import { root } from "../repository.ts";

const library = join(root, "packages/cellstate");

/** A fresh folder; the caller removes it. */
export const freshFolder = (name: string): string => mkdtempSync(join(tmpdir(), `cellstate-${name}-`));

/** Files of JavaScript by name. */
type Files = ReadonlyMap<string, string>;

/** The job with the library's sources in it: `job.js`, and what it loads. */
export const bundleJob = (): Promise<Files> =>
  bundle({
    input: { job: join(root, "tests/bits/job.ts") },
    platform: "browser",
    resolve: { alias: { cellstate: join(library, "src/index.ts") } },
  });

async function bundle(options: InputOptions): Promise<Files> {
  const built = await rolldown({ ...options, tsconfig: false });
  const { output } = await built.generate({ format: "esm", chunkFileNames: "[name]-[hash].js" });
  await built.close();
  return new Map(output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file.code]] : [])));
}

/** The built library's files by name: those of `npm run build` where it has just run, else the same made here. */
export async function libraryFiles(): Promise<Files> {
  if (process.env.CELLSTATE_BUILT) {
    const folder = join(library, "dist");
    const names = readdirSync(folder).filter((name) => name.endsWith(".js"));
    return new Map(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  }
  const sources = { index: join(library, "src/index.ts"), node: join(library, "src/node.ts") };
  return bundle({ input: sources, platform: "neutral", external: /^node:/ });
}

/** All that a module imports, now or later, directly or through its neighbours, who are named as in `files`. */
export function importsFrom(files: Files, start: string): string[] {
  const found = new Set<string>();
  const read = (name: string): void => {
    const code = files.get(name)!;
    const { module } = parseSync(name, code);
    const named = module.staticImports.map((i) => i.moduleRequest.value);
    for (const { entries } of module.staticExports) {
      for (const { moduleRequest } of entries) if (moduleRequest) named.push(moduleRequest.value);
    }
    // what stands between the parentheses: a name in quotes, or an expression
    for (const { moduleRequest } of module.dynamicImports) {
      named.push(code.slice(moduleRequest.start, moduleRequest.end).replace(/^(["'`])(.*)\1$/, "$2"));
    }
    for (const neighbour of named.map((request) => request.replace(/^\.\//, ""))) {
      if (found.has(neighbour)) continue;
      found.add(neighbour);
      if (files.has(neighbour)) read(neighbour);
    }
  };
  read(start);
  return [...found];
}
