/** `cellstate train FILE`: from a text to a model in a run's folder; or on with a run that was stopped. */
import { stat, statfs } from "node:fs/promises";
import { basename, resolve } from "node:path";
import {
  type Cell,
  type Checkpoint,
  cell,
  type LanguageOptions,
  languageSettings,
  lstm,
  recurrent,
  tokensOf,
  zoo,
} from "cellstate";
import { cellCalled, sizesFor } from "./cells.ts";
import { type Context, command } from "./command.ts";
import { Failure, failureFrom } from "./failure.ts";
import { COMMON } from "./flags.ts";
import { bytes, rate, whole } from "./format.ts";
import { runLanguage } from "./languageRun.ts";
import { checkFile, type ReadOptions, readText, type TextFile } from "./readText.ts";
import { findRun, newRun, proveWritable, type RunConfig, type RunFolder } from "./runFolder.ts";
import { flags, optionsFrom, type TrainValues } from "./trainFlags.ts";
import { trainingView } from "./trainingView.ts";
import { finish, header } from "./trainReport.ts";
import { VERSION } from "./version.ts";

export const train = command({
  name: "train",
  operands: "FILE.txt",
  summary: "learn to go on with a text, by characters or words",
  examples: [
    ["cellstate train kings.txt", "an LSTM with 128 units; about two minutes"],
    ["cellstate train kings.txt --units 256 --epochs 14 --dropout 0.2", "better, and slower"],
    ["cellstate train kings.txt --level word", "word by word, with a vocabulary of 10 000"],
    ["cellstate train kings.txt --cell gru --name kings-gru", "another cell, another name"],
    ["cat *.txt | cellstate train - --name all", "from standard input"],
    ["cellstate train --resume runs/kings", "after Ctrl-C: on from where it stopped"],
  ],
  flags,
  most: 1,
  notes: [
    "Writes runs/NAME/: model.safetensors (the best validated model), checkpoint/, config.json, metrics.csv, log.ndjson,",
    "samples.txt. Prints the model's path on stdout. Ctrl-C saves and says how to go on; a second one ends at once.",
  ],
  async run(context, values, [file]) {
    if (values.resume !== undefined) return goOn(context, values, file);
    if (file === undefined)
      throw new Failure("usage", "train needs a text: a file, or - for standard input", "cellstate train FILE.txt");
    const name = runName(values.name, file);
    const out = values.out;
    await proveWritable(out ?? "runs");
    const one = values.cell === undefined ? lstm : cellCalled(values.cell);
    const sizes = sizesFor(one, values.size);
    const options = optionsFrom(values, sizes);
    const text = await read(context, file, {
      level: options.level,
      minCount: values["min-count"],
      maxVocabulary: values["max-vocab"],
      validation: options.validation,
    });
    await start(context, { file, name, out, force: values.force ?? false, text, cell: one, options });
  },
});

interface Start {
  readonly file: string;
  readonly name: string;
  readonly out: string | undefined;
  readonly force: boolean;
  readonly text: TextFile;
  readonly cell: Cell;
  readonly options: LanguageOptions;
}

async function start(context: Context, { file, name, out, force, text, cell: one, options }: Start): Promise<void> {
  const dataName = file === "-" ? "standard input" : basename(file);
  const data = {
    path: file === "-" ? "-" : resolve(file),
    name: dataName,
    sha256: text.corpus.sha256,
    bytes: text.bytes,
  };
  // settings that do not fit the text, and noise that the cell cannot have, are told before a folder is made
  const settings = withContext(() => languageSettings(text.corpus.ids.length, options), dataName);
  const { units, sizes, zoneout, recurrentDropout, weightDrop } = settings;
  const noise = {
    ...(zoneout && { zoneout }),
    ...(recurrentDropout && { recurrentDropout }),
    ...(weightDrop && { weightDrop }),
  };
  withContext(() => recurrent(one, { ...sizes, units, ...noise } as Parameters<typeof recurrent<string>>[1]), dataName);
  const { ids, vocabulary } = text.corpus;
  if (ids.every((id) => id === ids[0])) {
    const token =
      tokensOf(vocabulary)[ids[0]!] === "<unk>" ? "words, and all are rare" : `one ${settings.level}, again and again`;
    throw new Failure("data", `${dataName} has only ${token}`, "check that it is the right text");
  }
  const { run, taken } = await newRun({ out, name, force });
  const config: RunConfig = {
    format: 1,
    cellstate: VERSION,
    task: "language",
    data,
    cell: { name: one.name, text: one.text },
    minCount: text.corpus.minCount,
    settings,
    sample: { prompt: "", temperature: 0.8, length: settings.level === "word" ? 60 : 300 },
  };
  await run.saveConfig(config);
  run.log("start", { cellstate: VERSION, node: process.version, data, settings });
  await work(context, { run, text, config, cell: one, resume: undefined, ...(taken !== undefined && { taken }) });
}

