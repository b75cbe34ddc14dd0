/**
 * Fast arithmetic: what this machine computes products with in the least time, whatever its last bits. Candidates are
 * what the runtime offers and computes right; a product of each is timed, once in a process. Wide tiles are for fused
 * operations, which leave registers free, and for V8's 256-bit vectors, which a user may have switched on.
 */
import type { Arithmetic } from "./arithmetic.ts";
import { createModule } from "./assembler.ts";
import { detectFeatures } from "./features.ts";
import { defineProduct } from "./product.ts";

const [square, wide, tall] = [
  { rows: 2, panels: 2, alone: 3 },
  { rows: 2, panels: 3, alone: 4 },
  { rows: 4, panels: 2, alone: 4 }, // two vectors side by side for V8 to make one of; it does so in products only
];

/**
 * M = 32, K = 256, N = 1,024, one core of a Zen 4, GFLOP/s in Node 22, 24, 26 (the strict kernels: 49, 48, 47):
 * square 54, 54, 55 · wide 28, 58, 58 · tall 29, 36, 28, with 256-bit vectors 29, 106, 104.
 */
const FUSED: readonly Arithmetic[] = [
  { fuses: true, product: square, gradient: square },
  { fuses: true, product: wide, gradient: wide },
  { fuses: true, product: tall, gradient: wide },
];
const SEPARATE: readonly Arithmetic[] = [
  { fuses: false, product: square, gradient: square },
  { fuses: false, product: tall, gradient: square },
];

// The product that is timed: whole tiles of every candidate, operands within the first-level cache.
const [M, K, N] = [8, 96, 48];
const [A, B, C] = [64, 65536, 131072]; // addresses
const TURN = 8; // calls in a measurement
const OPTIMISED = 2; // times as fast as at first: the runtime has replaced its baseline code
const TIMING = 1; // milliseconds, from when all are optimised
const PATIENCE = 40; // milliseconds for that

let chosen: Arithmetic | undefined;

/** Chosen when it is first asked for. */
export function fastArithmetic(): Arithmetic {
  chosen ??= choose();
  return chosen;
}

interface Candidate {
  readonly arithmetic: Arithmetic;
  readonly run: () => void;
}

/** What there is to choose from here. */
export const offeredArithmetic = (): readonly Arithmetic[] =>
  detectFeatures().relaxedMadd.state === "works" ? [...FUSED, ...SEPARATE] : SEPARATE;

function choose(): Arithmetic {
  const candidates = offeredArithmetic().flatMap((arithmetic) => open(arithmetic) ?? []);
  const first: number[] = [];
  const best: number[] = [];
  let end = performance.now() + PATIENCE;
  let areOptimised = false;
  for (let now = 0; now < end; ) {
    candidates.forEach(({ run }, k) => {
      const start = performance.now();
      for (let n = 0; n < TURN; n++) run();
      now = performance.now();
      first[k] ??= now - start;
      best[k] = Math.min(best[k] ?? Number.POSITIVE_INFINITY, now - start);
    });
    if (areOptimised || best.some((time, k) => time * OPTIMISED > first[k]!)) continue;
    areOptimised = true;
    end = Math.min(end, now + TIMING);
  }
  return candidates[best.indexOf(Math.min(...best))]!.arithmetic;
}

/** A candidate with its product; undefined if the product comes out wrong. */
function open(arithmetic: Arithmetic): Candidate | undefined {
  const module = createModule(arithmetic.fuses);
  const shape = { depth: K, columns: N, rowA: K * 4, rowC: N * 4, start: "zero" } as const;
  module.export("product", defineProduct(module, shape, arithmetic.product));
  const memory = new WebAssembly.Memory({ initial: 3 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env: { memory } });
  const product = exports["product"] as (...operands: number[]) => void;
  const numbers = new Float32Array(memory.buffer);
  const [a, b, c] = [A, B, C].map((address) => numbers.subarray(address / 4)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  // fractions of three bits, whose sums are exact however they are rounded
  for (let k = 0; k < M * K; k++) a[k] = ((k * 5) % 17) / 8 - 1;
  for (let k = 0; k < K * N; k++) b[k] = ((k * 7) % 13) / 8 - 0.5;
  const run = (): void => product(A, B, C, 0, M);
  run();
  for (let row = 0; row < M; row++) {
    for (let column = 0; column < N; column++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += a[row * K + k]! * b[((column >> 3) * K + k) * 8 + (column & 7)]!;
      if (c[row * N + column] !== sum) return undefined;
    }
  }
  return { arithmetic, run };
}
