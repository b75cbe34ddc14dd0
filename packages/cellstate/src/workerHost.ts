/**
 * What runs inside a worker: models and streams behind handles, and the library's own calls upon them. Loaded as a
 * module by `openWorker`, or bundled into a classic worker where a page has no files beside it.
 */
import { batches, type Dataset, windows } from "./data/windows.ts";
import { CellstateError } from "./errors.ts";
import {
  accuracy,
  adjustedR2,
  bitsPerCharacter,
  confusionMatrix,
  f1,
  mae,
  mse,
  perplexity,
  r2,
  rmse,
  topKRecall,
} from "./metrics.ts";
import { modelFrom } from "./model/bytes.ts";
import { createModel, type Model } from "./model/model.ts";
import type { Stream } from "./model/stream.ts";
import type { Streams } from "./model/streams.ts";
import type { TraceData } from "./model/traced.ts";
import { type TrainingOptions, tasks } from "./tasks.ts";
import { ema, nonMonotone, polyak } from "./train/average.ts";
import { ctc } from "./train/ctc/ctc.ts";
import { evaluate } from "./train/evaluate.ts";
import { adam, adamW, rmsProp, sgd } from "./train/optimizers.ts";
import { plateau } from "./train/plateau.ts";
import { learningRateRange } from "./train/range.ts";
import { constant, cosine, linear, oneCycle, stepDecay } from "./train/rates.ts";
import { train } from "./train/train.ts";
import {
  type Answer,
  type Ask,
  buffersOf,
  type Endpoint,
  type Handle,
  listen,
  post,
  type Request,
  sentError,
  unpacked,
} from "./workerMessages.ts";

/** What a recipe may call. */
const makers = {
  ...{ windows, batches, task, sgd, rmsProp, adam, adamW, polyak, ema, nonMonotone, ctc },
  ...{ constant, linear, cosine, oneCycle, stepDecay, plateau },
  ...{ accuracy, topKRecall, f1, confusionMatrix, mse, rmse, mae, r2, adjustedR2, perplexity, bitsPerCharacter },
};

function task(name: keyof typeof tasks, options: Readonly<Record<string, number>>, training: TrainingOptions): Dataset {
  return tasks[name](options).training(training);
}

// biome-ignore format: a list
const ofModels = [
  "predict", "trace", "gradients", "parameters", "parameterCount", "setParameters", "toBytes",
  "with", "withFacts", "stream", "streams", "close",
] as const satisfies readonly (keyof Model)[];
const ofStreams = [
  "step",
  "features",
  "state",
  "setState",
  "reset",
  "close",
] as const satisfies readonly (keyof Stream)[];

/** `from`: the model that it ends with. */
type Held = { readonly from: number | undefined } & ({ readonly model: Model } | { readonly stream: Stream | Streams });
type Running = { readonly stop: AbortController; stored?: (isStored: boolean) => void };

function serve(endpoint: Endpoint): void {
  const held = new Map<number, Held>();
  const running = new Map<number, Running>();
  let last = 0;

  listen<Request>(endpoint, (request) => {
    if ("abort" in request) running.get(request.id)?.stop.abort();
    else if ("stored" in request) running.get(request.id)?.stored?.(request.stored);
    else void answer(request);
  });

  async function answer(request: Extract<Request, { call: string }>): Promise<void> {
    const { id, call, on, ask } = request;
    const stop = new AbortController();
    if (ask.aborted) stop.abort();
    running.set(id, { stop });
    try {
      const given = unpacked(request.given, makers) as never[];
      const result = on === undefined ? await create(call, given) : await upon(id, on, call, given, ask);
      const isHandle = typeof result === "object" && result !== null && "handle" in result;
      post(endpoint, { id, result }, isHandle ? [] : [...buffersOf(result)]);
    } catch (error) {
      post(endpoint, { id, error: sentError(error) });
    } finally {
      running.delete(id);
    }
  }

  async function create(call: string, given: never[]): Promise<Handle> {
    if (call === "createModel") return hold(await createModel(...(given as unknown as [never])));
    if (call === "modelFrom") return hold(await modelFrom(...(given as unknown as [never])));
    throw unknown(call);
  }

  function hold(model: Model, from?: number): Handle {
    held.set(++last, { model, from });
    const { architecture, engine, facts } = model;
    return { handle: last, about: { architecture, engine, facts } };
  }

  async function upon(id: number, on: number, call: string, given: never[], ask: Ask): Promise<unknown> {
    const target = held.get(on);
    if (target === undefined) {
      throw new CellstateError("closed", "The model has been closed, or its stream; create, load or open it again.");
    }
    if (call === "close") release(on);
    if ("stream" in target) {
      const stream = target.stream as Stream;
      const name = ofStreams.find((known) => known === call);
      if (name === undefined) throw unknown(call);
      const result: unknown = await (stream[name] as (...given: never[]) => unknown)(...given);
      // a stream's own, which the next step overwrites
      return name === "step" ? (result as Float32Array).slice() : result;
    }
    const { model } = target;
    if (call === "train") return training(id, model, given, ask);
    if (call === "evaluate" || call === "learningRateRange") {
      const { signal } = running.get(id)!.stop;
      return { evaluate, learningRateRange }[call](model, given[0]!, { ...(given[1] as object), signal } as never);
    }
    const name = ofModels.find((known) => known === call);
    if (name === undefined) throw unknown(call);
    if (name === "parameterCount") return model.parameterCount;
    const result = await (model[name] as (...given: never[]) => unknown)(...given);
    if (name === "with" || name === "withFacts") return hold(result as Model, on);
    if (name === "trace") {
      const { values, inputs, firstStates } = result as TraceData;
      return { values, inputs, firstStates } satisfies TraceData;
    }
    if (name !== "stream" && name !== "streams") return result;
    held.set(++last, { stream: result as Stream | Streams, from: on });
    return { handle: last } satisfies Handle;
  }

  function training(id: number, model: Model, [data, options]: never[], ask: Ask): Promise<unknown> {
    const own = running.get(id)!;
    const say = (answer: Answer): void => post(endpoint, answer);
    return train(model, data!, {
      ...(options as unknown as Parameters<typeof train>[2]),
      signal: own.stop.signal,
      ...(ask.progress && { onProgress: (progress) => say({ id, progress }) }),
      ...(ask.checkpoint && {
        async onCheckpoint(checkpoint) {
          const stored = new Promise<boolean>((resolve) => {
            own.stored = resolve;
          });
          say({ id, checkpoint });
          // the page knows why, and ends the call with it
          if (!(await stored)) throw new CellstateError("worker", "The checkpoint could not be put away.");
        },
      }),
    });
  }

  /** Forgets a model or a stream, and all that ends with it. */
  function release(handle: number): void {
    held.delete(handle);
    for (const [other, { from }] of held) if (from === handle) release(other);
  }
}

const unknown = (call: string): CellstateError =>
  new CellstateError("worker", `The worker does not know ${call}: it runs another version of cellstate.`);

const scope = globalThis as unknown as Endpoint;
const port = (): Endpoint | null =>
  typeof scope.postMessage === "function"
    ? scope
    : (process.getBuiltinModule("node:worker_threads").parentPort as Endpoint | null);
// a page's own window hears messages from everywhere; only a worker has one owner
const found = "document" in globalThis ? null : port();
if (found) serve(found);
