/**
 * The format's verdict on every kind of file, good or bad, beside ours. Neither npm nor Debian has the Rust library or
 * a binding to it, so each verdict is derived from its source, `read_metadata` and `validate` in
 * https://github.com/huggingface/safetensors/blob/main/safetensors/src/tensor.rs, and from serde_json, which reads its
 * header; and from the format's description in that repository's README. Where the library takes what the description
 * forbids, we refuse: these are marked "description", with the sentence or the reason.
 */
import { describe, expect, test } from "vitest";
import { FileError } from "../errors.ts";
import { readSafetensors } from "./safetensors.ts";

const encoder = new TextEncoder();

/** A file with that header, word for word, and so many bytes behind it. */
function fileOf(header: string | Uint8Array, data = 0, length?: number | bigint): Uint8Array {
  const bytes = typeof header === "string" ? encoder.encode(header) : header;
  const file = new Uint8Array(8 + bytes.length + data);
  new DataView(file.buffer).setBigUint64(0, BigInt(length ?? bytes.length), true);
  file.set(bytes, 8);
  return file;
}
const entry = (name: string, dtype: string, shape: string, offsets: string): string =>
  `"${name}":{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
const one = entry("a", "F32", "[1]", "[0,4]");
const nested = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;

type Verdict = "taken" | "refused" | "description";
type Row = readonly [string, Uint8Array, Verdict];

const header: Row[] = [
  ["no byte", new Uint8Array(0), "refused"],
  ["7 bytes", new Uint8Array(7), "refused"],
  ["a header of length 0", new Uint8Array(8), "refused"],
  ["an empty object", fileOf("{}"), "taken"],
  ["a length one beyond the file", fileOf("{}", 0, 3), "refused"],
  ["a length of 100,000,001 in a small file", fileOf("{}", 0, 100_000_001), "refused"],
  ["a length of 2⁵³ + 1", fileOf("{}", 0, 2n ** 53n + 1n), "refused"],
  ["a length of 2⁶³", fileOf("{}", 0, 2n ** 63n), "refused"],
  ["a length of 2⁶⁴ − 1", fileOf("{}", 0, 2n ** 64n - 1n), "refused"],
  ["spaces behind", fileOf("{}      "), "taken"],
  ["line ends and tabs behind", fileOf("{} \n\r\t"), "taken"],
  ["a NUL behind", fileOf("{}\0"), "refused"],
  ["text behind", fileOf("{}{}"), "refused"],
  // README: "The header data MUST begin with a { character (0x7B)"; the library's own check is commented out
  ["a space in front", fileOf(" {}"), "description"],
  ["a line end in front", fileOf("\n{}"), "description"],
  ["a byte order mark", fileOf("\ufeff{}"), "refused"],
  ["a list", fileOf("[]"), "refused"],
  ["a number", fileOf("1"), "refused"],
  ["null", fileOf("null"), "refused"],
  ["not UTF-8", fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), "refused"],
  ["an overlong UTF-8 form", fileOf(Uint8Array.of(0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x7d)), "refused"],
  ["half a surrogate in UTF-8", fileOf(Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d)), "refused"],
  ["half a surrogate as an escape", fileOf(`{${one.replace('"a"', '"\\ud800"')}}`, 4), "refused"],
  ["a whole pair as escapes", fileOf(`{${one.replace('"a"', '"\\ud83d\\ude00"')}}`, 4), "taken"],
  ["a NUL as an escape in a name", fileOf(`{${one.replace('"a"', '"\\u0000"')}}`, 4), "taken"],
  ["a raw line end in a name", fileOf(`{${one.replace('"a"', '"a\n"')}}`, 4), "refused"],
  ["an empty name", fileOf(`{${one.replace('"a"', '""')}}`, 4), "taken"],
  ["a comma too many", fileOf(`{${one},}`, 4), "refused"],
  ["a comment", fileOf(`{/**/${one}}`, 4), "refused"],
  ["single quotes", fileOf("{'a':1}"), "refused"],
  ["cut short", fileOf(`{${one}`, 4), "refused"],
];

const names: Row[] = [
  ["__proto__", fileOf(`{${entry("__proto__", "F32", "[1]", "[0,4]")}}`, 4), "taken"],
  [
    "constructor and toString",
    fileOf(`{${entry("constructor", "U8", "[1]", "[0,1]")},${entry("toString", "U8", "[1]", "[1,2]")}}`, 2),
    "taken",
  ],
  // README: "Duplicate keys are disallowed. Not all parsers may respect this."; the library keeps the last
  ["twice the same", fileOf(`{${one},${one}}`, 4), "description"],
  ["twice the same, once as an escape", fileOf(`{${one},${one.replace('"a"', '"\\u0061"')}}`, 4), "description"],
  ["a field twice in a tensor", fileOf(`{${one.replace('"shape"', '"dtype":"F32","shape"')}}`, 4), "refused"],
  ["twice __metadata__", fileOf('{"__metadata__":{},"__metadata__":{}}'), "refused"],
  ["a key twice in __metadata__", fileOf('{"__metadata__":{"k":"1","k":"2"}}'), "description"],
];

const metadata: Row[] = [
  ["strings", fileOf('{"__metadata__":{"format":"pt","__proto__":"x"}}'), "taken"],
  ["none of them", fileOf('{"__metadata__":{}}'), "taken"],
  ["null in its place", fileOf('{"__metadata__":null}'), "taken"],
  ["a number", fileOf('{"__metadata__":{"k":1}}'), "refused"],
  ["null among them", fileOf('{"__metadata__":{"k":null}}'), "refused"],
  ["an object among them", fileOf('{"__metadata__":{"k":{}}}'), "refused"],
  ["a list in its place", fileOf('{"__metadata__":[]}'), "refused"],
  ["text in its place", fileOf('{"__metadata__":"pt"}'), "refused"],
];

const bytesOf = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  C64: 8,
  F64: 8,
  I64: 8,
  U64: 8,
};
const dtypes: Row[] = [
  ...Object.entries(bytesOf).flatMap(([dtype, size]): Row[] => [
    [`three ${dtype}`, fileOf(`{${entry("a", dtype, "[3]", `[0,${3 * size}]`)}}`, 3 * size), "taken"],
    [
      `three ${dtype} and a byte`,
      fileOf(`{${entry("a", dtype, "[3]", `[0,${3 * size + 1}]`)}}`, 3 * size + 1),
      "refused",
    ],
  ]),
  ["two F4", fileOf(`{${entry("a", "F4", "[2]", "[0,1]")}}`, 1), "taken"],
  ["three F4, which end within a byte", fileOf(`{${entry("a", "F4", "[3]", "[0,1]")}}`, 1), "refused"],
  ["four F6_E2M3", fileOf(`{${entry("a", "F6_E2M3", "[4]", "[0,3]")}}`, 3), "taken"],
  ["five F6_E3M2, which end within a byte", fileOf(`{${entry("a", "F6_E3M2", "[5]", "[0,3]")}}`, 3), "refused"],
  ["an unknown type", fileOf(`{${entry("a", "F128", "[1]", "[0,16]")}}`, 16), "refused"],
  ["small letters", fileOf(`{${entry("a", "f32", "[1]", "[0,4]")}}`, 4), "refused"],
  ["a property of every object", fileOf(`{${entry("a", "toString", "[1]", "[0,4]")}}`, 4), "refused"],
  ["null", fileOf('{"a":{"dtype":null,"shape":[1],"data_offsets":[0,4]}}', 4), "refused"],
  ["none", fileOf('{"a":{"shape":[1],"data_offsets":[0,4]}}', 4), "refused"],
];

const shapes: Row[] = [
  ["a scalar", fileOf(`{${entry("a", "F32", "[]", "[0,4]")}}`, 4), "taken"],
  ["a scalar of no bytes", fileOf(`{${entry("a", "F32", "[]", "[0,0]")}}`), "refused"],
  ["no number", fileOf(`{${entry("a", "F32", "[0]", "[0,0]")}}`), "taken"],
  ["no number, with a size beside it", fileOf(`{${entry("a", "F32", "[4,0,3]", "[0,0]")}}`), "taken"],
  ["a negative size", fileOf(`{${entry("a", "F32", "[-1]", "[0,4]")}}`, 4), "refused"],
  ["minus 0", fileOf(`{${entry("a", "F32", "[-0]", "[0,0]")}}`), "refused"],
  ["a fraction", fileOf(`{${entry("a", "F32", "[1.5]", "[0,6]")}}`, 6), "refused"],
  ["a whole number with a point", fileOf(`{${entry("a", "F32", "[1.0]", "[0,4]")}}`, 4), "refused"],
  ["an exponent", fileOf(`{${entry("a", "F32", "[1e0]", "[0,4]")}}`, 4), "refused"],
  ["a leading zero", fileOf(`{${entry("a", "F32", "[01]", "[0,4]")}}`, 4), "refused"],
  ["text", fileOf(`{${entry("a", "F32", '["1"]', "[0,4]")}}`, 4), "refused"],
  ["a number in place of the list", fileOf(`{${entry("a", "F32", "1", "[0,4]")}}`, 4), "refused"],
  ["2³² · 2³² · 0, which overflows", fileOf(`{${entry("a", "F32", "[4294967296,4294967296,0]", "[0,0]")}}`), "refused"],
  ["0 · 2³² · 2³², which does not", fileOf(`{${entry("a", "F32", "[0,4294967296,4294967296]", "[0,0]")}}`), "taken"],
  [
    "2³¹ · 2³¹ · 0, which fits 64 bits",
    fileOf(`{${entry("a", "F32", "[2147483648,2147483648,0]", "[0,0]")}}`),
    "taken",
  ],
  [
    "2³² · 2³¹ numbers of 32 bits, which do not",
    fileOf(`{${entry("a", "F32", "[4294967296,2147483648]", "[0,4]")}}`, 4),
    "refused",
  ],
  ["2⁶⁴ · 0", fileOf(`{${entry("a", "F32", "[18446744073709551616,0]", "[0,0]")}}`), "refused"],
  // sizes beyond 2⁵³ are no whole numbers of float64, and nothing but a tensor without numbers can have one
  ["2⁵³ + 1 and 0", fileOf(`{${entry("a", "F32", "[9007199254740993,0]", "[0,0]")}}`), "description"],
  ["far more axes than PyTorch has", fileOf(`{${entry("a", "U8", `[${"1,".repeat(999)}1]`, "[0,1]")}}`, 1), "taken"],
];

const offsets: Row[] = [
  ["in the order of the names", fileOf(`{${one},${entry("b", "F32", "[1]", "[4,8]")}}`, 8), "taken"],
  [
    "in another order",
    fileOf(`{${entry("a", "F32", "[1]", "[4,8]")},${entry("b", "F32", "[1]", "[0,4]")}}`, 8),
    "taken",
  ],
  [
    "not aligned to the type",
    fileOf(`{${entry("a", "U8", "[1]", "[0,1]")},${entry("b", "F32", "[1]", "[1,5]")}}`, 5),
    "taken",
  ],
  [
    "empty ones before, between and behind",
    fileOf(`{${entry("x", "F32", "[0]", "[4,4]")},${one},${entry("y", "F32", "[0]", "[0,0]")}}`, 4),
    "taken",
  ],
  ["an empty one inside another", fileOf(`{${one},${entry("b", "F32", "[0]", "[2,2]")}}`, 4), "refused"],
  ["an empty one past the end", fileOf(`{${one},${entry("b", "F32", "[0]", "[8,8]")}}`, 4), "refused"],
  ["a hole between", fileOf(`{${one},${entry("b", "F32", "[1]", "[8,12]")}}`, 12), "refused"],
  ["a hole in front", fileOf(`{${entry("a", "F32", "[1]", "[4,8]")}}`, 8), "refused"],
  ["an overlap", fileOf(`{${entry("a", "F32", "[2]", "[0,8]")},${entry("b", "F32", "[1]", "[4,8]")}}`, 8), "refused"],
  ["two over the same bytes", fileOf(`{${one},${entry("b", "F32", "[1]", "[0,4]")}}`, 4), "refused"],
  ["bytes behind that belong to none", fileOf(`{${one}}`, 5), "refused"],
  ["bytes and no tensor", fileOf("{}", 1), "refused"],
  ["past the end", fileOf(`{${one}}`, 3), "refused"],
  ["turned round", fileOf(`{${entry("a", "F32", "[1]", "[4,0]")}}`, 4), "refused"],
  ["negative", fileOf(`{${entry("a", "F32", "[1]", "[-4,0]")}}`, 4), "refused"],
  ["fractions", fileOf(`{${entry("a", "F32", "[1]", "[0.0,4.0]")}}`, 4), "refused"],
  ["beyond 2⁵³", fileOf(`{${entry("a", "F32", "[1]", "[9007199254740992,9007199254740996]")}}`, 4), "refused"],
  ["beyond 2⁶⁴", fileOf(`{${entry("a", "F32", "[1]", "[0,18446744073709551620]")}}`, 4), "refused"],
  ["one of them", fileOf(`{${entry("a", "F32", "[1]", "[4]")}}`, 4), "refused"],
  ["three of them", fileOf(`{${entry("a", "F32", "[1]", "[0,4,4]")}}`, 4), "refused"],
  ["none", fileOf('{"a":{"dtype":"F32","shape":[1]}}', 4), "refused"],
  ["fewer bytes than the shape", fileOf(`{${entry("a", "F32", "[2]", "[0,4]")}}`, 4), "refused"],
  ["more bytes than the shape", fileOf(`{${entry("a", "F32", "[1]", "[0,8]")}}`, 8), "refused"],
];

const entries: Row[] = [
  ["a field more", fileOf(`{${one.replace("}", ',"more":[true,null,-1.5e3,{"x":"y"}]}')}}`, 4), "taken"],
  ["a field more with a number beyond float64", fileOf(`{${one.replace("}", ',"more":1e999}')}}`, 4), "refused"],
  ["a field more, 125 lists deep: 127 levels", fileOf(`{${one.replace("}", `,"more":${nested(125)}}`)}}`, 4), "taken"],
  ["a field more, 126 lists deep", fileOf(`{${one.replace("}", `,"more":${nested(126)}}`)}}`, 4), "refused"],
  ["a million lists deep", fileOf(`{${one.replace("}", `,"more":${nested(1e6)}}`)}}`, 4), "refused"],
  ["a number in a tensor's place", fileOf('{"a":5}'), "refused"],
  ["null in a tensor's place", fileOf('{"a":null}'), "refused"],
  // README: "{"dtype": …, "shape": …, "data_offsets": …}"; serde also takes a struct's fields in their order
  ["a list of the three in a tensor's place", fileOf('{"a":["F32",[1],[0,4]]}', 4), "description"],
];

describe.each([
  ["the header", header],
  ["names", names],
  ["metadata", metadata],
  ["types", dtypes],
  ["shapes", shapes],
  ["offsets", offsets],
  ["entries", entries],
])("%s:", (_group, rows) => {
  test.each(rows)("%s", (_name, bytes, verdict) => {
    let found: unknown;
    try {
      found = readSafetensors(bytes).tensors.size;
    } catch (error) {
      found = error;
    }
    if (verdict === "taken") expect(found).toBeTypeOf("number");
    else expect(found).toBeInstanceOf(FileError);
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  });
});

test("a header of exactly 100,000,000 bytes is taken, one more is refused", () => {
  for (const [length, isTaken] of [
    [100_000_000, true],
    [100_000_001, false],
  ] as const) {
    const bytes = new Uint8Array(8 + length).fill(0x20);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
    bytes.set(encoder.encode("{}"), 8);
    const read = () => readSafetensors(bytes).tensors.size;
    if (isTaken) expect(read()).toBe(0);
    else expect(read).toThrow("header length is 100000001; expected at most 100000000");
  }
});
