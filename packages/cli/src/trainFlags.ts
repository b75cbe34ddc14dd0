/** The flags of `train`, and the library's options that they mean. */
import type { LanguageOptions, Level } from "cellstate";
import { SIZE } from "./cells.ts";
import { Failure } from "./failure.ts";
import type { COMMON, Values } from "./flags.ts";
import { nearest } from "./nearest.ts";

export const flags = {
  level: { type: "text", value: "LEVEL", help: "what is learned from: char, or word (char)" },
  units: {
    type: "whole",
    value: "N",
    min: 1,
    max: 8192,
    aliases: ["hidden", "rnn-size", "hidden-size"],
    help: "hidden units of each layer (128)",
  },
  layers: { type: "whole", value: "N", min: 1, max: 16, aliases: ["num-layers"], help: "layers on one another (1)" },
  cell: { type: "text", value: "CELL", help: "lstm, gru, simpleRnn … or a file with equations (lstm)" },
  size: SIZE,
  embed: {
    type: "whole",
    value: "N",
    min: 1,
    max: 8192,
    aliases: ["embedding", "embedding-size"],
    help: "length of a character's or word's vector (64; words 128)",
  },
  dropout: {
    type: "number",
    value: "P",
    min: 0,
    max: 0.95,
    help: "part of the values dropped while training (0; words 0.2)",
  },
  zoneout: { type: "number", value: "P", min: 0, max: 0.95, help: "part of each state that keeps its old value (0)" },
  "recurrent-dropout": {
    type: "number",
    value: "P",
    min: 0,
    max: 0.95,
    help: "part of the old states dropped, the same for a whole window (0)",
  },
  "weight-drop": { type: "number", value: "P", min: 0, max: 0.95, help: "part of the recurrent weights dropped (0)" },
  "embed-dropout": {
    type: "number",
    value: "P",
    min: 0,
    max: 0.95,
    aliases: ["embedding-dropout"],
    help: "part of the characters' or words' vectors dropped (0)",
  },
  tied: {
    type: "switch",
    aliases: ["tie-weights"],
    help: "the output layer has the characters' or words' vectors for its matrix",
  },
  residual: { type: "switch", help: "each layer's output plus its input" },
  "layer-norm": { type: "switch", help: "layer norm between the layers" },
  "activity-l2": {
    type: "number",
    value: "X",
    min: 0,
    aliases: ["ar", "alpha"],
    help: "price on large activations (0)",
  },
  "activity-temporal": {
    type: "number",
    value: "X",
    min: 0,
    aliases: ["tar", "beta"],
    help: "price on activations that change from step to step (0)",
  },
  steps: {
    type: "whole",
    value: "N",
    min: 1,
    aliases: ["max-steps", "iterations"],
    help: "updates (until 7M characters or 50 epochs are read; 2M words or 8 epochs)",
  },
  epochs: {
    type: "number",
    value: "N",
    min: 0,
    aliases: ["max-epochs"],
    help: "passes over the text, instead of --steps",
  },
  batch: {
    type: "whole",
    value: "N",
    min: 1,
    aliases: ["batch-size"],
    help: "lanes read side by side (32, fewer for a short text)",
  },
  window: {
    type: "whole",
    value: "N",
    min: 1,
    max: 4096,
    aliases: ["seq-length", "context", "window-size"],
    help: "characters or words that learning looks back (64; words 32)",
  },
  lr: {
    type: "number",
    value: "X",
    min: 0,
    aliases: ["learning-rate"],
    help: "highest learning rate (8e-3, words 4e-3; less above 128 units)",
  },
  clip: { type: "number", value: "X", min: 0, aliases: ["grad-clip", "clip-norm"], help: "longest gradient (1)" },
  val: {
    type: "number",
    value: "P",
    min: 0,
    max: 0.5,
    aliases: ["validation"],
    help: "part at the end that is kept to judge on (0.1)",
  },
  "eval-every": {
    type: "whole",
    value: "N",
    min: 1,
    aliases: ["validate-every"],
    help: "updates between validations (a tenth of all, at most 500)",
  },
  patience: { type: "whole", value: "N", min: 1, help: "stop after so many validations without a better one (never)" },
  "min-count": {
    type: "whole",
    value: "N",
    min: 1,
    help: "rarer characters become one, \uFFFD (only beyond 4 000); rarer words become <unk> (2)",
  },
  "max-vocab": {
    type: "whole",
    value: "N",
    min: 4,
    aliases: ["vocab", "max-vocabulary", "vocab-size"],
    help: "at most so many characters or words (4 000; words 10 000)",
  },
  seed: { type: "whole", value: "N", min: 0, help: "the same seed gives the same model, bit for bit (42)" },
  fast: { type: "switch", help: "faster arithmetic: the last bits of the model then depend on the machine" },
  threads: { type: "whole", value: "N", min: 1, max: 64, help: "threads at work on large layers (as many as cores)" },
  name: { type: "text", value: "NAME", help: "the run's name (the file's, numbered up)" },
  out: {
    type: "text",
    short: "o",
    value: "DIR",
    aliases: ["output", "out-dir", "output-dir"],
    help: "the run's folder (runs/NAME)",
  },
  force: { type: "switch", help: "replace the run that is there" },
  resume: { type: "optional", value: "RUN", help: "go on with a run that was stopped (the latest)" },
} as const;

export type TrainValues = Values<typeof flags & typeof COMMON>;

/** @throws {Failure} if there is no such level; the nearest is suggested */
export function levelFrom(given: string | undefined): Level | undefined {
  if (given === undefined) return undefined;
  const meant = LEVELS[given.toLowerCase()];
  if (meant !== undefined) return meant;
  const near = nearest(given.toLowerCase(), Object.keys(LEVELS));
  const mend = near === undefined ? "char learns spelling too; word needs more text" : `did you mean ${near}?`;
  throw new Failure("usage", `--level is "${given}"; expected char or word`, mend);
}

const LEVELS: Readonly<Record<string, Level>> = {
  char: "character",
  character: "character",
  characters: "character",
  chars: "character",
  word: "word",
  words: "word",
};

export function optionsFrom(values: TrainValues, sizes: Record<string, number>): LanguageOptions {
  if (values.steps !== undefined && values.epochs !== undefined) {
    throw new Failure("usage", "--steps and --epochs are two ways to say how long", "give one of them");
  }
  const given = {
    level: levelFrom(values.level),
    units: values.units,
    layers: values.layers,
    embedding: values.embed,
    dropout: values.dropout,
    zoneout: values.zoneout,
    recurrentDropout: values["recurrent-dropout"],
    weightDrop: values["weight-drop"],
    embeddingDropout: values["embed-dropout"],
    tied: values.tied,
    residual: values.residual,
    layerNorm: values["layer-norm"],
    activity:
      values["activity-l2"] === undefined && values["activity-temporal"] === undefined
        ? undefined
        : { l2: values["activity-l2"] ?? 0, temporal: values["activity-temporal"] ?? 0 },
    batch: values.batch,
    window: values.window,
    steps: values.steps,
    epochs: values.epochs,
    learningRate: values.lr,
    clipNorm: values.clip,
    validation: values.val,
    validateEvery: values["eval-every"],
    patience: values.patience,
    mode: values.fast ? "fast" : undefined,
    threads: values.threads,
  };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...options, sizes, seed: values.seed ?? 42 };
}
