/** Models and checkpoints on disk: whole or not at all, and every error names the file. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lstm } from "./cells/index.ts";
import { windows } from "./data/windows.ts";
import { FileError } from "./errors.ts";
import { dense, embedding, recurrent, sequential } from "./layers/layers.ts";
import { createModel, type Model } from "./model/model.ts";
import { loadCheckpoint, loadModel, saveCheckpoint, saveModel } from "./node.ts";
import type { Checkpoint } from "./train/checkpoint.ts";
import { crossEntropy } from "./train/losses.ts";
import { adam } from "./train/optimizers.ts";
import { train } from "./train/train.ts";

const folder = mkdtempSync(join(tmpdir(), "cellstate-node-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

let model: Model;
let checkpoint: Checkpoint;
beforeAll(async () => {
  model = await createModel(
    sequential(embedding({ vocabulary: 3, size: 2 }), recurrent(lstm, { units: 3 }), dense({ units: 3 })),
    { seed: 1, facts: { text: "𝒶" } },
  );
  const options = { loss: crossEntropy(), optimizer: adam({ learningRate: 1e-2 }), steps: 2, seed: 1 };
  const ids = Uint32Array.from({ length: 40 }, (_, k) => (k * k) % 3);
  ({ checkpoint } = await train(model, windows(ids, { length: 4, batch: 2, carryState: true }), options));
});

async function errorOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => "no error",
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(FileError);
  return (error as Error).message.replaceAll(folder, "DIR");
}

describe("a model", () => {
  test("comes back from its file with the same bits", async () => {
    await saveModel(model, at("m.safetensors"));
    const again = await loadModel(at("m.safetensors"));
    expect(again.parameters()).toEqual(model.parameters());
    expect(again.facts).toEqual({ text: "𝒶" });
    expect(again.toBytes()).toEqual(model.toBytes());
    await saveModel(model, at("half"), { precision: "f16" });
    expect(new Uint8Array(readFileSync(at("half")))).toEqual(model.toBytes({ precision: "f16" }));
    expect((await loadModel(at("m.safetensors"), { engine: "reference" })).engine).toBe("reference");
  });

  test("written again leaves one file with its permissions, through a link too", async () => {
    writeFileSync(at("kept"), "old", { mode: 0o640 });
    symlinkSync("kept", at("link"));
    await saveModel(model, at("link"));
    expect(statSync(at("kept")).mode & 0o777).toBe(0o640);
    expect((await loadModel(at("kept"))).parameters()).toEqual(model.parameters());
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("that cannot be written leaves the old file as it is", async () => {
    await saveModel(model, at("old"));
    const before = readFileSync(at("old"));
    const twin = model.with({ f: 1 });
    await expect(saveModel(twin, at("old"))).rejects.toThrow("with()");
    expect(readFileSync(at("old"))).toEqual(before);
  });
});

test("a checkpoint comes back from its file, to the last bit", async () => {
  await saveCheckpoint(checkpoint, at("c"));
  expect(await loadCheckpoint(at("c"))).toEqual(checkpoint);
});

describe("what cannot be read or written is told with the file's name:", () => {
  const loads = [["loadModel", loadModel] as const, ["loadCheckpoint", loadCheckpoint] as const];

  test("a path that leads nowhere", async () => {
    expect(await errorOf(loadModel(at("none")))).toMatchInlineSnapshot(`
      "DIR/none: it is missing; expected a readable file.
        check the path."
    `);
    expect(await errorOf(loadCheckpoint(at("none/c")))).toMatchInlineSnapshot(`
      "DIR/none/c: it is missing; expected a readable file.
        check the path."
    `);
    expect(await errorOf(saveModel(model, at("none/m")))).toMatchInlineSnapshot(`
      "DIR/none/m: the answer of the disk is ENOENT; expected 2688 bytes to be written.
        its directory does not exist; make it first."
    `);
    expect(await errorOf(saveCheckpoint(checkpoint, at("none/c")))).toMatchInlineSnapshot(`
      "DIR/none/c: the answer of the disk is ENOENT; expected 10416 bytes to be written.
        its directory does not exist; make it first."
    `);
  });

  test("a directory", async () => {
    mkdirSync(at("folder"));
    expect(await errorOf(loadModel(at("folder")))).toMatchInlineSnapshot(`
      "DIR/folder: it is a directory; expected a file.
        give the file in it."
    `);
    expect(await errorOf(loadCheckpoint(at("folder")))).toMatchInlineSnapshot(`
      "DIR/folder: it is a directory; expected a file.
        give the file in it."
    `);
    expect(await errorOf(saveModel(model, at("folder")))).toMatchInlineSnapshot(`
      "DIR/folder: the answer of the disk is EISDIR; expected 2688 bytes to be written.
        a directory has that name; give a file's name."
    `);
    expect(await errorOf(saveCheckpoint(checkpoint, at("folder")))).toMatchInlineSnapshot(`
      "DIR/folder: the answer of the disk is EISDIR; expected 10416 bytes to be written.
        a directory has that name; give a file's name."
    `);
  });

  test("a pipe and a device, which have no end", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    for (const [, load] of loads) {
      expect(await errorOf(load(at("pipe")))).toContain("DIR/pipe: it is no regular file; expected a file");
      expect(await errorOf(load("/dev/zero"))).toContain("/dev/zero: it is no regular file");
    }
  });

  test("no permission", async (context) => {
    context.skip(process.getuid?.() === 0, "root may read and write everything");
    await saveModel(model, at("locked"));
    chmodSync(at("locked"), 0o000);
    mkdirSync(at("closed"), { mode: 0o500 });
    for (const [, load] of loads)
      expect(await errorOf(load(at("locked")))).toContain("DIR/locked: it is not to be read (EACCES)");
    expect(await errorOf(saveModel(model, at("closed/m")))).toContain("DIR/closed/m: the answer of the disk is EACCES");
    expect(await errorOf(saveCheckpoint(checkpoint, at("closed/c")))).toContain("EACCES");
  });

  test("a file that was cut short, is empty, or is the other kind", async () => {
    await saveModel(model, at("cut"));
    truncateSync(at("cut"), 500);
    expect(await errorOf(loadModel(at("cut")))).toMatch(/^DIR\/cut: /);
    writeFileSync(at("empty"), "");
    for (const [, load] of loads) expect(await errorOf(load(at("empty")))).toMatch(/^DIR\/empty: size is 0 bytes/);
    await saveModel(model, at("model"));
    await saveCheckpoint(checkpoint, at("checkpoint"));
    expect(await errorOf(loadModel(at("checkpoint")))).toMatchInlineSnapshot(`
      "DIR/checkpoint: cellstate is missing; expected a model's description.
        the file is no cellstate model, or damaged; save it again."
    `);
    expect(await errorOf(loadCheckpoint(at("model")))).toMatchInlineSnapshot(`
      "DIR/model: cellstate.checkpoint is "nothing"; expected a checkpoint of format 1.
        resume from a file that training wrote."
    `);
  });

  test("a file larger than any array, which is not read", async () => {
    writeFileSync(at("huge"), "");
    truncateSync(at("huge"), 2 ** 31); // no disk space is taken
    for (const [, load] of loads) expect(await errorOf(load(at("huge")))).toContain("size is 2147483648 bytes");
  });
});
