/** The numbered examples: each prints what its opening comment says, and the list of them is complete. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { read, root } from "../repository.ts";

const names = readdirSync(join(root, "examples")).filter((name) => name !== "README.md");
const index = read("examples/README.md");

/** What stands indented behind "Prints, …:" in the opening comment. */
function said(name: string): string[] | undefined {
  const [comment = ""] = read(`examples/${name}`).split("*/");
  const block = comment.match(/^ \* Prints.*:\n \*\n((?: \*(?: {5}.*)?\n)+)/m)?.[1];
  return block
    ?.trimEnd()
    .split("\n")
    .map((line) => line.replace(/^ \*( {5})?/, ""));
}

const programs = names.filter((name) => name.endsWith(".ts"));
const short = programs.filter((name) => said(name) !== undefined);

test("are numbered, each number once, and all in the list with a word of how long they take", () => {
  const numbers = names.map((name) => name.match(/^(\d\d)-[a-z-]+\.(ts|html)$/)?.[1]);
  expect(numbers).not.toContain(undefined);
  expect(new Set(numbers).size).toBe(names.length);
  const rows = [...index.matchAll(/^\| \[(.*?)\]\((.*?)\) \| .+ \| (\d+ s|minutes) \|$/gm)];
  expect(rows.map(([, name]) => name)).toEqual([...names].sort());
  expect(rows.map(([, , to]) => to)).toEqual([...names].sort());
});

test("those that say nothing of what they print take minutes, and a long test runs them", () => {
  const long = readdirSync(join(root, "tests")).filter((name) => name.endsWith(".long.test.ts"));
  const tests = long.map((name) => read(`tests/${name}`)).join("\n");
  for (const name of programs.filter((one) => !short.includes(one))) {
    expect(tests, name).toContain(`../examples/${name}`);
    expect(index).toMatch(new RegExp(`\\(${name}\\) .* minutes \\|`));
  }
});

describe("print what they say, to the last digit:", () => {
  test.each(short)("%s", async (name) => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await import(join(root, "examples", name));
    const printed = log.mock.calls.map((parts) => parts.join(" ")).join("\n");
    log.mockRestore();
    expect(printed.split("\n").map((line) => line.trimEnd())).toEqual(said(name));
  });
});
