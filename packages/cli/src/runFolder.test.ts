/**
 * A run's folder on a disk that fails, or under a process that is killed, at one call after another until none is left:
 * every file is the old one or the new one, whole, and the run goes on from what is there. Of the files that are only
 * ever added to, what was cut off is taken away.
 */
import * as disk from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  adam,
  type Checkpoint,
  checkpointToBytes,
  createModel,
  crossEntropy,
  dense,
  embedding,
  type Model,
  recurrent,
  sequential,
  simpleRnn,
  train,
  windows,
} from "cellstate";
import { loadModel } from "cellstate/node";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Failure } from "./failure.ts";
import { findRun, newRun, openRun, type RunConfig, type RunFolder } from "./runFolder.ts";

/** Asked ahead of every call that changes the disk; may throw, or never return. */
const shim = vi.hoisted(() => ({
  before: (_name: string): void | Promise<void> => undefined,
  /** What a killed process leaves open, its system closes. */
  opened: [] as FileHandle[],
}));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const asked =
    <A extends unknown[], R>(name: string, call: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      await shim.before(name);
      return call(...given);
    };
  const wrapped = (file: FileHandle) => ({
    write: asked("write", (bytes: Uint8Array, at: number, length: number) =>
      file.write(bytes, at, Math.min(length, 1000)),
    ),
    chmod: asked("chmod", (mode: number) => file.chmod(mode)),
    sync: asked("sync", () => file.sync()),
    async close() {
      await file.close(); // also where closing reports an error, the file is closed
      await shim.before("close");
    },
  });
  return {
    ...real,
    mkdir: asked("mkdir", real.mkdir as (path: string) => Promise<string | undefined>),
    rename: asked("rename", real.rename),
    unlink: asked("unlink", real.unlink),
    open: asked("open", async (path: string, flags: string, mode?: number) => {
      const file = await real.open(path, flags, mode);
      shim.opened.push(file);
      return wrapped(file);
    }),
  };
});
vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  return {
    ...real,
    appendFileSync(path: string, text: string) {
      shim.before("append");
      const half = Math.floor(text.length / 2);
      real.appendFileSync(path, text.slice(0, half));
      shim.before("append");
      real.appendFileSync(path, text.slice(half));
    },
  };
});

const ids = Uint32Array.from({ length: 60 }, (_, k) => (k * k) % 5);
const models: Model[] = [];
const checkpoints: Checkpoint[] = [];
const config = { format: 1, task: "language", settings: {}, data: {}, sample: {} } as unknown as RunConfig;
let folder = "";
beforeAll(async () => {
  folder = disk.mkdtempSync(join(tmpdir(), "cellstate-run-"));
  const architecture = sequential(
    embedding({ vocabulary: 5, size: 3 }),
    recurrent(simpleRnn, { units: 7 }),
    dense({ units: 5 }),
  );
  for (const steps of [10, 20]) {
    const model = await createModel(architecture, { seed: 1 });
    const options = { loss: crossEntropy(), optimizer: adam({ learningRate: 1e-2 }), steps };
    const { checkpoint } = await train(model, windows(ids, { length: 6, batch: 2 }), options);
    models.push(model);
    checkpoints.push(checkpoint);
  }
});
afterAll(() => disk.rmSync(folder, { recursive: true }));

/** What must stand in each file if a save has returned, and may if one is under way. */
type Expected = Record<string, { done: Buffer | undefined; next?: Buffer | undefined }>;
const bytesOf = (kind: string, k: number): Buffer => {
  if (kind === "model") return Buffer.from(models[k]!.toBytes());
  if (kind === "checkpoint") return Buffer.from(checkpointToBytes(checkpoints[k]!));
  return Buffer.from(`${JSON.stringify(config, null, 2)}\n`);
};

/** From here on as a training does it: a sample and a line of the log, the checkpoint, the model; twice. */
async function goOn(run: RunFolder, from: number, expected: Expected): Promise<void> {
  const saving = async (kind: string, k: number, work: () => Promise<void>): Promise<void> => {
    const now = bytesOf(kind, k);
    expected[kind] = { done: expected[kind]?.done, next: now };
    await work();
    expected[kind] = { done: now };
  };
  if (from === 0) await saving("config", 0, () => run.saveConfig(config));
  for (let k = from; k < 2; k++) {
    run.log("record", { step: 10 * (k + 1) });
    run.addSample(10 * (k + 1), `the king\nof ${k}`);
    await saving("checkpoint", k, () =>
      run.saveCheckpoint(checkpoints[k]!, { tokens: 60, characters: 60, unknown: 0 }),
    );
    await saving("model", k, () => run.saveModel(models[k]!));
  }
}

