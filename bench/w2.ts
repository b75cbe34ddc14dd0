/** W2: all outputs of one LSTM layer for 32 whole sequences of 100 steps, through `model.predict`. */
import { secondsOf } from "./doer.ts";
import { makeGiven } from "./given.ts";
import { interleave, type Setting, short, spreadOf, spreadText, table } from "./measure.ts";
import { openOurs } from "./ours.ts";
import { limitFormula, limitOf, type Task } from "./tasks.ts";

export const question = "W2: how long does a forward pass over whole sequences take?";

export const sizes = [128, 256, 512];
export const TARGET = 1.25; // times the limit

export async function run({ machine, isQuick }: Setting): Promise<void> {
  const tasks = sizes.map((units): Task => ({ kind: "forward", units }));
  const doers = await Promise.all(tasks.map((task) => openOurs(task, makeGiven(task), 1)));
  const measured = await interleave(
    isQuick ? 3 : 9,
    tasks.map((task, k) => ({
      name: String(task.units),
      run: async () => {
        const limit = limitOf(task, machine) * 1e3;
        return { limit, time: secondsOf(await doers[k]!.run(1)) * 1e3 };
      },
    })),
  );
  console.log(limitFormula.forward);
  const rows = sizes.map((units) => {
    const all = measured[String(units)]!;
    const ratio = spreadOf(all.map(({ time, limit }) => time / limit));
    const time = spreadOf(all.map((one) => one.time));
    const limit = short(spreadOf(all.map((one) => one.limit)).median);
    const reached = ratio.median <= TARGET ? "yes" : "no";
    return [String(units), spreadText(ratio), spreadText(time), limit, `≤ ${TARGET}: ${reached}`];
  });
  table(["H", "of the limit", "ms", "limit, ms", "target"], rows);
  for (const { close } of doers) close();
}
