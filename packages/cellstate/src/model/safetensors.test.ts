import { describe, expect, test } from "vitest";
import { generator } from "../data/random.ts";
import { FileError } from "../errors.ts";
import { readSafetensors, type Safetensors, verifyDigest, withDigest, writeSafetensors } from "./safetensors.ts";
import { halfTensor, numbersOf, storedTensor } from "./safetensors-numbers.ts";

const encoder = new TextEncoder();

/** A file with that header, word for word. */
function fileOf(header: string | Uint8Array, data = 0, length?: number | bigint): Uint8Array {
  const bytes = typeof header === "string" ? encoder.encode(header) : header;
  const file = new Uint8Array(8 + bytes.length + data);
  new DataView(file.buffer).setBigUint64(0, BigInt(length ?? bytes.length), true);
  file.set(bytes, 8);
  return file;
}

const tensor = (dtype: string, shape: string, offsets: string): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

const content: Safetensors = {
  tensors: new Map([
    ["recurrent.0.forward.W_f", storedTensor(Float32Array.of(1, -2, 3.5, 4, 5, 6), [2, 3])],
    ["__proto__", storedTensor(Float64Array.of(0.1), [])],
    ["zero", storedTensor(new Float32Array(0), [0, 4])],
    ["😀", storedTensor(Int8Array.of(-1, 2, 3), [3])],
    ["Ａ", storedTensor(Int8Array.of(7), [1])],
    ["long", storedTensor(BigInt64Array.of(-5n), [1])],
    ["half", { dtype: "F16", shape: [2], bytes: Uint8Array.of(0, 0x3c, 1, 0) }],
  ]),
  metadata: new Map([
    ["text", 'f = sigmoid("x")\n  # ü 😀'],
    ["__proto__", "a name like any other"],
  ]),
};

test("what was written is read again, with all names, types, shapes, bytes and metadata", () => {
  const read = readSafetensors(writeSafetensors(content));
  expect(new Map([...read.tensors].sort())).toEqual(new Map([...content.tensors].sort()));
  expect(read.metadata).toEqual(content.metadata);
});

test("tensors lie as the format's own writer lays them, aligned, the header padded with spaces", () => {
  const bytes = writeSafetensors(content);
  expect([...readSafetensors(bytes).tensors.keys()]).toEqual([
    "long",
    "__proto__",
    "recurrent.0.forward.W_f",
    "zero",
    "half",
    "Ａ",
    "😀",
  ]);
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(headerLength % 8).toBe(0);
  for (const { shape, bytes: view } of readSafetensors(bytes).tensors.values()) {
    const count = shape.reduce((a, b) => a * b, 1);
    if (count > 0) expect(view.byteOffset % (view.length / count)).toBe(0);
  }
});

test("a file in a larger buffer, at an odd offset, reads the same", () => {
  const bytes = writeSafetensors(content);
  const large = new Uint8Array(bytes.length + 9).fill(255);
  large.set(bytes, 3);
  const read = readSafetensors(large.subarray(3, 3 + bytes.length));
  expect(numbersOf(read.tensors.get("recurrent.0.forward.W_f")!)).toEqual(Float32Array.of(1, -2, 3.5, 4, 5, 6));
});

test("numbers of every type are exact", () => {
  const of = (dtype: "F16" | "BF16", ...words: number[]) =>
    numbersOf({ dtype, shape: [words.length], bytes: new Uint8Array(Uint16Array.from(words).buffer) });
  expect(of("F16", 0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x3555, 0x8000)).toEqual(
    Float32Array.of(1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, 0.333251953125, -0),
  );
  expect(of("F16", 0x7c00, 0xfc00, 0x7e00, 0x0400)).toEqual(
    Float32Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 2 ** -14),
  );
  expect(of("BF16", 0x3f80, 0xc049, 0x7f80)).toEqual(Float32Array.of(1, -3.140625, Number.POSITIVE_INFINITY));
  expect(numbersOf(storedTensor(BigInt64Array.of(-(2n ** 53n) + 1n), [1]))).toEqual(Float64Array.of(1 - 2 ** 53));
  expect(() => numbersOf(storedTensor(BigInt64Array.of(2n ** 53n), [1]), "ids")).toThrow("ids[0] is 9007199254740992");
  expect(numbersOf(storedTensor(Uint8Array.of(255), [1]))).toEqual(Float64Array.of(255));
  expect(numbersOf(storedTensor(Int32Array.of(-7), [1]))).toEqual(Float64Array.of(-7));
});

