/** What `eval` says: the figures, what they compare with, and the verdict in words. */
import { nGrams, type TextEvaluation } from "cellstate";
import type { Judgement } from "./eval.ts";
import { ofTheLast, whole } from "./format.ts";
import type { Terminal } from "./terminal.ts";

/** What there is to beat. */
export interface Baseline {
  readonly name: string;
  /** Nats a character or word. */
  readonly loss: number;
  /** Nothing could be counted: guessing is all. */
  readonly isGuess: boolean;
}

/** The best that counting reaches, of what is known. */
export function strongest({ level, baseline }: TextEvaluation): Baseline {
  const { uniform, unigram, bigram, kneserNey } = baseline;
  const counted = [
    { name: `single ${level}s`, loss: unigram },
    { name: `pairs of ${level}s`, loss: bigram },
    { name: `${nGrams(kneserNey?.order ?? 1)} (Kneser-Ney)`, loss: kneserNey?.loss },
  ].flatMap(({ name, loss }) => (loss === undefined ? [] : [{ name, loss, isGuess: false }]));
  return counted.sort((a, b) => a.loss - b.loss)[0] ?? { name: "guessing", loss: uniform, isGuess: true };
}

export function evaluationLines(judgement: Judgement & { readonly terminal: Terminal }): string[] {
  const { path, name, isValidation, isSeen, training, found, baseline, gates, terminal } = judgement;
  const { style } = terminal;
  const { level, tokens, characters, unknown, leftOut, cached } = found;
  // where θ and λ were chosen on a part, the cache was judged on less than the baseline
  const isCached = cached !== undefined && cached.chosenOn === 0;
  const { loss } = isCached ? cached : found;
  const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;
  const many =
    level === "word"
      ? `${whole(tokens)} words and signs (${whole(characters)} characters)`
      : `${whole(tokens)} characters`;
  const part = isValidation ? `the validation part of ${name}` : name;
  const better = 1 - loss / baseline.loss;
  const { uniform, unigram, bigram, kneserNey } = found.baseline;
  const counted = baseline.isGuess
    ? "   (the text it was trained on is not at hand: nothing to count in)"
    : `, single ${level}s ${unigram!.toFixed(3)}, pairs ${bigram!.toFixed(3)}, ${nGrams(kneserNey!.order)} (Kneser-Ney) ${kneserNey!.loss.toFixed(3)}${ofTheLast(kneserNey!.counted, training)}`;
  const than = `${baseline.name} (${baseline.loss.toFixed(3)})${isCached ? ", with the cache" : ""}`;
  const verdict =
    better > 0 ? style.green(`✔ ${percent(better, 0)} below ${than}`) : style.red(`✘ no better than ${than}`);
  const strange =
    leftOut > 0
      ? `${percent(leftOut / (leftOut + tokens + 1), 2)} of the characters, left out: the model has no sign for them`
      : `${percent(unknown / tokens, 2)} of the ${level}s, read as ${level === "word" ? "<unk>" : "\uFFFD"}`;
  return [
    `${path} on ${part}: ${many}`,
    ...(isSeen ? ["  (most of it is what it was trained on; --validation judges the part that it has not seen)"] : []),
    `  loss         ${style.bold(found.loss.toFixed(4))} nats a ${level}`,
    `  perplexity   ${found.perplexity.toFixed(2)}`,
    `  bits/char    ${found.bitsPerCharacter.toFixed(4)}`,
    `  accuracy     ${percent(found.accuracy)}   (among the five likeliest: ${percent(found.top5Accuracy)})`,
    ...(cached === undefined
      ? []
      : [
          `  with cache   ${style.bold(cached.loss.toFixed(4))} nats a ${level}, perplexity ${cached.perplexity.toFixed(2)}, ${cached.bitsPerCharacter.toFixed(4)} bits/char${chosen(cached)}`,
        ]),
    `  unknown      ${strange}`,
    `  baseline     guessing ${uniform.toFixed(3)}${counted}`,
    verdict,
    ...gates.map(({ gate, limit, value, isMet }) => {
      const asked = gate === "--beat-baseline" ? gate : `${gate} ${limit}`;
      const line = `${isMet ? "✔" : "✘"} ${asked}   ${value.toFixed(4)}`;
      return isMet ? style.green(line) : style.red(line);
    }),
  ];
}

/** Where θ and λ come from, if they were not given. */
function chosen({ cache, chosenOn, without }: NonNullable<TextEvaluation["cached"]>): string {
  if (chosenOn === 0) return "";
  const { theta, lambda } = cache;
  return `   (θ ${theta}, λ ${lambda} chosen on the first ${whole(chosenOn)}; the rest without it: ${without.toFixed(4)})`;
}
