/**
 * W1: one step of a stream, batch 1, one LSTM layer with as many inputs as units. Small layers are bound by
 * arithmetic and by what a call costs, large ones by reading the weights.
 */
import { secondsOf } from "./doer.ts";
import { makeGiven } from "./given.ts";
import { interleave, type Setting, settle, short, spreadOf, spreadText, table } from "./measure.ts";
import { openOurs } from "./ours.ts";
import { limitFormula, limitOf, type Task } from "./tasks.ts";

export const question = "W1: how long does one step of a stream take?";

export const sizes = [64, 128, 256, 512];
/** Times the limit. */
export const target = (units: number): number => (units < 128 ? 2 : 1.5);

const CHUNK = 1e-3; // seconds of steps in one measurement

const taskOf = (units: number): Task => ({ kind: "step", units });

async function open(units: number) {
  const doer = await openOurs(taskOf(units), makeGiven(taskOf(units)), 1);
  for (let round = 0; round < 10; round++) {
    await doer.run(500);
    await settle();
  }
  const seconds = (await doer.run(200)).wall / 200;
  return { units, doer, steps: Math.max(8, Math.ceil(CHUNK / seconds)) };
}

export async function run({ machine, isQuick }: Setting): Promise<void> {
  const opened = await Promise.all(sizes.map(open));
  const contestants = opened.map(({ units, doer, steps }) => ({
    name: String(units),
    run: async () => (secondsOf(await doer.run(steps)) / steps) * 1e6,
  }));
  // the limit moves with the clock as the steps do, so it is measured in turn with them
  const times: Record<string, number[]> = {};
  const limits: Record<string, number[]> = {};
  for (let part = 0; part < (isQuick ? 2 : 5); part++) {
    for (const units of sizes) (limits[units] ??= []).push(limitOf(taskOf(units), machine) * 1e6);
    const measured = await interleave(15, contestants);
    for (const [name, values] of Object.entries(measured)) (times[name] ??= []).push(...values);
  }
  console.log(limitFormula.step);
  const rows = sizes.map((units) => {
    const own = spreadOf(times[units]!);
    const limit = spreadOf(limits[units]!).median;
    const reached = own.median / limit <= target(units) ? "yes" : "no";
    return [
      String(units),
      `${short(own.median / limit)} ×`,
      spreadText(own),
      short(limit),
      `≤ ${target(units)}: ${reached}`,
    ];
  });
  table(["H", "of the limit", "µs a step", "limit, µs", "target"], rows);
  for (const { doer } of opened) doer.close();
}
