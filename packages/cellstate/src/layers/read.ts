/**
 * An architecture out of foreign data: a model file, a link. Every layer goes through the function that a person
 * would have called, so that nothing is accepted that could not have been written by hand.
 */
import { cell } from "../cell/cell.ts";
import { type StartRule, startNames } from "../cell/syntax.ts";
import { activityRegularization, layerNorm, residual } from "./deep.ts";
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
import { DEEPEST, MOST_LAYERS, MOST_TEXT } from "./order.ts";

/** What has been read so far; a file that holds too much is refused before its equations are parsed. */
interface Account {
  layers: number;
  text: number;
}

/** @throws {Error} with what is wrong, from here or from the layer itself */
export function readArchitecture(data: unknown, depth = 0, account: Account = { layers: 0, text: 0 }): Architecture {
  if (depth > DEEPEST) throw new Error(`branches nest deeper than ${DEEPEST}`);
  const { kind, layers } = object(data, "architecture");
  if (kind !== "sequential" || !Array.isArray(layers))
    throw new Error('an architecture is { kind: "sequential", layers: […] }');
  account.layers += layers.length;
  if (account.layers > MOST_LAYERS) throw new Error(`more than ${MOST_LAYERS} layers`);
  return sequential(...layers.map((layer) => readLayer(layer, depth, account)));
}

function readLayer(data: unknown, depth: number, account: Account): Layer {
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
  /** Files without it are older, or have none. */
  const optional = (name: string): Record<string, never> =>
    layer[name] === undefined ? {} : { [name]: layer[name] as never };
  const branches = (): Record<string, Architecture> =>
    Object.fromEntries(
      Object.entries(object(layer.branches, "branches")).map(([name, branch]) => [
        name,
        readArchitecture(branch, depth + 1, account),
      ]),
    );
  switch (layer.kind) {
    case "embedding":
      return embedding({ vocabulary: number("vocabulary"), size: number("size"), ...optional("dropout") });
    case "dense": {
      const activation = activations.find((a) => a === layer.activation);
      if (activation === undefined) throw new Error(`dense.activation is none of ${activations.join(", ")}`);
      return dense({ units: number("units"), activation, ...("tied" in layer && { tied: text("tied") }) });
    }
    case "dropout":
      return dropout({ rate: number("rate") });
    case "layerNorm":
      return layerNorm();
    case "residual": {
      const { layers } = layer;
      if (!Array.isArray(layers)) throw new Error("residual.layers is no list");
      if (depth >= DEEPEST) throw new Error(`branches nest deeper than ${DEEPEST}`);
      account.layers += layers.length;
      if (account.layers > MOST_LAYERS) throw new Error(`more than ${MOST_LAYERS} layers`);
      return residual(...layers.map((inner) => readLayer(inner, depth + 1, account)));
    }
    case "activityRegularization":
      return activityRegularization({ l2: number("l2"), temporal: number("temporal") });
    case "inputs":
      return inputs(branches());
    case "heads":
      return heads(branches());
    case "recurrent": {
      const equations = object(layer.cell, "recurrent.cell");
      const equationText = text("text", equations);
      account.text += equationText.length;
      if (account.text > MOST_TEXT) throw new Error(`more than ${MOST_TEXT} characters of equations`);
      const start = object(layer.start, "recurrent.start");
      return recurrent(cell(text("name", equations), equationText), {
        ...(object(layer.sizes, "recurrent.sizes") as { units: number }),
        layers: number("layers"),
        direction: text("direction") as "forward",
        output: text("output") as "every",
        dropout: number("dropout"),
        ...optional("zoneout"),
        ...optional("recurrentDropout"),
        ...optional("weightDrop"),
        ...optional("residual"),
        ...optional("layerNorm"),
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
