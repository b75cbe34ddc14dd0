/**
 * For tests: the command as a child process. `npm test` has just built it; a test file run alone bundles command and
 * library into a folder of its own, so that it neither needs a build nor disturbs one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { build as buildExplorer, builtPage } from "../../../apps/explorer/tests/build.ts";

const packages = fileURLToPath(new URL("../..", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** Resolves once stderr has this. */
  said(what: RegExp): Promise<void>;
  /** What stdout has so far. */
  printed(): string;
  readonly ended: Promise<Ended>;
}

export interface CommandLine {
  /** The script that Node runs. */
  readonly main: string;
  /** An empty folder in which the command runs. */
  readonly folder: string;
  start(args: readonly string[], options?: RunOptions): Started;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  remove(): void;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  /** stdin stays open with nothing in it. */
  readonly isStdinOpen?: boolean;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function commandLine(): Promise<CommandLine> {
  const scratch = mkdtempSync(join(tmpdir(), "cellstate-cli-"));
  const folder = join(scratch, "work");
  mkdirSync(folder);
  const main = process.env["CELLSTATE_BUILT"] ? join(packages, "cli/dist/main.js") : await bundle(scratch);

  const start: CommandLine["start"] = (args, { input, isStdinOpen = false, cwd = folder, env = {} } = {}) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd,
      env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1", ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    const waiting: { what: RegExp; resolve: () => void; reject: (error: Error) => void }[] = [];
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
      for (const { what, resolve } of waiting) if (what.test(stderr)) resolve();
    });
    child.stdin.on("error", () => undefined); // the command may end without reading it
    if (!isStdinOpen) child.stdin.end(input);
    const ended = new Promise<Ended>((resolve) => {
      child.on("close", (code, signal) => {
        for (const { what, reject } of waiting) reject(new Error(`ended without saying ${what}:\n${stderr}`));
        resolve({ code, signal, stdout, stderr });
      });
    });
    const said = (what: RegExp): Promise<void> =>
      new Promise((resolve, reject) => {
        if (what.test(stderr)) resolve();
        else waiting.push({ what, resolve, reject });
      });
    return { child, said, printed: () => stdout, ended };
  };
  return {
    main,
    folder,
    start,
    run: (args, options) => start(args, options).ended,
    remove: () => rmSync(scratch, { recursive: true, force: true }),
  };
}

async function bundle(scratch: string): Promise<string> {
  mkdirSync(join(scratch, "data"));
  copyFileSync(join(packages, "cli/data/tiny-shakespeare.txt"), join(scratch, "data/tiny-shakespeare.txt"));
  const built = await rolldown({
    input: join(packages, "cli/src/main.ts"),
    platform: "node",
    external: /^node:/,
    resolve: {
      alias: {
        "cellstate/node": join(packages, "cellstate/src/node.ts"),
        cellstate: join(packages, "cellstate/src/index.ts"),
      },
    },
    tsconfig: false,
    logLevel: "warn",
  });
  buildExplorer();
  mkdirSync(join(scratch, "dist"));
  copyFileSync(builtPage, join(scratch, "dist/explorer.html"));
  await built.write({ file: join(scratch, "dist/main.mjs"), format: "esm", codeSplitting: false });
  await built.close();
  return join(scratch, "dist/main.mjs");
}

/** Text that a model can learn something from: the beginning of tiny Shakespeare. */
export const sampleText = (length: number): string =>
  readFileSync(join(packages, "cli/data/tiny-shakespeare.txt"), "utf8").slice(0, length);

/** A checkpoint or model file's digest. */
export const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
