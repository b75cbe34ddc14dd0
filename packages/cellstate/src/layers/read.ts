/**
 * An architecture out of foreign data: a model file, a link. Every layer goes through the function that a person
 * would have called, so that nothing is accepted that could not have been written by hand.
 */
import { cell } from "../cell/cell.ts";
import { type StartRule, startNames } from "../cell/syntax.ts";
import {
  type Architecture,
  activations,
  dense,
  dropout,
  embedding,
  heads,
  inputs,
  type Layer,
  recurrent,
  sequential,
} from "./layers.ts";

/** Branches in branches; deeper than anybody needs. */
const DEPTH = 8;
const MAX_LAYERS = 256;

/** @throws {Error} with what is wrong, from here or from the layer itself */
export function readArchitecture(data: unknown, depth = 0): Architecture {
  if (depth > DEPTH) throw new Error(`branches nest deeper than ${DEPTH}`);
  const { kind, layers } = object(data, "architecture");
  if (kind !== "sequential" || !Array.isArray(layers))
    throw new Error('an architecture is { kind: "sequential", layers: […] }');
  if (layers.length > MAX_LAYERS) throw new Error(`more than ${MAX_LAYERS} layers`);
  return sequential(...layers.map((layer) => readLayer(layer, depth)));
}

function readLayer(data: unknown, depth: number): Layer {
  const layer = object(data, "layer");
  const number = (name: string): number => {
    const value = layer[name];
    if (typeof value !== "number") throw new Error(`${String(layer.kind)}.${name} is no number`);
    return value;
  };
  const text = (name: string, from: Record<string, unknown> = layer): string => {
    const value = from[name];
    if (typeof value !== "string") throw new Error(`${String(layer.kind)}.${name} is no text`);
    return value;
  };
  const branches = (): Record<string, Architecture> =>
    Object.fromEntries(
      Object.entries(object(layer.branches, "branches")).map(([name, branch]) => [
        name,
        readArchitecture(branch, depth + 1),
      ]),
    );
  switch (layer.kind) {
    case "embedding":
      return embedding({ vocabulary: number("vocabulary"), size: number("size") });
    case "dense": {
      const activation = activations.find((a) => a === layer.activation);
      if (activation === undefined) throw new Error(`dense.activation is none of ${activations.join(", ")}`);
      return dense({ units: number("units"), activation });
    }
    case "dropout":
      return dropout({ rate: number("rate") });
    case "inputs":
      return inputs(branches());
    case "heads":
      return heads(branches());
    case "recurrent": {
      const equations = object(layer.cell, "recurrent.cell");
      if (number("layers") > MAX_LAYERS) throw new Error(`more than ${MAX_LAYERS} layers`);
      const start = object(layer.start, "recurrent.start");
      return recurrent(cell(text("name", equations), text("text", equations)), {
        ...(object(layer.sizes, "recurrent.sizes") as { units: number }),
        layers: number("layers"),
        direction: text("direction") as "forward",
        output: text("output") as "every",
        dropout: number("dropout"),
        start: Object.fromEntries(Object.entries(start).map(([name, rule]) => [name, readRule(rule)])),
      });
    }
    default:
      throw new Error(`no layer is called ${JSON.stringify(layer.kind)?.slice(0, 40)}`);
  }
}

function readRule(data: unknown): StartRule {
  const rule = object(data, "a start value");
  if (rule.kind === "number" && typeof rule.value === "number") return { kind: "number", value: rule.value };
  const name = startNames.find((n) => n === rule.name);
  const given = rule.arguments;
  if (rule.kind === "call" && name !== undefined && Array.isArray(given) && given.every((a) => typeof a === "number")) {
    return { kind: "call", name, arguments: given };
  }
  throw new Error(`a start value is a number or one of ${startNames.join(", ")}`);
}

function object(data: unknown, what: string): Record<string, unknown> {
  if (typeof data === "object" && data !== null && !Array.isArray(data)) return data as Record<string, unknown>;
  throw new Error(`${what} is no object`);
}
