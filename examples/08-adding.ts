/**
 * The adding problem: of T pairs (value, marker) two are marked, and their values are to be added at the end.
 * Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997, §5.4, with one marker in each half. Who cannot carry
 * a value over T/2 steps answers 1 at best, mean squared error 1/6. Trains an LSTM and a simple RNN of the same size
 * and prints how far each comes, and what is left of the loss' gradient so many steps before the end.
 *
 *     npm run build && node --import ./scripts/typescript.mjs examples/08-adding.ts --seeds 1 --budget 100000
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  adam,
  batches,
  type Cell,
  createModel,
  dense,
  evaluate,
  lstm,
  meanSquaredError,
  recurrent,
  sequential,
  simpleRnn,
  train,
} from "cellstate";
import { gradientByDistance } from "cellstate/analysis";
import { adding } from "cellstate/tasks";

export const STEPS = 100; // T
const UNITS = 64;
const BATCH = 32;
const EVERY = 125; // updates between evaluations: 4,000 sequences
export const TARGET = 0.005; // mean squared error at which it counts as solved

const task = adding({ length: STEPS });

/** The same 1,000 problems judge every run. */
const judged = task.draw(1000);

/** What always answering the mean would have: the variance of a sum of two uniform numbers, 2/12. */
export function constantError(): number {
  const sums = judged.targets.values as Float32Array;
  return sums.reduce((total, sum) => total + (sum - 1) * (sum - 1), 0) / sums.length;
}

export interface Outcome {
  /** Mean squared error over the judged problems, of the weights that the run ends with. */
  readonly error: number;
  /** Sequences seen until then. */
  readonly sequences: number;
  readonly seconds: number;
  /** The mean norm of ∂loss/∂x_t over the judged problems, by distance from the end, `[T]`. */
  readonly gradients: readonly number[];
}

/** One training: until it is solved, or the budget of sequences is spent. */
export async function solve(
  cell: Cell,
  options: { readonly learningRate: number; readonly seed: number; readonly budget: number },
): Promise<Outcome> {
  const { learningRate, seed, budget } = options;
  const model = await createModel(sequential(recurrent(cell, { units: UNITS, output: "last" }), dense({ units: 1 })), {
    seed,
    input: 2,
  });
  const start = performance.now();
  const solved = new AbortController();
  const validation = batches(judged.x, judged.targets, { batch: 250, shuffle: false });
  const loss = meanSquaredError();
  const history = await train(model, task.training({ batch: BATCH, steps: EVERY }), {
    loss,
    optimizer: adam({ learningRate }),
    clipNorm: 1,
    steps: Math.floor(budget / BATCH),
    seed,
    validation,
    signal: solved.signal,
    onProgress: ({ record }) => {
      if (record?.validationLoss !== undefined && record.validationLoss < TARGET) solved.abort();
    },
  });
  const seconds = (performance.now() - start) / 1000;
  const { loss: error } = await evaluate(model, validation, { loss });
  const { means } = await gradientByDistance(model, judged.x, judged.targets, loss);
  model.close();
  return { error, sequences: history.steps * BATCH, seconds, gradients: Array.from(means) };
}

/** The two runs that are set against one another. */
export const contestants = [
  { name: "LSTM", cell: lstm, learningRate: 1e-2 },
  { name: "SimpleRNN", cell: simpleRnn, learningRate: 1e-3 },
] as const;

/** All contestants from these seeds; `say` gets the table line by line. */
export async function compare(
  seeds: readonly number[],
  budget: number,
  say: (line: string) => void,
): Promise<Record<string, Outcome[]>> {
  const outcomes: Record<string, Outcome[]> = {};
  const table = (name: unknown, ...columns: unknown[]) =>
    say(String(name).padEnd(11) + columns.map((c) => String(c).padStart(10)).join(""));
  say(`Adding problem, T = ${STEPS}, ${UNITS} units; always answering the mean: ${constantError().toFixed(4)}`);
  table("", "seed", "error", "sequences", "seconds");
  for (const { name, cell, learningRate } of contestants) {
    outcomes[name] = [];
    for (const seed of seeds) {
      const outcome = await solve(cell, { learningRate, seed, budget });
      outcomes[name].push(outcome);
      table(name, seed, outcome.error.toFixed(5), outcome.sequences, outcome.seconds.toFixed(1));
    }
  }
  say("\n‖∂loss/∂x‖ after training, by steps before the end (median over the seeds)");
  const names = Object.keys(outcomes);
  table("steps", ...names);
  for (const distance of [0, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99]) {
    const median = (name: string) => {
      const sorted = outcomes[name]!.map((o) => o.gradients[distance]!).sort((a, b) => a - b);
      return sorted[Math.floor(sorted.length / 2)]!;
    };
    table(distance, ...names.map((name) => median(name).toExponential(1)));
  }
  return outcomes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { seeds: { type: "string", default: "3" }, budget: { type: "string", default: "100000" } },
  });
  const seeds = Array.from({ length: Number(values.seeds) }, (_, seed) => seed);
  await compare(seeds, Number(values.budget), console.log);
}
