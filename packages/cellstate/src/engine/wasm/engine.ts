/** The engine that runs everywhere: schedules compiled to WebAssembly with 128-bit vectors. */
import type { Space } from "../engine.ts";
import type { IntegerProducts } from "../int8/products.ts";
import { type Arithmetic, STRICT } from "./arithmetic.ts";
import { LIMITS, type Limits } from "./parts.ts";
import { compileSchedule } from "./program.ts";
import { bindRun } from "./run.ts";
import { createMemory } from "./space.ts";
import { createTeam } from "./team.ts";

export interface WasmOptions {
  /** How many threads there may be; more than one where memory can be shared. Default 1. */
  readonly threads?: number;
  /** Where work is cut. */
  readonly limits?: Limits;
  /** What `weights: "i8"` needs; loaded where somebody asks for it. */
  readonly integers?: IntegerProducts | undefined;
  /** Default: strict. */
  readonly arithmetic?: Arithmetic | undefined;
}

export function openWasm(options: WasmOptions = {}): Space {
  const { threads = 1, limits = LIMITS, integers, arithmetic = STRICT } = options;
  const memory = createMemory(threads > 1);
  const team = createTeam(memory, threads, limits);
  return {
    engine: "wasm",
    threads: team.most,
    get ready() {
      return team.ready;
    },
    join: team.join,
    leave: team.leave,
    allocate: memory.allocate,
    free: memory.free,
    floats: memory.floats,
    compile(schedule, sizes, { apart, weights = "f32" } = {}) {
      const own = weights === "i8" ? integers : undefined;
      const program = compileSchedule(memory, team, schedule, sizes, { apart, integers: own, arithmetic });
      return {
        schedule,
        sizes,
        ...(own && {
          packed: {
            length: own.packedLength(schedule, sizes),
            write: (from, into) => own.pack(schedule, sizes, memory.floats(from), memory.floats(into)),
          },
        }),
        bind: (capacity, options = {}) => bindRun(memory, team, program, capacity, options),
      };
    },
    get bytes() {
      return memory.memory.buffer.byteLength;
    },
    close() {
      team.close();
      memory.close();
    },
  };
}
