/**
 * What memory needs: two tasks whose answer lies far back, learned by an LSTM, by a plain RNN, and by LSTMs with one
 * thing made worse: a wrong forget bias, no clipping, no forget gate. Temporal order (Hochreiter and Schmidhuber, 1997,
 * §5.6, half as long) and four embedded Reber strings in a row (§5.1). Prints a table: who gets there, after how many
 * sequences, and how far the others come. Some minutes for each task with three seeds.
 *
 *     npm run build && node --import ./scripts/typescript.mjs examples/20-learning-studies.ts --task order --seeds 3
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  adam,
  type Cell,
  cell,
  createModel,
  crossEntropy,
  dense,
  lstm,
  recurrent,
  sequential,
  simpleRnn,
  train,
} from "cellstate";
import { embeddedReber, type Task, temporalOrder } from "cellstate/tasks";

/** An LSTM that can write and show, but not forget: the cell of 1997 in today's form. */
const withoutForgetting = cell(
  "LSTM, f = 1",
  `
  i = sigmoid(W_i @ x + R_i @ h[t-1] + b_i)   # input gate
  g = tanh(W_g @ x + R_g @ h[t-1] + b_g)      # candidate
  c = c[t-1] + i * g                          # cell state: all of it is kept
  o = sigmoid(W_o @ x + R_o @ h[t-1] + b_o)   # output gate
  h = o * tanh(c)                             # hidden state
`,
);

type Start = Readonly<Record<string, number | "uniform" | "orthogonal">>;

export interface Contestant {
  readonly name: string;
  readonly cell: Cell;
  /** Start values over the cell's own. */
  readonly start: Start;
  readonly learningRate: number;
  readonly clips: boolean;
}

export interface Study {
  readonly title: string;
  readonly task: Task;
  readonly units: number;
  readonly batch: number;
  /** Sequences, at most; the task is judged 25 times on the way. */
  readonly budget: number;
  /** Judged on so many sequences. */
  readonly judged: number;
  /** Solved once 99 % are right so many times in a row. */
  readonly times: number;
  readonly chance: number;
  readonly contestants: readonly Contestant[];
}

const SOLVED = 0.99;
const EVALUATIONS = 25;
const uniform: Start = { W: "uniform", R: "uniform" }; // ± 1/√units

/** The LSTM as it should be, and what happens to it if one thing is not. Biases are the forget gate's at the start. */
function contestants(
  biases: { readonly right: number; readonly wrong: readonly number[] },
  rates: { readonly lstm: number; readonly rnn: number },
): Contestant[] {
  const good = { cell: lstm, start: { b_f: biases.right }, learningRate: rates.lstm, clips: true };
  const rnn = { cell: simpleRnn, start: uniform, learningRate: rates.rnn, clips: true };
  return [
    { name: "LSTM", ...good },
    { name: "plain RNN", ...rnn },
    { name: "plain RNN, orthogonal start", ...rnn, start: { ...uniform, R: "orthogonal" } },
    ...biases.wrong.map((b_f) => ({ name: `LSTM, forget bias ${b_f}`, ...good, start: { b_f } })),
    { name: "LSTM, no clipping", ...good, clips: false },
    { name: "LSTM, no forget gate", ...good, cell: withoutForgetting, start: {} },
  ];
}

export const studies: Readonly<Record<"order" | "reber", Study>> = {
  order: {
    title: "Temporal order, 50 to 55 steps, 64 units",
    task: temporalOrder({ length: 50 }),
    ...{ units: 64, batch: 32, budget: 60_000, judged: 1000, times: 1, chance: 1 / 4 },
    contestants: contestants({ right: 3, wrong: [1, 0] }, { lstm: 5e-3, rnn: 1e-3 }),
  },
  reber: {
    title: "Four embedded Reber strings, 32 units",
    task: embeddedReber({ strings: 4 }),
    ...{ units: 32, batch: 16, budget: 20_000, judged: 500, times: 2, chance: 1 / 2 },
    contestants: contestants({ right: 1, wrong: [0, -2] }, { lstm: 1e-2, rnn: 5e-3 }),
  },
};

export interface Outcome {
  /** Sequences seen when it was solved; missing where it never was. */
  readonly solvedAt?: number;
  /** The best share of right answers on the way. */
  readonly best: number;
  /** The last one. */
  readonly last: number;
  readonly seconds: number;
}

/** One training: until the task is solved, or the budget of sequences is spent. */
export async function learn(study: Study, contestant: Contestant, seed: number): Promise<Outcome> {
  const { task, units, batch, budget, times } = study;
  const layer = { units, output: task.output, start: contestant.start };
  const model = await createModel(
    sequential(recurrent(contestant.cell, layer), dense({ units: task.outputs.length })),
    { seed, input: task.inputs.length, threads: 1 },
  );
  const judged = task.draw(study.judged);
  const steps = Math.floor(budget / batch);
  const solved = new AbortController();
  const scores: number[] = [];
  const begin = performance.now();
  const history = await train(model, task.training({ batch, steps: Math.ceil(steps / EVALUATIONS) }), {
    loss: crossEntropy(),
    optimizer: adam({ learningRate: contestant.learningRate }),
    ...(contestant.clips && { clipNorm: 1 }),
    steps,
    seed,
    signal: solved.signal,
    async onCheckpoint() {
      if (solved.signal.aborted) return;
      scores.push((await task.judge(model, judged)).score);
      if (scores.length >= times && scores.slice(-times).every((score) => score >= SOLVED)) solved.abort();
    },
  });
  model.close();
  return {
    ...(solved.signal.aborted && { solvedAt: history.steps * batch }),
    best: Math.max(...scores),
    last: scores.at(-1)!,
    seconds: (performance.now() - begin) / 1000,
  };
}

/** Some contestants from these seeds; `say` gets the table line by line. */
export async function compare(
  study: Study,
  seeds: readonly number[],
  say: (line: string) => void,
  some: readonly Contestant[] = study.contestants,
): Promise<Map<string, Outcome[]>> {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const line = (name: string, columns: readonly string[]): void =>
    say(name.padEnd(29) + columns.map((column) => column.padStart(24)).join(""));
  say(`${study.title}; guessing: ${percent(study.chance)}. Sequences until ${percent(SOLVED)} are right, or the best:`);
  line(
    "",
    seeds.map((seed) => `seed ${seed}`),
  );
  const outcomes = new Map<string, Outcome[]>();
  for (const contestant of some) {
    const own: Outcome[] = [];
    for (const seed of seeds) own.push(await learn(study, contestant, seed));
    outcomes.set(contestant.name, own);
    const said = own.map(({ solvedAt, best }) =>
      solvedAt === undefined ? `never (${percent(best)})` : `${solvedAt} (${percent(best)})`,
    );
    line(contestant.name, said);
  }
  return outcomes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { task: { type: "string", default: "order" }, seeds: { type: "string", default: "3" } },
  });
  const study = values.task === "reber" ? studies.reber : studies.order;
  await compare(
    study,
    Array.from({ length: Number(values.seeds) }, (_, seed) => seed),
    console.log,
  );
}