async function goOn(context: Context, values: TrainValues, file: string | undefined): Promise<void> {
  const common = new Set(["resume", ...Object.keys(COMMON)]);
  const other = Object.keys(values).find((name) => !common.has(name));
  if (other)
    throw new Failure(
      "usage",
      `--${other} does not go with --resume: a run goes on with its own settings`,
      `leave out --${other}, or start another run`,
    );
  const { run, config, checkpoint } = await findRun(values.resume ?? "").catch((error) => {
    throw failureFrom(error, error instanceof Failure ? undefined : "model");
  });
  const { settings } = config;
  const done = checkpoint?.counters.step ?? 0;
  const isEarly = settings.patience !== undefined && (checkpoint?.counters.waited ?? 0) >= settings.patience;
  if (done >= settings.steps || isEarly) {
    context.terminal.say(`${run.path} is finished: step ${whole(done)} of ${whole(settings.steps)}`);
    context.terminal.say(`  next:  ${context.program} generate ${run.path}`);
    if (context.json)
      context.terminal.result(
        `${JSON.stringify({ run: run.path, model: run.model, steps: done, stopped: "finished" })}\n`,
      );
    return;
  }
  await proveWritable(run.path);
  const path = file ?? config.data.path;
  const { level, validation } = settings;
  const text = await read(context, path, { level, minCount: config.minCount, validation }).catch((error) => {
    if (!(error instanceof Failure) || file !== undefined) throw error;
    throw new Failure(
      error.kind,
      error.message,
      ...error.mend,
      `if the text has moved: cellstate train NEW-PLACE --resume ${run.path}`,
    );
  });
  if (text.corpus.sha256 !== config.data.sha256) {
    const short = (hash: string): string => `${hash.slice(0, 12)}…`;
    throw new Failure(
      "data",
      `${path === "-" ? "standard input" : path} is another text than ${run.path} was trained on`,
      `SHA-256 ${short(text.corpus.sha256)}, expected ${short(config.data.sha256)} (${config.data.name}, ${bytes(config.data.bytes)})`,
      `give the old text: cellstate train FILE --resume ${run.path}; or start another run without --resume`,
    );
  }
  const known = Object.values(zoo).find((one) => one.name === config.cell.name && one.text === config.cell.text);
  run.log("resume", { cellstate: VERSION, node: process.version, step: done });
  await work(context, {
    run,
    text,
    config,
    cell: known ?? cell(config.cell.name, config.cell.text),
    resume: checkpoint,
  });
}

interface Work {
  readonly run: RunFolder;
  readonly text: TextFile;
  readonly config: RunConfig;
  readonly cell: Cell;
  readonly resume: Checkpoint | undefined;
  readonly taken?: string;
}

async function work(context: Context, { run, text, config, cell: one, resume, taken }: Work): Promise<void> {
  const { terminal } = context;
  const view = trainingView(terminal);
  try {
    const result = await runLanguage({
      run,
      text,
      name: config.data.name,
      cell: one,
      options: config.settings,
      resume,
      context,
      view,
      sample: config.sample,
      async onStart(start) {
        const disk = await statfs(run.path).catch(() => undefined);
        const free = disk ? `   free disk: ${bytes(disk.bavail * disk.bsize)}` : "";
        for (const line of header(text, config, one, start)) terminal.say(line);
        const place = taken ? `  (${taken} exists)` : "";
        terminal.say(`out    ${run.path}${place}   writable: yes${free}`);
        if (resume)
          terminal.say(`goes on after step ${whole(resume.counters.step)} of ${whole(config.settings.steps)}`);
        terminal.say();
      },
    });
    await finish(context, run, result, view.seconds(), view.tokensPerSecond());
  } catch (error) {
    const failure = failureFrom(error);
    if (failure.kind !== "train") throw error;
    run.log("diverged", { message: failure.message });
    const { learningRate } = config.settings;
    throw new Failure(
      "train",
      failure.message,
      `try --lr ${rate(learningRate / 2)} --clip 0.5`,
      `the best model so far, if there is one: ${run.model}`,
    );
  }
}

/** The library's options whose flags have other names. */
const FLAG_OF: Readonly<Record<string, string>> = {
  embedding: "embed",
  learningRate: "lr",
  clipNorm: "clip",
  validation: "val",
  validateEvery: "eval-every",
  recurrentDropout: "recurrent-dropout",
  weightDrop: "weight-drop",
};

/** Errors about the text are errors of the data; all others are of the flags. */
function withContext<T>(make: () => T, name: string): T {
  try {
    return make();
  } catch (error) {
    const isText = (error as { argument?: string }).argument === "text";
    const failure = failureFrom(error, isText ? "data" : "usage");
    const message = failure.message.replace(/^(\w+) is /, (_, argument: string) =>
      argument === "text" ? `${name} is ` : `--${FLAG_OF[argument] ?? argument} is `,
    );
    throw new Failure(failure.kind, message, ...failure.mend);
  }
}

/** What stays undefined is left to the library. */
type Asked = { readonly [K in keyof ReadOptions]?: ReadOptions[K] | undefined };

export async function read({ terminal }: Context, path: string, asked: Asked): Promise<TextFile> {
  if (path !== "-") await checkFile(path);
  const size = path === "-" ? 0 : (await stat(path)).size;
  const isLong = size > 20e6;
  const text = await readText(path, {
    ...(Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as ReadOptions),
    onBytes: (n) => isLong && terminal.live(`reading ${basename(path)}  ${bytes(n)} of ${bytes(size)}`),
  });
  terminal.endLive();
  return text;
}

function runName(given: string | undefined, file: string): string {
  if (given !== undefined) {
    if (/^[\p{L}\p{N}][\p{L}\p{N}._ -]*$/u.test(given)) return given;
    throw new Failure(
      "usage",
      `--name is "${given}"; expected letters, digits, ., _ and -`,
      "for a place of your own: --out DIR",
    );
  }
  const stem = file === "-" ? "stdin" : basename(file).replace(/\.[^.]*$/, "");
  return stem.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]+/, "") || "run";
}
