/** Every cell of the zoo, forward and backward, over ragged rows: wasm against the reference, and against itself. */
import { describe, expect, test } from "vitest";
import type { Schedule, Sizes } from "../../cell/operations.ts";
import { schedule } from "../../cell/schedule.ts";
import { zoo } from "../../cells/index.ts";
import { atOnce } from "../engine.ts";
import { layoutParameters } from "../layout.ts";
import { startsOf } from "../loop.ts";
import { openWasm } from "./engine.ts";
import { evenRows, fillParameters, randomNumbers, worstDifference } from "./testing.ts";

const SIZES = [
  { input: 7, units: 10, projection: 6, blocks: 5, heads: 2 },
  { input: 1, units: 24, projection: 9, blocks: 3, heads: 3 },
  { input: 16, units: 16, projection: 16, blocks: 1, heads: 1 },
];

/** Eight sequences; one has no step at all. */
const RAGGED = { batch: 8, steps: 6, active: Uint32Array.of(7, 7, 5, 5, 2, 1) };

const half = (_name: string, value: number): number => value / 2;

const cells = Object.entries(zoo).map(([name, cell]) => ({ name, schedule: schedule(cell) }));

/** The output's rows when all sequences run together, and when each is streamed on its own, step by step. */
function bothWays(one: Schedule, sizes: Sizes): { together: number[][]; streamed: number[][] } {
  const { batch, steps, active } = RAGGED;
  const { starts, total } = startsOf(RAGGED);
  const next = randomNumbers(11);
  const space = openWasm();
  const program = space.compile(one, sizes);
  const parameters = space.allocate(layoutParameters(one, sizes).length);
  fillParameters(space, parameters, { schedule: one, sizes }, () => next() / 2);
  const axis = one.buffers.find(({ name }) => name === one.output)!.axis;
  const inputs = Array.from({ length: total }, () => Array.from({ length: sizes["input"]! }, next));
  const bound = (sequences: number, rows: number) => {
    const run = program.bind({ batch: sequences, rows }, { backward: false });
    run.place("parameters", parameters);
    run.place("x", space.allocate(rows * 16));
    const at = (name: string, row: number) => {
      const { region, offset, stride } = run.where(name);
      return space.floats(region).subarray(offset + row * stride);
    };
    const put = (row: number, from: number): void => at("x", row).set(inputs[from]!);
    return { run, put, output: (row: number): number[] => [...at(one.output, row).slice(0, sizes[axis])] };
  };

  const whole = bound(batch, total);
  for (let row = 0; row < total; row++) whole.put(row, row);
  atOnce(whole.run.forward(RAGGED));
  const together = Array.from({ length: total }, (_, row) => whole.output(row));

  const streamed: number[][] = [];
  for (let b = 0; b < batch; b++) {
    const stream = bound(1, 1);
    for (let t = 0; t < steps && b < active[t]!; t++) {
      stream.put(0, starts[t]! + b);
      atOnce(stream.run.forward(evenRows(1, 1), { givenFirst: t > 0 }));
      streamed[starts[t]! + b] = stream.output(0);
      stream.run.carry(evenRows(1, 1));
    }
  }
  return { together, streamed };
}

describe.each(cells)("$name on wasm", (one) => {
  test.each(SIZES)("agrees with the reference to 1e-5, $units units", (sizes) => {
    const test = { schedule: one.schedule, sizes, seed: 3, shape: half };
    expect(worstDifference({ ...test, rows: RAGGED })).toBeLessThan(1e-5);
    expect(worstDifference({ ...test, rows: evenRows(5, 4), givenFirst: true })).toBeLessThan(1e-5);
    expect(worstDifference({ ...test, rows: evenRows(1, 3) })).toBeLessThan(1e-5);
  });

  test("streamed alone, step by step, gives the bits of the batch", () => {
    for (const sizes of SIZES) {
      const { together, streamed } = bothWays(one.schedule, sizes);
      expect(streamed).toEqual(together);
      expect(together.flat().some((value) => value !== 0)).toBe(true);
    }
  });
});
