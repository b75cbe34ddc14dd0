/**
 * What this machine's WebAssembly can do beyond the strict kernels. A feature counts if a tiny module with it validates
 * and then computes what it should: Node 20, for one, has a flag for the relaxed integer dot product and gets it wrong.
 * Never by a version. The modules are bytes, so that this file needs no other and can be asked anywhere.
 */

/** `works`: offered, and right · `missing`: not offered here · `wrong`: offered, but its numbers are not right. */
export type FeatureState = "works" | "missing" | "wrong";

export interface Feature {
  readonly state: FeatureState;
  /** In words: what was tried, or why it cannot be had. */
  readonly why: string;
}

export interface Features {
  /** 128-bit vectors; nothing runs without. */
  readonly simd: Feature;
  /**
   * Products of 8-bit by 7-bit integers, added up by twos and by fours in each lane:
   * `i16x8.relaxed_dot_i8x16_i7x16_s`, `i32x4.relaxed_dot_i8x16_i7x16_add_s`.
   */
  readonly relaxedDot: Feature;
  /** a · b + c; `fuses`: rounded once, and so with other bits than multiplying and adding. */
  readonly relaxedMadd: Feature & { readonly fuses: boolean };
  /** Memory that several threads share, with atomic operations on it. */
  readonly sharedMemory: Feature;
}

/** Opcodes behind the SIMD prefix 0xfd; relaxed ones are two bytes of LEB128. */
const SELECT = [0xfd, 0x52]; // v128.bitselect
const RELAXED_MADD = [0xfd, 0x85, 0x02]; // f32x4.relaxed_madd, 0x105
const RELAXED_DOT = [0xfd, 0x93, 0x02]; // i32x4.relaxed_dot_i8x16_i7x16_add_s, 0x113
// i16x8.relaxed_dot_i8x16_i7x16_s, 0x112; i32x4.extadd_pairwise_i16x8_s; then i32x4.add
const [RELAXED_DOT_16, ADD] = [
  [0xfd, 0x92, 0x02, 0xfd, 0x7e],
  [0xfd, 0xae, 0x01],
];

let found: Features | undefined;

/** Looks once; later calls give the same answer. About a millisecond. */
export function detectFeatures(): Features {
  found ??= { simd: simd(), relaxedDot: relaxedDot(), relaxedMadd: relaxedMadd(), sharedMemory: sharedMemory() };
  return found;
}

const works = (why: string): Feature => ({ state: "works", why });
const wrong = (why: string): Feature => ({ state: "wrong", why });
const missing = (why: string): Feature => ({ state: "missing", why });
const NOT_OFFERED = "this runtime does not offer it";

/** What `last(between(a, b), c)` makes of three vectors; undefined if it does not validate. */
function tryVectors(
  last: readonly number[],
  operands: readonly ArrayBufferView[],
  between: readonly number[] = [],
): ArrayBuffer | undefined {
  const bytes = moduleOf(between, last);
  if (!WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory, run } = exports as { memory: WebAssembly.Memory; run(): void };
  const all = new Uint8Array(memory.buffer);
  operands.forEach(({ buffer, byteOffset, byteLength }, k) => {
    all.set(new Uint8Array(buffer, byteOffset, byteLength), 16 * (k + 1));
  });
  run();
  return all.slice(0, 16).buffer;
}

/** (module (memory 1) (func run (mem[0] = last(between(mem[16], mem[32]), mem[48])))), with both exported. */
function moduleOf(between: readonly number[], last: readonly number[]): Uint8Array<ArrayBuffer> {
  const load = (at: number): number[] => [0x41, 0, 0xfd, 0x00, 4, at];
  const body = [0, 0x41, 0, ...load(16), ...load(32), ...between, ...load(48), ...last, 0xfd, 0x0b, 4, 0, 0x0b];
  const named = (name: string, kind: number): number[] => [
    name.length,
    ...Array.from(name, (c) => c.charCodeAt(0)),
    kind,
    0,
  ];
  const section = (id: number, content: readonly number[]): number[] => [id, content.length, ...content];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]), // one page
    ...section(7, [2, ...named("memory", 2), ...named("run", 0)]),
    ...section(10, [1, body.length, ...body]),
  ]);
}

