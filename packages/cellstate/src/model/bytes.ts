/**
 * A model as the bytes of one safetensors file that PyTorch and others open: every parameter by name, and in the
 * metadata the architecture with its cells' equations, the facts (vocabulary, scaler, training) and a digest.
 * Reading runs no code, and reserves no memory before everything in the file fits together.
 */

import type { Weights } from "../engine/engine.ts";
import { ArgumentError, FileError } from "../errors.ts";
import type { Architecture } from "../layers/layers.ts";
import { LARGEST } from "../layers/order.ts";
import { readArchitecture } from "../layers/read.ts";
import { mostRowBytes, rowBytes } from "./budget.ts";
import { createCore, type EngineChoice, type Mode, openSpace } from "./core.ts";
import { deepFor } from "./deepFor.ts";
import { checkFacts } from "./facts.ts";
import { createLife } from "./life.ts";
import { internalsOf, type Model, makeModel } from "./model.ts";
import { shapesOf, writeParameters } from "./parameters.ts";
import { type Plan, type PlanOptions, planArchitecture } from "./plan.ts";
import { readSealed, type StoredTensor, withDigest, writeSafetensors } from "./safetensors.ts";
import { halfTensor, LARGEST_HALF, numbersOf, storedTensor } from "./safetensors-numbers.ts";
import type { Threads } from "./threads.ts";
import { drawsInside, noiseFor } from "./training.ts";

/**
 * Raised when an older reader could no longer understand the file: 2 has 8-bit matrices, 3 noise inside cells or of an
 * embedding's entries, or what deep networks have between layers; others are still written as 1.
 */
const FORMAT = 3;
const KEY = "cellstate";

