/** Ticks: few on the way, all updates in the end. */
import type { Progress } from "cellstate";
import { describe, expect, test } from "vitest";
import { createMeter, type Tick } from "./meter.ts";

const update = (step: number, loss: number) => ({ step, steps: 900, loss, rows: 5 }) as Progress;

describe("a meter", () => {
  test("tells of the last updates of a training that is stopped, with their mean loss, once", () => {
    const ticks: Tick[] = [];
    const meter = createMeter((tick) => ticks.push(tick));
    for (const [step, loss] of [
      [1, 4],
      [2, 3],
      [3, 2],
      [4, 1.5],
      [5, 1],
    ] as const)
      meter.take(update(step, loss));
    meter.end();
    meter.end();
    expect(ticks.at(-1)!.step).toBe(5);
    expect(ticks.flatMap((tick) => tick.points)).toEqual([
      [3, 3],
      [5, 1.25],
    ]);
    expect(ticks.filter((tick) => tick.step === 5)).toHaveLength(1);
  });

  test("has nothing to add where nothing was done", () => {
    const ticks: Tick[] = [];
    createMeter((tick) => ticks.push(tick)).end();
    expect(ticks).toEqual([]);
  });
});
