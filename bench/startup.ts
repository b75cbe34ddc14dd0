/** What W5 measures, of anybody: the time to a first prediction, what an installation takes, what a page loads. */
import { spawn } from "node:child_process";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { interleave } from "./measure.ts";

export interface Program {
  readonly name: string;
  readonly command: readonly string[];
}

export const node = (script: string, ...args: string[]): readonly string[] => [
  process.execPath,
  fileURLToPath(new URL(script, import.meta.url)),
  ...args,
];

/** Seconds from the start of a process until it prints something. */
function untilOutput({ name, command }: Program): Promise<number> {
  const [program, ...args] = command as [string, ...string[]];
  return new Promise((resolve, reject) => {
    const start = performance.now();
    let seconds: number | undefined;
    let complaints = "";
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.once("data", () => {
      seconds = (performance.now() - start) / 1000;
    });
    child.stderr.on("data", (text) => {
      complaints += String(text);
    });
    child.on("error", reject);
    child.on("close", () => (seconds === undefined ? reject(new Error(`${name}: ${complaints}`)) : resolve(seconds)));
  });
}

/** Seconds of every program, in turns. */
export const startTimes = (programs: readonly Program[], rounds: number): Promise<Record<string, number[]>> =>
  interleave(
    rounds,
    programs.map((program) => ({ name: program.name, run: () => untilOutput(program) })),
  );

/** Bytes of all files below a folder, without the packages that are installed in it. */
export function folderSize(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "node_modules") continue;
    const path = join(folder, entry.name);
    bytes += entry.isDirectory() ? folderSize(path) : lstatSync(path).size;
  }
  return bytes;
}

/** Bytes after gzip of what a page with these lines loads; packages are looked for from `folder`. */
export async function bundleSize(lines: string, folder: string): Promise<number> {
  const entry = join(folder, "page.js");
  const built = await rolldown({
    input: entry,
    cwd: folder,
    platform: "browser",
    external: /^(node:|fs$|path$|os$|worker_threads$|module$|crypto$|util$)/,
    tsconfig: false,
    logLevel: "silent",
    plugins: [
      { name: "page", resolveId: (id) => (id === entry ? entry : null), load: (id) => (id === entry ? lines : null) },
    ],
  });
  const { output } = await built.generate({ format: "esm", minify: true });
  await built.close();
  const chunks = output.filter((chunk) => chunk.type === "chunk");
  // what is imported only when somebody asks for it does not count
  const loaded = new Set(chunks.filter((chunk) => chunk.isEntry));
  for (const { imports } of loaded) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) loaded.add(chunk);
  }
  return [...loaded].reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
}
