/**
 * W3: training a character model with LSTM layers. The limit counts what cannot be avoided: the recurrent products
 * and the softmax's, three times each; an input that is one of 65 symbols could be looked up.
 */
import { lstm } from "cellstate";
import { secondsOf } from "./doer.ts";
import { makeGiven } from "./given.ts";
import { interleave, type Setting, short, spreadOf, spreadText, table } from "./measure.ts";
import { openOurs } from "./ours.ts";
import { CHARACTERS, leastFlops, limitFormula, limitOf, nameOf, type Task } from "./tasks.ts";
import { flopsPerCharacter } from "./training.ts";

export const question = "W3: how fast does a character model train?";

export const tasks: readonly (Task & { readonly layers: number })[] = [
  { kind: "characters", units: 128, layers: 1 },
  { kind: "characters", units: 256, layers: 1 },
  { kind: "characters", units: 512, layers: 1 },
  { kind: "characters", units: 256, layers: 2 },
];
export const TARGET = 0.75; // of the limit

const CHARACTERS_AN_UPDATE = CHARACTERS.batch * CHARACTERS.steps;

export async function run({ machine, isQuick }: Setting): Promise<void> {
  const chosen = isQuick ? tasks.slice(0, 2) : tasks;
  const doers = await Promise.all(chosen.map((task) => openOurs(task, makeGiven(task), 1)));
  const measured = await interleave(
    isQuick ? 3 : 7,
    chosen.map((task, k) => ({
      name: nameOf(task),
      run: async () => {
        const limit = CHARACTERS_AN_UPDATE / limitOf(task, machine);
        const updates = Math.ceil(2 ** 20 / (task.units * task.units * task.layers));
        return { limit, rate: (updates * CHARACTERS_AN_UPDATE) / secondsOf(await doers[k]!.run(updates)) };
      },
    })),
  );
  console.log(limitFormula.characters);
  console.log(
    `Adam; an embedding of ${CHARACTERS.embedding}, whose products are ${24 * CHARACTERS.embedding}·H FLOP a character if they are computed`,
  );
  const rows = chosen.map((task) => {
    const all = measured[nameOf(task)]!;
    const ofLimit = spreadOf(all.map(({ rate, limit }) => rate / limit));
    const rate = spreadOf(all.map((one) => one.rate));
    const limit = spreadOf(all.map((one) => one.limit)).median;
    const computed = flopsPerCharacter(lstm, task) + (task.layers - 1) * 48 * task.units * task.units;
    const ofPeak = short((ofLimit.median * computed * CHARACTERS_AN_UPDATE) / leastFlops(task));
    const reached = ofLimit.median >= TARGET ? "yes" : "no";
    return [nameOf(task), spreadText(ofLimit), ofPeak, spreadText(rate), short(limit), `≥ ${TARGET}: ${reached}`];
  });
  table(["H", "of the limit", "computed, of the peak", "characters/s", "limit", "target"], rows);
  for (const { close } of doers) close();
}
