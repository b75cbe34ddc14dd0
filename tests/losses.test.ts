/** docs/losses.md as its readers have it: the example holds its types and prints what it says, the tables are complete. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import * as metrics from "cellstate/metrics";
import { transformSync } from "rolldown/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as losses from "../packages/cellstate/src/train/losses.ts";
import { type Installed, installLibrary } from "./installed.ts";
import { read, root } from "./repository.ts";

const run = promisify(execFile);
const page = read("docs/losses.md");
const example = page.match(/^```ts\n([\s\S]*?)^```$/m)![1]!;

let installed: Installed;
beforeAll(async () => {
  installed = await installLibrary();
});
afterAll(() => installed.remove());

test("the page's example holds its types", async () => {
  const { folder } = installed;
  const sources = join(root, "packages/cellstate/src");
  const paths = { cellstate: [join(sources, "index.ts")], "cellstate/*": [join(sources, "*.ts")] };
  const compilerOptions = { noEmit: true, paths, typeRoots: [join(root, "node_modules/@types")] };
  const config = { extends: join(root, "tsconfig.base.json"), compilerOptions, files: ["example.ts"] };
  writeFileSync(join(folder, "example.ts"), example);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const said = await run(process.execPath, [compiler, "-p", "tsconfig.json"], { cwd: folder }).catch((error) => error);
  expect(said.stdout).toBe("");
});

test("the page's example prints what it says, to the last digit", async () => {
  const file = join(installed.folder, "program.mjs");
  writeFileSync(file, transformSync("program.ts", example).code);
  const { stdout, stderr } = await run(process.execPath, [file], { cwd: installed.folder });
  expect(stderr).toBe("");
  const said = [...example.matchAll(/console\.log\(.*; \/\/ (.*)$/gm)].map(([, line]) => line);
  expect(said).toHaveLength(5);
  expect(stdout.trim().split("\n")).toEqual(said);
});

test("the tables have every loss and every metric, and no other", () => {
  const section = (title: string): string => page.split(`## ${title}\n`)[1]!.split("\n## ")[0]!;
  const named = (text: string): string[] =>
    [...text.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+)\(/g)].map(([, name]) => name!),
    );
  expect(named(section("Losses")).sort()).toEqual(Object.keys(losses).sort());
  const all = Object.keys(metrics).filter((name) => name !== "measure");
  expect(named(section("Metrics")).sort()).toEqual(all.sort());
});
