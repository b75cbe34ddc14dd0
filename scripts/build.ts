/**
 * Builds every package that has sources: JavaScript by rolldown, declarations by tsc; and the explorer, one page, by
 * Vite, which goes along with the command line.
 * What a package offers is read from its package.json: `exports` and `bin` name files in dist/, sources have the
 * same name in src/. A named source that is not there yet is left out, and said so.
 *
 * `--quick` leaves the declarations out; `--need NAME` fails if package NAME has nothing to build.
 * All messages go to stderr.
 */
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { rolldown } from "rolldown";
import { build as buildPage } from "vite";

interface Manifest {
  name: string;
  bin?: Record<string, string>;
  exports?: Record<string, string | { default: string }>;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const say = (line: string) => process.stderr.write(`${line}\n`);

/** Entry name → source file, for the sources that exist. */
function entriesOf(folder: string, manifest: Manifest): Record<string, string> {
  const targets = Object.values(manifest.exports ?? {}).map((to) => (typeof to === "string" ? to : to.default));
  targets.push(...Object.values(manifest.bin ?? {}));
  const entries: Record<string, string> = {};
  for (const target of targets.filter((to) => to.startsWith("./dist/"))) {
    const name = basename(target, ".js");
    const source = join(folder, "src", `${name}.ts`);
    if (existsSync(source)) entries[name] = source;
    else say(`  ${manifest.name}: src/${name}.ts does not exist yet, left out`);
  }
  return entries;
}

async function bundle(folder: string, manifest: Manifest, entries: Record<string, string>): Promise<void> {
  const isCommand = manifest.bin !== undefined;
  const built = await rolldown({
    input: entries,
    cwd: folder,
    platform: isCommand ? "node" : "neutral",
    external: [/^node:/, /^cellstate(\/|$)/, /^[a-z@]/],
    tsconfig: false,
    logLevel: "warn",
  });
  await built.write({ dir: join(folder, "dist"), format: "esm", chunkFileNames: "[name]-[hash].js" });
  await built.close();
}

async function declare(folder: string): Promise<void> {
  const config = join(folder, "tsconfig.build.json");
  if (!existsSync(config)) return;
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  try {
    await promisify(execFile)(process.execPath, [compiler, "-p", config], { cwd: root });
  } catch (error) {
    throw new Error(`declarations of ${basename(folder)}:\n${(error as { stdout: string }).stdout.trim()}`);
  }
  // tsc leaves "./x.ts" in declarations; every compiler understands "./x.js"
  for (const path of readdirSync(join(folder, "dist"), { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".d.ts")) continue;
    const file = join(folder, "dist", path);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(/((?:from|import) ?\(?")(\.{1,2}\/[^"]+)\.ts"/g, '$1$2.js"'));
  }
}

async function build(folder: string, quick: boolean): Promise<boolean> {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entries = entriesOf(folder, manifest);
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  if (Object.keys(entries).length === 0) return false;
  // what npm puts into the package beside dist/; both are ignored by git there
  for (const file of ["README.md", "LICENSE"]) copyFileSync(join(root, file), join(folder, file));
  await Promise.all([bundle(folder, manifest, entries), quick ? undefined : declare(folder)]);
  return true;
}

/** The explorer's page, put beside the command that serves it. */
async function buildExplorer(): Promise<void> {
  const folder = join(root, "apps/explorer");
  await buildPage({ root: folder, configFile: join(folder, "vite.config.ts"), logLevel: "warn" });
  copyFileSync(join(folder, "dist/index.html"), join(root, "packages/cli/dist/explorer.html"));
}

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, need: { type: "string", multiple: true, default: [] } },
});
const start = performance.now();
const packages = readdirSync(join(root, "packages")).filter((name) =>
  existsSync(join(root, "packages", name, "package.json")),
);
say(`Building ${packages.join(", ")}, the explorer …`);
try {
  const built = await Promise.all(packages.map((name) => build(join(root, "packages", name), options.quick)));
  await buildExplorer();
  for (const name of options.need) {
    if (!built[packages.indexOf(name)]) throw new Error(`packages/${name} has no sources to build.`);
  }
  say(`Built in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
} catch (error) {
  say(`The build failed: ${(error as Error).message}`);
  process.exitCode = 1;
}
