/** Turns a stored matrix into its transpose, stored alike, for products with it; once per backward pass. */
import { f32, i32, type Local, type Module } from "./assembler.ts";

/** Defines `turn(from, into)`: `[rows / 8][columns][8]` becomes `[columns / 8][rows][8]`. */
export function defineTurn(module: Module, rows: number, columns: number): number {
  return module.define(2, (w) => {
    const [from, into] = w.parameters as readonly [Local, Local];
    const column = w.i32();
    const to = w.i32();
    // into[column / 8][row][column % 8] = from[row / 8][column][row % 8], eight rows at a time
    const eight = (lanes: number): void => {
      w.put(column.set(i32.const(0)));
      w.repeat(
        () => {
          const group = i32.mul(i32.shrU(column.get, i32.const(3)), i32.const(rows * 32));
          const within = i32.mul(i32.and(column.get, i32.const(7)), i32.const(4));
          w.put(to.set(i32.add(into.get, i32.add(group, within))));
          for (let lane = 0; lane < lanes; lane++) {
            w.put(f32.store(to.get, f32.load(from.get, lane * 4), lane * 32));
          }
          w.put(from.set(i32.add(from.get, i32.const(32))));
          w.put(column.set(i32.add(column.get, i32.const(1))));
        },
        () => i32.ne(column.get, i32.const(columns)),
      );
      w.put(into.set(i32.add(into.get, i32.const(256))));
    };
    if (rows >= 8) {
      const panel = w.i32(i32.const(Math.floor(rows / 8)));
      w.repeat(
        () => {
          eight(8);
          w.put(panel.set(i32.sub(panel.get, i32.const(1))));
        },
        () => panel.get,
      );
    }
    if (rows % 8 > 0) eight(rows % 8);
  });
}
