/**
 * The one inner loop of products and gradients: a tile of results in registers, to which every turn adds
 * column × row, C[r, j] += a[r] · b[j]. Multiplied and added separately, term after term, into one
 * accumulator per result: the tile's shape never changes a bit.
 *
 * 2 × 16 is the base: 8 accumulators, 4 vectors of b, 2 of a and 1 product fit V8's 15 registers. 4 × 8 has as many
 * and serves a panel that is alone; one row takes 1 × 24. 1 × 32 does not fit, because V8 up to 12.4 loads all of b
 * first: 40 GFLOP/s, 1 × 24 53, 1 × 16 50 (K = 128, Zen 5). Of the peak, M = 32, K = N = 256, one core of a Zen 4:
 *
 *                        Node 20   22    24    26
 *   4 × 8, b first          .77   .77   .81   .77
 *   2 × 16, a first         .83   .81   .79   .84
 *   the same, 7 copies      .84   .85   .82   .85
 */
import { type Code, f32x4, i32, type Local, type Scope, v128 } from "./assembler.ts";

/** Distances are in bytes. A panel is 8 columns. */
export interface Tile {
  readonly rows: number;
  readonly panels: number;
  /** How many of the last panel's columns are stored. */
  readonly lanes: number;
  readonly a: { readonly address: Code; readonly row: number; readonly step: number };
  readonly b: { readonly address: Code; readonly panel: number; readonly step: number };
  readonly c: { readonly address: Code; readonly row: number; readonly panel: number };
  /** Where the accumulators start: at zero, at what C holds, or at a row of b's shape. */
  readonly start: "zero" | "add" | { readonly row: Code };
  /** Bytes that b moves in all turns: step times how many. */
  readonly length: Code;
}

/** Of a turn in the loop of a tile that keeps the machine busy; all from 3 to 12 are within 5 % of one another. */
const COPIES = 7;

/** How products are cut; rows and panels change no bit of a result. */
export interface Tiling {
  /** Rows of a tile that is more than one panel wide; 2 or 4. */
  readonly rows: number;
  /** How many panels a tile is wide. */
  readonly panels: number;
  /** The same for a row that is alone. */
  readonly alone: number;
}

/** Without fused operations. */
export const TILING: Tiling = { rows: 2, panels: 2, alone: 3 };

/** Rows of a tile so many panels wide. */
export const rowsOf = (tiling: Tiling, panels: number): number => (panels === 1 ? 4 : tiling.rows);

export function emitTile(w: Scope, tile: Tile): void {
  const { a, b, c } = tile;
  const vectors = Array.from({ length: tile.panels * 2 }, (_, v) => v);
  const columnOf = (v: number, panel: number): number => (v >> 1) * panel + (v & 1) * 16;
  const accumulators: { readonly local: Local; readonly row: number; readonly v: number }[] = [];
  for (let row = 0; row < tile.rows; row++) {
    for (const v of vectors) {
      const first =
        tile.start === "zero"
          ? f32x4.const(0)
          : tile.start === "add"
            ? v128.load(c.address, row * c.row + columnOf(v, c.panel))
            : v128.load(tile.start.row, columnOf(v, 32));
      accumulators.push({ local: w.v128(first), row, v });
    }
  }

  // C[r, j] += a[r] · b[j]
  const from = w.i32(a.address);
  const along = w.i32(b.address);
  const end = w.i32(i32.add(b.address, tile.length));
  w.repeat(
    () => {
      const as = Array.from({ length: tile.rows }, (_, row) => w.let(v128.loadSplat(from.get, row * a.row)));
      for (const v of vectors) {
        const factor = w.let(v128.load(along.get, columnOf(v, b.panel)));
        for (const { local, row } of accumulators.filter((one) => one.v === v)) {
          w.put(local.set(w.multiplyAdd(as[row]!, factor, local.get)));
        }
      }
      w.put(from.set(i32.add(from.get, i32.const(a.step))));
      w.put(along.set(i32.add(along.get, i32.const(b.step))));
    },
    () => i32.ne(along.get, end.get),
    accumulators.length >= 6 ? COPIES : 1,
  );

  for (const { local, row, v } of accumulators) {
    const offset = row * c.row + columnOf(v, c.panel);
    const lanes = v >> 1 === tile.panels - 1 ? tile.lanes - (v & 1) * 4 : 4;
    if (lanes >= 4) w.put(v128.store(c.address, local.get, offset));
    else for (let l = 0; l < lanes; l++) w.put(v128.storeLane(c.address, local.get, l, offset + l * 4));
  }
}

/** Emits one tile: the index of its first panel, how many panels, and the lanes stored of the last. */
export type Walk = (index: Local, panels: number, lanes: number) => void;

/** Walks `columns` columns in panels of 8, `wide` panels at a time while there are so many, then fewer. */
export function emitPanels(w: Scope, columns: number, wide: number, emit: Walk): void {
  const full = Math.floor(columns / 8);
  const index = w.i32(i32.const(0));
  let done = 0;
  for (let panels = wide; panels >= 1; panels--) {
    // Two twos rather than a three and a one: a single panel does not hide its latency.
    const spared = panels === 3 && (full - done) % 3 === 1 ? 1 : 0;
    const until = done + Math.max(Math.floor((full - done) / panels) - spared, 0) * panels;
    if (until === done) continue;
    w.repeat(
      () => {
        emit(index, panels, 8);
        w.put(index.set(i32.add(index.get, i32.const(panels))));
      },
      () => i32.ne(index.get, i32.const(until)),
    );
    done = until;
  }
  if (columns % 8 > 0) emit(index, 1, columns % 8);
}

/** Walks the panels `from … until` of `columns` columns, bounds that are known when it runs. */
export function emitPanelRange(
  w: Scope,
  columns: number,
  wide: number,
  { from, until }: { readonly from: Code; readonly until: Code },
  emit: Walk,
): void {
  const full = Math.floor(columns / 8);
  const index = w.i32(from);
  const end = w.i32(until);
  const whole = w.i32(i32.select(end.get, i32.const(full), i32.ltU(end.get, i32.const(full))));
  for (let panels = wide; panels >= 1; panels--) {
    const fits = (): Code => i32.leU(i32.add(index.get, i32.const(panels)), whole.get);
    w.when(fits(), () => {
      w.repeat(() => {
        emit(index, panels, 8);
        w.put(index.set(i32.add(index.get, i32.const(panels))));
      }, fits);
    });
  }
  if (columns % 8 > 0) w.when(i32.leU(i32.const(full + 1), end.get), () => emit(index, 1, columns % 8));
}
