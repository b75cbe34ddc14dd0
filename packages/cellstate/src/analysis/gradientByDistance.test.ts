/** Each row counts by its own loss, from its own end, as central differences in float64 have it. */
import { describe, expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import type { Sequences } from "../model/sequences.ts";
import { crossEntropy, meanSquaredError } from "../train/losses.ts";
import { gradientByDistance } from "./gradientByDistance.ts";
import { B, cells, firstStates, I, LENGTHS, logProbability, modelOf, slope, T, uniform, x } from "./testing.ts";
import { twinOf } from "./twin.ts";

describe("the gradient by distance", () => {
  const targets = { values: Uint32Array.from({ length: B * T }, (_, k) => (k * 3) % 4), shape: [B, T] };
  /** The row's last step alone. */
  const last = Float32Array.from({ length: B * T }, (_, k) => Number(k % T === LENGTHS[Math.floor(k / T)]! - 1));
  const rowOf = (row: number): Sequences => ({
    values: x.values.slice(row * T * I, (row * T + LENGTHS[row]!) * I),
    shape: [1, LENGTHS[row]!, I],
  });

  test("is the mean over rows of each row's own gradient, counted from its own end", async () => {
    const model = await modelOf(cells["lstm"]!, { layers: 2 });
    const judge = await twinOf(model, { engine: "reference" }, "test");
    const found = await gradientByDistance(model, x, targets, crossEntropy(), { weights: last });
    expect([...found.rows]).toEqual([3, 3, 2, 2, 2, 1, 1]);
    const sums = new Array(T).fill(0);
    for (const row of [0, 1, 2]) {
      const [own, length] = [rowOf(row), LENGTHS[row]!];
      const at = { row: 0, step: length - 1, target: targets.values[row * T + length - 1]! };
      for (let t = 0; t < length; t++) {
        const parts: number[] = [];
        for (let u = 0; u < I; u++) {
          parts.push(
            await slope((by) => {
              const values = Float64Array.from(own.values);
              values[t * I + u]! += by;
              return logProbability(judge, crossEntropy(), { ...own, values }, at);
            }),
          );
        }
        const norm = Math.hypot(...parts);
        expect(Math.abs(found.norms[row * T + t]! - norm)).toBeLessThan(1e-5);
        sums[length - 1 - t] += norm;
      }
    }
    sums.forEach((sum, d) => expect(Math.abs(found.means[d]! - sum / found.rows[d]!)).toBeLessThan(1e-5));
    expect(found.norms.subarray(5, T).every((n) => n === 0)).toBe(true);
    judge.close();
    model.close();
  });

  test.each<[string, object, (row: number) => object]>([
    ["every step", {}, () => ({})],
    ["a weight for every sequence", { weights: Float32Array.of(0.5, 3, 1.25) }, () => ({})],
    [
      "a weight for every step",
      { weights: Float32Array.from({ length: B * T }, (_, k) => (k % 5) / 4) },
      (row) => ({ weights: Float32Array.from({ length: LENGTHS[row]! }, (_, t) => ((row * T + t) % 5) / 4) }),
    ],
  ])("of a row among others is that of the row alone: %s counts", async (_, options, ofRow) => {
    const model = await modelOf(cells["peepholeLstm"]!, { direction: "both" });
    const all = await gradientByDistance(model, x, targets, crossEntropy(), options);
    for (const row of [0, 1, 2]) {
      const length = LENGTHS[row]!;
      const own = { values: targets.values.slice(row * T, row * T + length), shape: [1, length] };
      const alone = await gradientByDistance(model, rowOf(row), own, crossEntropy(), ofRow(row));
      expect(alone.norms.some((n) => n > 0)).toBe(true);
      alone.norms.forEach((norm, t) => expect(Math.abs(all.norms[row * T + t]! - norm)).toBeLessThan(1e-6));
    }
    model.close();
  });

  test("of a model with one output a sequence, of values, from given states", async () => {
    const model = await modelOf(cells["slstm"]!, { output: "last" });
    const from = firstStates(model);
    const aims = { values: uniform(7, B * 4), shape: [B, 4] };
    const all = await gradientByDistance(model, x, aims, meanSquaredError(), { from });
    const alone = await gradientByDistance(
      model,
      rowOf(1),
      { values: aims.values.slice(4, 8), shape: [1, 4] },
      meanSquaredError(),
      {
        from: Object.fromEntries(
          Object.entries(from).map(([key, v]) => [key, v.slice(v.length / B, (2 * v.length) / B)]),
        ),
      },
    );
    const size = Math.max(...alone.norms);
    alone.norms.forEach((norm, t) => expect(Math.abs(all.norms[T + t]! - norm) / size).toBeLessThan(1e-5));
    model.close();
  });

  test("falls by what is kept, where nothing but that leads back", async () => {
    // h = 0.5 h[t-1] + W x: ‖∂ℓ/∂x‖ halves with every step
    const model = await modelOf(cell("Half", "h = 0.5 * h[t-1] + W_h @ x"));
    const { means } = await gradientByDistance(
      model,
      rowOf(1),
      { values: [1, 1, 1, 1, 1, 1, 2], shape: [1, T] },
      crossEntropy(),
      {
        weights: Float32Array.of(0, 0, 0, 0, 0, 0, 1),
      },
    );
    for (let d = 1; d < T; d++) expect(means[d]! / means[d - 1]!).toBeCloseTo(0.5, 5);
    model.close();
  });
});