test("half precision takes the nearest number, ties to even, of either sign", () => {
  const all = Uint16Array.from({ length: 0x7c00 }, (_, word) => word); // every finite one, in its order
  const exact = numbersOf({ dtype: "F16", shape: [all.length], bytes: new Uint8Array(all.buffer) });
  const rounded = (values: ArrayLike<number>) => {
    const { bytes } = halfTensor(Float32Array.from(values), [values.length]);
    return new Uint16Array(new Uint8Array(bytes).buffer);
  };
  expect(rounded(exact)).toEqual(all);
  expect(rounded(exact.map((value) => -value))).toEqual(all.map((word) => word | 0x8000));
  // between two neighbours; float32 has 13 bits more, so that the middle and what lies around it are exact
  const middles = Float32Array.from({ length: all.length - 1 }, (_, n) => (exact[n]! + exact[n + 1]!) / 2);
  const beside = (by: number) => middles.map((middle, n) => middle + (exact[n + 1]! - exact[n]!) * by);
  expect(rounded(middles)).toEqual(all.slice(1).map((_, n) => n + (n % 2)));
  expect(rounded(beside(-(2 ** -10)))).toEqual(all.slice(0, -1));
  expect(rounded(beside(2 ** -10))).toEqual(all.slice(1));
  expect([...rounded([65504, 65519.9, 65520, -1e38, 1e-40])]).toEqual([0x7bff, 0x7bff, 0x7c00, 0xfc00, 0]);
});

const good = tensor("F32", "[1]", "[0,4]");
const deep = (levels: number): string => `{"a":{"x":${"[".repeat(levels)}${"]".repeat(levels)}}}`;

