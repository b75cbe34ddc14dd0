/** What `train` says before the first step and after the last: every guess stated, the verdict in words. */
import { stat } from "node:fs/promises";
import {
  besideCounting,
  type Cell,
  type JudgedText,
  type LanguageResult,
  type LanguageStart,
  type Level,
  nGrams,
  perplexityOf,
  tokensOf,
} from "cellstate";
import type { Context } from "./command.ts";
import { bits, bytes, duration, ofTheLast, rate, short, whole } from "./format.ts";
import type { TextFile } from "./readText.ts";
import type { RunConfig, RunFolder } from "./runFolder.ts";

/** What is about to be done, guesses included. */
export function header(text: TextFile, config: RunConfig, one: Cell, start: LanguageStart): string[] {
  const { corpus } = text;
  const { settings, split, baseline, model, vocabulary } = start;
  const { level } = settings;
  const size = tokensOf(vocabulary).length;
  const share = Math.round(100 * settings.validation);
  const judged = split.judged < split.validation ? `, judged on its first ${whole(split.judged)} ${level}s` : "";
  const many =
    level === "word"
      ? `${whole(corpus.characters)} characters = ${whole(corpus.ids.length)} words and signs → ${whole(size)} different`
      : `${whole(corpus.characters)} characters → ${whole(size)} symbols`;
  const { kneserNey } = baseline;
  const counted = ofTheLast(kneserNey.counted, split.training);
  const parameters = model.parameterCount;
  const perEpoch = split.training / (settings.batch * settings.window);
  const epochs = settings.steps / perEpoch;
  const ratio = split.training / parameters;
  const layers = `${one.name} ${settings.layers}×${settings.units}`;
  return [
    `data   ${config.data.name}  ${bytes(text.bytes)}, ${many}   (guessed: text, by ${level})`,
    ...text.notes.map((note) => `       ${note}`),
    `split  train ${100 - share} % · val ${share} % (last part${judged})`,
    ...(level === "word" || start.judged.unknown > 0 ? [`       ${unknownShare(start.judged, level)}`] : []),
    `base   from counts alone: single ${level}s ${baseline.unigram.toFixed(3)}, pairs ${baseline.bigram.toFixed(3)}, ${nGrams(kneserNey.order)} (Kneser-Ney) ${kneserNey.loss.toFixed(3)} nats/${UNIT[level]} (val)${counted}`,
    `model  ${layers}, ${whole(parameters)} parameters   ${level}s/parameter = ${ratio.toFixed(1)}${ratio < 1 ? "  (few: it will learn by heart)" : ""}`,
    `train  ${whole(settings.steps)} steps = ${epochs < 0.1 ? epochs.toFixed(3) : epochs.toFixed(1)} epochs   batch ${settings.batch} × window ${settings.window}   adam, cosine, lr ${rate(settings.learningRate)}   seed ${settings.seed}`,
  ];
}

/** A unit of the level, in figures. */
export const UNIT: Readonly<Record<Level, string>> = { character: "char", word: "word" };

/** What stands behind a word model's loss: how much of it was about `<unk>`. */
function unknownShare({ tokens, unknown }: JudgedText, level: Level): string {
  const sign = level === "word" ? "<unk>" : "\uFFFD";
  return `${sign} is ${((100 * unknown) / tokens).toFixed(2)} % of what is judged: ${level}s outside the vocabulary`;
}

export async function finish(
  context: Context,
  run: RunFolder,
  result: LanguageResult,
  seconds: number,
  speed: number,
): Promise<void> {
  const { terminal, program, json } = context;
  const { style } = terminal;
  const { history, baseline, settings, judged } = result;
  const { level } = settings;
  const best = history.records.find((r) => r.step === history.best?.step) ?? history.records.at(-1)!;
  const loss = best.validationLoss ?? Number.NaN;
  const { size } = await stat(run.model);
  run.log("end", { steps: history.steps, stopped: history.stopped, validationLoss: loss, seconds });
  const better = Math.round(100 * (1 - loss / baseline.bigram));
  const verdict =
    better > 0
      ? style.green(`✔ ${better} % below pairs of ${level}s`)
      : style.red(`✘ no better than counting pairs (${baseline.bigram.toFixed(3)})`);
  const early = history.stopped === "early" ? ` (stopped: no better val for ${settings.patience})` : "";
  terminal.say();
  terminal.say(
    `${style.green("✔")} best at step ${whole(best.step)} of ${whole(settings.steps)}${early}   ${duration(seconds)}, ${short(speed)} ${UNIT[level]}/s`,
  );
  const perCharacter = bits((loss * judged.tokens) / judged.characters);
  const figures =
    level === "word"
      ? `nats/word · perplexity ${perplexityOf(loss).toFixed(1)} · ${perCharacter.toFixed(2)} bits/char`
      : `nats · ${perCharacter.toFixed(2)} bits/char`;
  terminal.say(`  val   ${style.bold(loss.toFixed(3))} ${figures}      ${verdict}`);
  if (level === "word") terminal.say(`        ${unknownShare(judged, level)}`);
  const counting = besideCounting(loss, baseline.kneserNey);
  terminal.say(`        ${loss < baseline.kneserNey.loss ? style.green(`✔ ${counting}`) : style.red(`✘ ${counting}`)}`);
  terminal.say(
    `  gap   train ${best.trainLoss.toFixed(3)} / val ${loss.toFixed(3)} = ${(loss - best.trainLoss).toFixed(3)}${advice(best.step, loss - best.trainLoss, better, result)}`,
  );
  terminal.say();
  terminal.say(`  ${run.model}   ${bytes(size)}     samples: ${run.samples}`);
  terminal.say(
    `  next:  ${program} generate ${run.path} -p "${promptFor(result)}"      ${program} inspect ${run.path}`,
  );
  if (json) {
    const { parameterCount } = result.model;
    const summary = {
      run: run.path,
      model: run.model,
      steps: history.steps,
      stopped: history.stopped,
      bestStep: best.step,
      validationLoss: loss,
      bitsPerCharacter: perCharacter,
      ...(level === "word" && { perplexity: perplexityOf(loss) }),
      judged,
      trainLoss: best.trainLoss,
      baseline,
      parameters: parameterCount,
      vocabulary: tokensOf(result.vocabulary).length,
      split: result.split,
      settings,
      seconds,
      [`${level}sPerSecond`]: Math.round(speed),
    };
    terminal.result(`${JSON.stringify(summary)}\n`);
  } else if (!terminal.isResultShown) terminal.result(`${run.model}\n`);
  result.model.close();
}

/** What the figures say, in words. */
function advice(bestStep: number, gap: number, better: number, { history, settings }: LanguageResult): string {
  if (better <= 0) return " → too little text or too few --steps";
  if (bestStep < history.steps && gap > 0.15) return " → overfits: --dropout 0.2, a smaller --units, or more text";
  if (gap < 0.3) return ` → room to grow: more --steps, or --units ${2 * settings.units}`;
  return " → starts to learn by heart: --dropout 0.2, or more text";
}

/** A beginning that the model knows: "The", or a word or letter of its own. */
function promptFor({ vocabulary }: LanguageResult): string {
  const tokens = tokensOf(vocabulary);
  const known = new Set(tokens);
  if ("words" in vocabulary) return known.has("The") ? "The" : (tokens.find((word) => /^\p{L}/u.test(word)) ?? "");
  return [..."The "].every((c) => known.has(c)) ? "The " : (tokens.find((c) => /\p{L}/u.test(c)) ?? "");
}
