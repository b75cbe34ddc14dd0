/**
 * What 8-bit matrices gain: one step of a stream, batch 1, one LSTM layer with as many inputs as units, float32 and
 * quantized in turn, and the size of their files.
 */
import { createModel, generator, lstm, type Model, quantize, recurrent, sequential } from "cellstate";
import { clock, interleave, type Setting, settle, short, spreadOf, spreadText, table } from "./measure.ts";

export const question = "int8: how much faster is a step of a quantized model?";

const CHUNK = 1e-3; // seconds of steps in one measurement

async function stepsOf(model: Model, units: number): Promise<() => number> {
  const stream = model.stream();
  const random = generator(1, "bench");
  const inputs = Array.from({ length: 16 }, () => Float32Array.from({ length: units }, () => random.normal()));
  let n = 0;
  for (let round = 0; round < 10; round++) {
    for (let k = 0; k < 300; k++) stream.step(inputs[n++ & 15]!);
    await settle();
  }
  const start = performance.now();
  for (let k = 0; k < 100; k++) stream.step(inputs[n++ & 15]!);
  const steps = Math.max(8, Math.ceil((CHUNK * 1000 * 100) / (performance.now() - start)));
  return () => {
    const begin = clock.now();
    for (let k = 0; k < steps; k++) stream.step(inputs[n++ & 15]!);
    return ((clock.now() - begin) / steps) * 1e6;
  };
}

export async function run({ isQuick }: Setting): Promise<void> {
  const rows: string[][] = [];
  for (const units of [64, 128, 256, 512]) {
    const model = await createModel(sequential(recurrent(lstm, { units })), { seed: 1, input: units });
    const small = await quantize(model);
    const [whole, integers] = [await stepsOf(model, units), await stepsOf(small, units)];
    const measured = await interleave(isQuick ? 15 : 75, [
      { name: "f32", run: whole },
      { name: "i8", run: integers },
    ]);
    const [f32, i8] = [spreadOf(measured.f32), spreadOf(measured.i8)];
    const target = units === 512 ? ">= 3 where the relaxed dot product is offered, else >= 1.5" : "";
    const [ratio, size] = [f32.median / i8.median, model.toBytes().length / small.toBytes().length];
    rows.push([String(units), `${short(ratio)} ×`, spreadText(f32), spreadText(i8), short(size), target]);
    for (const one of [model, small]) one.close();
  }
  table(["H", "faster", "float32, µs a step", "int8, µs a step", "smaller file", "target"], rows);
}
