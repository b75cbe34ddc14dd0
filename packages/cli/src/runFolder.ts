/**
 * A run's folder: `runs/NAME/` with the model, the checkpoint, every setting, and what happened. Never another run's:
 * names are numbered up. What must stay whole is written beside and renamed.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Checkpoint, JudgedText, LanguageSettings, Model, TrainingRecord } from "cellstate";
import { assertWritable, loadCheckpoint, saveCheckpoint, saveModel, writeFileAtomic } from "cellstate/node";
import { Failure, failureFrom } from "./failure.ts";
import { bits } from "./format.ts";

/** Everything that a run needs to go on; guesses included. */
export interface RunConfig {
  readonly format: 1;
  readonly cellstate: string;
  readonly task: "language";
  readonly data: { readonly path: string; readonly name: string; readonly sha256: string; readonly bytes: number };
  readonly cell: { readonly name: string; readonly text: string };
  readonly minCount: number;
  readonly settings: LanguageSettings;
  /** What is written at every validation. */
  readonly sample: { readonly prompt: string; readonly temperature: number; readonly length: number };
}

export interface RunFolder {
  readonly path: string;
  readonly model: string;
  readonly checkpoint: string;
  readonly config: string;
  readonly metrics: string;
  readonly samples: string;
  readonly events: string;
  saveModel(model: Model): Promise<void>;
  /** The checkpoint, and the table of its records; `judged` tells how losses become bits a character. */
  saveCheckpoint(checkpoint: Checkpoint, judged: JudgedText): Promise<void>;
  saveConfig(config: RunConfig): Promise<void>;
  /** A line of log.ndjson. */
  log(event: string, facts?: object): void;
  addSample(step: number, text: string): void;
}

const OWN = ["model.safetensors", "checkpoint", "config.json", "metrics.csv", "log.ndjson", "samples.txt"];

/** Proves that a file can be made where the run shall be, before anything is read or computed. */
export async function proveWritable(place: string): Promise<void> {
  let parent = place;
  while (!existsSync(parent) && dirname(parent) !== parent) parent = dirname(parent);
  try {
    if (!(await stat(parent)).isDirectory())
      throw new Failure(
        "resources",
        `${parent} is a file, so ${place} cannot be a run's folder`,
        "choose another place with --out",
      );
    await assertWritable(join(parent, "cellstate"));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      "resources",
      `nothing can be written in ${parent}`,
      ...failureFrom(error).mend,
      "choose another place with --out",
    );
  }
}

export interface Place {
  /** A folder of one's own choice. */
  readonly out?: string | undefined;
  /** runs/NAME. */
  readonly name: string;
  /** A finished run there may be replaced. */
  readonly force: boolean;
}

