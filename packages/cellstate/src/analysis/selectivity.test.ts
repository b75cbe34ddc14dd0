/** Units are found by what they do in the steps that are marked, and judged on steps that they were not picked on. */
import { describe, expect, test } from "vitest";
import { generator } from "../data/random.ts";
import { correlations } from "./cluster.ts";
import { orderUnits, unitOrders } from "./order.ts";
import { heldOutScore, largestDrop, selectivity } from "./selectivity.ts";
import type { Series } from "./series.ts";
import { similarSteps } from "./similar.ts";

/** `[B][T][units]` as a traced value. */
function seriesOf(rows: number[][][]): Series {
  const T = Math.max(...rows.map((row) => row.length));
  const units = rows[0]![0]!.length;
  const padded = rows.flatMap((row) => Array.from({ length: T }, (_, t) => row[t] ?? new Array<number>(units).fill(7)));
  return {
    values: Float32Array.from(padded.flat()),
    shape: [rows.length, T, units],
    lengths: rows.map((r) => r.length),
  };
}
const random = (seed: number) => {
  const from = generator(seed, "values");
  return () => from.uniform();
};

describe("selectivity", () => {
  test("counts every pair of a step inside and one outside, ties half", () => {
    const next = random(2);
    // few different values, so that there are ties
    const rows = [23, 9, 17].map((length) =>
      Array.from({ length }, () => Array.from({ length: 5 }, () => Math.round(next() * 4) / 4)),
    );
    const marks = rows.map((row) => row.map(() => [1, 0, 0, -1][Math.floor(next() * 4)]!));
    const values = seriesOf(rows);
    const mask = marks.flatMap((row) => [...row, ...new Array(23 - row.length).fill(1)]);
    const found = selectivity(values, mask);
    const cells = rows.flatMap((row, b) => row.map((step, t) => ({ step, mark: marks[b]![t]! })));
    const [on, off] = [cells.filter((c) => c.mark === 1), cells.filter((c) => c.mark === 0)];
    for (const { unit, auc, score, inside, outside } of found) {
      let wins = 0;
      for (const a of on) for (const b of off) wins += Math.sign(a.step[unit]! - b.step[unit]!) / 2 + 0.5;
      expect(auc).toBeCloseTo(wins / (on.length * off.length), 12);
      expect(score).toBeCloseTo(2 * auc - 1, 12);
      expect(inside).toBeCloseTo(on.reduce((sum, c) => sum + c.step[unit]!, 0) / on.length, 12);
      expect(outside).toBeCloseTo(off.reduce((sum, c) => sum + c.step[unit]!, 0) / off.length, 12);
    }
    expect(found.map(({ score }) => Math.abs(score))).toEqual(
      found.map(({ score }) => Math.abs(score)).sort((a, b) => b - a),
    );
  });

  test("is 1 for a unit that is on inside alone, −1 for its mirror, 0 for one that never moves", () => {
    const values = seriesOf([[0, 0, 1, 1, 0].map((v) => [0.2, v, 1 - v])]);
    const spans = [{ from: 2, to: 3 }];
    expect(selectivity(values, spans).map(({ unit, score }) => [unit, score])).toEqual([
      [1, 1],
      [2, -1],
      [0, 0],
    ]);
    expect([...orderUnits(values, "selectivity", { mask: spans })]).toEqual([1, 0, 2]);
  });

  test("refuses a mask that does not fit, or marks all or nothing", () => {
    const values = seriesOf([[[1], [2], [3]], [[4]]]);
    expect(() => selectivity(values, [1, 0])).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: selectivity: mask is [2]; expected [B×T=6].
        one number for each step of each row.]
    `);
    expect(() => selectivity(values, [{ row: 1, from: 0, to: 1 }])).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: selectivity: mask is row 1, steps 0 to 1; expected steps from 0 to 0.
        counts start at 0.]
    `);
    expect(() => selectivity(values, [])).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: selectivity: mask is 0 steps inside and 4 outside; expected at least one of each.
        there is nothing to compare; mark some of the steps, and leave some unmarked.]
    `);
    expect(() => selectivity(values, [1, 1, 1, 1, 0, 0])).toThrow("4 steps inside and 0 outside");
  });
});

describe("the largest drop", () => {
  // unit 0 drops most but is hardly ever on; unit 1 drops less than unit 2
  const values = seriesOf([
    [
      [0.99, 0.95, 1],
      [0, 0.96, 0.9],
      [0, 0.4, 0.1],
      [0.99, 0.94, 0.98],
      [0.1, 0.97, 0.99],
      ...Array.from({ length: 10 }, () => [0.2, 0.95, 0.95]),
    ],
  ]);
  const mask = [{ from: 2, to: 2 }];

  test("is that of the unit that falls most among those that are on by and large", () => {
    const found = largestDrop(values, mask);
    expect([found.unit, found.inside]).toEqual([2, expect.closeTo(0.1, 6)]);
    expect(found.drop).toBeCloseTo(found.outside - found.inside, 12);
    expect(largestDrop(values, mask, { above: 0.91 }).unit).toBe(1);
  });

  test("says what there is where no unit is on so much", () => {
    expect(() => largestDrop(values, mask, { above: 0.99 })).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: largestDrop: above is 0.99; expected less than some unit's mean.
        the largest mean of a unit is 0.915; ask for less.]
    `);
  });
});

