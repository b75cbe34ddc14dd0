/**
 * The same calls inside a worker, so that a page or a program predicts, traces and trains without being held up. Every
 * call gives a promise; arguments are copied, results are handed over. The other end: `workerHost.ts`.
 */

import type { Dataset } from "./data/windows.ts";
import type { EngineName } from "./engine/engine.ts";
import { CellstateError } from "./errors.ts";
import type { Architecture } from "./layers/layers.ts";
import type { LoadOptions } from "./model/bytes.ts";
import type { Known, Model, ModelOptions } from "./model/model.ts";
import type { Stream } from "./model/stream.ts";
import type { Streams } from "./model/streams.ts";
import { traced } from "./model/traced.ts";
import type { EvaluateOptions, Evaluation, WithMetrics } from "./train/evaluate.ts";
import type { Measured } from "./train/metrics/metric.ts";
import type { MetricsOf } from "./train/metrics/watch.ts";
import type { LearningRateRange, LearningRateRangeOptions } from "./train/range.ts";
import type { History, TrainOptions } from "./train/train.ts";
import { type Line, openLine } from "./workerLine.ts";
import type { Endpoint, Handle } from "./workerMessages.ts";

/** A method whose result comes as a promise. */
type Later<F> = F extends (...given: infer A) => infer R ? (...given: A) => Promise<Awaited<R>> : never;

/** Which worker to use. */
export interface WorkerOptions {
  /**
   * A worker that runs `cellstate/workerHost`, or a port to one; from then on it belongs to the remote. If left out,
   * one is started: a module worker in browsers, Deno and Bun, a thread of `node:worker_threads` in Node.
   */
  readonly worker?: { postMessage(message: unknown): void };
}

/** A worker with models in it. */
export interface RemoteWorker {
  /** As `createModel`. */
  createModel<N extends string>(architecture: Architecture<N>, options?: ModelOptions): Promise<RemoteModel<Known<N>>>;
  /** As `modelFrom`. */
  modelFrom(bytes: Uint8Array, options?: LoadOptions): Promise<RemoteModel>;
  /** Ends the worker with all its models; calls under way are rejected. */
  close(): Promise<void>;
}

/** A model in the worker: the calls of `Model`, and training and evaluation, which take it as their first argument. */
export interface RemoteModel<N extends string = string> {
  /** What it was made from. */
  readonly architecture: Architecture;
  /** Which engine runs it. */
  readonly engine: EngineName;
  /** What goes along into the model file. */
  readonly facts: Model["facts"];
  /** As `model.predict`. */
  readonly predict: Model["predict"];
  /** As `model.trace`. */
  readonly trace: Model<N>["trace"];
  /** As `model.gradients`. */
  readonly gradients: Model["gradients"];
  /** As `model.parameters`. */
  readonly parameters: Later<Model["parameters"]>;
  /** How many numbers are trained. */
  readonly parameterCount: () => Promise<number>;
  /** As `model.setParameters`. */
  readonly setParameters: Later<Model["setParameters"]>;
  /** As `model.toBytes`. */
  readonly toBytes: Later<Model["toBytes"]>;
  /** As `model.with`. */
  with(...given: Parameters<Model<N>["with"]>): Promise<RemoteModel<N>>;
  /** As `model.withFacts`. */
  withFacts(facts: Model["facts"]): Promise<RemoteModel<N>>;
  /** As `model.stream`. */
  stream(): Promise<RemoteStream>;
  /** As `model.streams`. */
  streams(count: number): Promise<RemoteStreams>;
  /**
   * As `train`: same seed, same bits. `data`, `validation` and the optimizer are made anew in the worker, from the
   * call that made them here.
   *
   * @throws {ArgumentError} if they were put together by hand: functions cannot cross
   */
  train(data: Dataset, options: TrainOptions): Promise<History>;
  /** As `evaluate`. */
  evaluate<M extends MetricsOf>(
    data: Dataset,
    options: WithMetrics<M>,
  ): Promise<Evaluation & { readonly metrics: Measured<M> }>;
  evaluate(data: Dataset, options: EvaluateOptions): Promise<Evaluation>;
  /** As `learningRateRange`. */
  learningRateRange(data: Dataset, options: LearningRateRangeOptions): Promise<LearningRateRange>;
  /** Gives the memory back. Streams and clamped twins of the model end too. */
  readonly close: Later<Model["close"]>;
}

/** As `Stream`; what `step` gives is the caller's own. For many steps at once, `predict` is the faster way. */
export type RemoteStream = { readonly [K in keyof Stream]: Later<Stream[K]> };