describe("a broken file is refused, naming what is wrong:", () => {
  test.each<[string, Uint8Array, RegExp]>([
    ["empty", new Uint8Array(0), /size is 0 bytes; expected at least 8 bytes/],
    ["seven bytes", new Uint8Array(7), /size is 7 bytes/],
    ["no header", new Uint8Array(8), /header is undefined; expected a JSON object that begins with \{/],
    ["length beyond the file", fileOf("{}", 0, 3), /header length is 3; expected at most the 2 bytes/],
    ["length beyond the limit", fileOf("{}", 0, 100_000_001), /header length is 100000001; expected at most 100000000/],
    ["length of 2⁶⁴ − 1", fileOf("{}", 0, 2n ** 64n - 1n), /header length is 18446744073709552000/],
    ["a leading space", fileOf(" {}"), /header is 32; expected a JSON object/],
    ["a byte order mark", fileOf("\ufeff{}"), /header is 239/],
    ["a list", fileOf("[]"), /header is 91/],
    ["not UTF-8", fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), /expected UTF-8 text/],
    ["cut JSON", fileOf('{"a":'), /the end at character 5; expected a value|header is "the end at character 5"/],
    ["trailing text", fileOf("{}x"), /expected nothing after the header's closing brace/],
    ["trailing NUL", fileOf("{}\u0000"), /expected nothing after/],
    ["a comma too many", fileOf(`{"a":${good},}`, 4), /expected a key in quotes/],
    ["single quotes", fileOf("{'a':1}"), /expected a key in quotes/],
    ["no colon", fileOf('{"a" 1}'), /expected a colon/],
    ["a bare word", fileOf('{"a":NaN}'), /expected a value/],
    ["a wrong escape", fileOf('{"\\x":1}'), /expected a valid escape/],
    ["a wrong unicode escape", fileOf('{"\\u12g4":1}'), /expected a valid escape/],
    ["a raw line end in a string", fileOf('{"a\n":1}'), /expected a string's closing quote/],
    ["an open string", fileOf('{"a'), /expected a string's closing quote/],
    ["half a surrogate pair", fileOf('{"\\ud800":1}'), /no half of a surrogate pair/],
    ["a leading zero", fileOf(`{"a":${tensor("F32", "[01]", "[0,4]")}}`, 4), /expected a comma or \]/],
    ["nesting", fileOf(deep(126)), /at most 127 levels/],
    ["nesting without end", fileOf(deep(1_000_000)), /at most 127 levels/],
    ["a duplicate tensor", fileOf(`{"a":${good},"a":${good}}`, 4), /second key .*a.*; expected each key once/],
    ["a duplicate field", fileOf('{"a":{"dtype":"F32","dtype":"F32"}}'), /second key/],
    ["a duplicate by escape", fileOf(`{"a":${good},"\\u0061":${good}}`, 4), /second key/],
    ["duplicate metadata", fileOf('{"__metadata__":{},"__metadata__":{}}'), /second key/],
    ["metadata that is no object", fileOf('{"__metadata__":"x"}'), /__metadata__ is "x"; expected an object/],
    ["metadata of numbers", fileOf('{"__metadata__":{"k":1}}'), /__metadata__\.k is 1; expected a string/],
    ["a tensor that is a list", fileOf('{"a":[]}'), /a is \[\]; expected an object/],
    [
      "no dtype",
      fileOf('{"a":{"shape":[1],"data_offsets":[0,4]}}', 4),
      /a\.dtype is undefined; expected one of U64 I64 F64/,
    ],
    ["an unknown dtype", fileOf(`{"a":${tensor("F128", "[1]", "[0,16]")}}`, 16), /a\.dtype is "F128"/],
    ["a dtype from the prototype", fileOf(`{"a":${tensor("toString", "[1]", "[0,4]")}}`, 4), /a\.dtype is "toString"/],
    ["a negative size", fileOf(`{"a":${tensor("F32", "[-1]", "[0,4]")}}`, 4), /a\.shape is/],
    ["a fractional size", fileOf(`{"a":${tensor("F32", "[1.0]", "[0,4]")}}`, 4), /a\.shape is/],
    ["a shape of text", fileOf(`{"a":${tensor("F32", '["1"]', "[0,4]")}}`, 4), /a\.shape is \["1"\]/],
    [
      "an overflowing shape",
      fileOf(`{"a":${tensor("F32", "[4294967296,4294967296,0]", "[0,0]")}}`),
      /fewer than 2\^61/,
    ],
    ["an unsafe size", fileOf(`{"a":${tensor("F32", "[9007199254740993,0]", "[0,0]")}}`), /a\.shape is/],
    ["one offset", fileOf(`{"a":${tensor("F32", "[1]", "[4]")}}`, 4), /a\.data_offsets is \[4\]/],
    ["offsets turned round", fileOf(`{"a":${tensor("F32", "[1]", "[4,0]")}}`, 4), /start ≤ end/],
    ["too few bytes", fileOf(`{"a":${tensor("F32", "[2]", "[0,4]")}}`, 4), /expected 8 bytes, as \[2\] of F32 takes/],
    ["a hole", fileOf(`{"a":${good},"b":${tensor("F32", "[1]", "[8,12]")}}`, 12), /b\.data_offsets .*a start at 4/],
    [
      "an overlap",
      fileOf(`{"a":${tensor("F32", "[2]", "[0,8]")},"b":${tensor("F32", "[1]", "[4,8]")}}`, 8),
      /a start at 8/,
    ],
    ["a hole in front", fileOf(`{"a":${tensor("F32", "[1]", "[4,8]")}}`, 8), /a start at 0/],
    ["bytes left over", fileOf(`{"a":${good}}`, 5), /data is 5 bytes; expected the 4 bytes/],
    ["bytes and no tensor", fileOf("{}", 1), /data is 1 bytes; expected the 0 bytes/],
    ["bytes missing", fileOf(`{"a":${good}}`, 3), /data is 3 bytes.*\n.*cut short/],
  ])("%s", (_name, bytes, sentence) => {
    expect(() => readSafetensors(bytes, { file: "m.safetensors" })).toThrow(sentence);
    expect(() => readSafetensors(bytes, { file: "m.safetensors" })).toThrow(FileError);
  });
});

test("files that the format allows are accepted", () => {
  expect(readSafetensors(fileOf("{}")).tensors.size).toBe(0);
  expect(readSafetensors(fileOf("{} \n ")).tensors.size).toBe(0);
  const other = fileOf(`{"a": {"more": [true, null, -1.5e3], "data_offsets": [0, 4], "shape": [], "dtype": "F32"}}`, 4);
  expect(readSafetensors(other).tensors.get("a")?.shape).toEqual([]);
  const empty = tensor("F32", "[0]", "[4,4]");
  expect(
    readSafetensors(fileOf(`{"z":${empty},"a":${good},"y":${tensor("F32", "[0]", "[0,0]")}}`, 4)).tensors.size,
  ).toBe(3);
});

test("a key of 20 MB is a key, and its error is a line", () => {
  const name = "n".repeat(20_000_000);
  expect(readSafetensors(fileOf(`{"${name}":${good}}`, 4)).tensors.has(name)).toBe(true);
  try {
    readSafetensors(fileOf(`{"\\u001b${name}":1}`));
    expect.unreachable();
  } catch (error) {
    expect((error as Error).message.length).toBeLessThan(400);
    expect((error as Error).message).toContain("\\u001bnnn");
  }
});

test("what cannot be read again is not written", () => {
  const one = storedTensor(Float32Array.of(1), [1]);
  const write = (name: string, of = one, metadata = new Map<string, string>()) =>
    writeSafetensors({ tensors: new Map([[name, of]]), metadata });
  expect(() => write("__metadata__")).toThrow("tensor name is");
  expect(() => write("\ud800")).toThrow("expected valid Unicode");
  expect(() => write("a", { ...one, shape: [2] })).toThrow("a is 4 bytes; expected 8 bytes, as [2] of F32 takes.");
  expect(() => write("a", one, new Map([["k", "\udc00"]]))).toThrow("__metadata__ is");
});

describe("the digest", () => {
  const sealed = withDigest(content);
  test("is verified, and survives another layout of the same content", () => {
    expect(verifyDigest(readSafetensors(writeSafetensors(sealed)))).toBe(true);
    expect(withDigest(sealed).metadata).toEqual(sealed.metadata);
    const turned = {
      tensors: new Map([...sealed.tensors].reverse()),
      metadata: new Map([...sealed.metadata].reverse()),
    };
    expect(verifyDigest(turned)).toBe(true);
    expect(verifyDigest(content)).toBe(false);
  });

  test("tells one bit in a tensor, a renamed tensor, another shape and changed metadata", () => {
    const w = storedTensor(Float32Array.of(1, 2), [2]);
    const make = (name: string, of: typeof w, text: string): Safetensors => ({
      tensors: new Map([[name, of]]),
      metadata: new Map([["text", text]]),
    });
    const base = withDigest(make("W", w, "a"));
    const digest = base.metadata.get("sha256")!;
    const changed = [
      make("W", storedTensor(Float32Array.of(1, 2.0000002), [2]), "a"),
      make("V", w, "a"),
      make("W", { ...w, shape: [1, 2] }, "a"),
      make("W", { ...w, dtype: "I32" }, "a"),
      make("W", w, "b"),
    ];
    for (const { tensors, metadata } of changed) {
      const forged = { tensors, metadata: new Map([...metadata, ["sha256", digest]]) };
      expect(() => verifyDigest(forged, { file: "m" })).toThrow("m: __metadata__.sha256 is");
    }
  });
});

test("10,000 damaged files give a typed error or the very same content", () => {
  const random = generator(20, "mutations");
  const whole = writeSafetensors(withDigest(content));
  const headerLength = Number(new DataView(whole.buffer).getBigUint64(0, true));
  const expected = readSafetensors(whole);
  const marks = [...'{}[]":,\\0123456789eE.-+ tfnu\n'].map((character) => character.charCodeAt(0));
  const counts = { refused: 0, same: 0, unsealed: 0 };
  for (let k = 0; k < 10_000; k++) {
    let bytes = whole.slice();
    const edits = 1 + random.integer(3);
    for (let n = 0; n < edits; n++) {
      const at = random.integer(bytes.length || 1);
      const inHeader = Math.min(8 + random.integer(headerLength), Math.max(bytes.length - 1, 0));
      const kind = random.integer(7);
      if (kind === 0) bytes[at]! ^= 1 << random.integer(8);
      else if (kind === 1) bytes = bytes.slice(0, at);
      else if (kind === 2) bytes[inHeader] = marks[random.integer(marks.length)]!;
      else if (kind === 3) bytes[inHeader] = random.integer(256);
      else if (kind === 4) bytes[random.integer(8)] = random.integer(256);
      else if (kind === 5)
        bytes = Uint8Array.of(...bytes.slice(0, inHeader), ...bytes.slice(inHeader + 1 + random.integer(9)));
      else bytes = Uint8Array.of(...bytes.slice(0, inHeader), ...bytes.slice(at, at + 20), ...bytes.slice(inHeader));
    }
    try {
      const read = readSafetensors(bytes);
      verifyDigest(read);
      // without its digest a file may say anything; a digest's key that was hit is such a file
      if (!read.metadata.has("sha256")) {
        counts.unsealed += 1;
        continue;
      }
      expect(read).toEqual(expected);
      counts.same += 1;
    } catch (error) {
      if (!(error instanceof FileError)) throw new Error(`mutation ${k}`, { cause: error });
      counts.refused += 1;
    }
  }
  expect(counts.refused).toBeGreaterThan(9000);
  expect(counts.same).toBeGreaterThan(10);
  expect(counts.unsealed).toBeLessThan(100);
});
