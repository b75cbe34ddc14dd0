/** What takes its time: the whole demo with its goal, and a text of 200 MB within bounds of memory. */
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandLine, commandLine, sampleText } from "./testing.ts";

let cellstate: CommandLine;
beforeAll(async () => {
  cellstate = await commandLine();
});
afterAll(() => cellstate.remove());

test("the demo reaches 1.72 nats per character on the last tenth", async () => {
  const { code, stdout } = await cellstate.run(["demo", "--json"]);
  expect(code).toBe(0);
  const { validationLoss, isReached } = JSON.parse(stdout);
  console.log(`demo: ${validationLoss} nats per character`);
  expect(validationLoss).toBeLessThanOrEqual(1.72);
  expect(isReached).toBe(true);
});

test("200 MB train in less than 1 GB", async (context) => {
  const piece = Buffer.from(sampleText(1_000_000));
  const file = createWriteStream(join(cellstate.folder, "large.txt"));
  for (let k = 0; k < 200; k++)
    if (!file.write(piece)) await new Promise<void>((resolve) => file.once("drain", () => resolve()));
  await new Promise<void>((resolve) => file.end(() => resolve()));
  const { child, ended } = cellstate.start(["train", "large.txt", "--units", "8", "--steps", "4"]);
  let most = 0;
  const watch = setInterval(() => {
    try {
      most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0));
    } catch {
      // it has ended, or there is no /proc
    }
  }, 50);
  const { code, stderr } = await ended;
  clearInterval(watch);
  expect(code).toBe(0);
  expect(stderr).toMatch(/200 MB, 200 000 000 characters/);
  expect(stderr).toMatch(/judged on its first 200 000 characters/);
  context.skip(most === 0, "no /proc to read the memory from");
  console.log(`200 MB of text: ${Math.round(most / 1024)} MB of memory`);
  expect(most).toBeLessThan(1_000_000); // KB
});