const STOPPED = Symbol("stopped");
const clean = (): void => undefined;
const read = (path: string): Buffer | undefined => (disk.existsSync(path) ? disk.readFileSync(path) : undefined);
const allBelow = (path: string): string[] =>
  disk.existsSync(path) ? (disk.readdirSync(path, { recursive: true }) as string[]) : [];

type Before = (call: number, stop: () => void) => void | Promise<void>;

/** Runs everything with `before` ahead of each call; returns how it ended. */
async function attempt(path: string, before: Before, expected: Expected) {
  let calls = 0;
  let stop = clean;
  const stopped = new Promise<typeof STOPPED>((resolve) => {
    stop = () => resolve(STOPPED);
  });
  shim.before = () => before(++calls, stop);
  const work = newRun({ out: path, name: "x", force: false }).then(({ run }) => goOn(run, 0, expected));
  const ended = await Promise.race([work.then(clean, (error: unknown) => error), stopped]);
  shim.before = clean;
  for (const file of shim.opened.splice(0)) await file.close(); // twice is once
  return { ended, calls };
}

/** Every file old or new; the run can be found again, or says that there is none; and goes on to the same end. */
async function checkFolder(path: string, expected: Expected, label: string): Promise<void> {
  const run = openRun(path);
  for (const kind of ["config", "checkpoint", "model"] as const) {
    const found = read(run[kind]);
    const { done, next } = expected[kind] ?? { done: undefined };
    const isOld = found === undefined ? done === undefined : done?.equals(found) === true;
    expect(isOld || (found !== undefined && next?.equals(found) === true), `${label}: ${kind}`).toBe(true);
  }
  const metrics = read(run.metrics)?.toString();
  if (metrics !== undefined) expect(metrics, label).toMatch(/^step,[\w,]+\n(\d+,\d+,[\d.,e-]+\n)+$/);
  if (read(run.config) === undefined) {
    await expect(findRun(path), label).rejects.toThrow(Failure);
    return;
  }
  const again = await findRun(path);
  const step = again.checkpoint?.counters.step ?? 0;
  const samples = read(run.samples)?.toString() ?? "";
  const whole = [1, 2]
    .filter((k) => 10 * k <= step)
    .map((k) => `── after ${10 * k} updates ──\nthe king\nof ${k - 1}\n\n`);
  expect(samples, label).toBe(whole.join(""));
  const log = () => (read(join(path, "log.ndjson"))?.toString() ?? "").split("\n");
  expect(log().at(-1), label).toBe("");
  if (read(run.model)) (await loadModel(run.model)).close();
  const after: Expected = {};
  await goOn(again.run, step / 10, after);
  for (const kind of ["checkpoint", "model"] as const) {
    if (after[kind]) expect(read(run[kind]), label).toEqual(bytesOf(kind, 1));
  }
  for (const line of log().slice(0, -1)) expect(() => JSON.parse(line), label).not.toThrow();
}

describe("a run's folder", () => {
  test("when one call after another fails", { timeout: 120_000 }, async () => {
    let isClean = false;
    for (let n = 1; !isClean; n++) {
      expect(n).toBeLessThan(300);
      const path = join(folder, `full-${n}`);
      const expected: Expected = {};
      const fail = (call: number): void => {
        if (call === n) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
      };
      const { ended, calls } = await attempt(path, fail, expected);
      isClean = calls < n;
      if (isClean) {
        expect(ended).toBeUndefined();
        expect(calls).toBeGreaterThan(60);
      }
      expect(
        allBelow(path).filter((name) => name.endsWith(".tmp")),
        `call ${n}`,
      ).toEqual([]);
      await checkFolder(path, expected, `full at call ${n}`);
    }
  });

  test("when the process is killed at one call after another", { timeout: 120_000 }, async () => {
    let isClean = false;
    for (let n = 1; !isClean; n++) {
      expect(n).toBeLessThan(300);
      const path = join(folder, `killed-${n}`);
      const expected: Expected = {};
      // nothing runs any more, no `finally` and no `catch`: the call never returns
      const kill: Before = (call, stop) => {
        if (call < n) return;
        stop();
        if (new Error().stack?.includes("appendFileSync")) throw STOPPED; // what is synchronous cannot hang
        return new Promise(() => undefined);
      };
      const { ended, calls } = await attempt(path, kill, expected);
      isClean = calls < n;
      expect(ended).toBe(isClean ? undefined : STOPPED);
      await checkFolder(path, expected, `killed at call ${n}`);
    }
  });
});
