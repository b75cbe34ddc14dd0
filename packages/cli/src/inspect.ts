/** `cellstate inspect MODEL`: what a model file holds, and with --text every gate at every character. */
import { statSync } from "node:fs";
import {
  besideCounting,
  encode,
  type Layer,
  type Model,
  noisyCell,
  perplexityOf,
  sequences,
  tokensOf,
  vocabularyFrom,
} from "cellstate";
import { command } from "./command.ts";
import { Failure } from "./failure.ts";
import { bits, bytes, named, ofTheLast, oneLine, whole } from "./format.ts";
import { checkTask, knownPart } from "./generate.ts";
import { modelPath, openModel } from "./models.ts";
import { nearest } from "./nearest.ts";
import type { Terminal } from "./terminal.ts";

const LIMIT = 10_000; // characters or words traced at once

export const inspect = command({
  name: "inspect",
  operands: "MODEL",
  summary: "show a model: equations, shapes, training, gates at work",
  examples: [
    ["cellstate inspect runs/kings", "the model's card"],
    ['cellstate inspect runs/kings --text "The king"', "the mean of every gate at every character or word"],
    ['cellstate inspect runs/kings --text "The king" --gate forget --csv', "each unit's forget gate, for a table"],
  ],
  flags: {
    text: {
      type: "text",
      value: "TEXT",
      aliases: ["prompt"],
      help: "run over this text and show what the cells compute",
    },
    gate: {
      type: "text",
      short: "g",
      value: "NAME",
      aliases: ["value"],
      help: "one value only: f, c, forget, candidate …",
    },
    layer: { type: "whole", value: "N", min: 0, help: "of this layer, counted from 0 (0)" },
    csv: { type: "switch", help: "every unit, as a table for other programs" },
  },
  most: 1,
  async run({ terminal, json }, values, [given]) {
    const path = modelPath(given, "inspect");
    if (values.text === undefined && (values.gate !== undefined || values.csv)) {
      throw new Failure(
        "usage",
        `${values.gate !== undefined ? "--gate" : "--csv"} needs a text to look at`,
        'add --text "The king"',
      );
    }
    const model = await openModel(path);
    if (values.text === undefined) {
      const card = cardOf(model, path);
      terminal.result(json ? `${JSON.stringify(card)}\n` : `${cardLines(card, model).join("\n")}\n`);
    } else await showTrace(terminal, model, path, { ...values, text: values.text, json });
    model.close();
  },
});

type Recurrent = Extract<Layer, { kind: "recurrent" }>;

/** Wherever they stand: in a row, in a residual, in branches. */
const recurrentIn = (layers: readonly Layer[]): Recurrent[] =>
  layers.flatMap((layer) => {
    if (layer.kind === "recurrent") return [layer];
    if (layer.kind === "residual") return recurrentIn(layer.layers);
    return "branches" in layer ? Object.values(layer.branches).flatMap((branch) => recurrentIn(branch.layers)) : [];
  });

function cardOf(model: Model, path: string) {
  return {
    file: path,
    bytes: statSync(path).size,
    weights: model.weights,
    parameters: model.parameterCount,
    layers: model.architecture.layers,
    cells: recurrentIn(model.architecture.layers).map(({ cell }) => cell),
    shapes: model.parameters().map(({ name, shape }) => ({ name, shape })),
    facts: model.facts,
  };
}

/** The parts of the facts that a card shows; a file may hold anything there. */
interface Known {
  readonly task?: string;
  readonly vocabulary?: { readonly characters?: readonly string[]; readonly words?: readonly string[] };
  readonly data?: {
    readonly name?: string;
    readonly characters?: number;
    readonly words?: number;
    readonly sha256?: string;
  };
  readonly judged?: { readonly tokens?: number; readonly characters?: number; readonly unknown?: number };
  readonly split?: { readonly training?: number; readonly validation?: number };
  readonly baseline?: {
    readonly bigram?: number;
    readonly kneserNey?: { readonly order?: number; readonly loss?: number; readonly counted?: number };
  };
  /** How good it is, where that is no loss: in whose words, and what one gets without it. */
  readonly validation?: {
    readonly measure?: string;
    readonly value?: number;
    readonly baseline?: { readonly name?: string; readonly value?: number };
  };
  readonly training?: {
    readonly bestStep?: number;
    readonly validationLoss?: number;
    readonly settings?: Record<string, unknown>;
  };
}

