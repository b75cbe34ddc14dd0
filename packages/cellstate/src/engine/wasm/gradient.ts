/**
 * Gradients of panels, G[n, K] += rightᵀ · left over all rows, added row after row into one accumulator per
 * result. G lies as the panels do, `[n / 8][K][8]`, so that a tile is 2 of K by 16 of n, or 4 by 8. Rows come in
 * blocks: the block's left rows are packed as `[K / 4][rows][4]`, each one or two panels of its right rows as
 * `[rows][8 or 16]` (24, where tiles are three panels wide), and then every tile streams through both.
 */
import { i32, type Local, type Module, v128 } from "./assembler.ts";
import { emitPanelRange, emitTile, rowsOf, TILING } from "./kernel.ts";

/** Distances in bytes. */
export interface GradientShape {
  /** K: columns of left. */
  readonly depth: number;
  /** n: columns of right. */
  readonly columns: number;
  readonly rowLeft: number;
  readonly rowRight: number;
}

/** Rows; 192 of them with 512 columns packed are 384 KB of second-level cache, and two panels' 12 KB of the first. */
const BLOCK = 192;
/** Bytes from four packed columns to the next, off a power of two so that they spread over the cache. */
const SLAB = BLOCK * 16 + 64;

export const gradientScratch = (depth: number): number => Math.floor(depth / 4) * SLAB + BLOCK * 96;

/**
 * Defines `gradient(left, right, g, scratch, count, from, until)`: four addresses, how many rows, and which of G's
 * panels, so that threads can share the work.
 */
export function defineGradient(module: Module, shape: GradientShape, tiling = TILING): number {
  const { depth, columns, rowLeft, rowRight } = shape;
  return module.define(7, (w) => {
    const [left, right, g, scratch, count] = w.parameters as readonly [Local, Local, Local, Local, Local];
    const range = { from: w.parameters[5]!.get, until: w.parameters[6]!.get };
    const fours = Math.floor(depth / 4);
    const packedRight = w.i32(i32.add(scratch.get, i32.const(fours * SLAB)));
    const rows = w.i32();

    // packed[k / 4][row][k % 4] = left[row][k]
    const packLeft = (): void => {
      const from = w.i32(left.get);
      const into = w.i32(scratch.get);
      const end = w.i32(i32.add(scratch.get, i32.mul(rows.get, i32.const(16))));
      w.repeat(
        () => {
          const k = w.i32(i32.const(0));
          const slab = w.i32(into.get);
          w.repeat(
            () => {
              w.put(v128.store(slab.get, v128.load(i32.add(from.get, k.get))));
              w.put(slab.set(i32.add(slab.get, i32.const(SLAB))), k.set(i32.add(k.get, i32.const(16))));
            },
            () => i32.ne(k.get, i32.const(fours * 16)),
          );
          w.put(from.set(i32.add(from.get, i32.const(rowLeft))), into.set(i32.add(into.get, i32.const(16))));
        },
        () => i32.ne(into.get, end.get),
      );
    };

    // packed[row][u] = right[row][8 panel + u], a tile's panels side by side
    const packRight = (panel: Local, panels: number): void => {
      const from = w.i32(i32.add(right.get, i32.mul(panel.get, i32.const(32))));
      const into = w.i32(packedRight.get);
      const end = w.i32(i32.add(packedRight.get, i32.mul(rows.get, i32.const(panels * 32))));
      w.repeat(
        () => {
          for (let at = 0; at < panels * 32; at += 16) w.put(v128.store(into.get, v128.load(from.get, at), at));
          w.put(from.set(i32.add(from.get, i32.const(rowRight))), into.set(i32.add(into.get, i32.const(panels * 32))));
        },
        () => i32.ne(into.get, end.get),
      );
    };

    // G[k … k+3, 8 panel … + 7] += Σ left[row, k …] · right[row, 8 panel …]
    const tilesOfFour = (): void =>
      emitPanelRange(w, columns, tiling.panels, range, (panel, panels, lanes) => {
        packRight(panel, panels);
        const slab = w.i32(scratch.get);
        const into = w.i32(i32.add(g.get, i32.mul(panel.get, i32.const(depth * 32))));
        const ks = rowsOf(tiling, panels);
        w.repeat(
          () => {
            for (let k = 0; k < 4; k += ks) {
              emitTile(w, {
                rows: ks,
                panels,
                lanes,
                a: { address: i32.add(slab.get, i32.const(k * 4)), row: 4, step: 16 },
                b: { address: packedRight.get, panel: 32, step: panels * 32 },
                c: { address: i32.add(into.get, i32.const(k * 32)), row: 32, panel: depth * 32 },
                start: "add",
                length: i32.mul(rows.get, i32.const(panels * 32)),
              });
            }
            w.put(slab.set(i32.add(slab.get, i32.const(SLAB))), into.set(i32.add(into.get, i32.const(128))));
          },
          () => i32.ne(slab.get, i32.add(scratch.get, i32.const(fours * SLAB))),
        );
      });

    // The one to three columns of left that are left over, from where the rows lie.
    const rest = (first: number, ks: number): void =>
      emitPanelRange(w, columns, ks === 1 ? 3 : 2, range, (panel, panels, lanes) => {
        const into = w.i32(i32.add(g.get, i32.mul(panel.get, i32.const(depth * 32))));
        const from = w.i32(i32.add(right.get, i32.mul(panel.get, i32.const(32))));
        const leftFirst = w.i32(i32.add(left.get, i32.const(first * 4)));
        emitTile(w, {
          rows: ks,
          panels,
          lanes,
          a: { address: leftFirst.get, row: 4, step: rowLeft },
          b: { address: from.get, panel: 32, step: rowRight },
          c: { address: i32.add(into.get, i32.const(first * 32)), row: 32, panel: depth * 32 },
          start: "add",
          length: i32.mul(rows.get, i32.const(rowRight)),
        });
      });

    w.when(count.get, () => {
      w.repeat(
        () => {
          w.put(rows.set(i32.select(count.get, i32.const(BLOCK), i32.ltU(count.get, i32.const(BLOCK)))));
          if (fours > 0) {
            packLeft();
            tilesOfFour();
          }
          if (depth & 2) rest(fours * 4, 2);
          if (depth & 1) rest(depth - 1, 1);
          w.put(left.set(i32.add(left.get, i32.mul(rows.get, i32.const(rowLeft)))));
          w.put(right.set(i32.add(right.get, i32.mul(rows.get, i32.const(rowRight)))));
          w.put(count.set(i32.sub(count.get, rows.get)));
        },
        () => count.get,
      );
    });
  });
}
