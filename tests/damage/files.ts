/**
 * Tests of hostile files: models of every kind of weights and a checkpoint, damaged from a seed, as bytes, in the header,
 * or within the structure under a digest that fits. Each must be refused with a FileError, or be something that works; at
 * once, and in no more memory than the file may take.
 */
import { expect } from "vitest";
import { lstm } from "../../packages/cellstate/src/cells/index.ts";
import { type Generator, generator } from "../../packages/cellstate/src/data/random.ts";
import { windows } from "../../packages/cellstate/src/data/windows.ts";
import { ArgumentError, FileError, ShapeError } from "../../packages/cellstate/src/errors.ts";
import { dense, embedding, recurrent, sequential } from "../../packages/cellstate/src/layers/layers.ts";
import { type BytesOptions, modelFrom } from "../../packages/cellstate/src/model/bytes.ts";
import { createModel } from "../../packages/cellstate/src/model/model.ts";
import { quantize } from "../../packages/cellstate/src/model/quantize.ts";
import {
  readSafetensors,
  type Safetensors,
  type StoredTensor,
  withDigest,
  writeSafetensors,
} from "../../packages/cellstate/src/model/safetensors.ts";
import { numbersOf } from "../../packages/cellstate/src/model/safetensors-numbers.ts";
import { mutated, mutatedText } from "../../packages/cellstate/src/model/testing.ts";
import { asking } from "../../packages/cellstate/src/model/testingMemory.ts";
import { checkpointFromBytes, checkpointToBytes } from "../../packages/cellstate/src/train/checkpoint.ts";
import { crossEntropy } from "../../packages/cellstate/src/train/losses.ts";
import { adam } from "../../packages/cellstate/src/train/optimizers.ts";
import { train } from "../../packages/cellstate/src/train/train.ts";

/** Milliseconds for any one file. */
const MOST_TIME = 1000;
/** A file that is refused may take four times its size, and small arrays that do not depend on it. */
const REFUSED = { share: 4, more: 8192 };
/**
 * A model takes four times what its numbers take as float32: read once, then weights and gradients. And a page of
 * WebAssembly memory with the modules of its kernels; rows of these small layers are padded to eight.
 */
const LOADED = { share: 4, more: 160_000 };

export interface Damage {
  readonly refused: number;
  /** Models that ran, checkpoints that could be written again. */
  readonly works: number;
  /** Bytes asked for by a refused file, for each of its own; the most of all files. */
  readonly share: number;
  /** Milliseconds of the slowest. */
  readonly slowest: number;
}

const ids = Uint32Array.from({ length: 60 }, (_, k) => (k * k) % 4);
const x = { values: ids.subarray(0, 6), shape: [1, 6] };

interface Original {
  readonly bytes: Uint8Array;
  readonly whole: Safetensors;
  readonly key: "cellstate" | "cellstate.checkpoint";
  /** How it was written. */
  readonly options: BytesOptions;
  /** Bytes that what it holds may take. */
  readonly most: number;
}
type Outcome = "works" | "refused";

async function originals(): Promise<Original[]> {
  const small = await createModel(
    sequential(embedding({ vocabulary: 4, size: 2 }), recurrent(lstm, { units: 3 }), dense({ units: 4 })),
    { seed: 2, facts: { vocabulary: ["a", "😀"] } },
  );
  const { checkpoint } = await train(small, windows(ids, { length: 5, batch: 2, carryState: true }), {
    ...{ loss: crossEntropy(), optimizer: adam({ learningRate: 1e-2 }), steps: 3 },
  });
  const rounded = await quantize(small);
  const of = (bytes: Uint8Array, key: Original["key"], options: BytesOptions = {}): Original => {
    const whole = readSafetensors(bytes);
    const numbers = [...whole.tensors.values()].reduce((sum, tensor) => sum + numbersOf(tensor).length, 0);
    return { bytes, whole, key, options, most: LOADED.share * 4 * numbers + LOADED.more };
  };
  const half = { precision: "f16" } as const;
  const all = [
    of(small.toBytes(), "cellstate"),
    of(small.toBytes(half), "cellstate", half),
    of(rounded.toBytes(), "cellstate"),
    of(checkpointToBytes(checkpoint), "cellstate.checkpoint"),
  ];
  for (const model of [small, rounded]) model.close();
  return all;
}

const headerLengthOf = (bytes: Uint8Array): number =>
  Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));

/** Another header over the same data, with a length that fits. */
function withHeader(bytes: Uint8Array, random: Generator): Uint8Array {
  const length = headerLengthOf(bytes);
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  const header = new TextEncoder().encode(mutatedText(text, random));
  const made = new Uint8Array(bytes.length - length + header.length);
  new DataView(made.buffer).setBigUint64(0, BigInt(header.length), true);
  made.set(header, 8);
  made.set(bytes.subarray(8 + length), 8 + header.length);
  return made;
}

const STRANGE = [0, 1e38, -3e38, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 5e-324];