const isNumber = (x: unknown): x is number => typeof x === "number" && Number.isFinite(x);

function cardLines(card: ReturnType<typeof cardOf>, model: Model): string[] {
  const { task, vocabulary, data, split, judged, baseline, training, validation } = model.facts as Known;
  const isWords = Array.isArray(vocabulary?.words);
  const lines = [
    `${card.file}   ${bytes(card.bytes)}, safetensors${card.weights === "i8" ? ", 8-bit matrices" : ""}${typeof task === "string" ? `, task: ${oneLine(task, 40)}` : ""}`,
    "",
  ];
  const shapes = new Map(card.shapes.map(({ name, shape }) => [name, shape]));
  lines.push(`layers   ${whole(card.parameters)} parameters`);
  for (const layer of card.layers) lines.push(`  ${layerLine(layer)}`);
  const equations = ({ name, text }: { readonly name: string; readonly text: string }, how = ""): void => {
    const own = text.split(/\r?\n/).map((l) => `  ${l.trim()}`);
    lines.push("", `equations of ${oneLine(name, 60)}${how}`, ...own.filter((l) => l.trim() !== ""));
  };
  for (const cell of new Map(card.cells.map((c) => [c.text, c])).values()) equations(cell);
  const trained = recurrentIn(model.architecture.layers).map((layer) => noisyCell(layer));
  for (const cell of new Map(trained.map((c) => [c.text, c])).values()) {
    if (!card.cells.some((c) => c.text === cell.text)) equations(cell, ", while it is trained");
  }
  lines.push("", "parameters");
  const width = Math.max(...[...shapes.keys()].map((name) => name.length));
  for (const [name, shape] of shapes) lines.push(`  ${name.padEnd(width)}  [${shape.join(", ")}]`);
  if (Array.isArray(vocabulary?.characters)) {
    const characters = vocabulary.characters.filter((c): c is string => typeof c === "string");
    lines.push(
      "",
      `vocabulary   ${whole(characters.length)} characters: ${oneLine(characters.map((c) => (c === " " ? "␣" : c === "\n" ? "↵" : named(c))).join(""), 100)}`,
    );
  }
  if (Array.isArray(vocabulary?.words)) {
    const words = vocabulary.words.filter((word): word is string => typeof word === "string");
    const shown = words.slice(0, 100).map((word) => (word === " " ? "␣" : word === "\n" ? "↵" : word));
    lines.push("", `vocabulary   ${whole(words.length)} words: ${oneLine(shown.join(" "), 100)}`);
  }
  if (data || training) {
    lines.push("", "training");
    if (data)
      lines.push(
        `  data        ${oneLine(String(data.name ?? "unknown"), 60)}${isNumber(data.characters) ? `, ${whole(data.characters)} characters` : ""}${isNumber(data.words) ? `, ${whole(data.words)} words and signs` : ""}`,
      );
    if (typeof data?.sha256 === "string") lines.push(`  sha-256     ${oneLine(data.sha256, 64)}`);
    if (isNumber(split?.training) && isNumber(split.validation))
      lines.push(`  split       ${whole(split.training)} to train on, ${whole(split.validation)} to judge on`);
    const { settings, validationLoss, bestStep } = training ?? {};
    if (settings) {
      const shown = ["steps", "batch", "window", "learningRate", "dropout", "seed"].filter((key) =>
        isNumber(settings[key]),
      );
      lines.push(`  settings    ${shown.map((key) => `${key} ${settings[key]}`).join(", ")}`);
    }
    if (isNumber(validationLoss)) {
      const at = isNumber(bestStep) ? ` after ${whole(bestStep)} updates` : "";
      const unit = isWords ? "word" : "character";
      const pairs = isNumber(baseline?.bigram) ? `   (pairs of ${unit}s: ${baseline.bigram.toFixed(3)})` : "";
      const { tokens, characters, unknown } = judged ?? {};
      const ratio = isNumber(tokens) && isNumber(characters) ? tokens / characters : 1;
      const perCharacter = `${bits(validationLoss * ratio).toFixed(3)} bits a character`;
      const figures = isWords
        ? `nats a word, perplexity ${perplexityOf(validationLoss).toFixed(1)}, ${perCharacter}`
        : `nats = ${perCharacter}`;
      lines.push(`  validation  ${validationLoss.toFixed(4)} ${figures}${at}${pairs}`);
      const { order, loss, counted } = baseline?.kneserNey ?? {};
      if (isNumber(order) && isNumber(loss)) {
        const part = isNumber(counted) && isNumber(split?.training) ? ofTheLast(counted, split.training) : "";
        lines.push(`              ${besideCounting(validationLoss, { order, loss })}${part}`);
      }
      if (isWords && isNumber(unknown) && isNumber(tokens))
        lines.push(
          `  unknown     ${((100 * unknown) / tokens).toFixed(2)} % of the validation's words, judged as <unk>`,
        );
    } else if (typeof validation?.measure === "string" && isNumber(validation.value)) {
      const { name, value } = validation.baseline ?? {};
      const than = typeof name === "string" && isNumber(value) ? `   (${oneLine(name, 60)}: ${value})` : "";
      lines.push(`  validation  ${oneLine(validation.measure, 80)}: ${validation.value}${than}`);
    } else lines.push("  validation  none yet: stopped before the first");
  }
  return lines;
}

