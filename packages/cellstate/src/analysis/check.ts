/**
 * A trace computed again by the reference engine, plain loops in float64, and how far it is from the model's own. What
 * a page shows is as right as this says.
 */
import type { Inputs } from "../model/feed.ts";
import { internalsOf, type Model } from "../model/model.ts";
import { copyOf } from "../model/sequences.ts";
import type { States } from "../model/states.ts";
import { tracedRun } from "../model/trace.ts";
import type { TracedValue } from "../model/traced.ts";
import { twinOf } from "./twin.ts";

/** One named value of one layer and direction, or one output. */
export interface CheckedValue {
  /** The name of the equation; of an output "output", or its head's name. */
  readonly name: string;
  /** Missing for outputs. */
  readonly layer?: string;
  /** Missing for outputs. */
  readonly direction?: "forward" | "backward";
  /** The largest absolute difference. */
  readonly largest: number;
  /** How many numbers were compared; padding is not. */
  readonly compared: number;
}

/** How far a trace is from the reference engine's. */
export interface TraceCheck {
  /** Over all that was compared. */
  readonly largest: number;
  /** How many numbers were compared. */
  readonly compared: number;
  /** By named value, in the order of the trace; then the outputs. */
  readonly values: readonly CheckedValue[];
}

/**
 * Compares every value of a trace, and the model's outputs, with the reference engine's: same weights, same values
 * fixed
 * by `model.with`. A quantized model's is compared with the same rounded weights and the same rounded operands in
 * float64, where a value that lies on the border of two steps may fall to the other side.
 *
 * @param model - the model that was traced
 * @param x - inputs as in `predict`
 * @param options.from - as in `predict`
 * @throws {ShapeError | ArgumentError} as `model.trace`
 * @example
 * const { largest, compared } = await checkTrace(model, x);
 * // "recomputed 41,728 numbers in float64: largest difference 2.1e-7"
 */
export async function checkTrace(
  model: Model,
  x: Inputs,
  { from }: { readonly from?: States } = {},
): Promise<TraceCheck> {
  const options = from === undefined ? {} : { from };
  const given = copyOf({ x, options });
  const [trace, prediction] = [await model.trace(given.x, given.options), await model.predict(given.x, given.options)];
  const twin = await twinOf(model, { engine: "reference" }, "checkTrace");
  try {
    const core = internalsOf(twin).core();
    // slow: once for both
    const again = await core.performer.perform(function* () {
      const { trace: values, outputs } = yield* tracedRun(core, given.x, given.options.from);
      return { trace: values, outputs: outputs() };
    });
    const values: CheckedValue[] = trace.values.map((own, k) => {
      const { name, layer, direction } = own;
      return { name, layer, direction, ...differenceOf(own.values, again.trace.values[k]!.values, countOf(own)) };
    });
    for (const [name, own] of Object.entries(prediction.outputs)) {
      const [steps, width] = own.shape.length === 3 ? [own.shape[1]!, own.shape[2]!] : [1, own.shape[1]!];
      const batch = own.shape[0]!;
      const rows = own.lengths ?? new Array<number>(batch).fill(steps);
      const count = Array.from(rows, (length) => length * width).reduce((a, b) => a + b, 0);
      values.push({ name: name || "output", ...differenceOf(own.values, again.outputs[name]!, count) });
    }
    return {
      largest: values.reduce((most, value) => larger(most, value.largest), 0),
      compared: values.reduce((sum, { compared }) => sum + compared, 0),
      values,
    };
  } finally {
    twin.close();
  }
}

const countOf = ({ lengths, shape }: TracedValue): number => lengths.reduce((a, b) => a + b, 0) * shape[2];

/** Padding is 0 on both sides. */
function differenceOf(a: ArrayLike<number>, b: ArrayLike<number>, compared: number) {
  let largest = 0;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) largest = larger(largest, Math.abs(a[k]! - b[k]!));
  return { largest, compared };
}

/** NaN is the largest of all. */
const larger = (a: number, b: number): number => (b > a || Number.isNaN(b) ? b : a);