describe("a score on held-out sequences", () => {
  /** Noise alone: the best of many units looks selective where it was picked. */
  const noise = (seed: number, steps: number, units: number): Series => {
    const next = random(seed);
    return seriesOf([Array.from({ length: steps }, () => Array.from({ length: units }, next))]);
  };
  const mask = (steps: number) => Array.from({ length: steps }, (_, t) => Number(t % 10 === 0));

  test("is near chance for noise, however good the unit looked where it was picked", () => {
    const { picked, heldOut, unit } = heldOutScore(
      { values: noise(1, 60, 128), mask: mask(60) },
      { values: noise(2, 4000, 128), mask: mask(4000) },
    );
    expect(picked.auc).toBeGreaterThan(0.8);
    // standard error of an area over 400 and 3,600 steps: 0.015
    expect(Math.abs(heldOut.auc - 0.5)).toBeLessThan(0.06);
    expect([picked.unit, heldOut.unit]).toEqual([unit, unit]);
  });

  test("stays for a unit that means it, by any of the three ways to pick", () => {
    const real = (seed: number, steps: number): Series => {
      const { values, shape } = noise(seed, steps, 20);
      const changed = Float32Array.from(values, (v) => 0.9 + 0.1 * v);
      for (let t = 0; t < steps; t += 10) {
        changed[t * 20 + 7] = 0.05; // off inside
        changed[t * 20 + 11] = 1.5; // on inside
      }
      return { values: changed, shape };
    };
    const both = [
      { values: real(3, 90), mask: mask(90) },
      { values: real(4, 300), mask: mask(300) },
    ] as const;
    expect(heldOutScore(...both, { by: "drop" })).toMatchObject({
      unit: 7,
      heldOut: { auc: 0, inside: expect.closeTo(0.05, 6) },
    });
    expect(heldOutScore(...both, { by: "off" })).toMatchObject({ unit: 7, heldOut: { score: -1 } });
    expect(heldOutScore(...both)).toMatchObject({ unit: 11, heldOut: { auc: 1 } });
    expect(() => heldOutScore(both[0], { ...both[1], values: noise(1, 300, 3) })).toThrow(
      "heldOut is 3; expected 20 units",
    );
  });
});

describe("similar steps", () => {
  const on = (...units: number[]) => [0, 1, 2, 3].map((u) => (units.includes(u) ? 0.8 : -0.8));
  const values = seriesOf([
    [on(0, 1), on(0, 1, 2), on(3), on(0, 1), on(0, 1)],
    [on(0, 1, 3), on(0, 1, 3), on(0), on(0)],
  ]);

  test("are those where the same units are on all along, and few others", () => {
    const { units, matches } = similarSteps(values, { from: 0, to: 1 });
    expect(units).toEqual([0, 1]);
    expect(matches).toEqual([
      { row: 0, from: 3, to: 4, shared: 2, score: 1 },
      { row: 1, from: 0, to: 1, shared: 2, score: 2 / 3 },
      { row: 1, from: 1, to: 2, shared: 1, score: 1 / 2 },
      { row: 1, from: 2, to: 3, shared: 1, score: 1 / 2 },
    ]);
    expect(similarSteps(values, { from: 0, to: 1 }, { most: 1 }).matches).toHaveLength(1);
  });

  test("refuse a selection that is not there, or in which nothing is on", () => {
    expect(() => similarSteps(values, { row: 1, from: 3, to: 4 })).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: similarSteps: selected is row 1, steps 3 to 4; expected steps from 0 to 3.
        counts start at 0.]
    `);
    expect(() => similarSteps(values, { from: 1, to: 2 })).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: similarSteps: threshold is 0.3; expected less than some unit's value.
        select fewer steps, or lower it.]
    `);
    expect(() => similarSteps(values, { from: 0.5, to: 1 })).toThrow(
      "selected is row 0, steps 0.5 to 1; expected steps from 0 to 4",
    );
    expect(() => similarSteps(values, { from: 0, to: 1 }, { most: -1 })).toThrow("most is -1; expected a whole number");
  });
});