function layerLine(layer: Layer): string {
  if (layer.kind === "recurrent") {
    const sizes = Object.entries(layer.sizes).map(([axis, n]) => `${axis} ${n}`);
    const more = [
      layer.layers > 1 ? `${layer.layers} layers` : "",
      layer.direction === "forward" ? "" : layer.direction,
      layer.dropout > 0 ? `dropout ${layer.dropout}` : "",
      layer.zoneout === undefined ? "" : `zoneout ${zoneoutText(layer.zoneout)}`,
      layer.recurrentDropout === undefined ? "" : `recurrent dropout ${layer.recurrentDropout}`,
      layer.weightDrop === undefined ? "" : `weight drop ${layer.weightDrop}`,
      layer.residual ? "residual" : "",
      layer.layerNorm ? "layer norm between" : "",
    ];
    return `recurrent  ${oneLine(layer.cell.name, 40)}  ${[...sizes, ...more].filter((part) => part !== "").join(", ")}`;
  }
  if (layer.kind === "embedding")
    return `embedding  ${layer.vocabulary} × ${layer.size}${layer.dropout === undefined ? "" : `, dropout ${layer.dropout}`}`;
  if (layer.kind === "dense")
    return `dense      ${layer.units}${layer.activation === "none" ? "" : `, ${layer.activation}`}${layer.tied === undefined ? "" : `, tied to ${oneLine(layer.tied, 40)}`}`;
  if (layer.kind === "dropout") return `dropout    ${layer.rate}`;
  if (layer.kind === "layerNorm") return "layer norm";
  if (layer.kind === "residual") return `residual   x + (${layer.layers.map(layerLine).join("; ")})`;
  if (layer.kind === "activityRegularization") return `activity   l2 ${layer.l2}, temporal ${layer.temporal}`;
  return `${layer.kind.padEnd(9)}  ${Object.keys(layer.branches).join(", ")}`;
}

const zoneoutText = (rates: number | Readonly<Record<string, number>>): string =>
  typeof rates === "number"
    ? String(rates)
    : Object.entries(rates)
        .map(([state, rate]) => `${state} ${rate}`)
        .join(" ");

interface Look {
  readonly text: string;
  readonly gate?: string | undefined;
  readonly layer?: number | undefined;
  readonly csv?: boolean | undefined;
  readonly json: boolean;
}

