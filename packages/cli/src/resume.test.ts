/** Stopped anywhere, a run goes on bit for bit; killed anywhere, what is on disk can be used. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, commandLine, digest, sampleText } from "./testing.ts";

let cellstate: CommandLine;
const at = (name: string): string => join(cellstate.folder, name);
/** Long enough that a signal falls in between: some 2 s. */
const settings = ["--units", "32", "--steps", "240", "--eval-every", "40", "--dropout", "0.1"];
const files = ["model.safetensors", "checkpoint/last.safetensors", "metrics.csv", "samples.txt"];
const digests = (run: string): string[] => files.map((name) => digest(at(`${run}/${name}`)));

beforeAll(async () => {
  cellstate = await commandLine();
  writeFileSync(at("kings.txt"), sampleText(30_000));
  expect((await cellstate.run(["train", "kings.txt", ...settings, "-o", "whole", "-q"])).code).toBe(0);
});
afterAll(() => cellstate.remove());

describe("Ctrl-C", () => {
  test("saves, says how to go on, ends with 130; the rest then equals an uninterrupted run in every file", async () => {
    const { child, said, ended } = cellstate.start(["train", "kings.txt", ...settings, "-o", "cut"]);
    await said(/^ +80 /m);
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    const step = Number(/saved cut \(step (\d+) of 240\)\. {2}continue: .* train --resume cut$/m.exec(stderr)?.[1]);
    expect(step).toBeGreaterThanOrEqual(80);
    expect(step).toBeLessThan(240);
    expect((await cellstate.run(["generate", "cut", "-n", "20"])).code).toBe(0);
    const rest = await cellstate.run(["train", "--resume", "cut"]);
    expect(rest.stderr).toMatch(`goes on after step ${step} of 240`);
    expect(rest).toMatchObject({ code: 0, stdout: "cut/model.safetensors\n" });
    expect(digests("cut")).toEqual(digests("whole"));
  });

  test("before the first validation leaves a model too, and goes on to the same end", async () => {
    const { child, said, ended } = cellstate.start(["train", "kings.txt", ...settings, "-o", "early", "--name", "x"]);
    await said(/^out /m);
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
    expect(existsSync(at("early/model.safetensors"))).toBe(true);
    expect((await cellstate.run(["train", "--resume", "early", "-q"])).code).toBe(0);
    expect(digests("early")).toEqual(digests("whole"));
  });

  test("twice ends at once", async () => {
    const { child, said, ended } = cellstate.start([
      "train",
      "kings.txt",
      "--units",
      "512",
      "--steps",
      "500",
      "-o",
      "twice",
    ]);
    await said(/^out /m);
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 350)); // closer together they count as one: npm doubles them
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
  });

  test("while the text is read ends with 130, and SIGTERM in training with 143", async () => {
    const reading = cellstate.start(["train", "-", "-o", "reading"], { isStdinOpen: true });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    reading.child.kill("SIGINT");
    expect((await reading.ended).code).toBe(130);
    const { child, said, ended } = cellstate.start(["train", "kings.txt", ...settings, "-o", "term", "--json"]);
    await said(/^ +40 /m);
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(143);
    expect(stderr).toMatch(/saved term \(step/);
    const steps = Number(/\(step (\d+)/.exec(stderr)![1]);
    expect(JSON.parse(stdout)).toEqual({ run: "term", model: "term/model.safetensors", steps, stopped: "aborted" });
  });
});

describe("a pulled plug", () => {
  test.each([5, 60, 400, 900])(
    "%i ms after the first step leaves a run that loads and goes on to the same end",
    async (wait) => {
      const run = `killed-${wait}`;
      const { child, said, ended } = cellstate.start(["train", "kings.txt", ...settings, "-o", run]);
      await said(/^out /m);
      await new Promise((resolve) => setTimeout(resolve, wait));
      child.kill("SIGKILL");
      expect((await ended).signal).toBe("SIGKILL");
      const written = await cellstate.run(["generate", run, "-n", "10"]);
      if (existsSync(at(`${run}/model.safetensors`))) expect(written.code).toBe(0);
      else expect(written).toMatchObject({ code: 4, stderr: expect.stringMatching(/has no model yet.*\n.*--resume/) });
      expect((await cellstate.run(["train", "--resume", run, "-q"])).code).toBe(0);
      expect(digests(run)).toEqual(digests("whole"));
    },
  );
});

describe("--resume refuses", () => {
  test("another text, and takes the same one from another place", async () => {
    const { child, said, ended } = cellstate.start(["train", "kings.txt", ...settings, "-o", "moved"]);
    await said(/^ +40 /m);
    child.kill("SIGINT");
    await ended;
    writeFileSync(at("other.txt"), `${sampleText(29_999)}!`);
    const refused = await cellstate.run(["train", "other.txt", "--resume", "moved"]);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(
      /other\.txt is another text than moved was trained on\n {2}SHA-256 \w{12}…, expected \w{12}…/,
    );
    writeFileSync(at("copy.txt"), sampleText(30_000));
    expect((await cellstate.run(["train", "copy.txt", "--resume", "moved", "-q"])).code).toBe(0);
    expect(digests("moved")).toEqual(digests("whole"));
  });

  test("other settings, a finished run, a damaged checkpoint", async () => {
    const other = await cellstate.run(["train", "--resume", "whole", "--units", "64"]);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringMatching(/--units does not go with --resume/) });
    const done = await cellstate.run(["train", "--resume", "whole"]);
    expect(done).toMatchObject({ code: 0, stderr: expect.stringMatching(/whole is finished: step 240 of 240/) });
    const { child, said, ended } = cellstate.start(["train", "kings.txt", ...settings, "-o", "damaged"]);
    await said(/^ +40 /m);
    child.kill("SIGINT");
    await ended;
    const path = at("damaged/checkpoint/last.safetensors");
    const bytes = readFileSync(path);
    bytes[bytes.length - 9]! ^= 1;
    writeFileSync(path, bytes);
    const damaged = await cellstate.run(["train", "--resume", "damaged"]);
    expect(damaged).toMatchObject({ code: 4, stderr: expect.stringMatching(/error\[model\]: damaged\/checkpoint/) });
  });
});
