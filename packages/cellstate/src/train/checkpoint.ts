/**
 * All there is to know about a training between two steps, as plain data: parameters, the optimizer's moments,
 * carried states, the best weights so far, the last good point. What goes on from it is bit for bit what would
 * have come anyway.
 */
import { FileError } from "../errors.ts";
import { readSealed, withDigest, writeSafetensors } from "../model/safetensors.ts";
import { numbersOf, storedTensor } from "../model/safetensors-numbers.ts";

const KEY = "cellstate.checkpoint";

/** Arrays by name: parameters or moments in their natural shapes, or states. */
export type Arrays = Readonly<Record<string, Float32Array>>;

/** Parameters and moments at one step: what the guard goes back to. */
export interface Point {
  readonly parameters: Arrays;
  /** By moment, then by parameter. */
  readonly moments: Readonly<Record<string, Arrays>>;
}

/** How far a training has come. */
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
  /** How many updates' weights are in the average; it lies among the moments, as `average`. */
  readonly averaged: number;
  /** The same at the last good point. */
  readonly goodAveraged: number;
}

/** A stretch of updates that ended with a judgement. */
export interface TrainingRecord {
  /** Updates made until then. */
  readonly step: number;
  /** The epoch under way, from 1. */
  readonly epoch: number;
  /** Mean training loss since the record before. */
  readonly trainLoss: number;
  /** On the validation data, if there are any. */
  readonly validationLoss?: number;
  /** Of the last update. */
  readonly learningRate: number;
  /** The last step's. */
  readonly gradientNorm: number;
  /** The part of the steps whose gradient was clipped. */
  readonly clippedShare: number;
}

/** All there is to know about a training between two updates, as plain data; `train` goes on from it with `resume`. */
export interface Checkpoint {
  /** The version of this form. */
  readonly format: 1;
  /** The training's seed. */
  readonly seed: number;
  /** How far it has come. */
  readonly counters: Counters;
  /** All judgements so far. */
  readonly records: readonly TrainingRecord[];
  /** Parameters and moments of this step. */
  readonly now: Point;
  /** What the guard goes back to if training diverges. */
  readonly good: Point;
  /** The best validated parameters, if there was a validation. */
  readonly best?: Arrays;
  /** Carried states by key; empty where none are carried. */
  readonly states: Arrays;
}

/**
 * A checkpoint as one safetensors file's bytes, with a digest.
 *
 * @param checkpoint - from `onCheckpoint`, or a training's history
 * @example await store.put("checkpoint", checkpointToBytes(history.checkpoint));
 */
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
  const metadata = new Map([[KEY, JSON.stringify({ format, seed, counters, records })]]);
  return writeSafetensors(withDigest({ tensors, metadata }));
}

/**
 * A checkpoint from its file's bytes.
 *
 * @param bytes - what `checkpointToBytes` gave
 * @param options.file - its name, for messages
 * @throws {FileError} if the bytes are damaged, or no checkpoint
 * @example const again = checkpointFromBytes(checkpointToBytes(history.checkpoint));
 */
export function checkpointFromBytes(bytes: Uint8Array, options: { readonly file?: string } = {}): Checkpoint {
  const refuse = (given: unknown, field = KEY, expected = "a checkpoint of format 1"): never => {
    throw new FileError({ field, given, expected, mend: "resume from a file that training wrote.", ...options });
  };
  const content = readSealed(bytes, KEY, options);
  const { seed, counters, records } = readCard(content.metadata.get(KEY), refuse);
  const groups = new Map<string, Record<string, Float32Array>>();
  for (const [name, tensor] of content.tensors) {
    const [, group, own] = /^((?:now|good)\/[^/]+|best|states)\/(.+)$/s.exec(name) ?? refuse(name, "a tensor's name");
    const values = tensor.dtype === "F32" ? numbersOf(tensor, name) : refuse(tensor.dtype, `${name}.dtype`, "F32");
    const arrays = groups.get(group!) ?? Object.create(null);
    arrays[own!] = values as Float32Array;
    groups.set(group!, arrays);
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

type Refuse = (given: unknown, field?: string, expected?: string) => never;

const COUNTS = ["step", "epoch", "epochStep", "clipped", "since", "retreats", "waited", "averaged", "goodAveraged"];
const RECORDED = ["step", "epoch", "trainLoss", "learningRate", "gradientNorm", "clippedShare"];

function readCard(text: string | undefined, refuse: Refuse): Pick<Checkpoint, "seed" | "counters" | "records"> {
  if (text === undefined) return refuse("nothing");
  let card: unknown;
  try {
    card = JSON.parse(text);
  } catch {
    return refuse(text.slice(0, 40), KEY, "JSON");
  }
  if (!isRecord(card)) return refuse(card);
  const { format, seed, records } = card;
  if (format !== 1) refuse(format, `${KEY}.format`, "1; a newer version may have written it");
  const isCount = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!isCount(seed)) refuse(seed, `${KEY}.seed`, "a whole number");
  if (!isRecord(card.counters)) return refuse(card.counters, `${KEY}.counters`, "an object");
  const { averaged = 0, goodAveraged = 0 } = card.counters; // checkpoints older than averages have none
  const counters: Record<string, unknown> = { ...card.counters, averaged, goodAveraged };
  for (const name of COUNTS) if (!isCount(counters[name])) refuse(counters[name], `${KEY}.counters.${name}`, "a count");
  for (const name of ["lossSum", "lossWeight", "bestLoss", "bestStep"]) {
    const isLeftOut = name.startsWith("best") && counters[name] === undefined;
    if (!isLeftOut && !Number.isFinite(counters[name])) refuse(counters[name], `${KEY}.counters.${name}`, "a number");
  }
  if (!Array.isArray(records)) return refuse(records, `${KEY}.records`, "a list");
  const checked = records.map((record: unknown, k) => {
    if (!isRecord(record)) return refuse(record, `${KEY}.records[${k}]`, "an object");
    // JSON has no NaN and writes null
    const names = "validationLoss" in record ? [...RECORDED, "validationLoss"] : RECORDED;
    const filled = { ...record, ...Object.fromEntries(names.map((name) => [name, record[name] ?? Number.NaN])) };
    const isFine = (value: unknown): boolean => Number.isFinite(value) || Number.isNaN(value);
    const strange = Object.entries(filled).find(([, value]) => !isFine(value));
    return strange === undefined ? filled : refuse(strange[1], `${KEY}.records[${k}].${strange[0]}`, "a number");
  });
  return {
    seed: seed as number,
    counters: counters as unknown as Counters,
    records: checked as unknown as TrainingRecord[],
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
