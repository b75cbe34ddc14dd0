/**
 * Reads and writes safetensors, the format that PyTorch and others open: 8 bytes of header length, a JSON header,
 * the tensors' bytes. https://github.com/huggingface/safetensors. Reading runs no code, copies nothing and
 * allocates nothing before everything is checked: one place for each tensor, no hole, no overlap, no byte left.
 */
import { FileError } from "../errors.ts";
import { HeaderProblem, type Json, LONE_SURROGATE, parseHeader } from "./safetensors-header.ts";
import { sha256 } from "./sha256.ts";

/** Bits of one number of every type of the format, in the order in which its own writer lays tensors out. */
// biome-ignore format: a table
const BITS = {
  U64: 64, I64: 64, F64: 64, C64: 64, F32: 32, U32: 32, I32: 32, BF16: 16, F16: 16, U16: 16, I16: 16,
  F8_E8M0: 8, F8_E4M3: 8, F8_E5M2: 8, I8: 8, U8: 8, F6_E3M2: 6, F6_E2M3: 6, F4: 4, BOOL: 8,
} as const;
export type Dtype = keyof typeof BITS;
const dtypes = Object.keys(BITS) as readonly Dtype[];

export interface StoredTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Little-endian, the last axis fastest. */
  readonly bytes: Uint8Array;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

const HEADER_LIMIT = 100_000_000; // bytes; the format's own
const METADATA = "__metadata__";
const DIGEST = "sha256";
const DAMAGED = "the file is damaged or no safetensors file; fetch or save it again.";

/**
 * Reads a whole file; the tensors' bytes are views of `bytes`.
 *
 * @param file - its name, for messages
 * @throws {FileError} that names the field that is wrong
 */
export function readSafetensors(bytes: Uint8Array, { file }: { readonly file?: string } = {}): Safetensors {
  const fail = (field: string, given: unknown, expected: string, mend = DAMAGED, described?: string): never => {
    throw new FileError({ file, field, given, expected, mend, described });
  };
  if (bytes.length < 8) fail("size", bytes.length, "at least 8 bytes", DAMAGED, `${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > HEADER_LIMIT) fail("header length", headerLength, `at most ${HEADER_LIMIT}`);
  if (headerLength > bytes.length - 8) {
    fail(
      "header length",
      headerLength,
      `at most the ${bytes.length - 8} bytes that follow`,
      "the file was cut short; fetch it again.",
    );
  }
  const header = headerOf(bytes.subarray(8, 8 + headerLength), fail);
  const data = bytes.subarray(8 + headerLength);

  const metadata = new Map<string, string>();
  const entries: { name: string; dtype: Dtype; shape: number[]; start: number; end: number }[] = [];
  for (const [name, entry] of header) {
    if (name === METADATA && entry === null) continue;
    if (!(entry instanceof Map)) fail(name, nameOf(entry), "an object");
    const fields = entry as Map<string, Json>;
    if (name === METADATA) {
      for (const [key, text] of fields) {
        if (typeof text !== "string") fail(`${METADATA}.${key}`, nameOf(text), "a string");
        metadata.set(key, text as string);
      }
    } else {
      entries.push({ name, ...tensorOf(name, fields, fail) });
    }
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let end = 0;
  for (const entry of entries) {
    const field = `${entry.name}.data_offsets`;
    if (entry.start !== end) fail(field, [entry.start, entry.end], `a start at ${end}, where the tensor before ends`);
    end = entry.end;
  }
  if (end !== data.length) {
    const mend = end > data.length ? "the file was cut short; fetch it again." : DAMAGED;
    fail("data", data.length, `the ${end} bytes of the header's tensors`, mend, `${data.length} bytes`);
  }
  const tensors = new Map(
    entries.map(({ name, dtype, shape, start, end }) => [name, { dtype, shape, bytes: data.subarray(start, end) }]),
  );
  return { tensors, metadata };
}

