/**
 * Tests of how much memory work asks for: from the import on, every array buffer, typed array and WebAssembly memory that
 * is made in this process is counted by its bytes, kept or not. An upper bound of what was held at any time, whatever
 * the garbage collector does; objects and text, which JavaScript counts nowhere, are not in it.
 */

let bytes = 0;

/** What `work` gives, and how many bytes were asked for meanwhile. */
export async function asking<T>(work: () => T | Promise<T>): Promise<{ result: T; bytes: number }> {
  const before = bytes;
  const result = await work();
  return { result, bytes: bytes - before };
}

type Maker = new (...given: unknown[]) => { readonly byteLength: number };
const scope = globalThis as unknown as Record<string, Maker & { prototype: { constructor: unknown } }>;

const isMemory = (value: unknown): boolean => value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;

const arrays = ["Float32", "Float64", "Int8", "Int16", "Int32", "Uint8", "Uint8Clamped", "Uint16", "Uint32"];
const names = [...arrays, "BigInt64", "BigUint64"].map((kind) => `${kind}Array`);
for (const name of ["ArrayBuffer", "SharedArrayBuffer", ...names]) {
  const own = scope[name]!;
  const counted: typeof own = new Proxy(own, {
    construct(target, given, asked) {
      const made = Reflect.construct(target, given, asked === counted ? target : asked) as { byteLength: number };
      if (!isMemory(given[0])) bytes += made.byteLength; // else a view of memory that was counted
      return made;
    },
  });
  // `slice`, `map` and `filter` make what their array's constructor makes
  own.prototype.constructor = counted;
  scope[name] = counted;
}

const { encode } = TextEncoder.prototype;
TextEncoder.prototype.encode = function (this: TextEncoder, text?: string) {
  const made = encode.call(this, text);
  bytes += made.byteLength;
  return made;
};

const PAGE = 65_536;
const { Memory } = WebAssembly;
const { grow } = Memory.prototype;
Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number) {
  bytes += pages * PAGE;
  return grow.call(this, pages);
};
WebAssembly.Memory = new Proxy(Memory, {
  construct(target, given: [WebAssembly.MemoryDescriptor]) {
    bytes += given[0].initial * PAGE;
    return Reflect.construct(target, given) as WebAssembly.Memory;
  },
});
