/**
 * Plants each fault of `faults.ts` alone in a copy of the sources and runs the tests that must see it. A fault that no
 * test sees is a failure of the tests. Words select faults by name. The last line is `N passed, N failed`.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Fault } from "./faults/fault.ts";
import { faults } from "./faults.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const words = process.argv.slice(2);
const chosen = faults.filter((fault) => words.every((word) => fault.name.includes(word)));

const copy = mkdtempSync(join(tmpdir(), "cellstate-mutants-"));
const source = join(copy, "packages/cellstate/src");
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
for (const part of ["packages/cellstate/src", "packages/cellstate/package.json", "tests", "scripts", "package.json"]) {
  cpSync(join(root, part), join(copy, part), { recursive: true });
}
for (const part of ["vitest.config.ts", "tsconfig.json", "tsconfig.base.json"])
  cpSync(join(root, part), join(copy, part));
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));

/** Runs test files in the copy; true if all pass. */
function isGreen(tests: readonly string[]): boolean {
  const paths = tests.map((test) => join("packages/cellstate/src", test));
  const vitest = join(copy, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--project", "fast", "--bail", "1", "--reporter", "dot", ...paths];
  return spawnSync(process.execPath, args, { cwd: copy, stdio: "ignore" }).status === 0;
}

function isSeen({ file, find, replace, tests }: Fault): string | undefined {
  const path = join(source, file);
  const text = readFileSync(path, "utf8");
  if (text.split(find).length !== 2)
    return `out of date: its place stands ${text.split(find).length - 1} times in ${file}`;
  writeFileSync(
    path,
    text.replace(find, () => replace),
  );
  try {
    return isGreen(tests) ? `unseen by ${tests.join(", ")}` : undefined;
  } finally {
    writeFileSync(path, text);
  }
}

let failed = 0;
const used = [...new Set(chosen.flatMap((fault) => fault.tests))];
if (!isGreen(used)) {
  console.error("The tests fail without any fault; mend that first.");
  console.log(`0 passed, ${chosen.length} failed`);
  process.exit(1);
}
for (const fault of chosen) {
  const problem = isSeen(fault);
  if (problem !== undefined) failed++;
  console.error(
    `${problem === undefined ? "seen  " : "FAILED"}  ${fault.name}${problem === undefined ? "" : `: ${problem}`}`,
  );
}
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
