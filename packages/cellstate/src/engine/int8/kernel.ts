/**
 * The product of rounded rows with packed columns. Sums of integers are exact; what follows is one fixed sequence of
 * float32 operations for each result: start + sum · (scale of the column · scale of the row). So no tile, no batch and no
 * kind of dot product changes a bit.
 */
import { padded } from "../layout.ts";
import { type Code, f32x4, i32, type Local, type Module, type Scope, v128 } from "../wasm/assembler.ts";
import type { Dot } from "./dots.ts";
import { groupsOf, panelsOf } from "./packed.ts";

/** What a product kernel is specialised to; distances in bytes. */
export interface IntegerShape {
  readonly dot: Dot["name"];
  /** Terms of each result. */
  readonly columns: number;
  /** Results of a row. */
  readonly rows: number;
  /** From one rounded row to the next, and from one row of results to the next. */
  readonly rowA: number;
  readonly rowC: number;
  readonly start: "zero" | "add" | "bias";
  /** From a row's scale to what it takes off its sums. */
  readonly own: number;
}

/** Defines `product(a, weights, c, bias, scales, rowScales, count)`. */
export function defineIntegerProduct(module: Module, dot: Dot, shape: IntegerShape): number {
  const { columns, rows, rowA, rowC } = shape;
  const { whole, rest } = panelsOf(rows, dot);
  const groups = groupsOf(columns, dot);
  return module.define(7, (w) => {
    type Seven = [Local, Local, Local, Local, Local, Local, Local];
    const [a, weights, c, bias, scales, rowScales, count] = w.parameters as Local[] as Seven;
    /** All panels, `wide` columns to a tile. */
    const walk = (height: number, wide: number, inRows: (tile: Tile) => void): void => {
      const address = w.i32(weights.get);
      const column = w.i32(i32.const(0)); // bytes along a row of results
      const tiles = (width: number, stored: number): void => {
        for (let first = 0; first < width; first += wide) {
          const part = Math.min(wide, width - first);
          const lanes = Math.min(part, stored - first);
          const at = w.i32(i32.add(address.get, i32.const(first * dot.group)));
          const to = w.i32(i32.add(column.get, i32.const(first * 4)));
          inRows({ height, units: part / 8, lanes, weights: at, line: width * dot.group, column: to });
        }
      };
      if (whole > 0) {
        w.repeat(
          () => {
            tiles(dot.panel, dot.panel);
            w.put(address.set(i32.add(address.get, i32.const(dot.panel * dot.group * groups))));
            w.put(column.set(i32.add(column.get, i32.const(dot.panel * 4))));
          },
          () => i32.ne(column.get, i32.const(whole * dot.panel * 4)),
        );
      }
      if (rest > 0) tiles(rest, rows - whole * dot.panel);
    };
    const tileAt = (tile: Tile, from: Code, into: Code, scale: Code): void =>
      emitTile(w, dot, shape, tile, {
        a: from,
        c: w.i32(i32.add(into, tile.column.get)),
        bias: w.i32(i32.add(bias.get, tile.column.get)),
        scales: w.i32(i32.add(scales.get, tile.column.get)),
        rowScales: scale,
      });

    // Some rows at a time take 8 columns, so that the accumulators and their operands fit V8's 15 registers.
    const { height } = dot;
    const lots = w.i32(i32.and(count.get, i32.const(-height)));
    w.when(lots.get, () => {
      const end = w.i32(i32.add(a.get, i32.mul(lots.get, i32.const(rowA))));
      walk(height, 8, (tile) => {
        const from = w.i32(a.get);
        const into = w.i32(c.get);
        const scale = w.i32(rowScales.get);
        w.repeat(
          () => {
            tileAt(tile, from.get, into.get, scale.get);
            w.put(from.set(i32.add(from.get, i32.const(height * rowA))));
            w.put(into.set(i32.add(into.get, i32.const(height * rowC))));
            w.put(scale.set(i32.add(scale.get, i32.const(height * 4))));
          },
          () => i32.ne(from.get, end.get),
        );
      });
      w.put(a.set(end.get), c.set(i32.add(c.get, i32.mul(lots.get, i32.const(rowC)))));
      w.put(rowScales.set(i32.add(rowScales.get, i32.mul(lots.get, i32.const(4)))));
      w.put(count.set(i32.sub(count.get, lots.get)));
    });
    // The rest one by one, a panel's columns at a time.
    w.when(count.get, () => {
      w.repeat(
        () => {
          walk(1, dot.panel, (tile) => tileAt(tile, a.get, c.get, rowScales.get));
          w.put(a.set(i32.add(a.get, i32.const(rowA))), c.set(i32.add(c.get, i32.const(rowC))));
          w.put(rowScales.set(i32.add(rowScales.get, i32.const(4))), count.set(i32.sub(count.get, i32.const(1))));
        },
        () => count.get,
      );
    });
  });
}

interface Tile {
  readonly height: number;
  readonly units: number;
  /** How many of the columns are stored. */
  readonly lanes: number;
  readonly weights: Local;
  /** Bytes from one group of weights to the next. */
  readonly line: number;
  readonly column: Local;
}

interface TilePlaces {
  readonly a: Code;
  readonly c: Local;
  readonly bias: Local;
  readonly scales: Local;
  readonly rowScales: Code;
}

function emitTile(w: Scope, dot: Dot, shape: IntegerShape, tile: Tile, places: TilePlaces): void {
  const { columns, rows, rowA, rowC, start, own } = shape;
  const { height, units, line } = tile;
  const { c, bias, scales, rowScales } = places;
  const first = (half: number): Local => w.v128(v128.load(scales.get, padded(rows) * 4 + 16 * half));
  const sums = Array.from({ length: height }, () =>
    Array.from({ length: units }, (_, u) => [first(2 * u), first(2 * u + 1)] as const),
  );

  // sum[r, j] += Σ over a group's terms of step[r, k] · q[k, j]
  const steps = w.i32(places.a);
  const weights = w.i32(tile.weights.get);
  const end = w.i32(i32.add(weights.get, i32.const(line * groupsOf(columns, dot))));
  w.repeat(
    () => {
      dot.emit(w, { height, units, row: rowA, line, steps, weights, sums: (r, u) => sums[r]![u]! });
      w.put(steps.set(i32.add(steps.get, i32.const(4 * dot.turn))));
      w.put(weights.set(i32.add(weights.get, i32.const(line * dot.turn))));
    },
    () => i32.ne(weights.get, end.get),
  );

  // C[r, j] = start + sum[r, j] · (s[j] · s[r])
  sums.forEach((inRow, r) => {
    inRow.forEach((pair, u) => {
      const offRow = v128.loadSplat(rowScales, 4 * r + own);
      dot.finish(pair, offRow).forEach((sum, half) => {
        const at = 32 * u + 16 * half;
        const lanes = tile.lanes - at / 4;
        if (lanes <= 0) return;
        const scale = f32x4.mul(v128.load(scales.get, at), v128.loadSplat(rowScales, 4 * r));
        const product = f32x4.mul(f32x4.convert(sum), scale);
        const begun = start === "add" ? v128.load(c.get, r * rowC + at) : v128.load(bias.get, at);
        const result = start === "zero" ? product : f32x4.add(begun, product);
        if (lanes >= 4) w.put(v128.store(c.get, result, r * rowC + at));
        else {
          const value = w.let(result);
          for (let l = 0; l < lanes; l++) w.put(v128.storeLane(c.get, value, l, r * rowC + at + 4 * l));
        }
      });
    });
  });
}
