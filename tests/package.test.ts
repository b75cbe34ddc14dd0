/**
 * The library as its users get it: packed, installed into an empty folder without network, type-checked strictly,
 * the README's first example run; and what a browser has to load of it.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { read, root } from "./repository.ts";

const library = join(root, "packages/cellstate");
const index = join(library, "src/index.ts");
const hasIndex = existsSync(index);
const NO_INDEX = "packages/cellstate/src/index.ts does not exist yet";
const example = read("README.md").match(/^```ts\n([\s\S]*?)^```$/m)?.[1];

// The goal is 40 KB and is not reached: docs/decisions.md says where it goes. This holds what there is.
const MAX_BUNDLE = 69 * 1024; // bytes after gzip

function run(command: string, args: string[], cwd: string): string {
  try {
    const environment = { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1" };
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env: environment });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}\n${stderr}`);
  }
}

const tsc = (config: string, cwd: string) =>
  run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config], cwd);

describe("the packed library, installed into an empty folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "cellstate-package-"));
  const user = join(folder, "user");
  let packed: string[] = [];

  beforeAll(() => {
    if (!hasIndex) return;
    // `npm test` has just built; a run of this file alone builds for itself
    if (!process.env.CELLSTATE_BUILT) {
      run(process.execPath, ["--import", "./scripts/typescript.mjs", "scripts/build.ts"], root);
    }
    const [archive] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder], library));
    packed = archive.files.map((file: { path: string }) => file.path);
    mkdirSync(user);
    copyFileSync(join(folder, archive.filename), join(user, "cellstate.tgz"));
    writeFileSync(join(user, "package.json"), JSON.stringify({ private: true, type: "module" }));
    run("npm", ["install", "--offline", "--no-audit", "--no-fund", "./cellstate.tgz"], user);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const exported = Object.entries(JSON.parse(read("packages/cellstate/package.json")).exports) as [
    string,
    string | Record<string, string>,
  ][];
  const entries = exported.filter(([, to]) => typeof to !== "string").map(([name]) => join("cellstate", name));

  test("holds every file it exports, its licence and readme, and neither sources nor tests", (context) => {
    context.skip(!hasIndex, NO_INDEX);
    const targets = exported.flatMap(([, to]) => (typeof to === "string" ? [to] : Object.values(to)));
    expect(packed).toEqual(expect.arrayContaining(targets.map((to) => to.replace("./", ""))));
    expect(packed).toEqual(expect.arrayContaining(["LICENSE", "README.md"]));
    expect(packed.filter((path) => /(^|\/)src\/|\.test\.|(?<!\.d)\.ts$/.test(path))).toEqual([]);
    const helpers = /(testing|oddCells|randomCell|conformanceCase|simulation)\.d\.ts$/;
    expect(packed.filter((path) => helpers.test(path))).toEqual([]);
  });

  test("brings nothing else along", (context) => {
    context.skip(!hasIndex, NO_INDEX);
    expect(readdirSync(join(user, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["cellstate"]);
  });

  // users have the DOM's types or Node's, seldom both
  const settings = [
    { module: "nodenext", moduleResolution: "nodenext", lib: ["ES2022"], types: ["node"] },
    { module: "nodenext", moduleResolution: "nodenext", lib: ["ES2022", "DOM"], types: [] },
    { module: "esnext", moduleResolution: "bundler", lib: ["ES2022"], types: ["node"] },
    { module: "esnext", moduleResolution: "bundler", lib: ["ES2022", "DOM"], types: [] },
  ];

  test.for(settings)(
    "its types hold in a strict project: $moduleResolution, $lib, types $types",
    (setting, context) => {
      context.skip(!hasIndex, NO_INDEX);
      const source = entries
        .map((name, i) => `import * as m${i} from "${name}";\nexport const use${i} = m${i};\n`)
        .join("");
      const name = `types-${settings.indexOf(setting)}`;
      writeFileSync(join(user, `${name}.ts`), source);
      const options = {
        ...setting,
        target: "ES2022",
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
      };
      const compilerOptions = { ...options, noEmit: true, typeRoots: [join(root, "node_modules/@types")] };
      writeFileSync(join(user, `${name}.json`), JSON.stringify({ compilerOptions, files: [`${name}.ts`] }));
      tsc(`${name}.json`, user);
    },
  );

  test("the README's first example compiles and runs as it stands", (context) => {
    context.skip(!hasIndex, NO_INDEX);
    context.skip(example === undefined, "README.md has no ```ts block yet");
    writeFileSync(join(user, "example.ts"), example ?? "");
    const options = { target: "ES2022", lib: ["ES2022", "DOM"], module: "nodenext", types: ["node"], strict: true };
    const compilerOptions = { ...options, skipLibCheck: false, typeRoots: [join(root, "node_modules/@types")] };
    writeFileSync(join(user, "example.json"), JSON.stringify({ compilerOptions, files: ["example.ts"] }));
    tsc("example.json", user);
    const printed = run(process.execPath, ["example.js"], user);
    expect(printed).not.toMatch(/NaN|undefined/);
  });
});

describe("a page that trains and runs an LSTM", () => {
  const names = ["createModel", "sequential", "embedding", "recurrent", "lstm", "dense"];
  names.push("train", "windows", "crossEntropy", "adam");

  test(`loads at most ${MAX_BUNDLE / 1024} KB after gzip, and nothing of Node`, async (context) => {
    context.skip(!hasIndex, NO_INDEX);
    const offered = Object.keys(await import(index));
    const missing = names.filter((name) => !offered.includes(name));
    context.skip(missing.length > 0, `src/index.ts does not export ${missing.join(", ")} yet`);

    const entry = `import { ${names.join(", ")} } from ${JSON.stringify(index)};\nglobalThis.page = [${names.join(", ")}];`;
    const built = await rolldown({
      input: "page",
      platform: "browser",
      external: /^node:/,
      tsconfig: false,
      plugins: [
        {
          name: "page",
          resolveId: (id) => (id === "page" ? "\0page.js" : null),
          load: (id) => (id === "\0page.js" ? entry : null),
        },
      ],
    });
    const { output } = await built.generate({ format: "esm", minify: true });
    await built.close();
    const chunks = output.filter((chunk) => chunk.type === "chunk");

    // another engine, another kind of numbers or arithmetic, noise and deep networks are loaded where somebody asks for them, and do not
    // count
    const asked = [/\/(engine\/(webgpu|reference)|int8|deep)\//, /\/wasm\/(fast|features)\.ts/];
    asked.push(/\/(noise|noisePrograms|dropWeights|print\/text)\.ts/);
    const isAskedFor = (modules: string[]) =>
      modules.length > 0 && modules.every((id) => asked.some((one) => one.test(id)));
    const loaded = chunks.filter((chunk) => !(chunk.isDynamicEntry && isAskedFor(chunk.moduleIds)));
    const sizes = loaded.map((chunk) => gzipSync(chunk.code, { level: 9 }).length);
    const size = sizes.reduce((sum, bytes) => sum + bytes, 0);
    console.log(`browser bundle: ${(size / 1024).toFixed(1)} KB gzip in ${loaded.length} file(s)`);
    expect(size).toBeLessThanOrEqual(MAX_BUNDLE);
    expect(loaded.flatMap((chunk) => chunk.imports).filter((id) => id.startsWith("node:"))).toEqual([]);
  });
});
