/**
 * A small WebAssembly assembler: instructions are trees of bytes, `f32x4.add(a, b)` is the bytes of a, then b,
 * then the opcode, so that emitted code reads as the equation it computes. Just what the kernels use:
 * functions of i32 parameters without results, one imported memory, 128-bit SIMD; one relaxed operation, if asked for.
 * Opcodes: WebAssembly core specification 2.0, §5.4.
 */
export type Code = number | readonly Code[];

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;
const EMPTY = 0x40;

export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

/** What a function's body is written with. */
export interface Scope {
  readonly parameters: readonly Local[];
  i32(value?: Code): Local;
  f32(value?: Code): Local;
  v128(value?: Code): Local;
  /** Puts a value that is used more than once into a local, and returns how to get it. */
  let(value: Code): Code;
  put(...code: Code[]): void;
  /**
   * Repeats the body while the condition, read at its end, holds. With copies the body stands there so many times:
   * V8 looks for interrupts once in each loop's turn, and keeps loads from moving across the exits.
   */
  repeat(body: () => void, condition: () => Code, copies?: number): void;
  when(condition: Code, body: () => void): void;
  /** a · b + c: rounded after each, or in a module that fuses in one instruction that may round once. */
  multiplyAdd(a: Code, b: Code, c: Code): Code;
  readonly fuses: boolean;
  /** Writes parts that have nothing to do with one another, a statement of each in turn; none may branch. */
  abreast(parts: readonly (() => void)[]): void;
}

export interface Module {
  /** Adds a function of so many i32 parameters and returns its index. */
  define(parameters: number, body: (scope: Scope) => void): number;
  export(name: string, index: number): void;
  /** `isShared`: is the memory that it will import shared between threads? */
  bytes(isShared?: boolean): Uint8Array<ArrayBuffer>;
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    bytes.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  while (rest < -64 || rest > 63) {
    bytes.push((rest & 127) | 128);
    rest >>= 7;
  }
  bytes.push(rest & 127);
  return bytes;
}

const bytesOf = (values: Float32Array | Int32Array): number[] => Array.from(new Uint8Array(values.buffer));

type One = (a: Code) => Code;
type Two = (a: Code, b: Code) => Code;
const one =
  (...opcode: number[]): One =>
  (a) => [a, opcode];
const two =
  (...opcode: number[]): Two =>
  (a, b) => [a, b, opcode];
const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
const simdOne = (opcode: number): One => one(...simd(opcode));
const simdTwo = (opcode: number): Two => two(...simd(opcode));

const at = (align: number, offset: number): Code => (offset < 128 ? [align, offset] : [align, unsigned(offset)]);

export const i32 = {
  const: (value: number): Code => [0x41, signed(value)],
  load: (address: Code, offset = 0): Code => [address, 0x28, at(2, offset)],
  store: (address: Code, value: Code, offset = 0): Code => [address, value, 0x36, at(2, offset)],
  add: two(0x6a),
  sub: two(0x6b),
  mul: two(0x6c),
  divU: two(0x6e),
  remU: two(0x70),
  and: two(0x71),
  xor: two(0x73),
  shrU: two(0x76),
  eq: two(0x46),
  ne: two(0x47),
  ltU: two(0x49),
  leU: two(0x4d),
  /** The bits of a float that is a whole number ≥ 0, as an integer; others saturate. */
  truncate: one(0xfc, 0x01),
  select: (a: Code, b: Code, condition: Code): Code => [a, b, condition, 0x1b],
};

export const f32 = {
  const: (value: number): Code => [0x43, bytesOf(Float32Array.of(value))],
  load: (address: Code, offset = 0): Code => [address, 0x2a, at(2, offset)],
  store: (address: Code, value: Code, offset = 0): Code => [address, value, 0x38, at(2, offset)],
  add: two(0x92),
};

