/**
 * How much the input of each step matters to one result: the full derivative, back-propagated through everything, by every
 * path; also of the vectors that an embedding gives for ids. The ledger (`memoryLedger`) is the direct path alone.
 */
import { formula } from "../cell/formula.ts";
import { exp, log } from "../data/numbers.ts";
import { ArgumentError } from "../errors.ts";
import type { Inputs } from "../model/feed.ts";
import type { Loss } from "../model/loss.ts";
import type { Model } from "../model/model.ts";
import type { States } from "../model/states.ts";
import { wholeBelow } from "./layer.ts";
import { oneRow } from "./rows.ts";
import { inputIn, normsOf, onFloats } from "./vectors.ts";

/** Of what to take the derivative. */
export interface InputOptions {
  /** The output at this step; the row's last if omitted. */
  readonly step?: number;
  /** Whose probability: an id, or which of the output's values. */
  readonly target: number;
  /** Of what: the logarithm of a softmax over the output at this target (default), or the output's own value there. */
  readonly of?: "log probability" | "value";
  /** Which row of x. Default 0. */
  readonly row?: number;
  /** As in `predict`. */
  readonly from?: States;
  /** Which output, where the model has several heads. */
  readonly output?: string;
  /** Which input, where there are several; the first if omitted. */
  readonly input?: string;
}

/** ∂ of one result with respect to the input at every step of one row. */
export interface InputInfluence {
  /** The row of x. */
  readonly row: number;
  /** The step of the output. */
  readonly step: number;
  /** The id, or which of the output's values. */
  readonly target: number;
  /** What was differentiated: log p(target), or the output's value. */
  readonly value: number;
  /** `[T, size]`, T the row's steps; after `step` 0, unless a layer runs backward in time. */
  readonly vectors: Float32Array;
  /** Values of one step of the input. */
  readonly size: number;
  /** ‖∂/∂x_j‖, `[T]`. */
  readonly norms: Float64Array;
}

/**
 * ∂ log p(target at a step) / ∂ x_j for every step j of a row: of the input's values, or of the vectors behind ids. Of
 * a
 * quantized model: of its rounded weights as ordinary numbers, since what is rounded has no slope.
 *
 * @param model - any model
 * @param x - ids `[B, T]` or values `[B, T, I]`
 * @throws {ArgumentError | ShapeError} if step, target, row, output or input are not there
 * @example const { norms } = await inputGradients(model, x, { step: 41, target: id });
 */
export async function inputGradients(model: Model, x: Inputs, options: InputOptions): Promise<InputInfluence> {
  const where = "inputGradients";
  const { row = 0, of = "log probability", target } = options;
  const { x: own, from, steps } = oneRow(model, x, options.from ?? {}, row, where);
  return onFloats(model, where, async (floats) => {
    const { outputs } = await floats.predict(own, { from });
    const name = outputIn(Object.keys(outputs), options.output, where);
    const { values, shape } = outputs[name]!;
    const isLast = shape.length === 2;
    const step = wholeBelow(options.step ?? steps - 1, steps, where, "step");
    if (isLast && step !== steps - 1) {
      const mend = "the model gives an output after the last step alone; leave it out.";
      throw new ArgumentError({ where, argument: "step", given: step, expected: `${steps - 1}`, mend });
    }
    const width = shape.at(-1)!;
    wholeBelow(target, width, where, "target");
    const at = isLast ? 0 : step * width;
    const { value, adjoint } = resultOf(
      Array.from({ length: width }, (_, k) => values[at + k]!),
      target,
      of,
      where,
    );
    const heads = Object.entries(outputs).map(([head, like]) => {
      const zeros = new Float64Array(like.values.length);
      if (head === name) zeros.set(adjoint, at);
      return [head, { values: zeros, shape: like.shape }] as const;
    });
    const targets = Object.fromEntries(heads);
    const loss = Object.fromEntries(heads.map(([head]) => [head, weightedSum]));
    const weights = isLast ? Float32Array.of(1) : Float32Array.from({ length: steps }, (_, t) => Number(t === step));
    const found = await floats.gradients(own, targets, loss, { from, weights, embedded: true });
    const { values: vectors, shape: vectorShape } = inputIn(found, options.input, where);
    const size = vectorShape[2]!;
    return { row, step, target, value, vectors, size, norms: normsOf(vectors, size) };
  });
}

function outputIn(names: readonly string[], wanted: string | undefined, where: string): string {
  const name = wanted ?? (names.length === 1 ? names[0] : undefined);
  if (name !== undefined && names.includes(name)) return name;
  const expected = `one of ${names.join(", ")}`;
  throw new ArgumentError({ where, argument: "output", given: wanted, expected, mend: "say which head." });
}

/** The output's part that is asked about, and its derivative with respect to the output. */
function resultOf(z: ArrayLike<number>, target: number, of: string, where: string) {
  const adjoint = new Float64Array(z.length);
  if (of === "value") {
    adjoint[target] = 1;
    return { value: z[target]!, adjoint };
  }
  if (of !== "log probability") {
    const expected = 'one of "log probability", "value"';
    throw new ArgumentError({ where, argument: "of", given: of, expected, mend: "leave it out for the first." });
  }
  const largest = Array.from(z).reduce((most, v) => Math.max(most, v), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(z, (v) => exp(v - largest));
  const sum = powers.reduce((all, v) => all + v, 0);
  powers.forEach((power, k) => {
    adjoint[k] = Number(k === target) - power / sum;
  });
  return { value: z[target]! - largest - log(sum), adjoint };
}

/** Σ target · output: its derivative with respect to the output is the target. */
const weightedSum: Loss = (() => {
  const f = formula();
  const weight = f.read("weight", "one");
  const target = f.read("target");
  f.write("loss", f.multiply(weight, f.sum(f.multiply(target, f.read("x")))), "one");
  f.write("δx", f.multiply(weight, target));
  return { name: "weighted sum", targets: "values", schedule: f.schedule("WeightedSum") };
})();
