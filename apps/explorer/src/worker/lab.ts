/**
 * One cell trained on one task, with what it tells on the way. Tasks are the library's, and the characters of a text,
 * which go through the same job as in the view Train.
 */
import {
  adam,
  cell,
  createModel,
  crossEntropy,
  type Dataset,
  dense,
  languageSettings,
  meanSquaredError,
  recurrent,
  sequential,
  TrainingError,
  train,
} from "cellstate";
import { adding, copy, embeddedReber, type Task, temporalOrder } from "cellstate/tasks";
import { createMeter, type Tick } from "./meter.ts";
import type { Context } from "./protocol.ts";
import { corpusFrom, type Source } from "./texts.ts";
import { type Trained, type TrainingReport, trainingCalls } from "./training.ts";

/** Settings at which a plain LSTM learns a task. */
export interface Recipe {
  readonly units: number;
  readonly learningRate: number;
  /** Sequences, or characters of a text. */
  readonly budget: number;
}

/** A sequence, step by step, and its answer. */
export interface TaskExample {
  readonly steps: readonly string[];
  readonly answer: string;
}

/** A task as it can be chosen. */
export interface TaskCard {
  readonly key: string;
  readonly title: string;
  readonly asks: string;
  /** Of a text nothing. */
  readonly example?: TaskExample;
  /** What is counted on the way: "sequences", "characters". */
  readonly counts: string;
  readonly score: "accuracy" | "squared error" | "nats a character";
  /** The score of whoever knows nothing of what came long before; of a text, counting pairs, known when it starts. */
  readonly chance?: number;
  readonly recipe: Recipe;
}

interface Choice {
  readonly title: string;
  readonly asks: string;
  readonly make: () => Task;
  /** Like it, with sequences short enough to be shown. */
  readonly makeShort?: () => Task;
  readonly recipe: Recipe;
  readonly batch: number;
}

const choices: Readonly<Record<string, Choice>> = {
  adding: {
    title: "Adding, 100 steps",
    asks: "Two of a hundred numbers are marked: what is their sum?",
    make: () => adding(),
    makeShort: () => adding({ length: 20 }),
    recipe: { units: 64, learningRate: 0.01, budget: 60_000 },
    batch: 32,
  },
  order: {
    title: "Temporal order, 50 steps",
    asks:
      "In which order did the two that count, X and Y, come among the others? An LSTM that begins with b_f ~ 3 learns it " +
      "within 30 000 sequences; with b_f ~ 1 it may take more than twice as many.",
    make: () => temporalOrder(),
    recipe: { units: 64, learningRate: 0.005, budget: 60_000 },
    batch: 32,
  },
  reber: {
    title: "Embedded Reber grammar",
    asks: "Which symbol closes the string, the T or P that opened it? A simple network learns this too.",
    make: () => embeddedReber(),
    recipe: { units: 16, learningRate: 0.01, budget: 16_000 },
    batch: 16,
  },
  reber4: {
    title: "Embedded Reber grammar, four in a row",
    asks: "The same over four strings: longer than a simple network remembers.",
    make: () => embeddedReber({ strings: 4 }),
    recipe: { units: 32, learningRate: 0.01, budget: 20_000 },
    batch: 16,
  },
  copy: {
    title: "Copy",
    asks: "Five symbols, then blanks: what were they, in order?",
    make: () => copy({ length: 5, blanks: 10 }),
    recipe: { units: 64, learningRate: 0.005, budget: 60_000 },
    batch: 32,
  },
};

const TEXT: TaskCard = {
  key: "text",
  title: "Characters of a text",
  asks: "Which character follows?",
  counts: "characters",
  score: "nats a character",
  recipe: { units: 64, learningRate: 0.008, budget: 400_000 },
};

/** One cell's training as it is asked for. */
export interface CellTraining extends Recipe {
  readonly cell: { readonly name: string; readonly text: string };
  /** Of the axes that the cell's equations name. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly task: string;
  readonly seed: number;
  /** For the task "text". */
  readonly source?: Source;
}

export type CellReport =
  | { readonly kind: "start"; readonly parameterCount: number; readonly chance: number }
  /** `points` are over what was seen, not over updates. */
  | { readonly kind: "tick"; readonly tick: Tick; readonly seen: number }
  | { readonly kind: "score"; readonly seen: number; readonly score: number };

const JUDGEMENTS = 30;
const JUDGED = 200; // sequences

export const labCalls = {
  tasks: (): TaskCard[] => [...Object.entries(choices).map(([key, choice]) => cardOf(key, choice)), TEXT],
  async trainCell(given: CellTraining, context: Context<CellReport>): Promise<Trained> {
    return given.task === TEXT.key ? onText(given, context) : onTask(given, context);
  },
};

function cardOf(key: string, { title, asks, make, makeShort = make, recipe }: Choice): TaskCard {
  const task = makeShort();
  const { score, chance } = task;
  return { key, title, asks, example: shownOf(task), counts: "sequences", score, chance, recipe };
}