/** As `Streams`. */
export type RemoteStreams = Pick<Streams, "count"> & {
  readonly [K in Exclude<keyof Streams, "count">]: Later<Streams[K]>;
};

/**
 * Opens a worker. In Node and Bun it does not keep the process alive while it has nothing to do.
 *
 * @throws {CellstateError} if a worker cannot be started here
 * @example
 * const remote = openWorker();
 * const model = await remote.createModel(sequential(recurrent(lstm, { units: 32 }), dense({ units: 1 })), { input: 1 });
 */
export function openWorker({ worker }: WorkerOptions = {}): RemoteWorker {
  const line = openLine((worker ?? start()) as Endpoint);
  return {
    createModel: async (architecture, options) =>
      modelOf(line, await line.call<Handle>("createModel", undefined, { architecture, options })),
    modelFrom: async (bytes, options) =>
      modelOf(line, await line.call<Handle>("modelFrom", undefined, { bytes, options })),
    close: line.close,
  };
}

/** Bundlers know the first form and put the host beside the page; `node:` is never named to them. */
function start(): unknown {
  try {
    if (typeof Worker === "function")
      return new Worker(new URL("./workerHost.js", import.meta.url), { type: "module" });
    const here = import.meta.url;
    const threads = process.getBuiltinModule("node:worker_threads");
    return new threads.Worker(new URL("./workerHost.js", here));
  } catch (cause) {
    const mend = "Serve the page over http, or give a worker that runs cellstate/workerHost: openWorker({ worker }).";
    throw new CellstateError("worker", `No worker can be started here: ${cause}.\n  ${mend}`, { cause });
  }
}

function modelOf<N extends string>(line: Line, { handle, about }: Handle): RemoteModel<N> {
  const call = <T>(name: string, given: Record<string, unknown> = {}): Promise<T> => line.call<T>(name, handle, given);
  return {
    ...(about as Pick<RemoteModel, "architecture" | "engine" | "facts">),
    predict: (x, options) => call("predict", { x, options }),
    trace: async (x, options) => traced<N>(await call("trace", { x, options })),
    gradients: (x, targets, loss, options) => call("gradients", { x, targets, loss, options }),
    parameters: () => call("parameters"),
    parameterCount: () => call("parameterCount"),
    setParameters: (values) => call("setParameters", { values }),
    toBytes: (options) => call("toBytes", { options }),
    with: async (values, options) => modelOf(line, await call<Handle>("with", { values, options })),
    withFacts: async (facts) => modelOf(line, await call<Handle>("withFacts", { facts })),
    stream: async () => streamOf(line, await call<Handle>("stream")),
    streams: async (count) => streamsOf(line, await call<Handle>("streams", { count }), count),
    train: (data, { signal, onProgress, onCheckpoint, ...options }) =>
      line.call("train", handle, { data, options }, { signal, onProgress, onCheckpoint }),
    evaluate: <R>(data: Dataset, { signal, ...options }: EvaluateOptions) =>
      line.call<R>("evaluate", handle, { data, options }, { signal }),
    learningRateRange: (data, { signal, ...options }) =>
      line.call("learningRateRange", handle, { data, options }, { signal }),
    close: () => call("close"),
  };
}

function streamOf(line: Line, { handle }: Handle): RemoteStream {
  const call = <T>(name: string, given: Record<string, unknown> = {}): Promise<T> => line.call<T>(name, handle, given);
  return {
    async step(x, into, output) {
      const scores = await call<Float32Array>("step", { x, into: into && new Float32Array(into.length), output });
      if (into === undefined) return scores;
      into.set(scores);
      return into;
    },
    async features(into) {
      const values = await call<Float32Array>("features", { into: into && new Float32Array(into.length) });
      if (into === undefined) return values;
      into.set(values);
      return into;
    },
    state: () => call("state"),
    setState: (state) => call("setState", { state }),
    reset: () => call("reset"),
    close: () => call("close"),
  };
}

function streamsOf(line: Line, { handle }: Handle, count: number): RemoteStreams {
  const call = <T>(name: string, given: Record<string, unknown> = {}): Promise<T> => line.call<T>(name, handle, given);
  return {
    count,
    step: (due, x, options) => call("step", { due, x, options }),
    state: (stream) => call("state", { stream }),
    setState: (stream, state) => call("setState", { stream, state }),
    reset: (stream) => call("reset", { stream }),
    close: () => call("close"),
  };
}
