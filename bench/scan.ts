/**
 * Cells without a product in the loop: every product is hoisted, and the loop over time is maps alone. Training of one
 * layer on series of values (nothing to look up), rates per FLOP of products against the LSTM's.
 */
import {
  type Cell,
  createModel,
  generator,
  indRnn,
  lstm,
  meanSquaredError,
  minGru,
  minLstm,
  recurrent,
  schedule,
  scheduleFigures,
  sequential,
} from "cellstate";
import { inputGradientOf } from "../packages/cellstate/src/cell/inputGradient.ts";
import { secondsOf } from "./doer.ts";
import { interleave, type Setting, short, spreadOf, spreadText, table } from "./measure.ts";
import { trainingOf } from "./training.ts";

export const question = "How fast do cells without a product in the loop train, per FLOP of the LSTM's?";

const UNITS = 256;
const BATCH = 32;
const STEPS = 64;

const cells: Readonly<Record<string, Cell>> = {
  LSTM: lstm,
  minGRU: minGru,
  minLSTM: minLstm,
  IndRNN: indRnn,
} as Record<string, Cell>;

/** Of a step of one sequence: all products, forward and backward; the input's adjoint is left out in training. */
function flopsOf(cell: Cell): number {
  const whole = schedule(cell);
  const { backward } = whole;
  const unread = inputGradientOf(whole);
  const trained = backward && { ...backward, after: backward.after.filter((op) => !unread.has(op)) };
  const figures = scheduleFigures({ ...whole, ...(trained && { backward: trained }) }, { units: UNITS, input: UNITS });
  return figures.productFlops.forward + figures.productFlops.backward;
}

async function open(cell: Cell) {
  const layer = recurrent(cell as Cell<string>, { units: UNITS });
  const model = await createModel(sequential(layer), { seed: 1, input: UNITS, threads: 1 });
  const random = generator(1, "bench");
  const shape = [BATCH, STEPS, UNITS];
  const values = () => Float32Array.from({ length: BATCH * STEPS * UNITS }, () => random.normal());
  const options = { batch: BATCH, learningRate: 1e-3, loss: meanSquaredError() };
  return trainingOf(model, { x: { values: values(), shape }, y: { values: values(), shape } }, options);
}

export async function run({ isQuick }: Setting): Promise<void> {
  const names = Object.keys(cells);
  const doers = await Promise.all(names.map((name) => open(cells[name]!)));
  const updates = isQuick ? 8 : 16;
  const times = await interleave(
    isQuick ? 3 : 7,
    names.map((name, k) => ({ name, run: async () => secondsOf(await doers[k]!.run(updates)) / updates })),
  );
  console.log(`H = ${UNITS}, ${UNITS} values a step, B = ${BATCH}, T = ${STEPS}, mean squared error, Adam, one thread`);
  const flops = names.map((name) => flopsOf(cells[name]!));
  const rows = names.map((name, k) => {
    const relative = times[name]!.map((time, round) => (flops[k]! / time) * (times["LSTM"]![round]! / flops[0]!));
    const rate = times[name]!.map((time) => (BATCH * STEPS) / time);
    return [name, spreadText(spreadOf(relative)), spreadText(spreadOf(rate)), `${short(flops[k]! / 1e6)}M`];
  });
  table(["cell", "rate per FLOP, LSTM = 1", "steps/s", "FLOP a step"], rows);
  for (const { close } of doers) close();
}
