/**
 * W3: training a character model with one LSTM layer. The limit counts what cannot be avoided: the recurrent products
 * and the softmax's, three times each; an input that is one of 65 symbols is looked up.
 */
import { lstm } from "cellstate";
import { interleave, type Setting, short, spreadOf, spreadText, table } from "./measure.ts";
import { EMBEDDING, openTrainee, VOCABULARY } from "./training.ts";

export const question = "W3: how fast does a character model train?";

const TARGET = 0.55; // of the limit, at H = 256

const necessary = (units: number): number => 24 * units * units + 6 * units * VOCABULARY;

export async function run({ machine, isQuick }: Setting): Promise<void> {
  const sizes = isQuick ? [128, 256] : [128, 256, 512];
  const trainees = await Promise.all(sizes.map((units) => openTrainee(lstm, { units })));
  const measured = await interleave(
    isQuick ? 3 : 7,
    sizes.map((units, k) => ({
      name: String(units),
      run: async () => {
        const peak = machine.flops();
        return { peak, rate: await trainees[k]!.rate(Math.ceil(2 ** 21 / (units * units))) };
      },
    })),
  );
  console.log(`limit = peak ÷ (24·H² + 6·H·${VOCABULARY}) FLOP a character; B = 32, T = 64, Adam, clipping`);
  console.log(
    `computed: that and, once an update, the products of ${VOCABULARY} embeddings of ${EMBEDDING}, which are looked up`,
  );
  const rows = sizes.map((units, k) => {
    const all = measured[String(units)]!;
    const { flops } = trainees[k]!;
    const ofLimit = spreadOf(all.map(({ rate, peak }) => (rate * necessary(units)) / peak));
    const ofPeak = spreadOf(all.map(({ rate, peak }) => (rate * flops) / peak));
    const rate = spreadOf(all.map((one) => one.rate));
    const target = units === 256 ? `≥ ${TARGET}: ${ofLimit.median >= TARGET ? "yes" : "no"}` : "";
    const limit = short(spreadOf(all.map(({ peak }) => peak / necessary(units))).median);
    return [String(units), spreadText(ofLimit), short(ofPeak.median), spreadText(rate), limit, target];
  });
  table(["H", "of the limit", "computed, of the peak", "characters/s", "limit", "target"], rows);
  for (const { close } of trainees) close();
}