type Fail = (field: string, given: unknown, expected: string, mend?: string) => never;

function headerOf(bytes: Uint8Array, fail: Fail): Map<string, Json> {
  if (bytes[0] !== 0x7b) fail("header", bytes[0], "a JSON object that begins with { (byte 123)");
  try {
    return parseHeader(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)) as Map<string, Json>;
  } catch (error) {
    if (error instanceof HeaderProblem) return fail("header", error.given, error.expected);
    return fail("header", "not UTF-8", "UTF-8 text");
  }
}

function tensorOf(name: string, fields: Map<string, Json>, fail: Fail) {
  const dtype = fields.get("dtype") as Dtype;
  if (typeof dtype !== "string" || !Object.hasOwn(BITS, dtype)) {
    const mend = "convert the tensor to one of these and save the file again.";
    fail(`${name}.dtype`, nameOf(dtype), `one of ${dtypes.join(" ")}`, mend);
  }
  const shape = fields.get("shape");
  if (!areSizes(shape)) return fail(`${name}.shape`, nameOf(shape), "a list of whole numbers");
  const offsets = fields.get("data_offsets");
  if (!areSizes(offsets) || offsets.length !== 2 || offsets[1]! < offsets[0]!) {
    return fail(`${name}.data_offsets`, nameOf(offsets), "[start, end], two whole numbers, start ≤ end");
  }
  const [start = 0, end = 0] = offsets;
  const size = sizeOf(dtype, shape);
  if (size === undefined) return fail(`${name}.shape`, shape, "whole bytes, and fewer than 2^61 in all");
  if (end - start !== size) {
    fail(`${name}.data_offsets`, [start, end], `${size} bytes, as [${shape.join(", ")}] of ${dtype} takes`);
  }
  return { dtype, shape, start, end };
}

/** In bytes. The format counts in 64 bits: undefined if that overflows on the way, or bits are left over. */
function sizeOf(dtype: Dtype, shape: readonly number[]): number | undefined {
  let count = 1n;
  for (const length of shape) {
    count *= BigInt(length);
    if (count > LARGEST) return undefined;
  }
  const bits = count * BigInt(BITS[dtype]);
  return bits > LARGEST || bits % 8n !== 0n ? undefined : Number(bits / 8n);
}

const LARGEST = 0xffff_ffff_ffff_ffffn;

const areSizes = (value: Json | undefined): value is number[] =>
  Array.isArray(value) && value.every((size) => typeof size === "number" && Number.isSafeInteger(size));

const nameOf = (value: Json | undefined): unknown => (value instanceof Map ? Object.fromEntries(value) : value);

/**
 * A file's bytes. Tensors lie as the format's own writer lays them: wide types first, then by name; the header is
 * padded with spaces to 8 bytes, so that every tensor is aligned to its type.
 *
 * @throws {FileError} if a tensor's bytes do not fit its shape, or a name cannot be written
 */
