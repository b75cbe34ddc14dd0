/** The models that are open in this worker, and what their card says. */
import {
  type Architecture,
  ArgumentError,
  cell,
  cellDiagram,
  cellMarkup,
  type Diagram,
  type Layer,
  type Model,
  modelFrom,
  noisyCell,
  schedule,
} from "cellstate";
import { type Reading, readingOf } from "./tokens.ts";

/** One recurrent layer in one direction: a cell and what it computes. */
export interface LayerCard {
  /** "recurrent.0" */
  readonly layer: string;
  readonly direction: "forward" | "backward";
  readonly units: number;
  readonly cell: CellCard;
}

export interface CellCard {
  readonly name: string;
  readonly text: string;
  /** One `<math>` element; escaped by the library. */
  readonly markup: string;
  /** In the text's order. */
  readonly values: readonly ValueCard[];
  readonly output: string;
  /** Its stages are the equations in the order of computation. */
  readonly diagram: Diagram;
}

export interface ValueCard {
  readonly name: string;
  /** The number of its equation among the diagram's stages, from 0. */
  readonly stage: number;
  readonly caption?: string;
  readonly isState: boolean;
  /** s = a · s[t-1] + b: what the ledger can be kept of. */
  readonly linear?: { readonly a: string; readonly b: string };
}

/** What a page says about a model. */
export interface ModelCard {
  readonly id: number;
  readonly name: string;
  /** Of the file. */
  readonly bytes: number;
  readonly weights: "f32" | "i8";
  readonly parameterCount: number;
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly architecture: Architecture;
  readonly layers: readonly LayerCard[];
  readonly reading: Reading;
  readonly facts: Readonly<Record<string, unknown>>;
}

interface Opened {
  readonly model: Model;
  readonly card: ModelCard;
  /** Twins with fixed values, by their JSON. */
  readonly twins: Map<string, Model>;
}

/** Which values are held at a number: `{ f: 1 }`. */
export type Fixed = Readonly<Record<string, number>>;

const opened = new Map<number, Opened>();
let last = 0;

export function openedModel(id: number): Opened {
  const found = opened.get(id);
  if (found) return found;
  throw new ArgumentError({
    where: "explorer",
    argument: "model",
    given: id,
    expected: "a model that is open",
    mend: "open the file again.",
  });
}

/** The model, or its twin with some values fixed. */
export function twinOf(id: number, fixed: Fixed = {}): Model {
  const { model, twins } = openedModel(id);
  if (Object.keys(fixed).length === 0) return model;
  const key = JSON.stringify(fixed);
  const known = twins.get(key);
  if (known) return known;
  const made = model.with(fixed);
  twins.set(key, made);
  return made;
}

export function cellCard(name: string, text: string): CellCard {
  const made = cell(name, text);
  const { linear } = schedule(made, { backward: false });
  const values = made.syntax.definitions.flatMap(({ names, caption }) =>
    names.map((one) => ({
      name: one,
      stage: made.facts.order.findIndex((definition) => definition.names.includes(one)),
      ...(caption !== undefined && { caption }),
      isState: made.facts.states.includes(one),
      ...(linear[one] !== undefined && { linear: linear[one] }),
    })),
  );
  return { name, text, markup: cellMarkup(made), values, output: made.facts.output, diagram: cellDiagram(made) };
}

/** In the order of the data's way, as traces name them. */
function layersOf(architecture: Architecture): LayerCard[] {
  let count = 0;
  const cardsOf = (layer: Layer): LayerCard[] => {
    if (layer.kind === "residual") return layer.layers.flatMap(cardsOf);
    if (layer.kind !== "recurrent") return [];
    // as it runs here: with zoneout's mean
    const { name: cellName, text } = noisyCell(layer, { training: false });
    const card = cellCard(cellName, text);
    const directions = layer.direction === "both" ? (["forward", "backward"] as const) : ([layer.direction] as const);
    return Array.from({ length: layer.layers }, () => `recurrent.${count++}`).flatMap((name) =>
      directions.map((direction) => ({ layer: name, direction, units: layer.sizes["units"] ?? 0, cell: card })),
    );
  };
  return architecture.layers.flatMap(cardsOf);
}

/** Puts a model among the open ones. */
export function register(model: Model, name: string, bytes: number): ModelCard {
  const parameters = model.parameters();
  // what enters the first layer stands on the second axis of its first matrix over x
  const first = parameters.find((p) => p.shape.length === 2);
  const card: ModelCard = {
    id: ++last,
    name,
    bytes,
    weights: model.weights,
    parameterCount: model.parameterCount,
    parameters: parameters.map((p) => ({ name: p.name, shape: p.shape })),
    architecture: model.architecture,
    layers: layersOf(model.architecture),
    reading: readingOf(model, first?.shape[1]),
    facts: model.facts,
  };
  opened.set(card.id, { model, card, twins: new Map() });
  return card;
}

export const modelCalls = {
  /** @throws {FileError} what is wrong with the file */
  async open({ bytes, name }: { bytes: Uint8Array; name: string }): Promise<ModelCard> {
    const model = await modelFrom(bytes, { file: name });
    try {
      return register(model, name, bytes.length);
    } catch (error) {
      model.close();
      throw error;
    }
  },
  /** The file's bytes, as the command line writes them. */
  bytes({ id }: { id: number }): Uint8Array {
    return openedModel(id).model.toBytes();
  },
  close({ id }: { id: number }): void {
    opened.get(id)?.model.close();
    opened.delete(id);
  },
  /** A cell's card as somebody types it. @throws {CellError} with the place */
  readCell({ name, text }: { name: string; text: string }): CellCard {
    return cellCard(name, text);
  },
};
