/**
 * Learning a text in the page: what would be learned, and the training itself with what it tells on the way. It is the
 * library's `trainLanguage`, and ends in the file that the command line writes.
 */
import {
  type Corpus,
  cell,
  generateText,
  type LanguageOptions,
  type LanguageSettings,
  type Model,
  type Pace,
  type TextBaseline,
  type TextSplit,
  TrainingError,
  tokensOf,
  trainLanguage,
} from "cellstate";
import { createMeter, type Tick } from "./meter.ts";
import type { Context } from "./protocol.ts";
import { corpusFrom, type Source, tales } from "./texts.ts";

/** What is asked for; everything but the cell may be missing. */
export interface TextTraining extends LanguageOptions {
  readonly cell: { readonly name: string; readonly text: string };
  readonly seconds?: number;
}

/** What a text is, and what would be trained on it. */
export interface Survey {
  readonly characters: number;
  /** In the order of their code points. */
  readonly symbols: readonly string[];
  /** What was changed or noticed, a sentence each. */
  readonly notes: readonly string[];
  readonly split: TextSplit;
  readonly baseline: TextBaseline;
  readonly settings: LanguageSettings;
  readonly parameterCount: number;
}

export interface Judged {
  readonly step: number;
  readonly loss: number;
  readonly isBest: boolean;
  /** What the model writes now. */
  readonly sample: string;
}

export type TrainingReport =
  | { readonly kind: "start"; readonly survey: Survey; readonly pace?: Pace; readonly threads: number }
  | { readonly kind: "tick"; readonly tick: Tick }
  | { readonly kind: "judged"; readonly judged: Judged };

/** How a training ended. */
export interface Trained {
  readonly stopped: "finished" | "early" | "aborted" | "diverged";
  /** The best model's file; missing where there is none yet. */
  readonly bytes?: Uint8Array;
  /** The update whose weights these are. */
  readonly step: number;
  readonly validationLoss?: number;
  /** What the library says where it diverged. */
  readonly advice?: string;
}

const SAMPLE = 240; // characters

const optionsOf = ({ cell: typed, ...options }: TextTraining) => ({ ...options, cell: cell(typed.name, typed.text) });

export const trainingCalls = {
  /** @throws {ArgumentError} what keeps it from being trained */
  async surveyText({ source, training }: { source: Source; training: TextTraining }): Promise<Survey> {
    const none = AbortSignal.abort();
    const corpus = corpusFrom(source);
    // a training of no updates knows everything that one of many begins with
    const started = await trainLanguage(corpus, { ...optionsOf(training), threads: 1 }, { signal: none });
    const { model, settings, split, baseline } = started;
    try {
      return { ...described(corpus), settings, split, baseline, parameterCount: model.parameterCount };
    } finally {
      model.close();
    }
  },
  async trainText(
    { source, training }: { source: Source; training: TextTraining },
    { report, signal }: Context<TrainingReport>,
  ): Promise<Trained> {
    const corpus = corpusFrom(source);
    const { name } = source;
    let meter = createMeter(() => {});
    let best: { bytes: Uint8Array; step: number; validationLoss: number } | undefined;
    let judged: { step: number; loss: number; isBest: boolean } | undefined;
    let live: Model | undefined;
    try {
      const { model, history } = await trainLanguage(
        corpus,
        { ...optionsOf(training), name },
        {
          signal,
          onStart({ settings, split, baseline, model, pace }) {
            live = model;
            const { parameterCount } = model;
            const survey = { ...described(corpus), settings, split, baseline, parameterCount };
            report({ kind: "start", survey, threads: threadsHere(), ...(pace && { pace }) });
            meter = createMeter((tick) => report({ kind: "tick", tick }));
          },
          onProgress(event) {
            meter.take(event);
            if (event.record?.validationLoss === undefined) return;
            judged = { step: event.step, loss: event.record.validationLoss, isBest: event.record.isBest };
          },
          onBest(model) {
            best = { bytes: model.toBytes(), step: judged!.step, validationLoss: judged!.loss };
          },
          onCheckpoint() {
            if (judged === undefined || live === undefined) return;
            report({ kind: "judged", judged: { ...judged, sample: sampleOf(live) } });
            judged = undefined;
          },
        },
      );
      const { stopped, steps } = history;
      const bytes = model.toBytes();
      model.close();
      return { stopped, ...(best ?? (steps === 0 ? { step: 0 } : { bytes, step: steps })) };
    } catch (error) {
      if (!(error instanceof TrainingError)) throw error;
      return { stopped: "diverged", ...(best ?? { step: error.step }), advice: error.message };
    } finally {
      meter.end();
    }
  },
  tales: (): string => tales(),
};

function described({
  vocabulary,
  lineEnds,
  unknown,
  minCount,
  characters,
  damaged,
}: Corpus): Pick<Survey, "characters" | "symbols" | "notes"> {
  const notes: string[] = [];
  if (lineEnds > 0) notes.push(`${lineEnds} line ends of Windows or old Macs are read as plain ones.`);
  if (damaged > 0) notes.push(`${damaged} characters could not be read; they are one symbol, \uFFFD.`);
  if (unknown.different > 0) {
    const times = minCount === 2 ? "once" : `fewer than ${minCount} times`;
    notes.push(`${unknown.different} characters that occur ${times} are one symbol, \uFFFD.`);
  }
  return { characters, symbols: tokensOf(vocabulary), notes };
}

/** As the library chooses them: those of other cores only where memory may be shared. */
const threadsHere = (): number => (globalThis.crossOriginIsolated ? Math.min(8, navigator.hardwareConcurrency) : 1);

const sampleOf = (model: Model): string => [...generateText(model, { length: SAMPLE, seed: 1 })].join("");