export function writeSafetensors({ tensors, metadata }: Safetensors): Uint8Array<ArrayBuffer> {
  const ordered = orderedTensors(tensors);
  const header = new TextEncoder().encode(headerText(ordered, metadata));
  const padded = Math.ceil(header.length / 8) * 8;
  const total = ordered.reduce((sum, [, { bytes }]) => sum + bytes.length, 8 + padded);
  const file = new Uint8Array(total);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.fill(0x20, 8, 8 + padded);
  file.set(header, 8);
  let at = 8 + padded;
  for (const [, { bytes }] of ordered) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

type Named = readonly [string, StoredTensor];

function orderedTensors(tensors: ReadonlyMap<string, StoredTensor>): Named[] {
  for (const [name, { dtype, shape, bytes }] of tensors) {
    const size = sizeOf(dtype, shape);
    if (name === METADATA || LONE_SURROGATE.test(name)) {
      const mend = "rename the tensor.";
      throw new FileError({ field: "tensor name", given: name, expected: `valid Unicode and not ${METADATA}`, mend });
    }
    if (size !== bytes.length) {
      const expected = `${size} bytes, as [${shape.join(", ")}] of ${dtype} takes`;
      const described = `${bytes.length} bytes`;
      throw new FileError({
        field: name,
        given: bytes.length,
        described,
        expected,
        mend: "give the shape of these values.",
      });
    }
  }
  const rank = (dtype: Dtype): number => dtypes.indexOf(dtype);
  return [...tensors].sort(([p, a], [q, b]) => rank(a.dtype) - rank(b.dtype) || byCodePoint(p, q));
}

function headerText(ordered: readonly Named[], metadata: ReadonlyMap<string, string>): string {
  const parts: string[] = [];
  if (metadata.size > 0) {
    const entries = [...metadata].sort(([p], [q]) => byCodePoint(p, q));
    for (const text of entries.flat()) {
      if (!LONE_SURROGATE.test(text)) continue;
      const mend = "write such characters as escapes.";
      throw new FileError({ field: METADATA, given: text, expected: "valid Unicode", mend });
    }
    const pairs = entries.map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`);
    parts.push(`"${METADATA}":{${pairs.join(",")}}`);
  }
  let at = 0;
  for (const [name, { dtype, shape, bytes }] of ordered) {
    const place = `"data_offsets":[${at},${at + bytes.length}]`;
    parts.push(`${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(",")}],${place}}`);
    at += bytes.length;
  }
  return `{${parts.join(",")}}`;
}

/** The order of UTF-8 bytes; `<` on strings compares UTF-16 units, another order beyond the basic plane. */
function byCodePoint(a: string, b: string): number {
  const [p, q] = [[...a], [...b]];
  for (let i = 0; i < p.length && i < q.length; i++) {
    const difference = p[i]!.codePointAt(0)! - q[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return p.length - q.length;
}

/** The same content with a SHA-256 of all of it in the metadata, under `sha256`. */
export function withDigest(content: Safetensors): Safetensors {
  const metadata = new Map(content.metadata);
  metadata.delete(DIGEST);
  metadata.set(DIGEST, digestOf(content));
  return { tensors: content.tensors, metadata };
}

/**
 * Checks the digest that `withDigest` wrote. It covers names, types, shapes, bytes and metadata, and not how the
 * file was laid out, so it survives a program that writes the same content in another order.
 *
 * @returns false if the file has none
 * @throws {FileError} if it has one and the content is another
 */
export function verifyDigest(content: Safetensors, { file }: { readonly file?: string } = {}): boolean {
  const given = content.metadata.get(DIGEST);
  if (given === undefined) return false;
  const expected = digestOf(content);
  if (given === expected) return true;
  const mend = "the content changed after it was saved: fetch the file again, or save the model again.";
  throw new FileError({
    file,
    field: `${METADATA}.${DIGEST}`,
    given,
    expected: `${expected}, the digest of its content`,
    mend,
  });
}

/**
 * Reads a file of ours, which always has a digest.
 *
 * @param key - what our files of this kind have in the metadata
 * @throws {FileError} if it is damaged, or has that key and no digest
 */
export function readSealed(bytes: Uint8Array, key: string, options: { readonly file?: string } = {}): Safetensors {
  const content = readSafetensors(bytes, options);
  if (verifyDigest(content, options) || !content.metadata.has(key)) return content;
  const mend = "whoever changed the file on purpose: load the old one, model.setParameters(…), and save that.";
  const field = `${METADATA}.${DIGEST}`;
  throw new FileError({ ...options, field, given: "missing", described: "missing", expected: "a digest", mend });
}

function digestOf({ tensors, metadata }: Safetensors): string {
  const rest = new Map(metadata);
  rest.delete(DIGEST);
  const ordered = orderedTensors(tensors);
  const digest = sha256().update(new TextEncoder().encode(headerText(ordered, rest)));
  for (const [, { bytes }] of ordered) digest.update(bytes);
  return digest.hex();
}
