/**
 * Trains the story's networks and writes their files, `results.json` and `page.json` beside this script: an LSTM, and
 * plain RNNs of the same size with three learning rates from two kinds of start values, of which the best that starts as
 * the LSTM does is kept. Seven to ten minutes on one core; the same seeds give the same bits.
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
import { type Cell, lstm, simpleRnn } from "cellstate";
import { loadModel, saveModel } from "cellstate/node";
import { betweens } from "./grammar.ts";
import { learn } from "./learn.ts";
import { pageFacts } from "./page.ts";
import { baselines, figuresOf, type ModelResults, type Results, type Run } from "./results.ts";
import { forgetfulUnit } from "./unit.ts";

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
const files = { lstm: "story.safetensors", rnn: "story-rnn.safetensors" } as const;

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
    ...rates(flags.lstm).map((learningRate) => ({ cell: lstm as Cell, start: "uniform" as const, learningRate })),
    ...(["uniform", "orthogonal"] as const).flatMap((start) =>
      rates(flags.rnn).map((learningRate) => ({ cell: simpleRnn as Cell, start, learningRate })),
    ),
  ];
  const common = { seed: Number(flags.seed), words: Number(flags.words) };
  const runs: Run[] = [];
  const shipped = { lstm: -1, rnn: -1 };
  for (const one of wanted) {
    const { cell, start } = one;
    console.log(`${cell.name}, ${start}, learning rate ${one.learningRate}`);
    const { model, run } = await learn({ ...one, ...common, onPoint: (point) => console.log(" ", point) });
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
writeFileSync(join(flags.into, "page.json"), `${JSON.stringify(pageFacts(results))}\n`);
for (const { cell, start, learningRate, scores } of results.runs) {
  const shares = Object.values(scores).map(({ right, stories }) => (right / stories).toFixed(3));
  console.log(`${cell}, ${start}, ${learningRate}: ${shares.join(" ")}`);
}
console.log(results.unit);
