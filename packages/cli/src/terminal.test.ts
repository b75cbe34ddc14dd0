/** In a real terminal: one live line, redrawn in place, never wider than the terminal, and none where it would harm. */
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, commandLine, sampleText } from "./testing.ts";

let cellstate: CommandLine;
const hasScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;
const NO_SCRIPT = "needs util-linux's `script` to make a terminal";
const steps = "--units 16 --steps 120 --eval-every 60";

beforeAll(async () => {
  cellstate = await commandLine();
  writeFileSync(join(cellstate.folder, "kings.txt"), sampleText(20_000));
});
afterAll(() => cellstate.remove());

/** Everything that a terminal of so many columns was sent, and the exit code. */
function inTerminal(
  args: string,
  columns: number,
  env: Record<string, string> = {},
): Promise<{ shown: string; code: number | null }> {
  const { CI: _, NO_COLOR: __, ...clean } = process.env;
  const line = `stty cols ${columns} rows 30; ${JSON.stringify(process.execPath)} ${JSON.stringify(cellstate.main)} ${args}`;
  return new Promise((resolve) => {
    const child = spawn("script", ["-qec", line, "/dev/null"], {
      cwd: cellstate.folder,
      env: { ...clean, NODE_OPTIONS: "", TERM: "xterm-256color", ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let shown = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (shown += text));
    child.on("close", (code) => resolve({ shown, code }));
  });
}

const ESCAPES = /\u001b\[[\d;]*[A-Za-z]/g;
/** What was drawn between two returns to the line's beginning. */
const drawings = (shown: string): string[] =>
  shown
    .split(/[\r\n]/)
    .map((part) => part.replace(ESCAPES, ""))
    .filter((part) => part.startsWith("step "));

describe("a terminal", () => {
  test.for([40, 60, 80, 120])(
    "of %i columns has a live line that is never wider, and is gone at the end",
    async (columns, context) => {
      context.skip(!hasScript, NO_SCRIPT);
      const { shown, code } = await inTerminal(`train kings.txt ${steps} -o run-${columns}`, columns);
      expect(code).toBe(0);
      const lines = drawings(shown);
      expect(lines.length).toBeGreaterThan(2);
      expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThan(columns);
      expect(lines.at(-1)).toMatch(/100%/);
      expect(shown.slice(shown.lastIndexOf("100%"))).toMatch(/\r\u001b\[K/);
      expect(shown).toMatch(/\u001b\[1m/);
      expect(shown).toMatch(/← best/);
    },
  );

  test("draws at most ten times a second between kept lines", async (context) => {
    context.skip(!hasScript, NO_SCRIPT);
    const begun = performance.now();
    const { shown } = await inTerminal(`train kings.txt --units 16 --steps 400 --eval-every 400 -o often`, 100);
    const seconds = (performance.now() - begun) / 1000;
    // every kept line redraws it once more
    expect(drawings(shown).length).toBeLessThan(10 * seconds + 25);
  });

  test.for([
    ["NO_COLOR", "1", true],
    ["TERM", "dumb", false],
    ["CI", "true", false],
  ] as const)("with %s=%s has no colour or no live line", async ([name, value, isLive], context) => {
    context.skip(!hasScript, NO_SCRIPT);
    const { shown, code } = await inTerminal(`train kings.txt ${steps} -o env-${name}`, 100, { [name]: value });
    expect(code).toBe(0);
    expect(drawings(shown).length > 0).toBe(isLive);
    if (name !== "CI") expect(shown).not.toMatch(/\u001b\[\d+m/);
  });

  test("shows the prompt before what is generated, and asks for a pipe where none is", async (context) => {
    context.skip(!hasScript, NO_SCRIPT);
    const { shown } = await inTerminal(`generate run-80 -p First -n 10`, 80);
    expect(shown.replace(ESCAPES, "")).toMatch(/^First.{10}/s);
  });
});