export const v128 = {
  load: (address: Code, offset = 0): Code => [address, simd(0x00), at(2, offset)],
  loadSplat: (address: Code, offset = 0): Code => [address, simd(0x09), at(2, offset)],
  store: (address: Code, value: Code, offset = 0): Code => [address, value, simd(0x0b), at(2, offset)],
  storeLane: (address: Code, value: Code, lane: number, offset = 0): Code => [
    [address, value, simd(0x5a)],
    [at(2, offset), lane],
  ],
  /** a without the bits of b. */
  andNot: simdTwo(0x4f),
  and: simdTwo(0x4e),
  or: simdTwo(0x50),
  xor: simdTwo(0x51),
  /** a where the mask is set, else b. */
  choose: (a: Code, b: Code, mask: Code): Code => [a, b, mask, simd(0x52)],
};

const vectorConstants = new WeakSet<object>();
const vectorConstant = (values: Float32Array | Int32Array): Code => {
  const code = [simd(0x0c), bytesOf(values)];
  vectorConstants.add(code);
  return code;
};

export const i32x4 = {
  const: (a: number, b = a, c = a, d = a): Code => vectorConstant(Int32Array.of(a, b, c, d)),
  splat: simdOne(0x11),
  ltS: simdTwo(0x39),
  shl: (a: Code, bits: number): Code => [a, i32.const(bits), simd(0xab)],
  shrS: (a: Code, bits: number): Code => [a, i32.const(bits), simd(0xac)],
  shrU: (a: Code, bits: number): Code => [a, i32.const(bits), simd(0xad)],
  add: simdTwo(0xae),
  sub: simdTwo(0xb1),
  mul: simdTwo(0xb5),
};

export const f32x4 = {
  const: (value: number): Code => vectorConstant(Float32Array.of(value, value, value, value)),
  splat: simdOne(0x13),
  lane: (a: Code, lane: number): Code => [a, simd(0x1f), lane],
  eq: simdTwo(0x41),
  lt: simdTwo(0x43),
  gt: simdTwo(0x44),
  abs: simdOne(0xe0),
  neg: simdOne(0xe1),
  sqrt: simdOne(0xe3),
  add: simdTwo(0xe4),
  sub: simdTwo(0xe5),
  mul: simdTwo(0xe6),
  div: simdTwo(0xe7),
  min: simdTwo(0xe8),
  max: simdTwo(0xe9),
  /** b < a ? b : a, so that a NaN in a stays. */
  pmin: simdTwo(0xea),
  /** a < b ? b : a, so that a NaN in a stays. */
  pmax: simdTwo(0xeb),
  convert: simdOne(0xfa),
};

export const call = (index: number, ...operands: Code[]): Code => [operands, 0x10, unsigned(index)];
export const copyMemory = (to: Code, from: Code, bytes: Code): Code => [to, from, bytes, 0xfc, 0x0a, 0, 0];

/** The bytes of a tree, behind those that are there; `constant`: what stands for a vector constant. */
export function flatten(code: Code, into: number[], constant?: (vector: Code) => Code): number[] {
  if (typeof code === "number") into.push(code);
  else if (constant !== undefined && vectorConstants.has(code)) flatten(constant(code), into);
  else for (const part of code) flatten(part, into, constant);
  return into;
}

function localAt(index: number): Local {
  const name = unsigned(index);
  const get = [0x20, ...name];
  const set = [0x21, ...name];
  return { get, set: (value) => [value, set] };
}

