/**
 * Products of rows with panels of 8 columns, C[M, n] = start + A[M, K] · B, where B lies as `[n / 8][K][8]`.
 * Blocks of 64 rows stay in the cache while the panels stream past; the one to three rows that are left
 * take tiles of 16 or 24 columns. Reading the next panels ahead, a few lines a tile, made products 1 to 4 % slower (Zen 4).
 */
import { type Code, i32, type Local, type Module, type Scope } from "./assembler.ts";
import { emitPanels, emitTile, rowsOf, TILING } from "./kernel.ts";

/** What a product kernel is specialised to; distances in bytes. */
export interface ProductShape {
  /** K: how many terms each result has. */
  readonly depth: number;
  /** n: how many columns are written. */
  readonly columns: number;
  readonly rowA: number;
  readonly rowC: number;
  readonly start: "zero" | "add" | "bias";
}

/** Rows whose part of A stays in the second-level cache; Zen 5, 1 MB: 64 rows of 1,024 terms are 256 KB. */
const BLOCK = 64;

/** Defines `product(a, b, c, bias, count)`: addresses of A, B, C and a row of biases, and M. */
export function defineProduct(module: Module, shape: ProductShape, tiling = TILING): number {
  return module.define(5, (w) => {
    const [a, b, c, , count] = w.parameters as [Local, Local, Local, Local, Local];
    const panel = shape.depth * 32;

    const walk = (
      wide: number,
      rowsFor: (panels: number) => number,
      inRows: (rows: number, tile: (from: Code, into: Code) => void) => void,
    ): void =>
      emitPanels(w, shape.columns, wide, (index, panels, lanes) => {
        const rows = rowsFor(panels);
        const weights = w.i32(i32.add(b.get, i32.mul(index.get, i32.const(panel))));
        const column = w.i32(i32.mul(index.get, i32.const(32)));
        inRows(rows, (from, into) => {
          const address = w.i32(i32.add(into, column.get)).get;
          emitTile(w, {
            rows,
            panels,
            lanes,
            a: { address: from, row: shape.rowA, step: 4 },
            b: { address: weights.get, panel, step: 32 },
            c: { address, row: shape.rowC, panel: 32 },
            start: shape.start === "bias" ? { row: i32.add(biasOf(w), column.get) } : shape.start,
            length: i32.const(panel),
          });
        });
      });

    // Fours of rows, a block at a time: two panels side by side two rows at a time, a panel that is left over four.
    const lots = w.i32(i32.and(count.get, i32.const(-4)));
    w.when(lots.get, () => {
      const end = w.i32(i32.add(a.get, i32.mul(lots.get, i32.const(shape.rowA))));
      const blockEnd = w.i32();
      const next = w.i32();
      w.repeat(
        () => {
          w.put(blockEnd.set(i32.add(a.get, i32.const(BLOCK * shape.rowA))));
          w.put(blockEnd.set(i32.select(blockEnd.get, end.get, i32.ltU(blockEnd.get, end.get))));
          walk(
            tiling.panels,
            (panels) => rowsOf(tiling, panels),
            (rows, tile) => {
              const from = w.i32(a.get);
              const into = w.i32(c.get);
              w.repeat(
                () => {
                  tile(from.get, into.get);
                  w.put(from.set(i32.add(from.get, i32.const(rows * shape.rowA))));
                  w.put(into.set(i32.add(into.get, i32.const(rows * shape.rowC))));
                },
                () => i32.ne(from.get, blockEnd.get),
              );
              w.put(next.set(into.get));
            },
          );
          w.put(a.set(blockEnd.get), c.set(next.get));
        },
        () => i32.ne(a.get, end.get),
      );
    });

    // The rest: two rows, one row.
    for (const rows of [2, 1]) {
      w.when(i32.and(count.get, i32.const(rows)), () => {
        walk(
          rows === 1 ? tiling.alone : 2,
          () => rows,
          (_, tile) => tile(a.get, c.get),
        );
        w.put(a.set(i32.add(a.get, i32.const(rows * shape.rowA))));
        w.put(c.set(i32.add(c.get, i32.const(rows * shape.rowC))));
      });
    }
  });
}

const biasOf = (w: Scope): Code => (w.parameters[3] as Local).get;
