/** Time scales follow from what is kept; a summary counts what there is and no padding. */
import { expect, test } from "vitest";
import { cell } from "../cell/cell.ts";
import { gru } from "../cells/index.ts";
import { memoryLedger } from "./ledger.ts";
import { B, cells, firstStates, LENGTHS, modelOf, T, UNITS, uniform, x } from "./testing.ts";
import { summarize, timeScales } from "./timeScales.ts";

test("a cell that keeps 0.9 at every step has a time scale of 1 / −ln 0.9 steps, one that keeps all none, one that keeps nothing 0", async () => {
  const scaleOf = async (a: string) => {
    const model = await modelOf(cell("Leaky", `h = ${a} * h[t-1] + tanh(W_h @ x)`));
    const { means, scales } = await timeScales(model, x);
    model.close();
    expect(scales).toHaveLength(UNITS);
    return [means[3], scales[3]!] as const;
  };
  expect(await scaleOf("0.9")).toEqual([expect.closeTo(0.9, 12), expect.closeTo(-1 / Math.log(0.9), 12)]);
  expect(await scaleOf("1")).toEqual([1, Number.POSITIVE_INFINITY]);
  expect(await scaleOf("0")).toEqual([0, 0]);
  // what is lost in numbers is not kept for ever
  expect(await scaleOf("log(-1)")).toEqual([Number.NaN, Number.NaN]);
});

test("the mean is over all steps of all rows, of any state and direction", async () => {
  for (const [name, layer, state] of [
    ["gru", "recurrent.0", "h"],
    ["slstm", "recurrent.1", "n"],
    ["typed", "recurrent.1", "m"],
  ] as const) {
    const model = await modelOf(name === "gru" ? gru : cells[name]!, { layers: 2, direction: "both" });
    const trace = await model.trace(x, { from: firstStates(model) });
    const found = await timeScales(model, trace, { layer, direction: "backward", state });
    const units = found.means.length;
    const sums = new Array(units).fill(0);
    for (let row = 0; row < B; row++) {
      const { keeps } = await memoryLedger(model, trace, { layer, direction: "backward", state, row });
      keeps.forEach((v, k) => {
        sums[k % units] += v / (LENGTHS[0]! + LENGTHS[1]! + LENGTHS[2]!);
      });
    }
    sums.forEach((mean, u) => {
      expect(found.means[u]).toBeCloseTo(mean, 12);
      expect(found.scales[u]).toBeCloseTo(-1 / Math.log(mean), 9);
    });
    model.close();
  }
});

test("a summary leaves padding out and counts what is below and above its bounds", () => {
  const values = [0.05, 5, 0.95, -3, 0.5, 1, 99, 99, 0.1, 0.9, 99, 99];
  const summary = summarize({ values, shape: [2, 3, 2], lengths: [3, 1] });
  // row 0 has three steps, row 1 its first alone: 99, 99
  expect(summary.steps).toBe(4);
  const first = summary.units[0]!;
  expect(first).toEqual({ min: 0.05, max: 99, mean: (0.05 + 0.95 + 0.5 + 99) / 4, low: 1 / 4, high: 2 / 4 });
  expect(summary.units[1]).toMatchObject({ min: -3, max: 99, low: 1 / 4, high: 3 / 4 });
  expect(summary.all).toMatchObject({ min: -3, max: 99, low: 1 / 4, high: 5 / 8 });
  expect(summarize({ values, shape: [2, 3, 2] }, { below: 1, above: 98 }).units[0]).toMatchObject({
    low: 4 / 6,
    high: 2 / 6,
  });
});

test("a summary of a traced value is that of its valid steps", async () => {
  const model = await modelOf(gru);
  const { values } = (await model.trace(x)).get("z");
  const { all, steps } = summarize((await model.trace(x)).get("z"));
  const valid = LENGTHS.flatMap((length, b) => [...values.subarray(b * T * UNITS, (b * T + length) * UNITS)]);
  expect(steps * UNITS).toBe(valid.length);
  expect([all.min, all.max]).toEqual([Math.min(...valid), Math.max(...valid)]);
  expect(all.mean).toBeCloseTo(valid.reduce((a, b) => a + b) / valid.length, 12);
  expect(() => summarize({ values: uniform(1, 5), shape: [1, 2, 3] })).toThrow("values is [5]; expected [B×T×units=6]");
  model.close();
});
