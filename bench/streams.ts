/**
 * Many streams over one set of weights: a step of all that are due, as one batch, against one after another, and with
 * two threads against one. One LSTM layer with as many inputs as units.
 */
import { createModel, generator, lstm, recurrent, sequential } from "cellstate";
import { clock, interleave, type Setting, settle, short, spreadOf, spreadText, table } from "./measure.ts";

export const question = "Streams: how fast do many step together?";

const DUE = 1024;
const ALONE = 64; // steps one after another in a measurement
const LEAST = { ofTheProducts: 0.8, ofOneThread: 1.8 };

/** A whole forward pass's products, `predict` of as many rows: what a batch could reach. */
interface Opened {
  readonly together: () => Promise<number>;
  readonly alone: () => number;
  readonly whole: () => Promise<number>;
  readonly close: () => void;
}

async function open(units: number, threads: number): Promise<Opened> {
  const model = await createModel(sequential(recurrent(lstm, { units })), { seed: 1, input: units, threads });
  const random = generator(1, "bench");
  const x = Float32Array.from({ length: DUE * units }, () => random.normal());
  const due = Int32Array.from({ length: DUE }, (_, k) => (k * 7) % DUE); // in no order of memory
  const streams = model.streams(DUE);
  const stream = model.stream();
  const one = x.slice(0, units);
  const sequences = { values: x, shape: [DUE / 8, 8, units] };
  const now = threads > 1 ? () => performance.now() / 1000 : clock.now;
  const opened: Opened = {
    async together() {
      const start = now();
      await streams.step(due, x);
      return DUE / (now() - start);
    },
    alone() {
      const start = now();
      for (let k = 0; k < ALONE; k++) stream.step(one);
      return ALONE / (now() - start);
    },
    async whole() {
      const start = now();
      await model.predict(sequences);
      return DUE / (now() - start);
    },
    close: model.close,
  };
  for (let round = 0; round < 8; round++) {
    await opened.together();
    await opened.whole();
    for (let k = 0; k < 20; k++) opened.alone();
    await settle();
  }
  return opened;
}

export async function run({ machine, isQuick }: Setting): Promise<void> {
  const rows: string[][] = [];
  for (const units of [64, 128, 256, 512]) {
    const [one, two] = [await open(units, 1), await open(units, 2)];
    const flop = 16 * units * units;
    const { peak, together, alone, whole, wall, shared } = await interleave(isQuick ? 5 : 15, [
      { name: "peak", run: () => machine.flops() },
      { name: "together", run: one.together },
      { name: "alone", run: one.alone },
      { name: "whole", run: one.whole },
      { name: "wall", run: one.together },
      { name: "shared", run: two.together },
    ]);
    const each = (value: (k: number) => number) => spreadOf(peak.map((_, k) => value(k)));
    const ofPeak = each((k) => (together[k]! * flop) / peak[k]!);
    const ofWhole = each((k) => together[k]! / whole[k]!);
    const ofAlone = each((k) => together[k]! / alone[k]!);
    const gain = each((k) => shared[k]! / wall[k]!);
    rows.push([
      String(units),
      spreadText(ofWhole),
      short(ofPeak.median),
      spreadText(ofAlone),
      spreadText(gain),
      short(1e6 / spreadOf(together).median),
    ]);
    for (const { close } of [one, two]) close();
  }
  console.log(
    `${DUE} streams due; targets: ≥ ${LEAST.ofTheProducts} of predict, ≥ 1 × alone, two threads ≥ ${LEAST.ofOneThread} ×`,
  );
  table(["H", "of predict's rate", "of the peak", "× one by one", "two threads, × one", "µs a stream"], rows);
}
