import { existsSync } from "node:fs";
import * as disk from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FileError } from "../errors.ts";
import { assertWritable, type FileSystem, type OpenFile, writeFileAtomic } from "./atomic.ts";

let directory = "";
let path = "";
beforeEach(async () => {
  directory = await disk.mkdtemp(join(tmpdir(), "cellstate-atomic-"));
  path = join(directory, "model.safetensors");
});
afterEach(() => disk.rm(directory, { recursive: true }));

const OLD = new Uint8Array(3000).fill(1);
const NEW = new Uint8Array(5000).fill(2);
const fault = (code: string): Error => Object.assign(new Error(code), { code });

/** The real disk, but `before(n)` is asked ahead of the n-th call and may throw; writes take 1,000 bytes each. */
function shim(before: (call: number, name: string) => void): FileSystem & { calls: number } {
  const asked = (name: string): void => before(++files.calls, name);
  const wrapped = (file: disk.FileHandle): OpenFile => ({
    write(bytes, offset, length) {
      asked("write");
      return file.write(bytes, offset, Math.min(length, 1000));
    },
    async chmod(mode) {
      asked("chmod");
      await file.chmod(mode);
    },
    async sync() {
      asked("sync");
      await file.sync();
    },
    async close() {
      await file.close(); // also where closing reports an error, the file is closed
      asked("close");
    },
  });
  const files: FileSystem & { calls: number } = {
    calls: 0,
    async stat(at) {
      asked("stat");
      return disk.stat(at);
    },
    async realpath(at) {
      asked("realpath");
      return disk.realpath(at);
    },
    async open(at, flags, mode) {
      asked("open");
      return wrapped(await disk.open(at, flags, mode));
    },
    async rename(from, to) {
      asked("rename");
      await disk.rename(from, to);
    },
    async unlink(at) {
      asked("unlink");
      await disk.unlink(at);
    },
  };
  return files;
}

const holds = async (): Promise<"old" | "new" | "neither" | "nothing"> => {
  if (!existsSync(path)) return "nothing";
  const bytes = await disk.readFile(path);
  return bytes.equals(OLD) ? "old" : bytes.equals(NEW) ? "new" : "neither";
};

describe.each([true, false])("with an old file %s", (hasOld) => {
  test.each(["ENOSPC", "EIO", "EACCES"])(
    "one call after another fails with %s: old or new, no litter",
    async (code) => {
      let clean = false;
      for (let n = 1; !clean; n++) {
        expect(n).toBeLessThan(50);
        await disk.rm(path, { force: true });
        if (hasOld) await disk.writeFile(path, OLD);
        const files = shim((call) => {
          if (call === n) throw fault(code);
        });
        const error = await writeFileAtomic(path, NEW, files).catch((reason: unknown) => reason);
        clean = files.calls < n;
        if (clean) expect(error).toBeUndefined();
        if (error === undefined) expect(await holds()).toBe("new");
        else {
          expect(error).toBeInstanceOf(FileError);
          expect(["new", hasOld ? "old" : "nothing"], `call ${n}`).toContain(await holds());
        }
        expect((await disk.readdir(directory)).filter((name) => name !== basename(path))).toEqual([]);
      }
    },
  );

  test("the process dies at one call after another: old or new, and the next write works", async () => {
    let clean = false;
    for (let n = 1; !clean; n++) {
      await disk.rm(path, { force: true });
      if (hasOld) await disk.writeFile(path, OLD);
      const files = shim((call) => {
        if (call >= n) throw fault("EIO");
      });
      await writeFileAtomic(path, NEW, files).catch(() => undefined);
      clean = files.calls < n;
      expect([clean ? "new" : hasOld ? "old" : "nothing", "new"], `call ${n}`).toContain(await holds());
      await writeFileAtomic(path, OLD);
      expect(await holds()).toBe("old");
    }
  });
});

