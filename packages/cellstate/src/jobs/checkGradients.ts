/**
 * Whether a cell's gradients are right, for anyone who has just typed one: what the fast engine gives, in float32,
 * beside the float64 engine and beside central differences, (L(p + ε) − L(p − ε)) / 2ε, which know nothing of how the
 * cell was differentiated. At small sizes, with random parameters and inputs, from the cell's own first states, over rows
 * of two lengths.
 */
import { inferAxes } from "../cell/axes.ts";
import type { Cell } from "../cell/cell.ts";
import { generator } from "../data/random.ts";
import { recurrent, sequential } from "../layers/layers.ts";
import type { Gradients } from "../model/gradients.ts";
import { createModel, type Model } from "../model/model.ts";
import type { Sequences } from "../model/sequences.ts";
import { meanSquaredError } from "../train/losses.ts";

/** Two lists of derivatives, side by side. */
export interface GradientDifference {
  /** The largest difference between two that belong together. */
  readonly largest: number;
  /** Where: "W_f[3]", counted row by row. */
  readonly at: string;
  /** How many pairs there are. */
  readonly count: number;
}

/** What `checkGradients` finds. */
export interface GradientCheck {
  /** The sizes that it was done at. */
  readonly sizes: Readonly<Record<string, number>>;
  /** The largest derivative of all, for comparison. */
  readonly scale: number;
  /** The fast engine beside the float64 one: parameters, inputs and first states. */
  readonly engines: GradientDifference;
  /** The fast engine beside central differences: parameters. */
  readonly differences: GradientDifference;
  /** Where the text says `stopgradient`, the gradients are meant to differ from the differences. */
  readonly stopsGradients: boolean;
}

const STEPS = 6;
const BATCH = 2;
const EPSILON = 1e-5; // in float64: ε² of truncation and 1e-16/ε of rounding are both near 1e-11
const loss = meanSquaredError();

/** Whole multiples of one another, since blocks and heads must divide the units; no two neighbours alike. */
const sizeOf = (axis: string): number => ({ input: 3, projection: 3, units: 4 })[axis] ?? 2;

/**
 * Compares a cell's gradients with two slower ways to find them.
 *
 * @param cell - any cell, from the zoo or typed
 * @param options.seed - of the random parameters and inputs; default 0
 * @throws {ArgumentError} if the cell has axes that do not fit one another
 * @example
 * const { differences, scale } = await checkGradients(cell("Mine", text));
 * console.log(differences.largest / scale); // about 1e-6: what float32 rounds
 */
export async function checkGradients(
  cell: Cell,
  { seed = 0 }: { readonly seed?: number } = {},
): Promise<GradientCheck> {
  const { values, names } = inferAxes(cell);
  const axes = names.filter((axis) => axis !== "input");
  const own = Object.fromEntries(axes.map((axis) => [axis, sizeOf(axis)]));
  const input = sizeOf(values.get("x") ?? "input");
  const sizes: Readonly<Record<string, number>> = { input, ...own };
  // not every cell has units; every layer is asked for them
  const architecture = sequential(recurrent(cell, { units: sizeOf("units"), ...own }));
  const [fast, exact] = await Promise.all(
    (["wasm", "reference"] as const).map((engine) => createModel(architecture, { engine, input, threads: 1 })),
  );
  try {
    const problem = randomProblem(cell, fast!, exact!, {
      input,
      seed,
      sizeOf: (name) => sizes[values.get(name) ?? ""] ?? 1,
    });
    const found = await gradientsOf(fast!, problem);
    const others = await gradientsOf(exact!, problem);
    const slopes: Record<string, number[]> = {};
    for (const [name, at] of Object.entries(problem.parameters))
      slopes[name] = await slopesOf(exact!, name, at, problem);
    const all = Object.values(found).flatMap((list) => Array.from(list, Math.abs));
    return {
      sizes,
      scale: all.reduce((most, value) => Math.max(most, value), 0),
      engines: compared(found, others),
      differences: compared(found, slopes),
      stopsGradients: /\bstopgradient\s*\(/.test(cell.text.replace(/#.*/g, "")),
    };
  } finally {
    fast!.close();
    exact!.close();
  }
}

interface Problem {
  readonly parameters: Readonly<Record<string, Float32Array>>;
  readonly x: Sequences;
  readonly targets: Sequences;
}

interface Given {
  readonly input: number;
  readonly seed: number;
  readonly sizeOf: (name: string) => number;
}

/** Nothing in it is 0, alike or symmetric; both models get the same parameters, which float32 holds. */
function randomProblem(cell: Cell, fast: Model, exact: Model, { input, seed, sizeOf }: Given): Problem {
  const random = generator(seed, "gradient check");
  const draw = (length: number, scale: number): Float32Array =>
    Float32Array.from({ length }, () => (2 * random.uniform() - 1) * scale);
  const parameters = Object.fromEntries(fast.parameters().map(({ name, values }) => [name, draw(values.length, 0.8)]));
  fast.setParameters(parameters);
  exact.setParameters(parameters);
  const outputs = sizeOf(cell.facts.output);
  const lengths = Uint32Array.of(STEPS, STEPS - 2);
  return {
    parameters,
    x: { values: draw(BATCH * STEPS * input, 1), shape: [BATCH, STEPS, input], lengths },
    targets: { values: draw(BATCH * STEPS * outputs, 1), shape: [BATCH, STEPS, outputs], lengths },
  };
}

type Lists = Readonly<Record<string, ArrayLike<number>>>;

/** Everything that a gradient was found of, by name. */
async function gradientsOf(model: Model, problem: Problem): Promise<Lists> {
  const found: Gradients = await run(model, problem);
  return {
    ...Object.fromEntries(found.parameters.map(({ name, values }) => [name, values])),
    ...(found.inputs && { x: found.inputs.values }),
    ...Object.fromEntries(Object.entries(found.firstStates).map(([name, { values }]) => [`${name}[0]`, values])),
  };
}

const run = (model: Model, { x, targets }: Problem): Promise<Gradients> => model.gradients(x, targets, loss);

/** (L(p + ε) − L(p − ε)) / 2ε for each number of one parameter. */
async function slopesOf(model: Model, name: string, at: Float32Array, problem: Problem): Promise<number[]> {
  const slopes: number[] = [];
  const moved = Float64Array.from(at);
  for (let k = 0; k < at.length; k++) {
    const lossAt = async (value: number): Promise<number> => {
      moved[k] = value;
      model.setParameters({ [name]: moved });
      return (await run(model, problem)).loss;
    };
    slopes.push(((await lossAt(at[k]! + EPSILON)) - (await lossAt(at[k]! - EPSILON))) / (2 * EPSILON));
    moved[k] = at[k]!;
  }
  model.setParameters({ [name]: at });
  return slopes;
}

function compared(own: Lists, others: Lists): GradientDifference {
  let [largest, at, count] = [0, "", 0];
  for (const [name, values] of Object.entries(others)) {
    for (let k = 0; k < values.length; k++) {
      const difference = Math.abs(own[name]![k]! - values[k]!);
      count++;
      // NaN is the largest difference of all
      if (difference <= largest) continue;
      [largest, at] = [difference, `${name.replace(/^.*\./, "")}[${k}]`];
      if (Number.isNaN(difference)) return { largest, at, count };
    }
  }
  return { largest, at, count };
}
