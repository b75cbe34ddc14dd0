/**
 * Which layer may stand where, and how much an architecture may hold: ids come in at the front, heads end it, and
 * after `output: "last"` there is no time left to run over. The limits keep a hostile file from costing hours.
 */
import { ArgumentError } from "../errors.ts";
import type { Architecture, Layer } from "./layers.ts";

/** Sizes and ids are exact in float32 up to here. */
export const LARGEST = 2 ** 24;
/** All layers, each of a stack and each direction counted. */
export const MOST_LAYERS = 256;
/** Branches in branches. */
export const DEEPEST = 8;
/** Characters of equations, over all layers; a single cell may have as many. */
export const MOST_TEXT = 65_536;

const where = "sequential";

/** What comes into a layer: ids or values from outside, or rows of the layers before. */
type Incoming = "data" | "steps" | "last";

/** @throws {ArgumentError} if a layer stands where it cannot, or there is too much of them */
export function checkOrder(layers: readonly Layer[]): void {
  const count = { layers: 0, text: 0 };
  walk(layers, "data", 1, { endsInside: false }, count);
  if (count.layers > MOST_LAYERS) {
    const expected = `at most ${MOST_LAYERS}, all stacks and directions counted`;
    fail(`${count.layers} layers`, expected, "no larger network has been of use; take more units.");
  }
  if (count.text > MOST_TEXT) {
    fail(`${count.text} characters of equations`, `at most ${MOST_TEXT}`, "leave comments out, or take fewer cells.");
  }
}

interface Context {
  /** More layers follow behind this branch, so that it cannot end in heads. */
  readonly endsInside: boolean;
}

/** Returns what the last layer gives. */
function walk(
  layers: readonly Layer[],
  from: Incoming,
  depth: number,
  context: Context,
  count: { layers: number; text: number },
): Incoming {
  if (depth > DEEPEST + 1) fail(`branches ${depth - 1} deep`, `at most ${DEEPEST}`, "join them one level higher.");
  let now = from;
  layers.forEach((given, k) => {
    // a cell, or a function that was not called
    const layer = Object(given) as Layer;
    count.layers += layer.kind === "recurrent" ? layer.layers * (layer.direction === "both" ? 2 : 1) : 1;
    if (layer.kind === "inputs") {
      if (k > 0 || from !== "data") misplaced("inputs", "the first layer");
      now = joined(layer.branches, depth, count);
    } else if (layer.kind === "heads") {
      if (k < layers.length - 1 || context.endsInside) misplaced("heads", "the last layer of all");
      for (const branch of Object.values(layer.branches)) {
        walk(branch.layers, now === "data" ? "steps" : now, depth + 1, context, count);
      }
    } else if (layer.kind === "embedding") {
      if (k > 0 || from !== "data") misplaced("embedding", "the first layer, where ids come in");
      now = "steps";
    } else if (layer.kind === "recurrent") {
      count.text += layer.cell.text.length;
      if (now === "last") {
        const mend = 'give the layer before it output: "every".';
        fail('recurrent after output: "last"', "layers that need no time", mend);
      }
      now = layer.output === "last" ? "last" : "steps";
    } else if (layer.kind === "residual") {
      now = walk(layer.layers, now === "data" ? "steps" : now, depth + 1, { endsInside: true }, count);
    } else if (!["dense", "dropout", "layerNorm", "activityRegularization"].includes(layer.kind)) {
      const mend = "layers are what recurrent(…), dense(…) and their like return.";
      fail(`${typeof given} without a layer's kind`, "layers", mend);
    } else if (now === "data") now = "steps";
  });
  return now;
}

function joined(
  branches: Readonly<Record<string, Architecture>>,
  depth: number,
  count: { layers: number; text: number },
): Incoming {
  const ends = Object.values(branches).map((b) => walk(b.layers, "data", depth + 1, { endsInside: true }, count));
  if (ends.some((end) => end !== ends[0])) {
    const mend = 'end all branches with output: "last", or none.';
    fail('inputs of which some end with output: "last"', "branches that can be joined", mend);
  }
  return ends[0]!;
}

const misplaced = (layer: string, place: string): never =>
  fail(`${layer} elsewhere`, `${layer} as ${place}`, "reorder the layers.");

function fail(described: string, expected: string, mend: string): never {
  throw new ArgumentError({ where, argument: "layers", given: described, described, expected, mend });
}
