/** The engine that runs everywhere: schedules compiled to WebAssembly with 128-bit vectors, strict arithmetic. */
import type { Space } from "../engine.ts";
import { LIMITS } from "./parts.ts";
import { compileSchedule } from "./program.ts";
import { bindRun } from "./run.ts";
import { createMemory } from "./space.ts";
import { createTeam } from "./team.ts";

/** `threads`: how many there may be; more than one where memory can be shared. `limits`: where work is cut. */
export function openWasm(threads = 1, limits = LIMITS): Space {
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
    compile(schedule, sizes, { apart } = {}) {
      const program = compileSchedule(memory, team, schedule, sizes, apart);
      return {
        schedule,
        sizes,
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
