/**
 * What one core of this machine can do with 128-bit vectors: multiplications and additions from registers, and
 * reading from each level of the memory. The limits of all other benchmarks are computed from these, measured in the
 * same run, as the clock of a shared machine moves.
 */
import { createModule, f32x4, i32, type Local, v128 } from "../packages/cellstate/src/engine/wasm/assembler.ts";
import { bestSecondsPerCall, type Machine, type Setting, settle, short, table } from "./measure.ts";

const LANES = 4;
const SUMS = 14; // that do not wait for one another; V8 has 15 registers for vectors, one holds the factor
const UNROLLED = 4; // loads in a loop's body; with more, V8 11 loads them all first and keeps them on the stack
const TURNS = 100; // of the loop in a call
const TRIES = 40;
const PAGE = 65_536; // bytes
const MOST = 128 * 1024 * 1024; // bytes; more than any cache

interface Kernels {
  /** `turns` times SUMS multiplications and additions of LANES numbers. */
  multiplyAdd(turns: number): void;
  /** Reads `bytes` from 0 on, `turns` times; `bytes` a multiple of UNROLLED · 16. */
  read(bytes: number, turns: number): void;
}

function kernels(pages: number): Kernels {
  const module = createModule();
  // sₖ = sₖ · a + a, SUMS times side by side
  const multiplyAdd = module.define(1, ({ parameters, v128: local, i32: counter, put, repeat }) => {
    const [turns] = parameters as [Local];
    const sums = Array.from({ length: SUMS }, (_, k) => local(f32x4.const(k)));
    const a = local(f32x4.const(1e-9));
    const n = counter(i32.const(0));
    repeat(
      () => {
        for (const s of sums) put(s.set(f32x4.add(f32x4.mul(s.get, a.get), a.get)));
        put(n.set(i32.add(n.get, i32.const(1))));
      },
      () => i32.ne(n.get, turns.get),
    );
    // stored, so that the sums are wanted
    sums.forEach((s, k) => put(v128.store(i32.const(16 * k), s.get)));
  });
  const read = module.define(2, ({ parameters, v128: local, i32: counter, put, repeat }) => {
    const [bytes, turns] = parameters as [Local, Local];
    const sums = Array.from({ length: UNROLLED }, () => local(f32x4.const(0)));
    const n = counter(i32.const(0));
    const at = counter();
    repeat(
      () => {
        put(at.set(i32.const(0)));
        repeat(
          () => {
            sums.forEach((s, k) => put(s.set(f32x4.add(s.get, v128.load(at.get, 16 * k)))));
            put(at.set(i32.add(at.get, i32.const(16 * UNROLLED))));
          },
          () => i32.ltU(at.get, bytes.get),
        );
        put(n.set(i32.add(n.get, i32.const(1))));
      },
      () => i32.ne(n.get, turns.get),
    );
    sums.forEach((s, k) => put(v128.store(i32.const(16 * k), s.get)));
  });
  module.export("multiplyAdd", multiplyAdd);
  module.export("read", read);
  const memory = new WebAssembly.Memory({ initial: pages });
  new Float32Array(memory.buffer).fill(1);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env: { memory } });
  return exports as unknown as Kernels;
}

/** The machine as it is when asked; the best of many short tries, since a limit is what nothing can pass. */
export async function openMachine(): Promise<Machine> {
  const { multiplyAdd, read } = kernels(MOST / PAGE);
  const block = 16 * UNROLLED;
  for (let n = 0; n < 5; n++) {
    multiplyAdd(1000);
    read(block * 1000, 10);
    await settle();
  }
  return {
    flops: () => (2 * LANES * SUMS * TURNS) / bestSecondsPerCall((times) => multiplyAdd(TURNS * times), TRIES),
    bandwidth(bytes) {
      const whole = Math.min(MOST, Math.ceil(bytes / block) * block);
      return whole / bestSecondsPerCall((times) => read(whole, times), TRIES);
    },
  };
}

export const question = "What can one core do at most?";

export function run({ machine }: Setting): void {
  console.log(`one core, 128-bit multiply and add from registers: ${short(machine.flops() / 1e9)} GFLOP/s`);
  const rows = [16, 256, 512, 2048, 8192, MOST / 1024].map((size) => {
    return [`${size} KiB`, `${short(machine.bandwidth(size * 1024) / 1e9)} GB/s`];
  });
  table(["read over and over", "128-bit loads"], rows);
}
