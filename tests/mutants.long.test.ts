/** The tests themselves are tested: each planted fault of scripts/faults.ts turns one of them red. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

test("every planted fault is seen by the tests that should see it", () => {
  const args = ["--import", "./scripts/typescript.mjs", "scripts/mutants.ts"];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  expect(stderr.split("\n").filter((line) => line !== "" && !line.startsWith("seen"))).toEqual([]);
  expect(stdout).toMatch(/^\d+ passed, 0 failed\n$/);
});
