/** `cellstate eval MODEL TEXT`: how good a language model is on a text, and whether that is good enough. */
import { basename } from "node:path";
import {
  type Corpus,
  type EvaluateTextOptions,
  evaluateText,
  type Level,
  type Model,
  type TextEvaluation,
  vocabularyFrom,
} from "cellstate";
import { cacheFlags, cacheFrom } from "./cacheFlags.ts";
import { type Context, command } from "./command.ts";
import { type Baseline, evaluationLines, strongest } from "./evalReport.ts";
import { Ended, EXIT, Failure, failureFrom } from "./failure.ts";
import { whole } from "./format.ts";
import { checkTask } from "./generate.ts";
import { modelPath, openModel } from "./models.ts";
import { type Gate, gateFlags, gatesOf, missed } from "./qualityGates.ts";
import { readText } from "./readText.ts";
import { textOfRun } from "./runFolder.ts";

export const evaluate = command({
  name: "eval",
  operands: "MODEL [TEXT]",
  summary: "judge a model on a text; fail where it is not good enough",
  examples: [
    ["cellstate eval runs/kings", "on the part of its own text that it has not seen"],
    ["cellstate eval runs/kings other.txt", "on another text"],
    ["cellstate eval runs/kings --cache 500", "what a cache of the last 500 characters is worth there"],
    ["cellstate eval runs/kings --max-bpc 2.5 --beat-baseline", "ends with 6 where that is missed: for a pipeline"],
    ["cat *.txt | cellstate eval runs/kings - --json", "from standard input; figures for other programs"],
  ],
  flags: {
    validation: { type: "switch", help: "judge the validation part of TEXT, the text that the model was trained on" },
    "train-text": {
      type: "text",
      value: "FILE",
      help: "the text that it was trained on, if it has moved: for the baseline",
    },
    ...cacheFlags,
    "cache-choose": {
      type: "number",
      value: "P",
      min: 0,
      max: 0.9,
      help: "choose θ and λ on this part, at the beginning; the cache is judged on the rest (0)",
    },
    ...gateFlags,
  },
  most: 2,
  notes: [
    "Without TEXT: the validation part of the run's own text, found where it was and recognised by its SHA-256.",
    "Where the text that the model was trained on is at hand, its training part is counted, and what counting alone",
    "reaches stands beside the model. Exit code 6: a gate was missed.",
  ],
  async run(context, values, [given, file]) {
    const { terminal, json } = context;
    const path = modelPath(given, "eval");
    const model = await openModel(path);
    try {
      checkTask(model, path);
      const own = values["train-text"] ?? (await textOfRun(path));
      const isValidation = values.validation ?? file === undefined;
      const text = file ?? own;
      if (text === undefined) throw noText(path);
      const cache = chosenCache(values);
      const corpus = await read(context, model, text).catch((error) => {
        if (!(error instanceof Failure) || file !== undefined || values["train-text"] !== undefined) throw error;
        const moved = `if the text has moved: cellstate eval ${given} --train-text NEW-PLACE`;
        throw new Failure(error.kind, error.message, ...error.mend, moved);
      });
      const trainedOn = isValidation ? corpus : await counted(context, model, own, values["train-text"] !== undefined);
      const found = await judge(context, model, corpus, { path, isValidation, trainedOn, text, cache });
      terminal.endLive();
      const baseline = strongest(found);
      if (values["beat-baseline"] && baseline.isGuess) {
        const mend = `name it: cellstate eval ${given} ${file ?? ""} --train-text FILE --beat-baseline`.replace(
          "  ",
          " ",
        );
        const where = own === undefined ? "is not known" : `is not in ${own} any more`;
        throw new Failure(
          "usage",
          `--beat-baseline counts in the text that the model was trained on, which ${where}`,
          mend,
        );
      }
      const gates = gatesOf(values, found, baseline);
      const name = text === "-" ? "standard input" : basename(text);
      const isSeen = !isValidation && corpus.sha256 === digestOf(model);
      const { training = 0 } = (model.facts["split"] ?? {}) as { training?: number };
      const judgement = { path, name, isValidation, isSeen, training, found, baseline, gates };
      if (json) terminal.result(`${JSON.stringify(summary(judgement))}\n`);
      else terminal.result(`${evaluationLines({ ...judgement, terminal }).join("\n")}\n`);
      const failed = gates.filter((gate) => !gate.isMet);
      for (const gate of failed) terminal.warn(`${terminal.style.red("error[quality]")}: ${missed(gate)}`);
      if (failed.length > 0) throw new Ended(EXIT.quality);
    } finally {
      model.close();
    }
  },
});

