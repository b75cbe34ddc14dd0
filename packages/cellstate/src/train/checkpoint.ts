/**
 * All there is to know about a training between two steps, as plain data: parameters, the optimizer's moments,
 * carried states, the best weights so far, the last good point. What goes on from it is bit for bit what would
 * have come anyway.
 */
import { FileError } from "../errors.ts";
import { readSafetensors, verifyDigest, withDigest, writeSafetensors } from "../model/safetensors.ts";
import { numbersOf, storedTensor } from "../model/safetensors-numbers.ts";

/** Arrays by name: parameters or moments in their natural shapes, or states. */
export type Arrays = Readonly<Record<string, Float32Array>>;

/** Parameters and moments at one step: what the guard goes back to. */
export interface Point {
  readonly parameters: Arrays;
  /** By moment, then by parameter. */
  readonly moments: Readonly<Record<string, Arrays>>;
}

export interface Counters {
  /** Updates made. */
  readonly step: number;
  readonly epoch: number;
  /** Batches of this epoch that are done. */
  readonly epochStep: number;
  /** Since the last record. */
  readonly lossSum: number;
  readonly lossWeight: number;
  readonly clipped: number;
  readonly since: number;
  /** How many times the guard has gone back; the learning rate is halved each time. */
  readonly retreats: number;
  readonly bestLoss?: number;
  readonly bestStep?: number;
  /** Validations without a better loss. */
  readonly waited: number;
}

export interface TrainingRecord {
  readonly step: number;
  readonly epoch: number;
  /** Mean training loss since the record before. */
  readonly trainLoss: number;
  readonly validationLoss?: number;
  readonly learningRate: number;
  /** The last step's. */
  readonly gradientNorm: number;
  /** The part of the steps whose gradient was clipped. */
  readonly clippedShare: number;
}

export interface Checkpoint {
  readonly format: 1;
  readonly seed: number;
  readonly counters: Counters;
  readonly records: readonly TrainingRecord[];
  readonly now: Point;
  readonly good: Point;
  readonly best?: Arrays;
  /** Carried states by key; empty where none are carried. */
  readonly states: Arrays;
}

/** A checkpoint as one safetensors file's bytes, with a digest. */
export function checkpointToBytes(checkpoint: Checkpoint): Uint8Array {
  const tensors = new Map<string, ReturnType<typeof storedTensor>>();
  const put = (group: string, arrays: Arrays): void => {
    for (const [name, values] of Object.entries(arrays))
      tensors.set(`${group}/${name}`, storedTensor(values, [values.length]));
  };
  for (const key of ["now", "good"] as const) {
    put(`${key}/p`, checkpoint[key].parameters);
    for (const [moment, arrays] of Object.entries(checkpoint[key].moments)) put(`${key}/${moment}`, arrays);
  }
  if (checkpoint.best) put("best", checkpoint.best);
  put("states", checkpoint.states);
  const { format, seed, counters, records } = checkpoint;
  const metadata = new Map([["cellstate.checkpoint", JSON.stringify({ format, seed, counters, records })]]);
  return writeSafetensors(withDigest({ tensors, metadata }));
}

/** @throws {FileError} if the bytes are damaged, or no checkpoint */
export function checkpointFromBytes(bytes: Uint8Array, options: { readonly file?: string } = {}): Checkpoint {
  const content = readSafetensors(bytes, options);
  verifyDigest(content, options);
  const text = content.metadata.get("cellstate.checkpoint");
  const refuse = (given: unknown): never => {
    const facts = {
      field: "cellstate.checkpoint",
      given,
      expected: "a checkpoint of format 1",
      mend: "resume from a file that training wrote.",
    };
    throw new FileError({ ...facts, ...options });
  };
  if (text === undefined) return refuse("nothing");
  const { format, seed, counters, records } = JSON.parse(text) as Checkpoint;
  if (format !== 1) return refuse(`format ${format}`);
  const groups = new Map<string, Record<string, Float32Array>>();
  for (const [name, tensor] of content.tensors) {
    const cut = name.indexOf("/", name.startsWith("now/") || name.startsWith("good/") ? name.indexOf("/") + 1 : 0);
    const group = name.slice(0, cut);
    const arrays = groups.get(group) ?? Object.create(null);
    arrays[name.slice(cut + 1)] = numbersOf(tensor, name) as Float32Array;
    groups.set(group, arrays);
  }
  const point = (key: string): Point => ({
    parameters: groups.get(`${key}/p`) ?? {},
    moments: Object.fromEntries(
      [...groups].flatMap(([group, arrays]) =>
        group.startsWith(`${key}/`) && group !== `${key}/p` ? [[group.slice(key.length + 1), arrays] as const] : [],
      ),
    ),
  });
  const best = groups.get("best");
  return {
    format: 1,
    seed,
    counters,
    records,
    now: point("now"),
    good: point("good"),
    ...(best && { best }),
    states: groups.get("states") ?? {},
  };
}
