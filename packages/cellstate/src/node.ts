/** Models and checkpoints on disk, for Node, Deno and Bun; files are written whole or not at all. And a switch of V8's. */
import { readFile, stat } from "node:fs/promises";
import v8 from "node:v8";
import { FileError } from "./errors.ts";
import { writeFileAtomic } from "./model/atomic.ts";
import { type BytesOptions, type LoadOptions, modelFrom } from "./model/bytes.ts";
import type { Model } from "./model/model.ts";
import { type Checkpoint, checkpointFromBytes, checkpointToBytes } from "./train/checkpoint.ts";

export { assertWritable, writeFileAtomic } from "./model/atomic.ts";

/**
 * Lets V8 make 256-bit vectors of pairs of 128-bit ones, for models in fast mode; call it before the first model is
 * made. It is an experimental flag of V8's for the whole process, and does something from Node 24 on, on x86.
 *
 * @example
 * useWideVectors();
 * const model = await createModel(architecture, { mode: "fast" });
 */
export function useWideVectors(): void {
  v8.setFlagsFromString?.("--experimental-wasm-revectorize");
}

/** Larger files are refused before they are read. */
const LIMIT = 2 ** 31 - 1; // bytes; what one typed array of every runtime holds

/**
 * Writes a model file; whatever happens, the path then holds the old file or the new one, whole.
 *
 * @param model - any model without fixed values
 * @param path - where to; `.safetensors` by custom
 * @param options.precision - `"f32"` (default), or `"f16"` for half the size: as in `model.toBytes`
 * @throws {FileError} if it cannot be written
 * @throws {ArgumentError} as `model.toBytes`: if the model has fixed values (`model.with`), which a file does not hold
 * @example await saveModel(model.withFacts({ vocabulary }), "model.safetensors");
 */
export const saveModel = async (model: Model, path: string, options?: BytesOptions): Promise<void> =>
  writeFileAtomic(path, model.toBytes(options));

/**
 * Reads a model file. No code in it is run.
 *
 * @param path - the file
 * @param options.engine - as in `createModel`; `"wasm"` if omitted
 * @returns a model with the bits, architecture and facts of the one that was saved
 * @throws {FileError} if it is missing, damaged, cut short, too large, or from a newer version
 * @example const model = await loadModel("model.safetensors");
 */
export const loadModel = async (path: string, options: Omit<LoadOptions, "file"> = {}): Promise<Model> =>
  modelFrom(await readWhole(path), { ...options, file: path });

/**
 * Writes a checkpoint, whole or not at all.
 *
 * @param checkpoint - from `onCheckpoint`, or a training's history
 * @param path - where to
 * @throws {FileError} if it cannot be written
 * @example await train(model, data, { ...options, onCheckpoint: (c) => saveCheckpoint(c, "checkpoint.safetensors") });
 */
export const saveCheckpoint = async (checkpoint: Checkpoint, path: string): Promise<void> =>
  writeFileAtomic(path, checkpointToBytes(checkpoint));

/**
 * Reads a checkpoint, for `resume`.
 *
 * @param path - the file
 * @throws {FileError} if it is missing, damaged or no checkpoint
 * @example await train(model, data, { ...options, resume: await loadCheckpoint("checkpoint.safetensors") });
 */
export const loadCheckpoint = async (path: string): Promise<Checkpoint> =>
  checkpointFromBytes(await readWhole(path), { file: path });

async function readWhole(path: string): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    if (!found.isFile()) {
      const given = found.isDirectory() ? "a directory" : "no regular file";
      const mend = found.isDirectory() ? "give the file in it." : "write it to a file first.";
      throw new FileError({ file: path, field: "it", given, described: given, expected: "a file", mend });
    }
    const { size } = found;
    if (size > LIMIT) {
      const facts = { given: size, described: `${size} bytes`, expected: `at most ${LIMIT} bytes` };
      throw new FileError({ file: path, field: "size", ...facts, mend: "no model is that large; check the path." });
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown";
    const isMissing = code === "ENOENT";
    const described = isMissing ? "missing" : `not to be read (${code})`;
    const mend = isMissing ? "check the path." : "check the path and its permissions.";
    throw new FileError({ file: path, field: "it", given: code, described, expected: "a readable file", mend, cause });
  }
}
