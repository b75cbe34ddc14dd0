/** One look at a model over a text: every named value at every step, and what it expects next. */
import { mostLikely } from "cellstate/analysis";
import { type Fixed, openedModel, twinOf } from "./models.ts";
import { inputFrom } from "./tokens.ts";

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
  async look({ id, text, fixed }: { id: number; text: string; fixed?: Fixed }): Promise<Look> {
    const { card } = openedModel(id);
    const model = twinOf(id, fixed);
    const { x, tokens, ids, unknown, cut } = inputFrom(card.reading, text);
    const trace = await model.trace(x);
    const { values, shape } = await model.predict(x);
    const size = shape.at(-1)!;
    const expectsSymbols = ids !== undefined && card.reading.kind !== "values" && size === vocabularySize(card.reading);
    return {
      tokens,
      ...(ids && { ids }),
      unknown,
      cut,
      traced: trace.values.map(({ name, layer, direction, caption, values: own, shape: [, , width] }) => ({
        name,
        layer,
        direction,
        ...(caption !== undefined && { caption }),
        size: width,
        values: own,
      })),
      output: { values, size, steps: values.length / size },
      ...(expectsSymbols && { likely: mostLikely(values, size, { count: SHOWN, targets: ids.subarray(1) }) }),
    };
  },
};

const vocabularySize = (reading: { kind: string; tokens?: readonly string[]; count?: number }): number =>
  reading.tokens?.length ?? reading.count ?? 0;
