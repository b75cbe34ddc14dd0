/** What a map does between a row's blocks and their cells, one number at a time, from one scratch row to another. */
import { sizeOf } from "../layout.ts";
import { f32, i32, type Scope } from "./assembler.ts";
import { operandsOf } from "./levels.ts";
import type { Row } from "./map.ts";

/** A sum into blocks, or a repetition of blocks, from one scratch row to another. */
export function emitBlocks(w: Scope, row: Row, i: number): void {
  const instruction = row.code[i]!;
  const a = operandsOf(instruction)[0]!;
  const { sizes } = row.plan;
  const short = sizeOf(sizes, instruction.op === "sum" ? instruction.axis : row.code[a]!.axis);
  const cells = sizeOf(sizes, instruction.op === "sum" ? row.code[a]!.axis : instruction.axis) / short;
  const blocks = w.i32(row.scratch);
  const along = w.i32(row.scratch);
  const end = w.i32();
  const [blocksAt, cellsAt] = [i, a].map((k) => row.keptAt.get(k)!);
  const value = w.f32();
  w.repeat(
    () => {
      w.put(end.set(i32.add(along.get, i32.const(cells * 4))));
      if (instruction.op === "sum") {
        // sum[block] = Σ a[cell], cells in order
        w.put(value.set(f32.const(0)));
        w.repeat(
          () => {
            w.put(value.set(f32.add(value.get, f32.load(along.get, cellsAt))));
            w.put(along.set(i32.add(along.get, i32.const(4))));
          },
          () => i32.ne(along.get, end.get),
        );
        w.put(f32.store(blocks.get, value.get, blocksAt));
      } else {
        // expand[cell] = a[block]
        w.put(value.set(f32.load(blocks.get, cellsAt)));
        w.repeat(
          () => {
            w.put(f32.store(along.get, value.get, blocksAt));
            w.put(along.set(i32.add(along.get, i32.const(4))));
          },
          () => i32.ne(along.get, end.get),
        );
      }
      w.put(blocks.set(i32.add(blocks.get, i32.const(4))));
    },
    () => i32.ne(blocks.get, i32.add(row.scratch, i32.const(short * 4))),
  );
}
