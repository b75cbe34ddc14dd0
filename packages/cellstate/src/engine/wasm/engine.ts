/** The engine that runs everywhere: schedules compiled to WebAssembly with 128-bit vectors, strict arithmetic. */
import type { Space } from "../engine.ts";
import type { IntegerProducts } from "../int8/products.ts";
import { compileSchedule } from "./program.ts";
import { bindRun } from "./run.ts";
import { createMemory } from "./space.ts";

/** `integers`: what `weights: "i8"` needs; loaded where somebody asks for it. */
export function openWasm(integers?: IntegerProducts): Space {
  const memory = createMemory();
  return {
    engine: "wasm",
    allocate: memory.allocate,
    free: memory.free,
    floats: memory.floats,
    compile(schedule, sizes, { weights = "f32" } = {}) {
      const own = weights === "i8" ? integers : undefined;
      const program = compileSchedule(memory.memory, schedule, sizes, own);
      return {
        schedule,
        sizes,
        ...(own && {
          packed: {
            length: own.packedLength(schedule, sizes),
            write: (from, into) => own.pack(schedule, sizes, memory.floats(from), memory.floats(into)),
          },
        }),
        bind: (capacity, options = {}) => bindRun(memory, program, capacity, options),
      };
    },
    get bytes() {
      return memory.memory.buffer.byteLength;
    },
    close: memory.close,
  };
}
