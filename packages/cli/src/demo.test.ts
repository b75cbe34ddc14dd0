/** `cellstate demo`, shortened: the story is told on stdout, the run's folder is written. The full one: *.long. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandLine, commandLine } from "./testing.ts";

let cellstate: CommandLine;
beforeAll(async () => {
  cellstate = await commandLine();
});
afterAll(() => cellstate.remove());

test("the demo shows loss and samples, writes a run, a passage, and names commands that work", async () => {
  const { code, stdout, stderr } = await cellstate.run(["demo", "--steps", "40"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const losses = [...stdout.matchAll(/^ +\d+ +\d\.\d +\d\.\d{4} +(\d\.\d{4}) /gm)].map(([, loss]) => Number(loss));
  expect(losses).toHaveLength(10);
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
  expect(stdout.match(/^ +│ /gm)!.length).toBeGreaterThan(12);
  expect(stdout).toMatch(/ROMEO:\n/);
  for (const name of ["model.safetensors", "samples.txt", "metrics.csv"]) {
    expect(existsSync(join(cellstate.folder, "runs/demo", name))).toBe(true);
  }
  expect(stdout).toMatch(/generate runs\/demo -p "JULIET:" --temp 0\.5/);
  expect((await cellstate.run(["generate", "runs/demo", "-p", "JULIET:", "--temp", "0.5", "-n", "20"])).code).toBe(0);
  expect((await cellstate.run(["inspect", "runs/demo", "--text", "The king"])).code).toBe(0);
});

test("with --json the story goes to stderr, and the result alone to stdout", async () => {
  const { stdout, stderr } = await cellstate.run(["demo", "--steps", "2", "--json", "-o", "json"]);
  expect(JSON.parse(stdout)).toMatchObject({ run: "json", steps: 2, isReached: false });
  expect(stderr).toMatch(/one character at a time/);
});
