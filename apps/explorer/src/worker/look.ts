/** One look at a model over a text: every named value at every step, and what it expects next. */
import { mostLikely } from "cellstate/analysis";
import { type Asked, runOf, symbolsOf } from "./runs.ts";

/** A named value over all steps. */
export interface Traced {
  readonly name: string;
  readonly layer: string;
  readonly direction: "forward" | "backward";
  readonly caption?: string;
  readonly size: number;
  /** `[T, size]` */
  readonly values: Float32Array;
}

export interface Look {
  /** What this is the answer to. */
  readonly of: Asked;
  readonly tokens: readonly string[];
  readonly ids?: Uint32Array;
  readonly unknown: readonly string[];
  readonly cut: number;
  readonly traced: readonly Traced[];
  /** The model's output at every step, `[T, size]`; of the last step alone after `output: "last"`. */
  readonly output: { readonly values: Float32Array; readonly size: number; readonly steps: number };
  /** Of a model that expects symbols: the likeliest after each step. */
  readonly likely?: Likely;
}

export interface Likely {
  readonly count: number;
  /** `[T, count]`, the likeliest first. */
  readonly ids: Uint32Array;
  readonly probabilities: Float32Array;
  /** Of the symbol that did come next, `[T − 1]`. */
  readonly next: Float32Array;
}

const SHOWN = 8;

export const lookCalls = {
  /** @throws {ArgumentError} if the text holds nothing that the model reads */
  async look({ id, text, fixed = {} }: Omit<Asked, "fixed"> & Partial<Asked>): Promise<Look> {
    const of = { id, text, fixed };
    const run = await runOf(of);
    const { tokens, ids, unknown, cut } = run.input;
    const { values, shape } = run.output;
    const size = shape.at(-1)!;
    const symbols = symbolsOf(run);
    return {
      of,
      tokens,
      ...(ids && { ids: ids.slice() }),
      unknown,
      cut,
      traced: run.trace.values.map(({ name, layer, direction, caption, values: own, shape: [, , width] }) => ({
        name,
        layer,
        direction,
        ...(caption !== undefined && { caption }),
        size: width,
        values: own.slice(),
      })),
      output: { values: values.slice(), size, steps: values.length / size },
      ...(symbols !== undefined && {
        likely: mostLikely(values, size, { count: SHOWN, targets: ids!.subarray(1) }),
      }),
    };
  },
};