/** One tensor with another value, shape, type, name or none of them; or two that change places. */
function withTensors(tensors: Map<string, StoredTensor>, random: Generator): void {
  const names = [...tensors.keys()];
  const pick = (): string => names[random.integer(names.length)]!;
  const name = pick();
  const tensor = tensors.get(name)!;
  const { dtype, shape, bytes } = tensor;
  const kind = random.integer(8);
  if (kind < 3) {
    const view = new DataView(bytes.slice().buffer);
    const strange = STRANGE[random.integer(STRANGE.length)]!;
    if (dtype === "F32") view.setFloat32(4 * random.integer(bytes.length / 4), strange, true);
    else if (dtype === "F16") view.setUint16(2 * random.integer(bytes.length / 2), random.integer(65536), true);
    else view.setUint8(random.integer(bytes.length), random.integer(256));
    tensors.set(name, { ...tensor, bytes: new Uint8Array(view.buffer) });
  } else if (kind === 3) tensors.set(name, { ...tensor, shape: [...shape].reverse() });
  else if (kind === 4) tensors.set(name, { ...tensor, shape: [shape.reduce((a, b) => a * b, 1)] });
  else if (kind === 5) {
    const same = { F32: ["I32", "U32"], F16: ["BF16", "I16"], I8: ["U8", "BOOL"] }[dtype as string] ?? ["U8"];
    tensors.set(name, { ...tensor, dtype: same[random.integer(same.length)] as StoredTensor["dtype"] });
  } else if (kind === 6) {
    tensors.delete(name);
    if (random.integer(2) === 0) tensors.set(mutatedText(`"${name}"`, random), tensor);
  } else {
    const other = pick();
    tensors.set(name, tensors.get(other)!);
    tensors.set(other, tensor);
  }
}

/** Tensors, description or both, under a digest that fits; nothing where no file can hold them. */
function withContent({ whole: { tensors, metadata }, key }: Original, random: Generator): Uint8Array | undefined {
  const changed = new Map(tensors);
  const kind = random.integer(3);
  if (kind !== 0) withTensors(changed, random);
  let text = metadata.get(key)!;
  if (kind !== 1) for (let n = random.integer(3); n >= 0; n--) text = mutatedText(text, random);
  try {
    return writeSafetensors(withDigest({ tensors: changed, metadata: new Map([...metadata, [key, text]]) }));
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

/** Reads the file, and lets what it gives work; how, or why not. Any other error is a fault. */
async function attempt(file: Uint8Array, { key, bytes, options }: Original, isSame: boolean): Promise<Outcome> {
  try {
    if (key !== "cellstate") {
      const read = checkpointFromBytes(file);
      const again = checkpointToBytes(read);
      if (isSame) same(again, bytes);
      else expect(checkpointFromBytes(again)).toEqual(read);
      return "works";
    }
    const model = await modelFrom(file);
    try {
      if (isSame) same(model.toBytes(options), bytes);
      else expect((await model.predict(x)).shape[0]).toBe(1);
    } catch (error) {
      // another input than ours is no fault of the file
      if (!(error instanceof ShapeError || error instanceof ArgumentError)) throw error;
    } finally {
      model.close();
    }
    return "works";
  } catch (error) {
    if (error instanceof FileError) return "refused";
    throw error;
  }
}

const same = (found: Uint8Array, bytes: Uint8Array): void => {
  expect(Buffer.from(found.buffer, found.byteOffset, found.length).equals(bytes)).toBe(true);
};

interface Taken {
  readonly result: Outcome;
  readonly bytes: number;
  readonly time: number;
}

async function measured(work: () => Promise<Outcome>): Promise<Taken> {
  const start = performance.now();
  const taken = await asking(work);
  return { ...taken, time: performance.now() - start };
}

/** Damages so many files; the seed and number of one that fails stand in the message. */
export async function damageFiles(count: number, seed: number): Promise<Damage> {
  const files = await originals();
  const random = generator(seed, "damage");
  const found = { refused: 0, works: 0, share: 0, slowest: 0 };
  for (let k = 0; k < count; k++) {
    const original = files[random.integer(files.length)]!;
    const kind = random.integer(4);
    const damaged =
      kind === 0
        ? mutated(original.bytes, headerLengthOf(original.bytes), random)
        : kind === 1
          ? withHeader(original.bytes, random)
          : withContent(original, random);
    if (damaged === undefined) continue;
    const which = `file ${k} of seed ${seed}`;
    const work = () => attempt(damaged, original, kind < 2);
    let taken: Taken;
    try {
      taken = await measured(work);
      // a busy machine may hold one up; twice in a row it is the file
      if (taken.time > MOST_TIME) taken = await measured(work);
    } catch (error) {
      throw new Error(which, { cause: error });
    }
    const { result, bytes, time } = taken;
    found[result]++;
    found.slowest = Math.max(found.slowest, time);
    if (result === "refused") found.share = Math.max(found.share, bytes / Math.max(1, damaged.length));
    const most = result === "works" ? original.most : REFUSED.share * damaged.length + REFUSED.more;
    if (time > MOST_TIME || bytes > most) {
      throw new Error(`${which}, which is ${result}, took ${time} ms and ${bytes} bytes of ${most} that it may`);
    }
  }
  expect(({} as Record<string, unknown>).x).toBeUndefined();
  return found;
}