type CacheValues = Parameters<typeof cacheFrom>[0] & { "cache-choose"?: number; "beat-baseline"?: boolean };

/** The cache that the flags ask for, with θ and λ as given, or to be chosen. */
function chosenCache(values: CacheValues): EvaluateTextOptions["cache"] | undefined {
  const cache = cacheFrom(values);
  const { "cache-choose": choose = 0 } = values;
  if (choose === 0) return cache;
  if (cache === undefined)
    throw new Failure("usage", "--cache-choose chooses for a cache, but there is none", "add --cache 500");
  const said = ["cache-theta", "cache-lambda"].find((flag) => flag in values);
  if (said !== undefined)
    throw new Failure("usage", `--cache-choose chooses what --${said} says already`, "leave one of them out");
  if (values["beat-baseline"])
    throw new Failure(
      "usage",
      "--beat-baseline compares the whole text, --cache-choose judges a part",
      "say --cache-theta and --cache-lambda",
    );
  return { ...cache, choose };
}

/** What is said about a text, and of which part of it. */
export interface Judgement {
  readonly path: string;
  readonly name: string;
  readonly isValidation: boolean;
  /** The whole text that the model was trained on. */
  readonly isSeen: boolean;
  /** Characters or words of the part that it was trained on; 0 if that is not known. */
  readonly training: number;
  readonly found: TextEvaluation;
  readonly baseline: Baseline;
  readonly gates: readonly Gate[];
}

function summary({ path, name, isValidation, isSeen, found, baseline, gates }: Judgement): object {
  const part = isValidation ? "validation" : "all";
  const isPassed = gates.every((gate) => gate.isMet);
  return { model: path, text: name, part, isSeen, ...found, strongestBaseline: baseline, gates, isPassed };
}

interface Judged {
  readonly path: string;
  readonly isValidation: boolean;
  readonly trainedOn: Corpus | undefined;
  readonly text: string;
  readonly cache: EvaluateTextOptions["cache"] | undefined;
}

async function judge({ terminal }: Context, model: Model, corpus: Corpus, given: Judged): Promise<TextEvaluation> {
  const { path, isValidation, trainedOn, text, cache } = given;
  const unit = levelOf(model);
  try {
    return await evaluateText(model, corpus, {
      part: isValidation ? "validation" : "all",
      ...(trainedOn && { trainedOn }),
      ...(cache && { cache }),
      onProgress: (done, all) => terminal.live(`judging ${whole(done)} of ${whole(all)} ${unit}s`),
    });
  } catch (error) {
    const name = text === "-" ? "standard input" : text;
    const failure = failureFrom(error, "data");
    const mend = failure.mend.map((line) => line.replace(', with part: "all".', `: cellstate eval ${path} ${text}`));
    throw new Failure(failure.kind, failure.message.replace(/^text is/, `${name} is`), ...mend);
  }
}

/** The text that the model was trained on, to count in; undefined where it has changed or is not there. */
async function counted(
  context: Context,
  model: Model,
  own: string | undefined,
  isAsked: boolean,
): Promise<Corpus | undefined> {
  if (own === undefined) return undefined;
  const corpus = await read(context, model, own).catch((error) => {
    if (isAsked) throw error;
    return undefined;
  });
  const sha256 = digestOf(model);
  if (corpus?.sha256 === sha256) return corpus;
  if (isAsked)
    throw new Failure("data", `${own} is not the text that the model was trained on`, `SHA-256 expected: ${sha256}`);
  return undefined;
}

/** Everything that `train` says about a text that is none is so here too. */
async function read({ terminal }: Context, model: Model, path: string): Promise<Corpus> {
  const vocabulary = vocabularyFrom(model);
  try {
    const onBytes = (): void => terminal.live(`reading ${basename(path)}`);
    const { corpus, notes } = await readText(path, { level: levelOf(model), vocabulary, onBytes });
    for (const note of notes) terminal.detail(`       ${note}`);
    return corpus;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const mend = error.mend.map((line) => line.replace(/cellstate train -$/, "cellstate eval MODEL -"));
    throw new Failure(error.kind, error.message, ...mend);
  } finally {
    terminal.endLive();
  }
}

const digestOf = (model: Model): string | undefined => ((model.facts["data"] ?? {}) as { sha256?: string }).sha256;

const levelOf = (model: Model): Level => ("words" in vocabularyFrom(model) ? "word" : "character");

const noText = (path: string): Failure =>
  new Failure(
    "usage",
    `${path} lies in no run that would know its text`,
    `name a text: cellstate eval ${path} TEXT`,
    `or the one it was trained on: cellstate eval ${path} TEXT --validation`,
  );
