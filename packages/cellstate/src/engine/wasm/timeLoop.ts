/**
 * The loop over time: every step of a slice of the batch is one call inside WebAssembly. Which rows belong to a step
 * stands in the run's table, a line of three words for each: `before`, `now`, `active`.
 */
import { type Code, call, i32, type Local, type Module } from "./assembler.ts";
import { SLOTS } from "./plan.ts";

/** Words of a line. */
export const LINE_WORDS = 3;
const LINE = LINE_WORDS * 4;

/**
 * Defines `loop(frame, table, from, to, first, until)`: steps `from … to`, at least one of them, in the pass's
 * direction, rows `first … until` of each, as far as it has them.
 */
export function defineLoop(module: Module, each: number, direction: 1 | -1): number {
  return module.define(6, (w) => {
    const [frame, table, from, to, first, until] = w.parameters as readonly Local[];
    const lineOf = (step: Local): Code => i32.add(table!.get, i32.mul(step.get, i32.const(LINE)));
    const lineBefore = (step: Local): Code => i32.sub(lineOf(step), i32.const(LINE));
    const line = w.i32(direction > 0 ? lineOf(from!) : lineBefore(to!));
    const end = w.i32(direction > 0 ? lineOf(to!) : lineBefore(from!));
    const count = w.i32();
    w.put(i32.store(frame!.get, first!.get, SLOTS.slice));
    w.repeat(
      () => {
        w.put(count.set(i32.load(line.get, 8)));
        w.put(count.set(i32.select(count.get, until!.get, i32.ltU(count.get, until!.get))));
        w.when(i32.ltU(first!.get, count.get), () => {
          const before = i32.add(i32.load(line.get), first!.get);
          const now = i32.add(i32.load(line.get, 4), first!.get);
          w.put(call(each, frame!.get, now, before, i32.sub(count.get, first!.get)));
        });
        w.put(line.set(i32.add(line.get, i32.const(direction * LINE))));
      },
      () => i32.ne(line.get, end.get),
    );
    w.put(i32.store(frame!.get, i32.const(0), SLOTS.slice));
  });
}