/** A disk that forgets what was not flushed: a file's bytes without its sync, a name without its directory's. */
function forgetful(): { files: FileSystem; afterPowerCut(): (Uint8Array | undefined)[] } {
  const bytes = new Map<string, number[]>();
  const flushed = new Map<string, number[]>();
  let names = new Map<string, string>([[path, "old"]]);
  let flushedNames = new Map(names);
  bytes.set("old", [...OLD]);
  flushed.set("old", [...OLD]);
  const file = (id: string): OpenFile => ({
    async write(from, offset, length) {
      bytes.get(id)!.push(...from.subarray(offset, offset + length));
      return { bytesWritten: length };
    },
    async chmod() {},
    async sync() {
      if (id === "directory") flushedNames = new Map(names);
      else flushed.set(id, [...bytes.get(id)!]);
    },
    async close() {},
  });
  const files: FileSystem = {
    stat: async () => ({ mode: 0o644, isDirectory: () => false }),
    realpath: async (at) => at,
    async open(at, flags) {
      if (flags === "r") return file("directory");
      names = new Map(names).set(at, at);
      bytes.set(at, []);
      return file(at);
    },
    async rename(from, to) {
      const moved = new Map(names).set(to, names.get(from)!);
      moved.delete(from);
      names = moved;
    },
    async unlink(at) {
      names = new Map([...names].filter(([name]) => name !== at));
    },
  };
  const read = (id: string | undefined) => (id === undefined ? undefined : Uint8Array.from(flushed.get(id) ?? []));
  return {
    files,
    // a directory may or may not have reached the disk before its flush
    afterPowerCut: () => [read(names.get(path)), read(flushedNames.get(path))],
  };
}

test("a power cut at any call finds old or new, and new for sure once the write has returned", async () => {
  for (let n = 0; n < 12; n++) {
    const { files, afterPowerCut } = forgetful();
    let calls = 0;
    const step = async <T>(work: () => Promise<T>): Promise<T> => {
      if (calls++ >= n) throw fault("EIO");
      return work();
    };
    const cut: FileSystem = {
      ...files,
      open: (at, flags) =>
        step(async () => {
          const file = await files.open(at, flags);
          return {
            write: (b, o, l) => step(() => file.write(b, o, l)),
            chmod: (mode) => step(() => file.chmod(mode)),
            sync: () => step(() => file.sync()),
            close: () => step(() => file.close()),
          };
        }),
      rename: (from, to) => step(() => files.rename(from, to)),
      unlink: (at) => step(() => files.unlink(at)),
    };
    const hasReturned = await writeFileAtomic(path, NEW, cut).then(
      () => true,
      () => false,
    );
    for (const found of afterPowerCut()) {
      const what =
        found && Buffer.from(OLD).equals(found) ? "old" : found && Buffer.from(NEW).equals(found) ? "new" : "neither";
      expect(hasReturned ? ["new"] : ["old", "new"], `cut after ${n} calls`).toContain(what);
    }
  }
});

test("mode bits are kept, and a link stays a link", async () => {
  await disk.writeFile(path, OLD);
  await disk.chmod(path, 0o666);
  const link = join(directory, "link");
  await disk.symlink(path, link);
  await writeFileAtomic(link, NEW);
  expect((await disk.lstat(link)).isSymbolicLink()).toBe(true);
  expect((await disk.stat(path)).mode & 0o7777).toBe(0o666);
  expect(await holds()).toBe("new");
});

test("a temporary file of another process is left alone", async () => {
  let refused = 0;
  const files = shim((_, name) => {
    if (name === "open" && refused++ < 3) throw fault("EEXIST");
  });
  await writeFileAtomic(path, NEW, files);
  expect(await holds()).toBe("new");
});

test("a directory that cannot be flushed is no error where the system has no such thing", async () => {
  let opens = 0;
  await writeFileAtomic(
    path,
    NEW,
    shim((_, name) => {
      if (name === "open" && ++opens === 2) throw fault("EPERM");
    }),
  );
  expect(await holds()).toBe("new");
});

test("errors name the file and say what to do", async () => {
  await expect(writeFileAtomic(join(directory, "no", "m"), NEW)).rejects.toThrow("its directory does not exist");
  await expect(writeFileAtomic(directory, NEW)).rejects.toThrow("a directory has that name");
  const full = shim((_, name) => {
    if (name === "write") throw fault("ENOSPC");
  });
  await expect(writeFileAtomic("m", NEW, full)).rejects.toThrow(
    "m: the answer of the disk is ENOSPC; expected 5000 bytes to be written.\n  the disk is full",
  );
});

test("assertWritable makes nothing and removes nothing", async () => {
  await assertWritable(path);
  await disk.writeFile(path, OLD);
  await assertWritable(path);
  expect(await disk.readdir(directory)).toEqual([basename(path)]);
  expect(await holds()).toBe("old");
  await expect(assertWritable(join(directory, "no", "m"))).rejects.toThrow(FileError);
  await expect(assertWritable(directory)).rejects.toThrow("a directory has that name");
});
