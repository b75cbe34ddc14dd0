/**
 * What one core can do at most with 128-bit vectors, measured: multiplications and additions from registers, and reading
 * memory. The limits that everything else is compared with; a fraction of a second.
 */
import { createModule, f32x4, i32, type Local, type Scope, v128 } from "./assembler.ts";
import { createMemory } from "./space.ts";

const LANES = 4;
const SUMS = 14; // that do not wait for one another; V8 has 15 registers for vectors, one holds the factor
const LOADS = 4; // of a turn; with more, V8 up to 12.4 does them first and keeps them on the stack
const READ = 16 * 2 ** 20; // numbers: 64 MiB, more than most caches

export interface Limits {
  /** Multiplications and additions of 128-bit vectors, FLOP/s. */
  readonly multiplyAdd: number;
  /** Bytes read from 64 MiB over and over, bytes/s. */
  readonly read: number;
}

export async function measureLimits(): Promise<Limits> {
  const memory = createMemory();
  const region = memory.allocate(READ);
  // memory that was never written may all be one page of zeros, in the cache
  memory.floats(region).fill(1);
  const module = createModule();
  module.export("multiplyAdd", module.define(2, emitMultiplyAdd));
  module.export("read", module.define(3, emitRead));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    env: { memory: memory.memory },
  });
  const kernels = exports as Record<"multiplyAdd" | "read", (...operands: number[]) => void>;
  const [at, bytes] = [region.address * 4, READ * 4];
  const multiplyAdd = await bestRate((turns) => kernels.multiplyAdd(at, turns * 1000), 2 * LANES * SUMS * 1000);
  const read = await bestRate((turns) => kernels.read(at, bytes, turns), bytes);
  memory.close();
  return { multiplyAdd, read };
}

// sₖ = sₖ · a + a, SUMS times side by side; stored, so that they are wanted
function emitMultiplyAdd(w: Scope): void {
  const [at, turns] = w.parameters as [Local, Local];
  const sums = Array.from({ length: SUMS }, (_, k) => w.v128(f32x4.const(k)));
  const a = w.v128(f32x4.const(1e-9));
  w.repeat(
    () => {
      for (const s of sums) w.put(s.set(f32x4.add(f32x4.mul(s.get, a.get), a.get)));
      w.put(turns.set(i32.sub(turns.get, i32.const(1))));
    },
    () => turns.get,
  );
  sums.forEach((s, k) => w.put(v128.store(at.get, s.get, 16 * k)));
}

function emitRead(w: Scope): void {
  const [at, bytes, turns] = w.parameters as [Local, Local, Local];
  const sums = Array.from({ length: 2 * LOADS }, () => w.v128(f32x4.const(0)));
  const end = w.i32(i32.add(at.get, bytes.get));
  const place = w.i32();
  w.repeat(
    () => {
      w.put(place.set(at.get));
      w.repeat(
        () => {
          sums.forEach((s, k) => w.put(s.set(v128.or(s.get, v128.load(place.get, 16 * k)))));
          w.put(place.set(i32.add(place.get, i32.const(16 * sums.length))));
        },
        () => i32.ltU(place.get, end.get),
      );
      w.put(turns.set(i32.sub(turns.get, i32.const(1))));
    },
    () => turns.get,
  );
  sums.forEach((s, k) => w.put(v128.store(at.get, s.get, 16 * k)));
}

const TRIES = 15;
const SHORT = 4; // ms; coarse clocks of browsers tell that much

/** The best of several tries, each long enough for the clock; `work` is what one turn does. */
export async function bestRate(run: (turns: number) => void, work: number): Promise<number> {
  const timed = (turns: number): number => {
    const start = performance.now();
    run(turns);
    return performance.now() - start;
  };
  let turns = 1;
  while (timed(turns) < SHORT && turns < 2 ** 20) turns *= 2;
  let best = Number.POSITIVE_INFINITY;
  for (let k = 0; k < TRIES; k++) {
    // the optimising compiler works in the background, and others want to run too
    await new Promise((resolve) => setTimeout(resolve, 1));
    best = Math.min(best, timed(turns));
  }
  return (work * turns * 1000) / best;
}
