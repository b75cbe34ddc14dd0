/** `cellstate generate MODEL`: text from a model, on stdout as it comes. */
import { readFileSync } from "node:fs";
import { generateText, type Model, tokensOf, unknownTokens, vocabularyFrom } from "cellstate";
import { cacheFlags, cacheFrom } from "./cacheFlags.ts";
import { command } from "./command.ts";
import { Failure, failureFrom } from "./failure.ts";
import type { COMMON, Values } from "./flags.ts";
import { named, oneLine } from "./format.ts";
import { modelPath, openModel } from "./models.ts";
import type { Terminal } from "./terminal.ts";

const flags = {
  prompt: { type: "text", short: "p", value: "TEXT", help: "what the text goes on from; - reads standard input" },
  "prompt-file": { type: "text", value: "FILE", help: "the same from a file" },
  length: {
    type: "whole",
    short: "n",
    value: "N",
    min: 0,
    max: 100_000_000,
    aliases: ["num", "max-tokens", "chars"],
    help: "characters (400), or words and signs (100)",
  },
  temp: {
    type: "number",
    short: "t",
    value: "X",
    min: 0,
    max: 100,
    aliases: ["temperature"],
    help: "below 1 likelier, above 1 wilder, 0 always the likeliest (0.8)",
  },
  "top-k": {
    type: "whole",
    value: "N",
    min: 0,
    aliases: ["topk"],
    help: "only the N likeliest; 0: all (0)",
  },
  "top-p": {
    type: "number",
    value: "P",
    min: 0,
    max: 1,
    aliases: ["topp", "nucleus"],
    help: "only the likeliest that together have P (1)",
  },
  stop: { type: "list", value: "TEXT", help: "end before this text; \\n is a line end; may be repeated" },
  seed: { type: "whole", value: "N", min: 0, help: "the same seed gives the same text (42)" },
  samples: {
    type: "whole",
    value: "N",
    min: 1,
    max: 10_000,
    aliases: ["num-samples"],
    help: "so many texts, with seeds from --seed on (1)",
  },
  ...cacheFlags,
  echo: { type: "switch", help: "write the prompt too (as on a terminal)" },
} as const;

export const generate = command({
  name: "generate",
  operands: "MODEL",
  summary: "write text with a trained model",
  examples: [
    ['cellstate generate runs/kings -p "The king"', "400 characters that go on from there"],
    ["cellstate generate runs/kings --temp 0.5 --seed 7", "more careful; another text"],
    ['cellstate generate runs/kings -p "ROMEO:" --stop "\\n\\n"', "one speech"],
    ["cellstate generate runs/kings --cache 500", "keeps to the names and words that it has just used"],
    ["cellstate generate runs/kings -n 1000000 | head", "any program may read along"],
  ],
  flags,
  most: 1,
  async run({ terminal, json }, values, [given]) {
    const path = modelPath(given, "generate");
    if (values["top-p"] === 0)
      throw new Failure("usage", '--top-p is "0"; expected a number above 0, up to 1', "1 draws from all characters");
    const asked = await promptFrom(values);
    const model = await openModel(path);
    checkTask(model, path);
    const prompt = knownPart(model, asked, terminal);
    const isWords = "words" in vocabularyFrom(model);
    const stop = (values.stop ?? []).map((text) => text.replace(/\\n/g, "\n").replace(/\\t/g, "\t"));
    const {
      temp = 0.8,
      length = isWords ? 100 : 400,
      seed = 42,
      samples = 1,
      "top-k": topK = 0,
      "top-p": topP = 1,
    } = values;
    const cache = cacheFrom(values);
    const isEchoed = (values.echo ?? terminal.isResultShown) && !json;
    const texts: { seed: number; text: string }[] = [];
    for (let k = 0; k < samples; k++) {
      const characters = generateText(model, {
        prompt,
        length,
        temperature: temp,
        topK,
        topP,
        stop,
        seed: seed + k,
        ...(cache && { cache }),
      });
      if (json) {
        texts.push({ seed: seed + k, text: [...characters].join("") });
        continue;
      }
      if (samples > 1 && terminal.isResultShown)
        terminal.say(terminal.style.dim(`${k === 0 ? "" : "\n"}── seed ${seed + k}`));
      else if (k > 0) terminal.result("\n");
      if (isEchoed) terminal.result(terminal.isResultShown ? terminal.style.bold(prompt) : prompt);
      await stream(characters, terminal);
      terminal.result("\n");
      if (terminal.isResultClosed) break;
    }
    if (json) {
      const options = { temperature: temp, topK, topP, length, stop, ...(cache && { cache }) };
      const one = samples === 1 ? { text: texts[0]!.text, seed } : { samples: texts };
      terminal.result(`${JSON.stringify({ model: path, prompt, ...one, ...options })}\n`);
    }
    model.close();
  },
});

