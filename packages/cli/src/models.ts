/** A model by what somebody typed: a model file, a run's folder, or a run's name. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Model } from "cellstate";
import { loadModel } from "cellstate/node";
import { Failure, failureFrom } from "./failure.ts";
import { nearest } from "./nearest.ts";

const FILE = "model.safetensors";

/** Where the model's file is. */
export function modelPath(given: string | undefined, commandName: string): string {
  if (given === undefined) {
    const mend = `cellstate ${commandName} runs/NAME`;
    throw new Failure("usage", `${commandName} needs a model: a run's folder or a model file`, mend, ...runsHere());
  }
  for (const path of [given, join("runs", given)]) {
    if (!existsSync(path)) continue;
    if (!statSync(path).isDirectory()) return path;
    const inside = join(path, FILE);
    if (existsSync(inside)) return inside;
    if (!existsSync(join(path, "config.json")))
      throw new Failure(
        "model",
        `${path} is a directory without ${FILE}`,
        "give a run's folder or a model file",
        ...runsHere(),
      );
    throw new Failure(
      "model",
      `${path} has no model yet: it was stopped before the first was saved`,
      `to go on with it: cellstate train --resume ${path}`,
    );
  }
  const folder = dirname(given);
  const near = nearest(
    basename(given),
    existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [],
  );
  throw new Failure(
    "model",
    `${given} does not exist`,
    near ? `did you mean ${join(folder, near)}?` : undefined,
    ...(near ? [] : runsHere()),
  );
}

function runsHere(): string[] {
  const names = existsSync("runs") ? readdirSync("runs").filter((name) => existsSync(join("runs", name, FILE))) : [];
  return names.length > 0
    ? [
        `runs here: ${names
          .slice(0, 8)
          .map((name) => `runs/${name}`)
          .join("  ")}`,
      ]
    : ["train one first: cellstate train FILE.txt"];
}

export async function openModel(path: string): Promise<Model> {
  try {
    return await loadModel(path);
  } catch (error) {
    throw failureFrom(error, "model");
  }
}
