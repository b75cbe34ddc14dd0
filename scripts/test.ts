/**
 * Every check of this repository in one command: format, lint, types, build, then the tests.
 * A later stage runs even if an earlier one failed. The last line is always `N passed, N failed`: one for each stage
 * before the tests, and one for each test. With `--long` only the long tests run. Further words select test files.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const words = process.argv.slice(2);
const isLong = words.includes("--long");
const selected = words.filter((word) => word !== "--long");

const tool = (path: string, ...rest: string[]) => [join(root, "node_modules", path), ...rest];
const loader = new URL("./typescript.mjs", import.meta.url).href;
const stages: Record<string, string[]> = {
  format: tool("@biomejs/biome/bin/biome", "format", "."),
  lint: tool("@biomejs/biome/bin/biome", "check", "--formatter-enabled=false", "--error-on-warnings", "."),
  types: tool("typescript/bin/tsc", "-p", "tsconfig.json"),
  build: ["--import", loader, join(root, "scripts/build.ts")],
};

const plain = process.stdout.isTTY ? {} : { NO_COLOR: "1" };
const scratch = mkdtempSync(join(tmpdir(), "cellstate-test-"));
const outcomes = join(scratch, "outcomes");
let passed = 0;
let failed = 0;
let running: ChildProcess | undefined;

/** Runs Node with these arguments; resolves to the exit code and, unless shown as it comes, the output. */
function run(args: string[], show: boolean): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...plain, TEST_OUTCOMES: outcomes, CELLSTATE_BUILT: "1" },
      stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
    });
    running = child;
    let output = "";
    child.stdout?.on("data", (text) => (output += text));
    child.stderr?.on("data", (text) => (output += text));
    child.on("close", (code) => resolve({ code: code ?? 1, output: output.trim() }));
  });
}

/** Adds up what the reporter noted, lists what was skipped and what failed, and ends with the one last line. */
function finish(): never {
  const notes = existsSync(outcomes) ? readFileSync(outcomes, "utf8").trim().split("\n") : [];
  const skipped: string[] = [];
  const broken: string[] = [];
  for (const [outcome, name, reason] of notes.map((line) => line.split("\t"))) {
    if (outcome === "passed") passed++;
    else if (outcome === "failed") broken.push(name);
    else if (outcome === "skipped") skipped.push(`${name}${reason ? `: ${reason}` : ""}`);
  }
  failed += broken.length;
  rmSync(scratch, { recursive: true, force: true });
  const list = (title: string, names: string[]) => {
    if (names.length > 0) console.log(`\n${names.length} ${title}:\n${names.map((name) => `  ${name}`).join("\n")}`);
  };
  list("skipped", skipped);
  list("tests failed", broken);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    running?.kill("SIGKILL");
    console.log(`\nStopped by ${signal} before the end; this counts as one failure.`);
    failed++;
    finish();
  });
}

for (const [name, command] of isLong ? [] : Object.entries(stages)) {
  const start = performance.now();
  const { code, output } = await run(command, false);
  console.log(`${code === 0 ? "✓" : "✗"} ${name} ${((performance.now() - start) / 1000).toFixed(1)} s`);
  if (code === 0) passed++;
  else {
    failed++;
    console.log(`${output}\n`);
  }
}

// a snapshot that is not there yet fails as well: `npx vitest run -u` writes it
const vitest = tool("vitest/vitest.mjs", "run", "--update=none", "--project", isLong ? "long" : "fast");
const reporters = ["--reporter=default", "--reporter=./scripts/reporter.ts"];
const { code } = await run([...vitest, ...reporters, ...(isLong ? ["--passWithNoTests"] : []), ...selected], true);
// vitest may fail without a test to blame, for instance on its own configuration
const isExplained = existsSync(outcomes) && /^failed\t/m.test(readFileSync(outcomes, "utf8"));
if (code !== 0 && !isExplained) failed++;
finish();
