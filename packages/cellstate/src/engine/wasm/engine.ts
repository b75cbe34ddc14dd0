/** The engine that runs everywhere: schedules compiled to WebAssembly with 128-bit vectors, strict arithmetic. */
import type { Space } from "../engine.ts";
import { compileSchedule } from "./program.ts";
import { bindRun } from "./run.ts";
import { createMemory } from "./space.ts";

export function openWasm(): Space {
  const memory = createMemory();
  return {
    engine: "wasm",
    allocate: memory.allocate,
    free: memory.free,
    floats: memory.floats,
    compile(schedule, sizes) {
      const program = compileSchedule(memory.memory, schedule, sizes);
      return {
        schedule,
        sizes,
        bind: (capacity, options = {}) => bindRun(memory, program, capacity, options),
      };
    },
    get bytes() {
      return memory.memory.buffer.byteLength;
    },
    close: memory.close,
  };
}
