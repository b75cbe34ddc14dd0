/** The page's end of a worker: `work.call("look", { … })`. */
import type { Calls } from "./calls.ts";
import Host from "./host.ts?worker&inline";
import type { Context, Fault, Reply, Request } from "./protocol.ts";

export type Name = keyof Calls;
export type Argument<K extends Name> = Parameters<Calls[K]>[0];
export type Answer<K extends Name> = Awaited<ReturnType<Calls[K]>>;
type Report<K extends Name> = Calls[K] extends (argument: never, context: Context<infer E>) => unknown ? E : never;

/** What went wrong in the worker, with the library's own sentence. */
export class WorkError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = fault.name;
    this.fault = fault;
  }
}

export interface CallOptions<K extends Name> {
  readonly onReport?: (report: Report<K>) => void;
  /** Once aborted, the worker is told to stop; the call still ends with its answer or an error. */
  readonly signal?: AbortSignal;
}

export interface Line {
  /** @throws {WorkError} what the library threw */
  call<K extends Name>(name: K, argument: Argument<K>, options?: CallOptions<K>): Promise<Answer<K>>;
  /** Ends the worker; calls under way are rejected. */
  close(): void;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
  onReport: ((report: never) => void) | undefined;
}

/** Starts a worker of its own. */
export function openLine(): Line {
  const worker = new Host();
  const waiting = new Map<number, Waiting>();
  let last = 0;
  const tell = (request: Request): void => worker.postMessage(request);
  const endAll = (message: string): void => {
    for (const { reject } of waiting.values()) reject(new WorkError({ name: "Error", message, code: "worker" }));
    waiting.clear();
  };
  worker.onmessage = ({ data }: MessageEvent<Reply>) => {
    const call = waiting.get(data.id);
    if (call === undefined) return;
    if (data.kind === "report") return call.onReport?.(data.report as never);
    waiting.delete(data.id);
    if (data.kind === "answer") call.resolve(data.answer);
    else call.reject(new WorkError(data.fault));
  };
  worker.onerror = (event) => endAll(`the worker ended: ${event.message || "its script could not be run"}`);
  return {
    call(name, argument, { onReport, signal } = {}) {
      const id = ++last;
      const stop = (): void => tell({ kind: "stop", id });
      signal?.addEventListener("abort", stop, { once: true });
      const answered = new Promise<unknown>((resolve, reject) => {
        waiting.set(id, { resolve, reject, onReport });
        tell({ kind: "call", id, name, argument });
        if (signal?.aborted) stop();
      });
      return answered.finally(() => signal?.removeEventListener("abort", stop)) as Promise<never>;
    },
    close() {
      worker.terminate();
      endAll("the worker was closed");
    },
  };
}

let shared: Line | undefined;

/** The page's own worker, which holds the open model. Trainings start their own with `openLine`. */
export function work(): Line {
  shared ??= openLine();
  return shared;
}