/** A new folder; `taken` says which name was in use. */
export async function newRun({ out, name, force }: Place): Promise<{ run: RunFolder; taken?: string }> {
  const wanted = out ?? join("runs", name);
  try {
    if (out !== undefined || force) {
      await mkdir(wanted, { recursive: true });
      const present = (await readdir(wanted)).filter((one) => OWN.includes(one));
      if (present.length > 0 && !force) {
        throw new Failure(
          "usage",
          `${wanted} holds a run already`,
          `--force replaces it; to go on with it: cellstate train --resume ${wanted}`,
        );
      }
      for (const one of present) await rm(join(wanted, one), { recursive: true });
      return { run: openRun(wanted) };
    }
    await mkdir(dirname(wanted), { recursive: true });
    for (let n = 1; ; n++) {
      const path = n === 1 ? wanted : `${wanted}-${n}`;
      try {
        await mkdir(path);
        return { run: openRun(path), ...(n > 1 && { taken: n === 2 ? wanted : `${wanted}-${n - 1}` }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST" || n > 10_000) throw error;
      }
    }
  } catch (error) {
    throw failureFrom(error, error instanceof Failure ? undefined : "resources");
  }
}

export function openRun(path: string): RunFolder {
  const at = (name: string): string => join(path, name);
  const run: RunFolder = {
    path,
    model: at("model.safetensors"),
    checkpoint: join(path, "checkpoint", "last.safetensors"),
    config: at("config.json"),
    metrics: at("metrics.csv"),
    samples: at("samples.txt"),
    events: at("log.ndjson"),
    saveModel: (model) => saveModel(model, run.model),
    async saveCheckpoint(checkpoint, { tokens, characters }) {
      await mkdir(dirname(run.checkpoint), { recursive: true });
      await saveCheckpoint(checkpoint, run.checkpoint);
      await writeFileAtomic(run.metrics, Buffer.from(table(checkpoint.records, tokens / characters)));
    },
    saveConfig: (config) => writeFileAtomic(run.config, Buffer.from(`${JSON.stringify(config, null, 2)}\n`)),
    log: (event, facts = {}) =>
      appendFileSync(run.events, `${JSON.stringify({ time: new Date().toISOString(), event, ...facts })}\n`),
    addSample: (step, text) => appendFileSync(run.samples, `${heading(step)}\n${text}\n\n`),
  };
  return run;
}

const heading = (step: number): string => `── after ${step} updates ──`;

function table(records: readonly TrainingRecord[], perCharacter: number): string {
  const columns = "step,epoch,train_loss,validation_loss,bits_per_character,learning_rate,gradient_norm,clipped_share";
  const rows = records.map((r) => {
    const judged =
      r.validationLoss === undefined ? ["", ""] : [r.validationLoss, bits(r.validationLoss * perCharacter)];
    return [r.step, r.epoch, r.trainLoss, ...judged, r.learningRate, r.gradientNorm, r.clippedShare].join(",");
  });
  return `${[columns, ...rows].join("\n")}\n`;
}

/** A run to go on with, by its folder or anything in it. No checkpoint: it was stopped before the first. */
export async function findRun(
  given: string,
): Promise<{ run: RunFolder; config: RunConfig; checkpoint: Checkpoint | undefined }> {
  const path = given === "" ? await latestRun() : runPath(given);
  const run = openRun(path);
  let config: RunConfig;
  try {
    config = JSON.parse(await readFile(run.config, "utf8")) as RunConfig;
    if (
      config.format !== 1 ||
      config.task !== "language" ||
      config.settings === undefined ||
      config.data === undefined ||
      config.sample === undefined
    )
      throw new SyntaxError("another format");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const problem = isMissing
      ? `${path} is no run: it has no config.json`
      : `${run.config} cannot be read: ${(error as Error).message}`;
    throw new Failure("model", problem, "give the folder that a training wrote: cellstate train --resume runs/NAME");
  }
  const checkpoint = existsSync(run.checkpoint) ? await loadCheckpoint(run.checkpoint) : undefined;
  await dropSamplesAfter(run.samples, checkpoint?.counters.step ?? -1);
  await dropCutLine(run.events);
  return { run, config, checkpoint };
}

/** The text that a run's model was trained on, by the config beside it; undefined where there is none, or a pipe. */
export async function textOfRun(modelPath: string): Promise<string | undefined> {
  const config = await readFile(join(dirname(modelPath), "config.json"), "utf8").catch(() => "{}");
  try {
    const { data } = JSON.parse(config) as Partial<RunConfig>;
    return typeof data?.path === "string" && data.path !== "-" ? data.path : undefined;
  } catch {
    return undefined;
  }
}

function runPath(given: string): string {
  const path = given.replace(/(?<=.)[/\\]+$/, "");
  for (const one of [path, dirname(path), dirname(dirname(path))]) if (existsSync(join(one, "config.json"))) return one;
  return path;
}

async function latestRun(): Promise<string> {
  const names = await readdir("runs").catch(() => [] as string[]);
  const dated = await Promise.all(
    names.map(async (name) => {
      const path = join("runs", name);
      return { path, time: (await stat(join(path, "config.json")).catch(() => undefined))?.mtimeMs ?? -1 };
    }),
  );
  const latest = dated.filter(({ time }) => time >= 0).sort((a, b) => b.time - a.time)[0];
  if (latest) return latest.path;
  throw new Failure(
    "usage",
    "--resume: there is no run in runs/ to go on with",
    "name it: cellstate train --resume PATH",
  );
}

/** What a killed run wrote after its checkpoint comes again; the last heading may have been cut off. */
async function dropSamplesAfter(path: string, step: number): Promise<void> {
  if (!existsSync(path)) return;
  const text = readFileSync(path, "utf8");
  const later = [...text.matchAll(/^── after (\d+) updates ──$/gm)].find((found) => Number(found[1]) > step);
  const lastLine = text.lastIndexOf("\n") + 1;
  const end = later?.index ?? (/^[─\ufffd]/.test(text.slice(lastLine)) ? lastLine : text.length);
  if (end < text.length) await writeFileAtomic(path, Buffer.from(text.slice(0, end)));
}

/** A line that a killed run had begun. */
async function dropCutLine(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const text = readFileSync(path, "utf8");
  if (!text.endsWith("\n")) await writeFileAtomic(path, Buffer.from(text.slice(0, text.lastIndexOf("\n") + 1)));
}