/** One of a task's sequences, to be shown. */
export function shownOf(task: Task): TaskExample {
  const one = task.draw(1, { seed: 3 });
  const { values } = one.targets;
  const from = task.output === "last" ? 0 : one.answerAt[0]!;
  const until = one.weights ? values.length : from + 1;
  const answers = Array.from(values.slice(from, until), (id) => task.outputs[id]!);
  const answer = task.targets === "values" ? Number(values[0]).toFixed(2) : answers.join(" ");
  return { steps: task.text(one, 0), answer };
}

/** A tick whose points stand at what was seen, so that runs with other batches can be compared. */
const overSeen = (tick: Tick, perUpdate: number): CellReport => ({
  kind: "tick",
  tick: { ...tick, points: tick.points.map(([step, loss]) => [step * perUpdate, loss]) },
  seen: tick.step * perUpdate,
});

async function onTask(given: CellTraining, { report, signal }: Context<CellReport>): Promise<Trained> {
  const { cell: typed, sizes, units, learningRate, seed, budget } = given;
  const { make, batch, title } = choices[given.task]!;
  const task = make();
  const optimizer = adam({ learningRate });
  const layer = recurrent(cell(typed.name, typed.text), { ...sizes, units, output: task.output } as { units: number });
  const steps = Math.ceil(budget / batch);
  const every = Math.max(1, Math.round(steps / JUDGEMENTS));
  const drawn = task.training({ batch, steps: every });
  let length = 0;
  const data: Dataset = {
    ...drawn,
    batch(...place) {
      const made = drawn.batch(...place);
      length = Array.from(made.x.lengths ?? []).reduce((sum, own) => sum + own, 0) || batch * made.x.shape[1]!;
      return made;
    },
  };
  const judged = task.draw(JUDGED);
  const model = await createModel(sequential(layer, dense({ units: task.outputs.length })), {
    seed,
    input: task.inputs.length,
    threads: 1,
    facts: {
      task: title,
      ...readingOf(task),
      training: { settings: { units, learningRate, seed, batch, steps } },
    },
  });
  report({ kind: "start", parameterCount: model.parameterCount, chance: task.chance });
  const isLess = task.score === "squared error";
  let best: { step: number; score: number; bytes: Uint8Array } | undefined;
  const meter = createMeter(
    (tick) => report(overSeen(tick, batch)),
    () => length,
  );
  let latest = 0;
  try {
    const { stopped, steps: made } = await train(model, data, {
      loss: task.targets === "ids" ? crossEntropy() : meanSquaredError(),
      optimizer,
      clipNorm: 1,
      steps,
      seed,
      signal,
      onProgress(event) {
        meter.take(event);
        latest = event.step;
      },
      async onCheckpoint() {
        const { score } = await task.judge(model, judged);
        report({ kind: "score", seen: latest * batch, score });
        if (best !== undefined && (isLess ? score >= best.score : score <= best.score)) return;
        best = { step: latest, score, bytes: model.toBytes() };
      },
    });
    const { bytes, step } = best ?? { bytes: model.toBytes(), step: made };
    return { stopped, step, ...(made > 0 && { bytes }) };
  } catch (error) {
    if (!(error instanceof TrainingError)) throw error;
    const { bytes, step } = best ?? { bytes: undefined, step: error.step };
    return { stopped: "diverged", step, ...(bytes && { bytes }), advice: error.message };
  } finally {
    meter.end();
    model.close();
  }
}

/** Facts with which the page reads a model of a task: its symbols, and a sequence: those, or a line of numbers a step. */
export function readingOf(task: Task): Readonly<Record<string, unknown>> {
  const one = task.draw(1, { purpose: "example" });
  if (task.targets === "ids") return { symbols: [...task.inputs], example: task.text(one, 0).join("") };
  const { x } = one;
  const size = task.inputs.length;
  const steps = Array.from({ length: x.shape[1]! }, (_, t) => Array.from(x.values).slice(t * size, (t + 1) * size));
  return { example: steps.map((step) => step.map((value) => Number(value).toFixed(2)).join(" ")).join("\n") };
}

/** The job of the view Train, with a number of updates in place of a time. */
async function onText(given: CellTraining, { report, signal }: Context<CellReport>): Promise<Trained> {
  const { cell, sizes, units, learningRate, seed, budget, source = NOTHING } = given;
  // pairs are shown here, whatever longer n-grams reach: few are counted, so that nobody waits
  const plain = { units, sizes, learningRate, seed, validationLimit: 10_000, baselineLimit: 10_000 };
  const { batch, window } = languageSettings(corpusFrom(source).ids.length, plain);
  const perUpdate = batch * window;
  const steps = Math.ceil(budget / perUpdate);
  const training = { ...plain, cell, steps, validateEvery: Math.max(1, Math.round(steps / JUDGEMENTS)), threads: 1 };
  const tell = (own: TrainingReport): void => {
    if (own.kind === "tick") report(overSeen(own.tick, perUpdate));
    else if (own.kind === "judged")
      report({ kind: "score", seen: own.judged.step * perUpdate, score: own.judged.loss });
    else report({ kind: "start", parameterCount: own.survey.parameterCount, chance: own.survey.baseline.bigram });
  };
  return trainingCalls.trainText({ source, training }, { report: tell, signal });
}

const NOTHING: Source = { name: "nothing", text: "" };
