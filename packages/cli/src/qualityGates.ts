/** What a model must reach for `eval` to end with 0: flags, and what becomes of them. */
import type { TextEvaluation } from "cellstate";
import type { Baseline } from "./evalReport.ts";
import type { Values } from "./flags.ts";

export const gateFlags = {
  "max-loss": { type: "number", value: "X", min: 0, help: "at most so many nats a character or word" },
  "max-perplexity": { type: "number", value: "X", min: 1, aliases: ["max-ppl"], help: "at most this perplexity" },
  "max-bpc": { type: "number", value: "X", min: 0, aliases: ["max-bits"], help: "at most so many bits a character" },
  "min-accuracy": {
    type: "number",
    value: "P",
    min: 0,
    max: 1,
    help: "the likeliest is right at least so often, 0 to 1",
  },
  "beat-baseline": { type: "switch", help: "below what counting alone reaches" },
} as const;

/** A demand, and how it went. */
export interface Gate {
  readonly gate: string;
  readonly measure: string;
  readonly limit: number;
  readonly value: number;
  readonly isMet: boolean;
}

/** In the order of the help. A figure that is no number meets nothing; with a cache its figures count. */
export function gatesOf(values: Values<typeof gateFlags>, found: TextEvaluation, baseline: Baseline): Gate[] {
  const most = (gate: string, measure: string, limit: number | undefined, value: number): Gate[] =>
    limit === undefined ? [] : [{ gate, measure, limit, value, isMet: value <= limit }];
  const { "min-accuracy": least } = values;
  const { loss, perplexity, bitsPerCharacter } = found.cached ?? found;
  return [
    ...most("--max-loss", "the loss", values["max-loss"], loss),
    ...most("--max-perplexity", "the perplexity", values["max-perplexity"], perplexity),
    ...most("--max-bpc", "bits a character", values["max-bpc"], bitsPerCharacter),
    ...(least === undefined ? [] : [accuracyGate(least, found.accuracy)]),
    ...(values["beat-baseline"] ? [baselineGate(baseline, loss)] : []),
  ];
}

const accuracyGate = (limit: number, value: number): Gate => ({
  gate: "--min-accuracy",
  measure: "the accuracy",
  limit,
  value,
  isMet: value >= limit,
});

const baselineGate = ({ name, loss }: Baseline, value: number): Gate => ({
  gate: "--beat-baseline",
  measure: `the loss against ${name}`,
  limit: loss,
  value,
  isMet: value < loss,
});

/** A missed gate as a sentence. */
export function missed({ gate, measure, limit, value }: Gate): string {
  const figure = value.toFixed(4);
  if (gate === "--beat-baseline")
    return `${measure} is ${figure}; --beat-baseline asks for less than ${limit.toFixed(4)}`;
  const asked = `${gate} asks for at ${gate === "--min-accuracy" ? "least" : "most"} ${limit}`;
  return `${measure} ${measure.startsWith("bits") ? "are" : "is"} ${figure}; ${asked}`;
}
