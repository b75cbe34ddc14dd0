/**
 * Trains the story's networks and writes their files and `results.json` beside this script: an LSTM, and plain RNNs of
 * the same size with three learning rates from two kinds of start values, of which the best that starts as the LSTM
 * does is kept. Seven to ten minutes on one core; the same seeds give the same bits.
 *
 *     npm run build && node --import ./scripts/typescript.mjs apps/explorer/story/train.ts
 *
 * `--seed 0`, `--words 6000000`, `--lstm 7e-3`, `--rnn 5e-4,2e-3,7e-3` (learning rates), `--into FOLDER`;
 * `--judge` trains nothing and measures the files that are there.
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { batches, type Cell, createModel, crossEntropy, lstm, type Model, simpleRnn, train } from "cellstate";
import { loadModel, saveModel } from "cellstate/node";
import { betweens, heldOutStories } from "./grammar.ts";
import { judge, scoreOf } from "./judge.ts";
import { ANSWER_WEIGHT, architectureOf, course, lastAnswers, optimizerOf, type Start, UPDATE } from "./lessons.ts";
import { baselines, figuresOf, type ModelResults, type Results, type Run, scoresOf } from "./results.ts";
import { words as vocabulary } from "./sentences.ts";
import { forgetfulUnit } from "./unit.ts";

const CURVE = 20; // points
const { values: flags } = parseArgs({
  options: {
    seed: { type: "string", default: "0" },
    words: { type: "string", default: "6000000" },
    lstm: { type: "string", default: "7e-3" },
    rnn: { type: "string", default: "5e-4,2e-3,7e-3" },
    into: { type: "string", default: fileURLToPath(new URL(".", import.meta.url)) },
    judge: { type: "boolean", default: false },
  },
});
const seed = Number(flags.seed);
const words = Number(flags.words);
const files = { lstm: "story.safetensors", rnn: "story-rnn.safetensors" } as const;
const validating = [betweens.near, betweens.far].flatMap((between) =>
  heldOutStories(200, { seed: 0, purpose: "validation", between }),
);

/** Trains one network from its first weights to its best validated ones. */
async function learn(cell: Cell, start: Start, learningRate: number): Promise<{ model: Model; run: Run }> {
  const model = await createModel(architectureOf(cell, start), { seed, threads: 1 });
  const data = course(words);
  const { x, targets, weights } = lastAnswers(validating);
  const curve: { words: number; loss: number; named: number }[] = [];
  const begin = performance.now();
  const settings = { clipNorm: 1, epochs: 1, seed, validateEvery: Math.ceil(data.steps / CURVE) };
  const history = await train(model, data, {
    ...settings,
    loss: crossEntropy(),
    optimizer: optimizerOf(learningRate),
    validation: batches(x, targets, { batch: 50, shuffle: false, weights }),
    async onCheckpoint({ records }) {
      const { step, validationLoss } = records.at(-1)!;
      const { right, stories } = scoreOf(await judge(model, validating));
      curve.push({ words: step * UPDATE, loss: Number(validationLoss!.toFixed(4)), named: right / stories });
      console.log(`  ${curve.at(-1)!.words} words: ${curve.at(-1)!.loss} nats, ${curve.at(-1)!.named} named`);
    },
  });
  const kept = curve.findIndex(({ words: at }) => at === history.best!.step * UPDATE);
  const seconds = Math.round((performance.now() - begin) / 1000);
  const scores = await scoresOf(model);
  const run = { cell: cell.name, start, learningRate, seed, seconds, curve, kept, scores };
  const about = {
    task: "king story",
    level: "word",
    vocabulary: { words: vocabulary },
    data: { name: "stories of a little kingdom, told by a grammar", words },
    training: { settings: { ...settings, learningRate, words, wordsPerUpdate: UPDATE, answerWeight: ANSWER_WEIGHT } },
    validation: {
      measure: "share of held-out stories in which it names the ruler",
      value: curve[kept]!.named,
      baseline: { name: "chance, given the title", value: Number(baselines().chance.toFixed(3)) },
    },
  };
  return { model: model.withFacts(about), run };
}

/** What a file holds, measured. */
async function measure(file: string, run: number): Promise<ModelResults> {
  const path = join(flags.into, file);
  const model = await loadModel(path, { threads: 1 });
  const figures = await figuresOf(model);
  const measured = { file, bytes: statSync(path).size, parameters: model.parameterCount, run, ...figures };
  model.close();
  return measured;
}

const resultsPath = join(flags.into, "results.json");

if (!flags.judge) {
  const rates = (text: string): number[] => text.split(",").map(Number);
  const wanted = [
    ...rates(flags.lstm).map((rate) => ({ cell: lstm as Cell, start: "uniform" as const, rate })),
    ...(["uniform", "orthogonal"] as const).flatMap((start) =>
      rates(flags.rnn).map((rate) => ({ cell: simpleRnn as Cell, start, rate })),
    ),
  ];
  const runs: Run[] = [];
  const shipped = { lstm: -1, rnn: -1 };
  for (const { cell, start, rate } of wanted) {
    console.log(`${cell.name}, ${start}, learning rate ${rate}`);
    const { model, run } = await learn(cell, start, rate);
    const which = cell === lstm ? "lstm" : "rnn";
    const best = runs[shipped[which]];
    runs.push(run);
    if (start === "uniform" && (best === undefined || run.curve[run.kept]!.named > best.curve[best.kept]!.named)) {
      shipped[which] = runs.length - 1;
      await saveModel(model, join(flags.into, files[which]), { precision: "f16" });
    }
    model.close();
  }
  writeFileSync(resultsPath, JSON.stringify({ runs, lstm: { run: shipped.lstm }, rnn: { run: shipped.rnn } }));
}

const before = JSON.parse(readFileSync(resultsPath, "utf8")) as Results;
const model = await loadModel(join(flags.into, files.lstm), { threads: 1 });
const results: Results = {
  tests: betweens,
  baselines: baselines(),
  lstm: await measure(files.lstm, before.lstm.run),
  rnn: await measure(files.rnn, before.rnn.run),
  unit: await forgetfulUnit(model),
  runs: before.runs,
};
model.close();
writeFileSync(resultsPath, `${JSON.stringify(results, null, 1)}\n`);
for (const { cell, start, learningRate, scores } of results.runs) {
  const shares = Object.values(scores).map(({ right, stories }) => (right / stories).toFixed(3));
  console.log(`${cell}, ${start}, ${learningRate}: ${shares.join(" ")}`);
}
console.log(results.unit);
