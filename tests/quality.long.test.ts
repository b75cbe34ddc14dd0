/** What chapter 6 of the guide promises of its longer training, with the command as it stands there. */
import { cpSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandLine, commandLine } from "../packages/cli/src/testing.ts";
import { read, root } from "./repository.ts";

const TEXT = "packages/cli/data/tiny-shakespeare.txt";
/** Interpolated, modified Kneser-Ney on the same part, by n (docs/baselines.md). */
const FIVE_GRAMS = 1.561;

let cellstate: CommandLine;
beforeAll(async () => {
  cellstate = await commandLine();
  mkdirSync(dirname(join(cellstate.folder, TEXT)), { recursive: true });
  cpSync(join(root, TEXT), join(cellstate.folder, TEXT));
});
afterAll(() => cellstate.remove());

test("the guide's command beats counting 5-grams on tiny Shakespeare: at most 1.54 nats a character", async () => {
  const page = read("docs/guide/6-choosing-sizes.md");
  const [, command] = page.match(/^npx cellstate (train .*--units 256 .*--epochs 14 .*)$/m)!;
  const begin = performance.now();
  const { code, stdout, stderr } = await cellstate.run([...command!.split(" "), "--json"]);
  expect(code, stderr).toBe(0);
  const minutes = (performance.now() - begin) / 60_000;
  const { validationLoss, baseline } = JSON.parse(stdout);
  console.log(`${command}: ${validationLoss.toFixed(4)} nats a character, ${minutes.toFixed(1)} minutes`);
  expect(baseline.kneserNey.losses[4]).toBeCloseTo(FIVE_GRAMS, 3);
  expect(validationLoss).toBeLessThanOrEqual(1.54);
});
