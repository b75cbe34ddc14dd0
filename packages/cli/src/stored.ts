/** Models and checkpoints read from disk, as plain bytes: Node's Buffer shares its memory with others. */
import { readFile } from "node:fs/promises";
import { type Checkpoint, checkpointFromBytes, type Model, modelFrom } from "cellstate";

export const loadModel = async (file: string): Promise<Model> =>
  modelFrom(new Uint8Array(await readFile(file)), { file });

export const loadCheckpoint = async (file: string): Promise<Checkpoint> =>
  checkpointFromBytes(new Uint8Array(await readFile(file)), { file });
