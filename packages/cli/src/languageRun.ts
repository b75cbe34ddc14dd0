/**
 * One training of a language model into a run's folder: what `train` and `demo` share. Model and checkpoint are put
 * away at every validation; a stop saves and says how to go on.
 */
import {
  type Cell,
  type Checkpoint,
  generateText,
  type LanguageOptions,
  type LanguageResult,
  type LanguageStart,
  type Model,
  type Progress,
  trainLanguage,
  unknownTokens,
} from "cellstate";
import type { Context } from "./command.ts";
import { Ended, SIGNAL_EXIT } from "./failure.ts";
import { whole } from "./format.ts";
import type { TextFile } from "./readText.ts";
import type { RunConfig, RunFolder } from "./runFolder.ts";
import type { TrainingView } from "./trainingView.ts";

export interface LanguageRun {
  readonly run: RunFolder;
  readonly text: TextFile;
  readonly name: string;
  readonly cell: Cell;
  readonly options: LanguageOptions;
  readonly resume: Checkpoint | undefined;
  readonly context: Context;
  readonly view: TrainingView;
  readonly sample: RunConfig["sample"];
  /** Samples after these updates too, not only at validations. */
  readonly samplesAt?: readonly number[];
  readonly onStart: (start: LanguageStart) => void | Promise<void>;
}

/** @throws {Ended} if a signal stopped it, after everything is saved */
export async function runLanguage(job: LanguageRun): Promise<LanguageResult> {
  const { run, text, name, cell, options, resume, context, view } = job;
  const { terminal, stops, program, json } = context;
  const stopping = stops.saveOnStop();
  let event: Progress | undefined;
  let hasModel = resume?.best !== undefined;

  const sampleOf = (model: Model, step: number): void => {
    const { temperature, length } = job.sample;
    const strangers = new Set(unknownTokens(model, job.sample.prompt));
    const prompt = [...job.sample.prompt].filter((c) => !strangers.has(c)).join("");
    const written = [...generateText(model, { prompt, temperature, length, seed: options.seed ?? 0 })].join("");
    run.addSample(step, prompt + written);
    view.sample(written);
  };

  let started: LanguageStart | undefined;
  const result = await trainLanguage(
    text.corpus,
    { ...options, cell, name },
    {
      async onStart(start) {
        started = start;
        await job.onStart(start);
        view.start(start, resume?.counters.step ?? 0);
        if (!resume && job.samplesAt?.includes(0)) sampleOf(start.model, 0);
      },
      onProgress(progress, model) {
        event = progress;
        view.progress(progress);
        if (progress.retreat) run.log("retreat", { step: progress.step, ...progress.retreat });
        if (!progress.record && job.samplesAt?.includes(progress.step)) {
          terminal.say(`    after ${whole(progress.step)} updates, loss ${progress.loss.toFixed(2)}`);
          sampleOf(model, progress.step);
        }
      },
      async onBest(model) {
        await run.saveModel(model);
        hasModel = true;
      },
      async onCheckpoint(checkpoint) {
        if (started === undefined) return;
        if (event?.record) {
          view.record(event);
          run.log("record", {
            ...event.record,
            [`${started.settings.level}sPerSecond`]: Math.round(view.tokensPerSecond()),
          });
          sampleOf(started.model, event.step);
          event = undefined;
        }
        await run.saveCheckpoint(checkpoint, started.judged);
      },
      ...(resume && { resume }),
      signal: stopping.signal,
    },
  ).finally(() => {
    view.end();
    stopping.end();
  });

  if (result.history.stopped === "aborted") {
    // before the first validation there is no best model; the latest is better than none
    if (!hasModel) await run.saveModel(result.model);
    const { steps } = result.history;
    const came = stops.came ?? "SIGINT";
    run.log("stopped", { step: steps, signal: came });
    terminal.warn(
      `saved ${run.path} (step ${whole(steps)} of ${whole(result.settings.steps)}).  continue: ${program} train --resume ${run.path}`,
    );
    if (json) {
      const stopped = { run: run.path, model: run.model, steps, stopped: result.history.stopped };
      terminal.result(`${JSON.stringify(stopped)}\n`);
    }
    result.model.close();
    throw new Ended(SIGNAL_EXIT[came]);
  }
  await run.saveModel(result.model);
  await run.saveCheckpoint(result.history.checkpoint, result.judged);
  return result;
}
