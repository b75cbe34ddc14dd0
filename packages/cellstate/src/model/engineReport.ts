/** What the engine finds on this machine, which kernels it takes for it, and how fast they are: `describeEngine`. */
import { atOnce, type Space, type Weights } from "../engine/engine.ts";
import { layoutParameters } from "../engine/layout.ts";
import { openWasm } from "../engine/wasm/engine.ts";
import { detectFeatures, type FeatureState } from "../engine/wasm/features.ts";
import { bestRate, measureLimits } from "../engine/wasm/measure.ts";
import { denseSchedule } from "../layers/programs.ts";
import { coresHere, threadsFrom } from "./threads.ts";

/** Something that a runtime may offer, and what a trial of it gave. */
export interface FeatureReport {
  /** "simd", "relaxedDot", "relaxedMadd", "sharedMemory". */
  readonly name: string;
  /** `works`; `missing`: not offered; `wrong`: offered, but its numbers are not right, and so it is not used. */
  readonly state: FeatureState;
  /** The reason, where it does not work. */
  readonly why: string;
}

/** Which kernel does something. */
export interface KernelReport {
  /** "float32", "int8". */
  readonly name: string;
  /** The kernel's name, in words. */
  readonly kernel: string;
}

/** What was measured on one core, the best of many tries. */
export interface MeasuredReport {
  /** 128-bit multiplications and additions from registers, FLOP/s: the limit of everything that computes. */
  readonly multiplyAdd: number;
  /** Reading 64 MiB over and over, bytes/s: the limit of a step of a large layer. */
  readonly read: number;
  /** Products through the library, 64 rows of 256 values into 1,024, operations/s: float32, and 8-bit integers. */
  readonly float32: number;
  /** The same with 8-bit integers; missing where there is no kernel. */
  readonly int8: number;
}

/** What this machine and runtime offer, and what the library makes of it. */
export interface EngineReport {
  /** "Node", "Deno", "Bun", or a browser's own words. */
  readonly runtime: string;
  /** The runtime's version. */
  readonly version: string;
  /** Logical cores; missing where the runtime does not say. */
  readonly cores?: number;
  /** What was tried, and whether it works. */
  readonly features: readonly FeatureReport[];
  /** How many threads a model may use here where nothing else is asked for. */
  readonly threads: number;
  /** Which kernels were chosen. */
  readonly kernels: readonly KernelReport[];
  /** How fast they are; missing if not asked for. */
  readonly measured?: MeasuredReport;
}

/**
 * Tries what this runtime offers, and measures what it reaches.
 *
 * @param options.measure - default true: takes about half a second, and 64 MiB of memory for that time
 * @returns plain data: features with their self-tests, the kernels chosen, and rates per second of one core
 * @throws {RangeError} if there is not enough memory to measure in
 * @example const { features, measured } = await describeEngine();
 */
export async function describeEngine({ measure = true }: { readonly measure?: boolean } = {}): Promise<EngineReport> {
  const { integerProducts } = await import("../engine/int8/products.ts");
  const products = integerProducts();
  const features = Object.entries(detectFeatures()).map(([name, { state, why }]) => ({ name, state, why }));
  const kernels = [
    { name: "float32", kernel: "strict: multiplied and added in 128-bit vectors, tiles of 2 × 16" },
    { name: "int8", kernel: products.dot.about },
  ];
  return {
    ...runtimeHere(),
    features,
    threads: detectFeatures().sharedMemory.state === "works" ? threadsFrom("auto", "describeEngine") : 1,
    kernels,
    ...(measure && {
      measured: {
        ...(await measureLimits()),
        float32: await productRate(openWasm(), "f32"),
        int8: await productRate(openWasm({ integers: products }), "i8"),
      },
    }),
  };
}

const ROWS = 64;
const SIZES = { input: 256, units: 1024 };

/** Operations a second of a dense layer without activation, as the library runs it. */
async function productRate(space: Space, weights: Weights): Promise<number> {
  const schedule = denseSchedule("none", false);
  const program = space.compile(schedule, SIZES, { weights });
  const run = program.bind({ batch: ROWS, rows: ROWS }, { backward: false });
  const parameters = space.allocate(layoutParameters(schedule, SIZES).length);
  space.floats(parameters).fill(0.5);
  run.place("parameters", parameters);
  if (program.packed !== undefined) {
    const packed = space.allocate(program.packed.length);
    atOnce(program.packed.write(parameters, packed));
    run.place("packed", packed);
  }
  const x = space.allocate(ROWS * SIZES.input);
  space.floats(x).fill(1);
  run.place("x", x);
  const rows = { batch: ROWS, steps: 1, active: Uint32Array.of(ROWS) };
  const rate = await bestRate(
    (turns) => {
      for (let k = 0; k < turns; k++) atOnce(run.forward(rows));
    },
    2 * ROWS * SIZES.input * SIZES.units,
  );
  space.close();
  return rate;
}

interface Global {
  readonly Bun?: { readonly version: string };
  readonly Deno?: { readonly version: { readonly deno: string } };
  readonly process?: { readonly versions?: { readonly node?: string; readonly v8?: string } };
  readonly navigator?: { readonly userAgent?: string };
}

function runtimeHere(): Pick<EngineReport, "runtime" | "version" | "cores"> {
  const { Bun, Deno, process: node, navigator: page } = globalThis as Global;
  const cores = coresHere();
  const known = cores === undefined ? {} : { cores };
  if (Bun) return { runtime: "Bun", version: Bun.version, ...known };
  if (Deno) return { runtime: "Deno", version: Deno.version.deno, ...known };
  const { node: version, v8 } = node?.versions ?? {};
  if (version !== undefined) return { runtime: "Node", version: `${version}, V8 ${v8}`, ...known };
  return { runtime: page?.userAgent ?? "unknown", version: "", ...known };
}
