/** Fast arithmetic: right to float32's accuracy, one set of bits in a process, and chosen without a version. */
import { describe, expect, test } from "vitest";
import { schedule } from "../../cell/schedule.ts";
import { zoo } from "../../cells/index.ts";
import { STRICT } from "./arithmetic.ts";
import { i32, type Local, v128 } from "./assembler.ts";
import { openWasm } from "./engine.ts";
import { fastArithmetic, offeredArithmetic } from "./fast.ts";
import { detectFeatures } from "./features.ts";
import { functions } from "./functions.ts";
import { evenRows, instantiate, runOn, worstDifference } from "./testing.ts";

const RAGGED = { batch: 8, steps: 6, active: Uint32Array.of(7, 7, 5, 5, 2, 1) };
const SIZES = { input: 7, units: 40, heads: 2 };
const half = (_name: string, value: number): number => value / 2;

test("is chosen once, among what this runtime offers", () => {
  expect(fastArithmetic()).toBe(fastArithmetic());
  expect(offeredArithmetic()).toContainEqual(fastArithmetic());
  expect(offeredArithmetic()).toContainEqual(STRICT);
});

describe.each(offeredArithmetic().map((arithmetic) => [JSON.stringify(arithmetic), arithmetic] as const))(
  "%s",
  (_, arithmetic) => {
    const open = () => openWasm({ arithmetic });

    test.each(["lstm", "layerNormLstm", "slstm", "minGru"] as const)("%s agrees with the reference to 1e-5", (name) => {
      const one = schedule(zoo[name]);
      for (const rows of [RAGGED, evenRows(5, 3), evenRows(1, 4)]) {
        const difference = worstDifference({ schedule: one, sizes: SIZES, rows, seed: 3, shape: half }, false, open);
        expect(difference).toBeLessThan(1e-5);
      }
    });

    test("a sequence's bits do not depend on the sequences beside it", () => {
      const test = { schedule: schedule(zoo.lstm), sizes: SIZES, seed: 5, shape: half };
      const bits = (batch: number) =>
        runOn(open(), { ...test, rows: evenRows(batch, 1) })
          .results.get("h")!
          .slice(batch);
      // every row is given the same numbers as the rows of smaller batches, whose parameters are filled first
      expect(bits(1)[0]).toEqual(bits(7)[0]);
    });
  },
);

test("fused tanh stays within ±1, and keeps its sign and NaN", (context) => {
  context.skip(detectFeatures().relaxedMadd.state !== "works", "this runtime has no fused operations");
  const { kernels, memory } = instantiate((module) => {
    const index = module.define(1, (w) => {
      const at = (w.parameters[0] as Local).get;
      w.repeat(
        () => w.put(v128.store(at, functions.tanh(w, w.let(v128.load(at))))),
        () => i32.const(0),
      );
    });
    module.export("tanh", index);
  }, true);
  const region = memory.allocate(4);
  const tanh = (x: readonly number[]): number[] => {
    memory.floats(region).set(x);
    kernels["tanh"]!(region.address * 4);
    return [...memory.floats(region)];
  };
  for (let x = 7; x < 9; x += 1 / 512) {
    for (const [k, y] of tanh([x, -x, x + 1 / 1024, 100 * x]).entries()) {
      expect(Math.abs(y)).toBeLessThanOrEqual(1);
      expect(Math.sign(y)).toBe(k === 1 ? -1 : 1);
    }
  }
  expect(tanh([Number.NaN, 0, 0, 0])[0]).toBeNaN();
});
