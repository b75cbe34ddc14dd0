/** Given inputs, checked, into a runner's input rows. */

import { ArgumentError, ShapeError } from "../errors.ts";
import type { Plan } from "./plan.ts";
import { type Packing, packingOf, packRows } from "./rows.ts";
import type { Runner } from "./runner.ts";
import { checkSequences, type Sequences } from "./sequences.ts";

/** One input, or one for each name. */
export type Inputs = Sequences | Readonly<Record<string, Sequences>>;

export const isSequences = (x: Inputs): x is Sequences => "values" in x && "shape" in x && Array.isArray(x.shape);

export const inputOf = (x: Inputs, name: string): Sequences | undefined =>
  isSequences(x) ? (name === "" ? x : undefined) : Object.hasOwn(x, name) ? x[name] : undefined;

/** Finite, also as float32: 1e39 is infinite there. */
export const isNumber = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(Math.fround(value));

/** The least number that is infinite as float32: halfway between the largest float and 2¹²⁸. */
const INFINITE = 2 ** 128 - 2 ** 103;

/** Checks all inputs against the plan; they share batch, steps and lengths. */
export function packingFor(plan: Pick<Plan, "inputs" | "edges">, x: Inputs, where: string): Packing {
  let packing: Packing | undefined;
  let first: readonly number[] | undefined;
  for (const [name, edge] of plan.inputs) {
    const argument = name === "" ? "x" : `x.${name}`;
    const given = x === null || typeof x !== "object" ? undefined : inputOf(x, name);
    if (given === undefined || given === null) {
      const expected =
        name === "" ? "sequences, { values, shape }" : `inputs named ${[...plan.inputs.keys()].join(", ")}`;
      const described =
        typeof x === "object" && x !== null ? `{ ${Object.keys(x).join(", ")} }` : String(x === null ? x : typeof x);
      throw new ArgumentError({
        where,
        argument,
        given: undefined,
        described,
        expected,
        mend: "sequences([[…], […]]) makes them.",
      });
    }
    const { vocabulary, size } = plan.edges[edge]!;
    const lengths = checkSequences(given, where, argument);
    const [batch, steps] = given.shape as [number, number];
    const isRight = vocabulary === undefined ? sizeOf(given) === size : given.shape.length === 2;
    if (!isRight) {
      const expected = vocabulary === undefined ? ["B", "T", `I=${size}`] : ["B", "T"];
      const mend =
        given.shape.length === 2
          ? "x has no time axis or no axis of values; for one step use model.stream().step(x)."
          : "the model was made for another input.";
      throw new ShapeError({ where, argument, given: given.shape, expected, mend });
    }
    checkNumbers(given, lengths, vocabulary, where, argument);
    if (packing === undefined) {
      packing = packingOf(lengths, steps);
      first = given.shape;
    } else if (
      batch !== first![0] ||
      steps !== first![1] ||
      packing.order.some((b, place) => lengths[b] !== packing!.lengths[place])
    ) {
      const mend = "all inputs have the same sequences, steps and lengths.";
      throw new ShapeError({ where, argument, given: given.shape, expected: first!.slice(0, 2), mend });
    }
  }
  return packing!;
}

/** `[B, T]` values are one value a step. */
const sizeOf = ({ shape }: Sequences): number => (shape.length === 3 ? shape[2]! : 1);

/** Finite values, or ids below the vocabulary's size, in every step. */
export function checkNumbers(
  { values, shape }: Pick<Sequences, "values" | "shape">,
  lengths: Uint32Array,
  vocabulary: number | undefined,
  where: string,
  argument: string,
): void {
  const [, steps, size = 1] = shape as [number, number, number?];
  lengths.forEach((length, b) => {
    const end = (b * steps + length) * size!;
    for (let k = b * steps * size!; k < end; k++) {
      const value = values[k]!;
      // all that is finite as float32 lies between these
      if (vocabulary === undefined) {
        if (typeof value === "number" && value > -INFINITE && value < INFINITE) continue;
      } else if (Number.isInteger(value) && value >= 0 && value < vocabulary) continue;
      const place = `${argument}.values[${k}]`;
      const expected =
        vocabulary === undefined ? "a finite number" : `an id, a whole number from 0 to ${vocabulary - 1}`;
      const mend =
        vocabulary === undefined ? "fill in or leave out what is missing before." : "the model knows no other ids.";
      throw new ArgumentError({ where, argument: place, given: value, expected, mend });
    }
  });
}

/** Writes the packing's steps of every sequence, from step `from` on. */
export function feed(runner: Runner, plan: Plan, packing: Packing, x: Inputs, from = 0): void {
  const memory = runner.memory();
  for (const [name, edge] of plan.inputs) {
    const { values, shape } = inputOf(x, name)!;
    const [, steps, size = 1] = shape as [number, number, number?];
    const shifted = from === 0 ? values : shift(values, from * size!);
    packRows(memory, runner.value(edge), packing, shifted, steps, size!);
  }
}

const shift = (values: Sequences["values"], by: number): ArrayLike<number> =>
  Array.isArray(values) ? values.slice(by) : values.subarray(by);
