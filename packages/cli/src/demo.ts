/** `cellstate demo`, which `npm start` runs: an LSTM learns from tiny Shakespeare while one watches, then writes. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { besideCounting, generateText, languageSettings, lstm, nGrams, tokensOf } from "cellstate";
import { command } from "./command.ts";
import { Failure } from "./failure.ts";
import { bits, bytes, duration, short, whole } from "./format.ts";
import { runLanguage } from "./languageRun.ts";
import { readText } from "./readText.ts";
import { newRun, proveWritable } from "./runFolder.ts";
import { trainingView } from "./trainingView.ts";
import { VERSION } from "./version.ts";

const FILE = fileURLToPath(new URL("../data/tiny-shakespeare.txt", import.meta.url));

/** 6.1 million characters: 1.64 nats with seed 42; 75 s at 83k characters/s, 3 minutes at 40k (bench, 1×128). */
const OPTIONS = { units: 128, layers: 1, steps: 3000, learningRate: 1e-2, validateEvery: 300, seed: 42 };
const GOAL = 1.72; // nats per character
const EARLY = [0, 20, 100];
const SAMPLE = { prompt: "KING RICHARD:\n", temperature: 0.7, length: 300 };

export const demo = command({
  name: "demo",
  operands: "",
  summary: "watch an LSTM learn Shakespeare, in about three minutes",
  examples: [["cellstate demo", "train, write, and say what to try next"]],
  flags: {
    out: { type: "text", short: "o", value: "DIR", help: "the run's folder (runs/demo, numbered up)" },
    steps: { type: "whole", value: "N", min: 1, help: "another number of updates (3 000)" },
  },
  most: 0,
  isStory: true,
  async run(context, values) {
    const { terminal, program, json } = context;
    const { style } = terminal;
    if (!existsSync(FILE))
      throw new Failure("internal", `the demo's text is missing: ${FILE}`, "install the package again");
    await proveWritable(values.out ?? "runs");
    const text = await readText(FILE);
    const { steps = OPTIONS.steps } = values;
    const validateEvery = Math.ceil(steps / 10);
    const settings = languageSettings(text.corpus.ids.length, { ...OPTIONS, steps, validateEvery });
    const { run } = await newRun({ out: values.out, name: "demo", force: false });
    const data = { path: FILE, name: "tiny Shakespeare", sha256: text.corpus.sha256, bytes: text.bytes };
    await run.saveConfig({
      format: 1,
      cellstate: VERSION,
      task: "language",
      data,
      cell: { name: lstm.name, text: lstm.text },
      minCount: 1,
      settings,
      sample: SAMPLE,
    });
    run.log("start", { cellstate: VERSION, node: process.version, data, settings });

    terminal.say();
    terminal.say(style.bold("Cellstate: an LSTM learns to write Shakespeare, one character at a time"));
    terminal.say();
    const view = trainingView(terminal, { sampleLines: 2 });
    const result = await runLanguage({
      run,
      text,
      name: data.name,
      cell: lstm,
      options: settings,
      resume: undefined,
      context,
      view,
      sample: SAMPLE,
      samplesAt: EARLY,
      onStart({ model, split, baseline, vocabulary }) {
        const size = tokensOf(vocabulary).length;
        const lines = [
          `text    tiny Shakespeare, ${whole(text.corpus.ids.length)} characters, ${size} different ones`,
          `        the last ${whole(split.validation)} are never trained on: "val" below is the loss there`,
          `model   LSTM, ${OPTIONS.units} units, ${whole(model.parameterCount)} parameters, start values from seed ${OPTIONS.seed}`,
          `train   ${whole(steps)} updates of ${settings.batch} × ${settings.window} characters on WebAssembly, one core: 1 to 3 minutes`,
          `goal    at most ${GOAL} nats a character. Guessing: ${baseline.uniform.toFixed(2)}; counting pairs of characters: ${baseline.bigram.toFixed(2)}`,
          `        the best that counting reaches (${nGrams(baseline.kneserNey.order)}, Kneser-Ney): ${baseline.kneserNey.loss.toFixed(2)}`,
          `files   ${run.path}/   (Ctrl-C saves; nothing leaves this machine)`,
        ];
        for (const line of lines) terminal.say(`  ${line}`);
        terminal.say();
        terminal.say(`  Before training it knows nothing. Asked to go on from "${SAMPLE.prompt.trim()}" it writes`);
      },
    });
    const { history, baseline, model } = result;
    const first = history.records[0]!;
    const loss = history.best?.validationLoss ?? Number.NaN;
    run.log("end", { steps: history.steps, stopped: history.stopped, validationLoss: loss, seconds: view.seconds() });
    const isReached = loss <= GOAL;
    terminal.say();
    const verdict = isReached
      ? style.green(`✔ goal ${GOAL} reached`)
      : values.steps === undefined
        ? style.red(`✘ goal ${GOAL} missed`)
        : `goal ${GOAL}: at ${whole(OPTIONS.steps)} updates`;
    terminal.say(
      `${style.green("✔")} ${duration(view.seconds())}, ${short(view.tokensPerSecond())} characters a second.  val ${first.validationLoss?.toFixed(2)} → ${style.bold(loss.toFixed(3))} nats = ${bits(loss).toFixed(2)} bits a character   ${verdict}`,
    );
    terminal.say(
      `  Counting pairs of characters: ${baseline.bigram.toFixed(2)} nats. The model is ${besideCounting(loss, baseline.kneserNey)}.`,
    );
    terminal.say();
    terminal.say(style.bold('  What it writes now, character by character, from "ROMEO:"'));
    terminal.say();
    const passage = `ROMEO:\n${[...generateText(model, { prompt: "ROMEO:\n", length: 500, temperature: 0.7, seed: 42, stop: [] })].join("")}`;
    for (const line of passage.split("\n")) terminal.say(`    ${line}`);
    run.addSample(history.steps, passage);
    terminal.say();
    terminal.say(
      `  ${run.model}   ${bytes(model.toBytes().length)}: weights, equations, vocabulary, how it was trained`,
    );
    terminal.say(`  ${run.path}/   metrics.csv, samples.txt, config.json, log.ndjson, checkpoint/`);
    terminal.say();
    terminal.say(style.bold("  Next"));
    const next = [
      [`${program} generate ${run.path} -p "JULIET:" --temp 0.5`, "another passage, more careful"],
      [`${program} inspect ${run.path} --text "The king"`, "every gate at every character"],
      [`${program} train FILE.txt`, "a model of your own text"],
      [`${program} schedule lstm`, "what is computed at each step"],
      [`${program} help`, "everything else"],
    ] as const;
    const longest = Math.max(...next.map(([line]) => line.length));
    for (const [line, what] of next) terminal.say(`    ${line.padEnd(longest + 3)}${style.dim(what)}`);
    terminal.say();
    if (json)
      terminal.result(
        `${JSON.stringify({ run: run.path, model: run.model, steps: history.steps, validationLoss: loss, bitsPerCharacter: bits(loss), goal: GOAL, isReached, baseline, passage, seconds: view.seconds() })}\n`,
      );
    model.close();
  },
});