describe("an order of units", () => {
  const units = 512;
  const steps = 300;
  /** Eight tunes; every unit follows one of them, with noise, some of them upside down. */
  function tunes(seed: number): { values: Series; tune: number[] } {
    const next = random(seed);
    const all = Array.from({ length: 8 }, () => Array.from({ length: steps }, () => next() - 0.5));
    const tune = Array.from({ length: units }, () => Math.floor(next() * 8));
    const rows = Array.from({ length: steps }, (_, t) => tune.map((k) => all[k]![t]! + 0.2 * (next() - 0.5)));
    return { values: seriesOf([rows]), tune };
  }

  test("by cluster puts units that move together next to each other, each unit once, always the same", () => {
    const { values, tune } = tunes(5);
    const order = orderUnits(values, "cluster");
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: units }, (_, u) => u));
    const changes = [...order].filter((u, k) => k > 0 && tune[u] !== tune[order[k - 1]!]).length;
    expect(changes).toBe(7);
    expect(orderUnits(values, "cluster")).toEqual(order);
  });

  test("by cluster leaves units that never move, and equal ones, somewhere", () => {
    const values = seriesOf([[0, 1, 0, 2].map((v) => [3, v, 3, v, -v, 3])]);
    const order = [...orderUnits(values, "cluster")];
    expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(Math.abs(order.indexOf(1) - order.indexOf(3))).toBe(1);
    expect([...orderUnits(seriesOf([[[4]]]), "cluster")]).toEqual([0]);
  });

  test("by cluster takes a unit that stays at 0.1, whose mean rounds, for one that never moves", () => {
    // added up ten times and divided by ten, 0.1 is not 0.1: what is left would be a movement of both
    const rows = Array.from({ length: 10 }, (_, t) => [0.1, (t * 7) % 5, 0.1, (t * 7) % 5]);
    const order = [...orderUnits({ values: rows.flat(), shape: [1, 10, 4] }, "cluster")];
    expect(correlations([0, 2].map((u) => Float64Array.from(rows, (row) => row[u]!)))).toEqual(new Float64Array(4));
    expect(Math.abs(order.indexOf(1) - order.indexOf(3))).toBe(1);
  });

  test("by cluster leaves units somewhere that are not a number, or infinite, at some step", () => {
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const values = seriesOf([[0, 1, odd, 2].map((v) => [v, 3, v, 1])]);
      expect([...orderUnits(values, "cluster")].sort()).toEqual([0, 1, 2, 3]);
    }
  });

  test("by mean, time scale and index is as it says, equal ones by number", () => {
    const values = seriesOf([
      [
        [1, 3, 2, 3],
        [1, 3, 2, 3],
      ],
    ]);
    expect([...orderUnits(values, "mean")]).toEqual([1, 3, 2, 0]);
    expect([...orderUnits(values, "time scale", { scales: [2, Number.POSITIVE_INFINITY, 2, 30] })]).toEqual([
      1, 3, 0, 2,
    ]);
    expect([...orderUnits(values, "index")]).toEqual([0, 1, 2, 3]);
  });

  test("says what it needs, and which orders there are", () => {
    const values = seriesOf([[[1, 2]]]);
    expect(() => orderUnits(values, "selectivity")).toThrow("mask is undefined; expected spans of steps");
    expect(() => orderUnits(values, "time scale", { scales: [1] })).toThrow(
      "scales is of length 1; expected a number for each of 2 units",
    );
    expect(() => orderUnits(values, "colour" as never)).toThrow(unitOrders.map((one) => `"${one}"`).join(", "));
  });
});
