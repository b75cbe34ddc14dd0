/**
 * A model as the bytes of one safetensors file that PyTorch and others open: every parameter by name, and in the
 * metadata the architecture with its cells' equations, the facts (vocabulary, scaler, training) and a digest.
 * Reading runs no code, and reserves no memory before everything in the file fits together.
 */
import { FileError } from "../errors.ts";
import type { Architecture } from "../layers/layers.ts";
import { readArchitecture } from "../layers/read.ts";
import { createCore, type EngineChoice, openSpace } from "./core.ts";
import { internalsOf, type Model, makeModel } from "./model.ts";
import { shapesOf, writeParameters } from "./parameters.ts";
import { planArchitecture } from "./plan.ts";
import { readSafetensors, type StoredTensor, verifyDigest, withDigest, writeSafetensors } from "./safetensors.ts";
import { numbersOf, storedTensor } from "./safetensors-numbers.ts";

/** Raised when an older reader could no longer understand the file. */
const FORMAT = 1;
const KEY = "cellstate";

/** What stands in the metadata under "cellstate". */
interface Card {
  readonly format: number;
  readonly architecture: Architecture;
  /** Values a step of each input, by name; "" for the only one. */
  readonly inputSizes: Readonly<Record<string, number>>;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The whole model as one file's bytes. */
export function modelToBytes(model: Model): Uint8Array<ArrayBuffer> {
  const { plan } = internalsOf(model).core();
  const inputSizes = Object.fromEntries([...plan.inputs].map(([name, edge]) => [name, plan.edges[edge]!.size]));
  const card: Card = { format: FORMAT, architecture: model.architecture, inputSizes, facts: model.facts };
  const tensors = new Map(
    model.parameters().map(({ name, shape, values }) => [name, storedTensor(values, shape)] as const),
  );
  const metadata = new Map([
    ["format", "pt"],
    [KEY, JSON.stringify(card)],
  ]);
  return writeSafetensors(withDigest({ tensors, metadata }));
}

export interface LoadOptions {
  /** The file's name, for messages. */
  readonly file?: string;
  readonly engine?: EngineChoice;
}

/**
 * A model from its file's bytes.
 *
 * @throws {FileError} if the bytes are damaged, incomplete, from a newer version, or no model
 * @example const again = await modelFrom(model.toBytes());
 */
export async function modelFrom(bytes: Uint8Array, { file, engine = "wasm" }: LoadOptions = {}): Promise<Model> {
  const content = readSafetensors(bytes, { ...(file !== undefined && { file }) });
  verifyDigest(content, { ...(file !== undefined && { file }) });
  const card = readCard(content.metadata.get(KEY), file);
  const values = readTensors(content.tensors, card, file);
  const core = createCore(await openSpace(engine), card.architecture, card.inputSizes);
  writeParameters(core, values);
  return makeModel(card.architecture, engine, card.facts, () => core);
}

type Fail = (field: string, given: unknown, expected: string, mend: string) => never;

const failing =
  (file: string | undefined): Fail =>
  (field, given, expected, mend) => {
    throw new FileError({ file, field, given, expected, mend });
  };

function readCard(text: string | undefined, file: string | undefined): Card {
  const fail = failing(file);
  const mend = "the file is no cellstate model, or damaged; save it again.";
  if (text === undefined) return fail(KEY, "no such metadata", "a model's description", mend);
  let card: Record<string, unknown>;
  try {
    card = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return fail(KEY, text.slice(0, 40), "JSON", mend);
  }
  const { format, architecture, inputSizes, facts } = card ?? {};
  if (!Number.isSafeInteger(format) || (format as number) < 1) fail(`${KEY}.format`, format, "a whole number", mend);
  if ((format as number) > FORMAT) {
    const newer = "the file was written by a newer version; update cellstate.";
    fail(`${KEY}.format`, format, `at most ${FORMAT}`, newer);
  }
  if (!isRecord(inputSizes) || !Object.values(inputSizes).every((n) => Number.isSafeInteger(n) && (n as number) > 0)) {
    fail(`${KEY}.inputSizes`, inputSizes, "a size for each input", mend);
  }
  if (!isRecord(facts)) fail(`${KEY}.facts`, facts, "an object", mend);
  try {
    return {
      format: format as number,
      architecture: readArchitecture(architecture),
      inputSizes: inputSizes as Record<string, number>,
      facts: facts as Record<string, unknown>,
    };
  } catch (error) {
    return fail(`${KEY}.architecture`, (error as Error).message, "layers as this version knows them", mend);
  }
}

/** All parameters that the architecture asks for, each of its shape and finite; and nothing else. */
function readTensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  card: Card,
  file: string | undefined,
): Record<string, ArrayLike<number>> {
  const fail = failing(file);
  const mend = "the file's parts do not belong together; save it again.";
  let shapes: { name: string; shape: readonly number[] }[];
  try {
    shapes = shapesOf(planArchitecture(card.architecture, { inputSizes: card.inputSizes }));
  } catch (error) {
    return fail(`${KEY}.architecture`, (error as Error).message, "equations and sizes that fit", mend);
  }
  const wanted = new Set(shapes.map((s) => s.name));
  for (const name of tensors.keys()) if (!wanted.has(name)) fail(name, "a tensor", "only the model's parameters", mend);
  const values: Record<string, ArrayLike<number>> = Object.create(null);
  for (const { name, shape } of shapes) {
    const tensor = tensors.get(name);
    if (tensor === undefined) return fail(name, "nothing", `a tensor [${shape.join(", ")}]`, mend);
    if (tensor.shape.length !== shape.length || tensor.shape.some((n, k) => n !== shape[k])) {
      fail(`${name}.shape`, tensor.shape, `[${shape.join(", ")}]`, mend);
    }
    const numbers = numbersOf(tensor, name);
    const strange = numbers.findIndex((v) => !Number.isFinite(Math.fround(v)));
    if (strange >= 0)
      fail(`${name}[${strange}]`, String(numbers[strange]), "a finite number", "train again; these weights are lost.");
    values[name] = numbers;
  }
  return values;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
