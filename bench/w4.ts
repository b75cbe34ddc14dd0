/**
 * W4: training a small forecaster: a series of single values, H = 32, one value after 24 steps, mean squared error.
 * So little arithmetic that everything else shows: maps, calls, the optimizer.
 */
import { secondsOf } from "./doer.ts";
import { makeGiven } from "./given.ts";
import { interleave, type Setting, short, spreadOf, spreadText, table } from "./measure.ts";
import { openOurs } from "./ours.ts";
import { limitFormula, limitOf, type Task } from "./tasks.ts";

export const question = "W4: how many updates a second does a small forecaster make?";

export const task: Task = { kind: "forecast", units: 32 };
export const TARGET = 900; // updates a second, on a core whose limit is REFERENCE
export const REFERENCE = 1600;

export async function run({ machine, isQuick }: Setting): Promise<void> {
  const doer = await openOurs(task, makeGiven(task), 1);
  const updates = isQuick ? 60 : 200;
  const { forecast } = await interleave(isQuick ? 5 : 11, [
    {
      name: "forecast",
      run: async () => {
        const limit = 1 / limitOf(task, machine);
        return { limit, rate: updates / secondsOf(await doer.run(updates)) };
      },
    },
  ]);
  console.log(limitFormula.forecast);
  const ofLimit = spreadOf(forecast.map(({ rate, limit }) => rate / limit));
  const rate = spreadOf(forecast.map((one) => one.rate));
  const limit = spreadOf(forecast.map((one) => one.limit)).median;
  const least = TARGET / REFERENCE;
  const reached = `≥ ${short(least)}, that is ${TARGET} of ${REFERENCE}: ${ofLimit.median >= least ? "yes" : "no"}`;
  table(
    ["H", "of the limit", "updates/s", "limit", "target"],
    [["32", spreadText(ofLimit), spreadText(rate), short(limit), reached]],
  );
  doer.close();
}