/** Hands on what comes a few milliseconds at a time, and stops when nobody reads. */
async function stream(characters: Iterable<string>, terminal: Terminal): Promise<void> {
  let ready = "";
  let last = performance.now();
  for (const character of characters) {
    ready += character;
    if (performance.now() - last < 10) continue;
    terminal.result(ready);
    ready = "";
    await new Promise((resolve) => setImmediate(resolve)); // lets a closed pipe and Ctrl-C be noticed
    if (process.stdout.writableNeedDrain) await drained();
    if (terminal.isResultClosed) return;
    last = performance.now();
  }
  terminal.result(ready);
}

const drained = (): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      for (const name of ["drain", "error", "close"]) process.stdout.off(name, done);
      resolve();
    };
    for (const name of ["drain", "error", "close"]) process.stdout.on(name, done);
  });

async function promptFrom(values: Values<typeof flags & typeof COMMON>): Promise<string> {
  const { prompt, "prompt-file": file } = values;
  if (prompt !== undefined && file !== undefined)
    throw new Failure("usage", "--prompt and --prompt-file both say what to go on from", "give one of them");
  if (prompt === "-" || file === "-") {
    if (process.stdin.isTTY)
      throw new Failure(
        "usage",
        "-p - reads standard input, but nothing is piped into it",
        'echo "The king" | cellstate generate MODEL -p -',
      );
    const pieces: Buffer[] = [];
    for await (const piece of process.stdin) pieces.push(piece as Buffer);
    // the line end that echo puts behind the prompt is not meant
    return Buffer.concat(pieces)
      .toString("utf8")
      .replace(/\r?\n$/, "");
  }
  if (file === undefined) return prompt ?? "";
  try {
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new Failure("data", `--prompt-file ${file} cannot be read: ${(error as Error).message}`, "check the path");
  }
}

export function checkTask(model: Model, path: string): void {
  try {
    vocabularyFrom(model);
  } catch (error) {
    const { message } = failureFrom(error, "model");
    throw new Failure("model", `${path}: ${message}`, "train one: cellstate train FILE.txt");
  }
}

/** The prompt without what the model has never seen; one warning says so. */
export function knownPart(model: Model, prompt: string, terminal: Terminal, what = "the prompt"): string {
  const strangers = unknownTokens(model, prompt);
  if (strangers.length === 0) return prompt;
  const vocabulary = vocabularyFrom(model);
  const isWords = "words" in vocabulary;
  const few = strangers.slice(0, 8).map(isWords ? (word) => oneLine(word, 40) : named);
  const hasUnknown = isWords || tokensOf(vocabulary).includes("\uFFFD");
  const how = isWords ? "read as <unk>" : hasUnknown ? "read as \uFFFD" : "left out";
  const unit = isWords ? "word" : "character";
  const count = strangers.length === 1 ? `1 ${unit} of ${what} is` : `${strangers.length} ${unit}s of ${what} are`;
  terminal.warn(
    `warning: ${count} not in the vocabulary (${few.join(" ")}${strangers.length > 8 ? " …" : ""}) → ${how}`,
  );
  if (isWords) return prompt;
  const set = new Set(strangers);
  return [...prompt.replace(/\r\n?/g, "\n")].map((c) => (set.has(c) ? (hasUnknown ? "\uFFFD" : "") : c)).join("");
}