const isSame = (found: readonly number[], expected: readonly number[]): boolean =>
  found.every((value, k) => Object.is(value, expected[k]));
const integers = (buffer: ArrayBuffer): number[] => [...new Int32Array(buffer)];
const floats = (buffer: ArrayBuffer): number[] => [...new Float32Array(buffer)];

function simd(): Feature {
  const [a, b, mask] = [Int32Array.of(1, 2, 3, 4), Int32Array.of(5, 6, 7, 8), Int32Array.of(-1, 0, -1, 0)];
  const result = tryVectors(SELECT, [a, b, mask]);
  if (result === undefined) return missing(NOT_OFFERED);
  const isRight = isSame(integers(result), [1, 6, 3, 8]);
  return isRight ? works("a vector came out right") : wrong("a vector came out wrong");
}

function relaxedDot(): Feature {
  // 8-bit weights of both signs and ends, 7-bit values at both ends, in an order in which no two lanes are alike
  const weights = Int8Array.of(-127, 127, 3, -5, 0, 1, -128, 64, 127, 127, 127, 127, -7, 11, -13, 17);
  const values = Uint8Array.of(127, 1, 64, 33, 127, 127, 127, 0, 127, 127, 127, 127, 2, 100, 63, 65);
  const start = Int32Array.of(1, -2, 1 << 20, -(1 << 20));
  const expected = Array.from(start, (sum, lane) => {
    for (let k = 4 * lane; k < 4 * lane + 4; k++) sum += weights[k]! * values[k]!;
    return sum;
  });
  const operands = [weights, values, start];
  const fours = tryVectors(RELAXED_DOT, operands);
  const twos = tryVectors(ADD, operands, RELAXED_DOT_16);
  if (fours === undefined || twos === undefined) return missing(NOT_OFFERED);
  const isRight = isSame(integers(fours), expected) && isSame(integers(twos), expected);
  return isRight ? works("sums of 8-bit products came out right") : wrong("sums of 8-bit products came out wrong");
}

function relaxedMadd(): Features["relaxedMadd"] {
  // (1 + 2⁻¹²)² = 1 + 2⁻¹¹ + 2⁻²⁴, whose last bit only a sum that is rounded once still sees
  const a = Float32Array.of(1 + 2 ** -12, 3, -1.5, 0.25);
  const c = Float32Array.of(-(1 + 2 ** -11), 1, 8, 2 ** 19);
  const result = tryVectors(RELAXED_MADD, [a, a, c]);
  if (result === undefined) return { ...missing(NOT_OFFERED), fuses: false };
  const rest = [10, 10.25, 2 ** 19 + 0.0625];
  if (isSame(floats(result), [2 ** -24, ...rest])) return { ...works("rounds once"), fuses: true };
  if (isSame(floats(result), [0, ...rest])) return { ...works("rounds twice"), fuses: false };
  return { ...wrong("a · b + c came out wrong"), fuses: false };
}

/** (module (import "env" "memory" (memory 1 1 shared)) (func run: atomically add 5 to mem[0])). */
const ATOMIC = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0],
  ...[2, 16, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 3, 1, 1],
  ...[3, 2, 1, 0],
  ...[7, 7, 1, 3, 0x72, 0x75, 0x6e, 0, 0],
  ...[10, 13, 1, 11, 0, 0x41, 0, 0x41, 5, 0xfe, 0x1e, 2, 0, 0x1a, 0x0b],
]);

function sharedMemory(): Feature {
  if (typeof SharedArrayBuffer === "undefined") {
    const isPage = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false;
    const headers = "the page is not cross-origin isolated: it needs the headers COOP: same-origin, COEP: require-corp";
    return missing(isPage ? headers : NOT_OFFERED);
  }
  if (!WebAssembly.validate(ATOMIC)) return missing("this runtime's WebAssembly has no atomic operations");
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(ATOMIC), { env: { memory } });
    (exports as { run(): void }).run();
    const isShared = memory.buffer instanceof SharedArrayBuffer;
    const isRight = isShared && new Int32Array(memory.buffer)[0] === 5;
    return isRight ? works("an atomic addition came out right") : wrong("an atomic addition came out wrong");
  } catch (error) {
    return missing(`no shared memory was to be had: ${(error as Error).message}`);
  }
}
