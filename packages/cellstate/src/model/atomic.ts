/**
 * Writes a file so that its place always holds the old bytes or the new ones, whole: beside it, flushed, renamed,
 * and the directory flushed, so that a power cut cannot leave a right-named file of zeros. Node only.
 */
import { open, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { FileError } from "../errors.ts";

/** What is needed of a file system; tests hand in one that fails. */
export interface FileSystem {
  /** The mode bits of what is there. */
  stat(path: string): Promise<{ readonly mode: number; isDirectory(): boolean }>;
  realpath(path: string): Promise<string>;
  /** `wx`: a new file, never one that is there. */
  open(path: string, flags: "wx" | "r", mode?: number): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
}

export interface OpenFile {
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
  chmod(mode: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

const disk: FileSystem = { stat, realpath, open, rename, unlink };

/**
 * Writes a whole file, or leaves what was there. Permissions are kept, and a link's target is written, not the link.
 *
 * @param path - where to
 * @param bytes - the whole file
 * @param files - the file system; Node's if omitted
 * @throws {FileError} that says why, with the system's error as `cause`
 * @example await writeFileAtomic("model.safetensors", model.toBytes());
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array, files: FileSystem = disk): Promise<void> {
  try {
    const target = await targetOf(path, files);
    await replace(target.path, target.mode, bytes, files);
  } catch (error) {
    throw told(error, path, `${bytes.length} bytes to be written`);
  }
}

/**
 * Checks that `writeFileAtomic` can write there, before hours of training: makes a file beside it and removes it.
 *
 * @param path - where a file is to be written
 * @param files - the file system; Node's if omitted
 * @throws {FileError} that says why not
 * @example await assertWritable("model.safetensors");
 */
export async function assertWritable(path: string, files: FileSystem = disk): Promise<void> {
  try {
    const target = await targetOf(path, files);
    const { file, path: trial } = await openBeside(target.path, target.mode, files);
    try {
      await file.close();
    } finally {
      await files.unlink(trial);
    }
  } catch (error) {
    throw told(error, path, "a file that can be written");
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

async function targetOf(path: string, files: FileSystem): Promise<{ path: string; mode: number | undefined }> {
  try {
    const real = await files.realpath(path);
    const found = await files.stat(real);
    if (found.isDirectory()) throw Object.assign(new Error(`${path} is a directory`), { code: "EISDIR" });
    return { path: real, mode: found.mode & 0o7777 };
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    return { path: resolve(path), mode: undefined };
  }
}

async function replace(target: string, mode: number | undefined, bytes: Uint8Array, files: FileSystem): Promise<void> {
  const { file, path } = await openBeside(target, mode, files);
  try {
    try {
      if (mode !== undefined) await file.chmod(mode); // open's mode is cut by the umask
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, at, bytes.length - at);
        if (bytesWritten === 0) throw Object.assign(new Error("nothing was written"), { code: "ENOSPC" });
        at += bytesWritten;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await files.rename(path, target);
  } catch (error) {
    await files.unlink(path).catch(() => undefined); // the first error is the one to tell
    throw error;
  }
  await syncDirectory(dirname(target), files);
}

let counter = 0;

/** A new file in the same directory: a rename is atomic only within a file system. */
async function openBeside(target: string, mode: number | undefined, files: FileSystem) {
  for (let attempt = 0; ; attempt++) {
    counter += 1;
    const path = join(dirname(target), `.${basename(target).slice(0, 200)}.${process.pid}-${counter}.tmp`);
    try {
      return { path, file: await files.open(path, "wx", mode ?? 0o666) };
    } catch (error) {
      // left behind by a process that was killed, or another thread's: not ours to remove
      if (codeOf(error) !== "EEXIST" || attempt > 1000) throw error;
    }
  }
}

/** Windows and some network file systems cannot flush a directory; there the rename is as safe as it gets. */
async function syncDirectory(path: string, files: FileSystem): Promise<void> {
  const unable = ["EPERM", "EACCES", "EISDIR", "EINVAL", "ENOTSUP", "ENOSYS", "EBADF"];
  try {
    const directory = await files.open(path, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    if (!unable.includes(codeOf(error) ?? "")) throw error;
  }
}

const MENDS: Readonly<Record<string, string>> = {
  ENOENT: "its directory does not exist; make it first.",
  ENOTDIR: "a part of its path is a file, not a directory.",
  EISDIR: "a directory has that name; give a file's name.",
  EACCES: "you may not write there; choose another place or change its permissions.",
  EPERM: "you may not write there; choose another place or change its permissions.",
  EROFS: "the disk is mounted read-only; choose another place.",
  ENOSPC: "the disk is full; free some space. What was there before is untouched.",
  EDQUOT: "your quota is used up; free some space. What was there before is untouched.",
  ENAMETOOLONG: "the name is too long; choose a shorter one.",
};

function told(error: unknown, file: string, expected: string): FileError {
  const code = codeOf(error) ?? "an unknown error";
  const mend = MENDS[code] ?? `the system says: ${(error as Error | undefined)?.message ?? String(error)}.`;
  return new FileError({
    file,
    field: "the answer of the disk",
    given: code,
    described: code,
    expected,
    mend,
    cause: error,
  });
}