/** What stands in the metadata under "cellstate". */
interface Card {
  readonly format: number;
  /** f32 if missing. */
  readonly weights?: Weights;
  readonly architecture: Architecture;
  /** Values a step of each input, by name; "" for the only one. */
  readonly inputSizes: Readonly<Record<string, number>>;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** How a model file is written. */
export interface BytesOptions {
  /**
   * How weights are stored. `"f32"`, the default: with all their bits. `"f16"`: in half the space, each rounded to the
   * nearest of half precision, 11 significant bits; what reads the file computes in float32 all the same.
   */
  readonly precision?: "f32" | "f16";
}

/** The whole model as one file's bytes. */
export function modelToBytes(model: Model, { precision = "f32" }: BytesOptions = {}): Uint8Array<ArrayBuffer> {
  const where = "model.toBytes";
  const isHalf = precision === "f16";
  const refuse = (described?: string): never => {
    const expected = `"f32", or "f16" for weights of at most ${LARGEST_HALF}`;
    const mend = "leave it out for float32.";
    throw new ArgumentError({ where, argument: "precision", given: precision, described, expected, mend });
  };
  const core = internalsOf(model).core();
  const { plan, integers } = core;
  if (plan.fixed.length > 0) {
    const described = `a model with fixed values of ${plan.fixed.flatMap((f) => Object.keys(f.values)).join(", ")}`;
    const mend = "a file holds equations and weights as they are; fix the values again after loading.";
    const expected = "the model that with() was called on";
    throw new ArgumentError({ where, argument: "model", given: "a twin", described, expected, mend });
  }
  checkFacts(model.facts, where);
  if (!isHalf && precision !== "f32") refuse();
  if (isHalf) integers?.refuse(where);
  const inputSizes = Object.fromEntries([...plan.inputs].map(([name, edge]) => [name, plan.edges[edge]!.size]));
  const { architecture, facts, weights } = model;
  const isNewer = plan.deep !== undefined || drawsInside(plan);
  const format = isNewer ? FORMAT : integers === undefined ? 1 : 2;
  const card: Card = { format, ...(integers && { weights }), architecture, inputSizes, facts };
  const tensors =
    integers?.tensors(core) ??
    new Map(
      model.parameters().map(({ name, shape, values }) => {
        if (!isHalf) return [name, storedTensor(values, shape)] as const;
        const large = values.find((value) => Math.abs(value) > LARGEST_HALF);
        if (large) refuse(`"f16" with ${large} in ${name}`);
        return [name, halfTensor(values, shape)] as const;
      }),
    );
  const metadata = new Map([
    ["format", "pt"],
    [KEY, JSON.stringify(card)],
  ]);
  return writeSafetensors(withDigest({ tensors, metadata }));
}

/** How a model file is read. */
export interface LoadOptions {
  /** The file's name, for messages. None if omitted. */
  readonly file?: string;
  /** As in `createModel`. Default `"wasm"`. */
  readonly engine?: EngineChoice;
  /** How many threads may work on it: as `createModel`'s. */
  readonly threads?: Threads;
  /** As in `createModel`. Default `"strict"`. */
  readonly mode?: Mode;
}

/**
 * A model from its file's bytes.
 *
 * @param bytes - what `model.toBytes()` gave
 * @returns a model with the bits that the file has, architecture and facts
 * @throws {FileError} if the bytes are damaged, incomplete, from a newer version, or no model
 * @throws {ArgumentError} if they are no Uint8Array
 * @example const again = await modelFrom(model.toBytes());
 */
export async function modelFrom(
  bytes: Uint8Array,
  { file, engine = "wasm", threads, mode }: LoadOptions = {},
): Promise<Model> {
  const where = "modelFrom";
  if (!(bytes instanceof Uint8Array)) {
    const mend = "an ArrayBuffer becomes one by new Uint8Array(buffer).";
    throw new ArgumentError({ where, argument: "bytes", given: bytes, expected: "a Uint8Array", mend });
  }
  const content = readSealed(bytes, KEY, { ...(file !== undefined && { file }) });
  const card = readCard(content.metadata.get(KEY), file);
  const int8 = card.weights === "i8" ? await import("./int8/files.ts") : undefined;
  const modules = { int8, noise: await noiseFor(card.architecture), deep: await deepFor(card.architecture) };
  const { plan, values } = readTensors(content.tensors, card, file, { ...modules, fileBytes: bytes.length });
  const integers = int8?.integers();
  const space = await openSpace({ engine, threads, mode, integers: integers?.products }, where);
  const core = createCore(space, plan, integers);
  writeParameters(core, values);
  return makeModel(
    card.architecture,
    engine,
    card.facts,
    createLife(() => core, core.close),
    card.weights,
  );
}

type Int8 = typeof import("./int8/files.ts");

type Fail = (field: string, given: unknown, expected: string, mend: string, described?: string) => never;

const failing =
  (file: string | undefined): Fail =>
  (field, given, expected, mend, described) => {
    throw new FileError({ file, field, given, described, expected, mend });
  };

/** What went wrong inside, on one line. */
const lineOf = (error: unknown): string => (error as Error).message.split("\n", 1)[0]!.slice(0, 160);

function readCard(text: string | undefined, file: string | undefined): Card {
  const fail = failing(file);
  const mend = "the file is no cellstate model, or damaged; save it again.";
  if (text === undefined) return fail(KEY, undefined, "a model's description", mend, "missing");
  let card: Record<string, unknown>;
  try {
    card = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return fail(KEY, text.slice(0, 40), "JSON", mend);
  }
  const { format, weights = "f32", architecture, inputSizes, facts } = card ?? {};
  if (!Number.isSafeInteger(format) || (format as number) < 1) fail(`${KEY}.format`, format, "a whole number", mend);
  if ((format as number) > FORMAT) {
    const newer = "the file was written by a newer version; update cellstate.";
    fail(`${KEY}.format`, format, `at most ${FORMAT}`, newer);
  }
  if (weights !== "f32" && weights !== "i8") fail(`${KEY}.weights`, weights, 'one of "f32", "i8"', mend);
  if (!isRecord(inputSizes) || !Object.values(inputSizes).every(isSize)) {
    fail(`${KEY}.inputSizes`, JSON.stringify(inputSizes), `a size from 1 to ${LARGEST} for each input`, mend);
  }
  try {
    checkFacts(facts, KEY);
  } catch {
    fail(`${KEY}.facts`, facts, "an object, not too deep", mend);
  }
  try {
    return {
      format: format as number,
      weights: weights as Weights,
      architecture: readArchitecture(architecture),
      inputSizes: inputSizes as Record<string, number>,
      facts: facts as Record<string, unknown>,
    };
  } catch (error) {
    return fail(`${KEY}.architecture`, error, "layers as this version knows them", mend, `wrong (${lineOf(error)})`);
  }
}

interface Asked {
  readonly int8: Int8 | undefined;
  readonly fileBytes: number;
}

/** All parameters that the architecture asks for, each of its shape and finite; and nothing else. */
function readTensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  card: Card,
  file: string | undefined,
  { int8, noise, deep, fileBytes }: Asked & Pick<PlanOptions, "noise" | "deep">,
): { plan: Plan; values: Record<string, ArrayLike<number>> } {
  const fail = failing(file);
  const mend = "the file's parts do not belong together; save it again.";
  let plan: Plan;
  let shapes: { name: string; shape: readonly number[]; dtype?: "I8" }[];
  try {
    plan = planArchitecture(card.architecture, { inputSizes: card.inputSizes, noise, deep });
    shapes = int8 === undefined ? shapesOf(plan) : int8.shapesOf(plan);
  } catch (error) {
    return fail(`${KEY}.architecture`, error, "equations and sizes that fit", mend, `wrong (${lineOf(error)})`);
  }
  const [row, most] = [rowBytes(plan), mostRowBytes(fileBytes)];
  if (row > most) fail(`${KEY}.architecture`, row, `at most ${most} bytes a step`, mend, `${row} bytes a step`);
  const wanted = new Set(shapes.map((s) => s.name));
  for (const name of tensors.keys())
    if (!wanted.has(name)) fail(name, name, "only the model's parameters", mend, "one too many");
  const values: Record<string, ArrayLike<number>> = Object.create(null);
  for (const { name, shape, dtype } of shapes) {
    const tensor = tensors.get(name);
    if (tensor === undefined) return fail(name, undefined, `a tensor [${shape.join(", ")}]`, mend, "missing");
    if (tensor.shape.length !== shape.length || tensor.shape.some((n, k) => n !== shape[k])) {
      fail(`${name}.shape`, tensor.shape, `[${shape.join(", ")}]`, mend);
    }
    const isRight = dtype === undefined ? /^B?F(16|32|64)$/.test(tensor.dtype) : tensor.dtype === dtype;
    if (!isRight) fail(`${name}.dtype`, tensor.dtype, dtype ?? "one of F64 F32 BF16 F16", mend);
    const numbers = numbersOf(tensor, name);
    const strange = numbers.findIndex((v) => !Number.isFinite(Math.fround(v)));
    if (strange >= 0)
      fail(`${name}[${strange}]`, numbers[strange], "a finite number", "train again; these weights are lost.");
    values[name] = numbers;
  }
  const strangers = Object.keys(card.inputSizes).filter((name) => !plan.inputs.has(name));
  if (strangers.length > 0) fail(`${KEY}.inputSizes`, strangers, "the architecture's inputs only", mend);
  return { plan, values: int8 === undefined ? values : int8.weightsFrom(plan, values, fail) };
}

const isSize = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) > 0 && (n as number) <= LARGEST;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