const join = (...parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/** f32x4.relaxed_madd; relaxed SIMD proposal. */
const RELAXED_MADD = simd(0x105);

/** 16 bytes of the memory that nobody writes to; see `engine/wasm/space.ts`. */
const ZERO = v128.load(i32.const(0));

/** One function's bytes: its locals, then its code. */
function assemble(parameters: number, fuses: boolean, write: (scope: Scope) => void): Uint8Array {
  const types: number[] = [];
  const body: number[] = [];
  const start: number[] = [];
  let loops = 0;
  const constants = new Map<string, Code>();
  /**
   * A loop's vector constants are locals. V8 from 13 on makes a constant anew at every use, with three instructions;
   * it does not see that what is read here is 0. A map of five functions, Zen 4, Node 24: 9.0 ns a unit, so 4.9.
   */
  const constant = (vector: Code): Code => {
    const key = String(vector);
    const known = constants.get(key);
    if (known !== undefined) return known;
    const local = localAt(parameters + types.push(V128) - 1);
    flatten(local.set(v128.or(ZERO, vector)), start);
    constants.set(key, local.get);
    return local.get;
  };
  /** Where statements go while several parts are written at once. */
  let apart: number[][] | undefined;
  const put = (code: Code): void => {
    const bytes = flatten(code, [], loops > 0 ? constant : undefined);
    if (apart !== undefined) apart.push(bytes);
    else body.push(...bytes);
  };
  const declare = (type: number, value?: Code): Local => {
    const local = localAt(parameters + types.push(type) - 1);
    if (value !== undefined) put(local.set(value));
    return local;
  };
  write({
    parameters: Array.from({ length: parameters }, (_, index) => localAt(index)),
    i32: (value) => declare(I32, value),
    f32: (value) => declare(F32, value),
    v128: (value) => declare(V128, value),
    let: (value) => declare(V128, value).get,
    fuses,
    multiplyAdd: (a, b, c) => (fuses ? [a, b, c, RELAXED_MADD] : f32x4.add(c, f32x4.mul(a, b))),
    put: (...code) => put(code),
    repeat(inner, condition, copies = 1) {
      loops++;
      const from = body.length;
      inner();
      const turn = body.splice(from);
      const goesOn = flatten(condition(), []);
      loops--;
      // block loop, turn, leave unless it goes on, turn, …, again if it goes on, end end
      if (copies > 1) body.push(0x02, EMPTY);
      body.push(0x03, EMPTY);
      for (let copy = 1; copy < copies; copy++) body.push(...turn, ...goesOn, 0x45, 0x0d, 1);
      body.push(...turn, ...goesOn, 0x0d, 0, 0x0b);
      if (copies > 1) body.push(0x0b);
    },
    abreast(parts) {
      const lists = parts.map((part) => {
        const statements: number[][] = [];
        apart = statements;
        part();
        return statements;
      });
      apart = undefined;
      const longest = Math.max(...lists.map((list) => list.length));
      for (let k = 0; k < longest; k++) for (const list of lists) body.push(...(list[k] ?? []));
    },
    when(condition, inner) {
      put([condition, 0x04, EMPTY]);
      inner();
      body.push(0x0b);
    },
  });
  const locals = types.flatMap((type) => [1, type]);
  const count = unsigned(types.length);
  const size = unsigned(count.length + locals.length + start.length + body.length + 1);
  return join(size, count, locals, start, body, [0x0b]);
}

const vector = (items: readonly Code[]): Code => [unsigned(items.length), items];
const text = (value: string): Code => vector([...new TextEncoder().encode(value)]);

function section(id: number, items: readonly Code[]): number[] {
  const content = flatten(vector(items), []);
  return [id, ...unsigned(content.length), ...content];
}

/** A module that imports its memory as `env.memory`. `fuses`: its functions multiply and add in one instruction. */
export function createModule(fuses = false): Module {
  const types: number[] = [];
  const functions: number[] = [];
  const bodies: Uint8Array[] = [];
  const exported: Code[] = [];
  return {
    define(parameters, body) {
      if (!types.includes(parameters)) types.push(parameters);
      const code = assemble(parameters, fuses, body);
      functions.push(types.indexOf(parameters));
      return bodies.push(code) - 1;
    },
    export: (name, index) => void exported.push([text(name), 0, unsigned(index)]),
    bytes(isShared = false) {
      const signatures = types.map((parameters): Code => [0x60, vector(Array(parameters).fill(I32)), 0]);
      // A shared memory is imported with its limits: from 0 to 65,536 pages.
      const limits: Code = isShared ? [3, 0, unsigned(65536)] : [0, 0];
      const memory: Code = [text("env"), text("memory"), 2, limits];
      const count = unsigned(bodies.length);
      const length = bodies.reduce((sum, body) => sum + body.length, count.length);
      return join(
        [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        section(1, signatures),
        section(2, [memory]),
        section(3, functions.map(unsigned)),
        section(7, exported),
        [10, ...unsigned(length), ...count],
        ...bodies,
      );
    },
  };
}
