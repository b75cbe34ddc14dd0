/**
 * W1: one step of a stream, batch 1, one LSTM layer with as many inputs as units. Small layers are bound by
 * arithmetic and by what a call costs, large ones by reading the weights.
 */
import { createModel, generator, lstm, recurrent, sequential } from "cellstate";
import { clock, interleave, type Setting, settle, short, spreadOf, spreadText, table } from "./measure.ts";

export const question = "W1: how long does one step of a stream take?";

const CHUNK = 1e-3; // seconds of steps in one measurement
const TARGET = 3; // times the limit, at H = 128

interface Size {
  readonly units: number;
  readonly step: () => void;
  readonly close: () => void;
  /** Steps that take about CHUNK. */
  readonly steps: number;
}

async function open(units: number): Promise<Size> {
  const model = await createModel(sequential(recurrent(lstm, { units })), { seed: 1, input: units });
  const stream = model.stream();
  const random = generator(1, "bench");
  const inputs = Array.from({ length: 16 }, () => Float32Array.from({ length: units }, () => random.normal()));
  let n = 0;
  const step = (): void => void stream.step(inputs[n++ & 15]!);
  for (let round = 0; round < 10; round++) {
    for (let k = 0; k < 500; k++) step();
    await settle();
  }
  const start = performance.now();
  for (let k = 0; k < 200; k++) step();
  const seconds = (performance.now() - start) / 1000 / 200;
  return { units, step, close: model.close, steps: Math.max(8, Math.ceil(CHUNK / seconds)) };
}

/** Both are lower bounds: the arithmetic, and reading every weight once. */
const flopsOf = (units: number): number => 16 * units * units;
const bytesOf = (units: number): number => 32 * units * units;

export async function run({ machine, isQuick }: Setting): Promise<void> {
  const sizes = await Promise.all([64, 128, 256, 512].map(open));
  const contestants = sizes.map(({ units, step, steps }) => ({
    name: String(units),
    run: () => {
      const start = clock.now();
      for (let n = 0; n < steps; n++) step();
      return ((clock.now() - start) / steps) * 1e6;
    },
  }));
  // the limit moves with the clock as the steps do, so it is measured in turn with them
  const steps: Record<string, number[]> = {};
  const limits: Record<string, number[]> = {};
  for (let part = 0; part < (isQuick ? 2 : 5); part++) {
    const flops = machine.flops();
    for (const { units } of sizes) {
      const seconds = Math.max(flopsOf(units) / flops, bytesOf(units) / machine.bandwidth(bytesOf(units)));
      (limits[units] ??= []).push(seconds * 1e6);
    }
    const measured = await interleave(15, contestants);
    for (const [name, values] of Object.entries(measured)) (steps[name] ??= []).push(...values);
  }
  console.log("limit = max(16·H² FLOP ÷ peak, 32·H² bytes ÷ bandwidth of reading so many bytes over and over)");
  const rows = sizes.map(({ units }) => {
    const own = spreadOf(steps[units]!);
    const limit = spreadOf(limits[units]!).median;
    const target = units === 128 ? (own.median / limit <= TARGET ? `≤ ${TARGET}: yes` : `≤ ${TARGET}: no`) : "";
    return [String(units), `${short(own.median / limit)} ×`, spreadText(own), short(limit), target];
  });
  table(["H", "of the limit", "µs a step", "limit, µs", "target"], rows);
  for (const { close } of sizes) close();
}
