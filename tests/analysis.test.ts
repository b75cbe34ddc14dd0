/** `cellstate/analysis` as its users have it: the page about it holds its types and runs as it stands. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { transformSync } from "rolldown/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Installed, installLibrary } from "./installed.ts";
import { read, root } from "./repository.ts";

const run = promisify(execFile);
const example = read("docs/analysis.md").match(/^```ts\n([\s\S]*?)^```$/m)![1]!;

let installed: Installed;
beforeAll(async () => {
  installed = await installLibrary();
});
afterAll(() => installed.remove());

test("the page's example holds its types", async () => {
  const { folder } = installed;
  const library = join(root, "packages/cellstate");
  const paths = { cellstate: [join(library, "src/index.ts")], "cellstate/*": [join(library, "src/*.ts")] };
  const compilerOptions = { noEmit: true, paths, typeRoots: [join(root, "node_modules/@types")] };
  const config = { extends: join(root, "tsconfig.base.json"), compilerOptions, files: ["example.ts"] };
  writeFileSync(join(folder, "example.ts"), example);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.json"], {
    cwd: folder,
  });
  const said = await tsc.then(
    ({ stdout }) => stdout,
    ({ stdout }) => stdout,
  );
  expect(said).toBe("");
});

test("the page's example runs, and prints what it says", async () => {
  const file = join(installed.folder, "program.mjs");
  writeFileSync(file, transformSync("program.ts", example).code);
  const { stdout, stderr } = await run(process.execPath, [file], { cwd: installed.folder, timeout: 60_000 });
  expect(stderr).toBe("");
  expect(stdout.trim().split("\n")).toEqual([
    "c = f * before + i * g true",
    "-1 1.000000",
    "true",
    "true true",
    "true true",
    "true true",
    "f * c[t-1] + i * g true",
    "24 24",
    "true 36480",
  ]);
});
