/**
 * What a training looks like: a table that grows by a row at every validation, a sample under each, and on a
 * terminal one live line below. Without a terminal a heartbeat every half minute.
 */
import { besideCounting, type LanguageStart, type Progress, perplexityOf } from "cellstate";
import { bits, clock, duration, oneLine, rate, short, whole } from "./format.ts";
import type { Terminal } from "./terminal.ts";

export interface TrainingView {
  start(start: LanguageStart, firstStep: number): void;
  progress(event: Progress): void;
  /** A row, after `progress` brought its record. */
  record(event: Progress): void;
  sample(text: string): void;
  end(): void;
  /** Since the start of this session. */
  seconds(): number;
  /** Characters or words. */
  tokensPerSecond(): number;
}

export interface ViewOptions {
  /** Lines of each sample; 1 stands behind the word "sample". */
  readonly sampleLines?: number;
}

const HEARTBEAT = 30_000; // milliseconds

export function trainingView(terminal: Terminal, { sampleLines = 1 }: ViewOptions = {}): TrainingView {
  const { style } = terminal;
  let begun = performance.now();
  let first = 0;
  let read = 0;
  let working = 0; // seconds, validations and samples left out
  let last = begun;
  let beat = begun;
  let smooth: number | undefined;
  let validation = "";
  let before: number | undefined;
  let perEpoch = 1;
  let isWords = false;
  let isHeaded = false;
  let counting: LanguageStart["baseline"]["kneserNey"] | undefined; // until the model has been ahead of it

  const liveLine = (event: Progress): string => {
    const { step, steps } = event;
    const share = step / steps;
    const perStep = (performance.now() - begun) / 1000 / Math.max(1, step - first);
    const speed = short(read / Math.max(0.001, working));
    const head = `step ${whole(step).padStart(whole(steps).length)}/${whole(steps)} `;
    const tail = [
      ` ${String(Math.floor(100 * share)).padStart(3)}%`,
      `loss ${(smooth ?? event.loss).toFixed(3)}`,
      `val ${(validation || "–").padEnd(7)}`,
      `${speed.padStart(4)} ${isWords ? "word" : "char"}/s`,
      `eta ${duration(perStep * (steps - step))}`,
    ].join("  ");
    const extras = [`lr ${rate(event.learningRate)}`, `|g| ${event.gradientNorm.toFixed(2)}`].join("  ");
    const room = terminal.width - head.length - tail.length - 8;
    const facts = room >= 12 + extras.length + 2 ? `${tail}  ${extras}` : tail;
    const bar = Math.min(24, terminal.width - head.length - facts.length - 8);
    if (bar < 6) return head.trimEnd() + facts;
    const full = Math.floor(bar * share);
    const rest = full < bar ? `╸${"─".repeat(bar - full - 1)}` : "";
    return `${head}${"━".repeat(full)}${rest}${facts}`;
  };

  return {
    start({ settings, split, baseline }, firstStep) {
      isWords = settings.level === "word";
      counting = baseline.kneserNey;
      begun = performance.now();
      last = begun;
      beat = begun;
      first = firstStep;
      perEpoch = split.training / (settings.batch * settings.window);
    },
    progress(event) {
      const now = performance.now();
      working += (now - last) / 1000;
      read += event.rows;
      smooth = smooth === undefined ? event.loss : 0.95 * smooth + 0.05 * event.loss;
      if (event.retreat) {
        const { parameter } = event.retreat;
        const where = parameter === undefined ? "the loss" : `the gradient of ${parameter}`;
        terminal.warn(`warning: ${where} was not finite; went back to the last good point, learning rate halved`);
      }
      const judged = event.record?.validationLoss;
      if (judged !== undefined) {
        const trend = before === undefined || judged === before ? "" : judged < before ? " ↓" : " ↑";
        validation = judged.toFixed(3) + trend;
        before = judged;
      }
      terminal.live(liveLine(event), event.step === first + 1 || judged !== undefined);
      if (!terminal.isLive && now - beat >= HEARTBEAT) {
        beat = now;
        const eta = duration(((now - begun) / 1000 / Math.max(1, event.step - first)) * (event.steps - event.step));
        const speed = short(read / Math.max(0.001, working));
        terminal.say(
          `  … step ${whole(event.step)} of ${whole(event.steps)}  loss ${smooth.toFixed(3)}  ${speed} ${isWords ? "word" : "char"}/s  eta ${eta}`,
        );
      }
      last = performance.now();
    },
    record({ record, step }) {
      if (!record) return;
      last = performance.now(); // the validation is no training
      beat = last;
      const { trainLoss, validationLoss = Number.NaN, learningRate, gradientNorm, clippedShare, isBest } = record;
      if (!isHeaded) {
        const measure = isWords ? "perplexity" : " bits/char";
        terminal.say(style.bold(`     step  epoch    train      val ${measure}       lr   |g|  clipped   time`));
        isHeaded = true;
      }
      const cells = [
        whole(step).padStart(9),
        (step / perEpoch).toFixed(1).padStart(7),
        trainLoss.toFixed(4).padStart(9),
        style.bold(validationLoss.toFixed(4).padStart(9)),
        (isWords ? perplexityOf(validationLoss).toFixed(1) : bits(validationLoss).toFixed(3)).padStart(11),
        rate(learningRate).padStart(9),
        gradientNorm.toFixed(2).padStart(6),
        `${Math.round(100 * clippedShare)} %`.padStart(9),
        clock((last - begun) / 1000).padStart(7),
      ];
      terminal.say(cells.join("") + (isBest ? style.green("  ← best") : ""));
      if (counting !== undefined && validationLoss < counting.loss) {
        terminal.say(style.green(`      ✔ ${besideCounting(validationLoss, counting)}`));
        counting = undefined;
      }
    },
    sample(text) {
      if (sampleLines === 1) terminal.say(style.dim(`      sample: ${oneLine(text, terminal.width - 16)}`));
      else
        for (const line of wrapped(text, Math.min(76, terminal.width - 10), sampleLines))
          terminal.say(`        ${style.dim("│")} ${line}`);
      last = performance.now();
    },
    end: () => terminal.endLive(),
    seconds: () => (performance.now() - begun) / 1000,
    tokensPerSecond: () => read / Math.max(0.001, working),
  };
}

/** The first lines of a text, its own line ends kept, none wider than the terminal. */
function wrapped(text: string, width: number, lines: number): string[] {
  const all = text.split("\n").flatMap((line) => {
    const characters = [...line];
    const parts = [];
    for (let at = 0; at < characters.length; at += width) parts.push(characters.slice(at, at + width).join(""));
    return parts;
  });
  return all.filter((line) => line.trim() !== "").slice(0, lines);
}