async function showTrace(terminal: Terminal, model: Model, path: string, look: Look): Promise<void> {
  checkTask(model, path);
  const text = knownPart(model, look.text, terminal, "the text");
  const vocabulary = vocabularyFrom(model);
  const ids = Array.from(encode(text, vocabulary, { unixLineEnds: true }));
  const unit = "words" in vocabulary ? "word" : "character";
  const tokens = ids.map((id) => tokensOf(vocabulary)[id]!);
  if (tokens.length === 0)
    throw new Failure("usage", "--text is empty", `give at least one ${unit} that the model knows: --text "The king"`);
  if (tokens.length > LIMIT)
    throw new Failure(
      "usage",
      `--text has ${whole(tokens.length)} ${unit}s; expected at most ${whole(LIMIT)}`,
      "give a shorter part",
    );
  const trace = await model.trace(sequences([ids]));
  const layers = [...new Set(trace.values.map((v) => v.layer))];
  const layer = layers[look.layer ?? 0];
  if (layer === undefined)
    throw new Failure("usage", `--layer is "${look.layer}"; expected 0 to ${layers.length - 1}`, "layers count from 0");
  const there = trace.values.filter((v) => v.layer === layer);
  const shown =
    look.gate === undefined
      ? there
      : there.filter((v) => v.name === look.gate || v.caption?.toLowerCase().startsWith(look.gate!.toLowerCase()));
  if (shown.length === 0) {
    const near = nearest(
      look.gate!,
      there.flatMap((v) => [v.name, ...(v.caption ?? "").split(/[:,(]/)[0]!.trim().split(" ")]),
    );
    const all = there.map((v) => `${v.name}${v.caption ? ` (${v.caption.split(/[:,]/)[0]})` : ""}`).join(", ");
    throw new Failure(
      "usage",
      `the model computes nothing called "${look.gate}"`,
      near ? `did you mean ${near}?` : undefined,
      `it computes ${all}`,
    );
  }
  const unitsAt = (v: (typeof there)[number], t: number): number[] =>
    Array.from(v.values.subarray(t * v.shape[2], (t + 1) * v.shape[2]));
  if (look.json) {
    const values = shown.map((v) => ({
      name: v.name,
      caption: v.caption,
      steps: tokens.map((_, t) => unitsAt(v, t)),
    }));
    terminal.result(`${JSON.stringify({ model: path, layer, [`${unit}s`]: tokens, values })}\n`);
    return;
  }
  if (look.csv) {
    terminal.result(
      `step,${unit},value,${Array.from({ length: shown[0]!.shape[2] }, (_, k) => `unit_${k}`).join(",")}\n`,
    );
    tokens.forEach((c, t) => {
      for (const v of shown) terminal.result(`${t},${quoted(c)},${v.name},${unitsAt(v, t).join(",")}\n`);
    });
    return;
  }
  const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
  const lines = [
    `means over the units of ${layer}${shown.length === 1 && shown[0]!.caption ? `: ${shown[0]!.caption}` : ""}`,
    "",
  ];
  if (shown.length > 1) for (const v of shown) if (v.caption) lines.push(`  ${v.name.padEnd(4)} ${v.caption}`);
  const names = tokens.map((token) => {
    if (token === " " || token === "\n") return token === " " ? "␣" : "↵";
    return unit === "word" ? oneLine(token, 24) : named(token);
  });
  const width = Math.max(6, ...names.map((name) => name.length + 1));
  lines.push("", `  ${" ".repeat(width)}${shown.map((v) => v.name.padStart(8)).join("")}`);
  names.forEach((name, t) => {
    lines.push(`  ${name.padEnd(width)}${shown.map((v) => mean(unitsAt(v, t)).toFixed(3).padStart(8)).join("")}`);
  });
  terminal.result(`${lines.join("\n")}\n`);
}

const quoted = (c: string): string => (/[",\n\r]/.test(c) ? `"${c.replaceAll('"', '""').replace("\n", "\\n")}"` : c);
