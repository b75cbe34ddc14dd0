/**
 * The page's end of the line to a worker: calls out, answers and events in, aborts forwarded, and one end for all
 * calls when the worker ends. A worker of Node's keeps the process alive only while a call is under way.
 */
import { CellstateError } from "./errors.ts";
import { type Answer, type Endpoint, listen, packed, post, receivedError } from "./workerMessages.ts";

/** What a caller wants to hear of besides the result. */
export interface Hooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: never) => void) | undefined;
  readonly onCheckpoint?: ((checkpoint: never) => void | Promise<void>) | undefined;
}

export interface Line {
  /** `given`: the arguments in their order, under the names that errors call them. */
  call<T>(call: string, on: number | undefined, given: Record<string, unknown>, hooks?: Hooks): Promise<T>;
  close(): Promise<void>;
}

interface Call extends Hooks {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  /** What a hook of the caller's threw. */
  thrown?: { readonly error: unknown };
}

export function openLine(endpoint: Endpoint): Line {
  const calls = new Map<number, Call>();
  let last = 0;
  let ended: CellstateError | undefined;

  listen<Answer>(endpoint, (answer) => {
    const call = calls.get(answer.id);
    if (call === undefined) return;
    if ("progress" in answer) guard(answer.id, call, () => call.onProgress?.(answer.progress as never));
    else if ("checkpoint" in answer) void store(answer.id, call, answer.checkpoint as never);
    else {
      calls.delete(answer.id);
      if (calls.size === 0) endpoint.unref?.();
      if (call.thrown) call.reject(call.thrown.error);
      else if ("result" in answer) call.resolve(answer.result as never);
      else {
        const error = receivedError(answer.error);
        call.reject(call.signal?.aborted && error.name === "AbortError" ? call.signal.reason : error);
      }
    }
  });
  const fail = (why: unknown): void =>
    end(new CellstateError("worker", `The worker has ended: ${why}.\n  Open another: openWorker().`, { cause: why }));
  if (endpoint.on) {
    endpoint.on("error", fail);
    endpoint.on("exit", (code) => fail(`exit code ${code}`));
    endpoint.on("close", () => fail("its port is closed"));
  } else {
    const missing = "its file could not be loaded; serve it beside the page, or give a worker: openWorker({ worker })";
    endpoint.addEventListener?.("error", (event) => fail(event.message ?? missing));
    endpoint.addEventListener?.("messageerror", () => fail("a message could not be read"));
  }
  endpoint.unref?.();

  function end(error: CellstateError): void {
    if (ended) return;
    ended = error;
    for (const call of calls.values()) call.reject(error);
    calls.clear();
    endpoint.unref?.();
  }

  /** An exception in a hook stops the call, which then ends with that exception. */
  async function guard(id: number, call: Call, hook: () => void | Promise<void>): Promise<void> {
    if (call.thrown) return;
    try {
      await hook();
    } catch (error) {
      call.thrown = { error };
      if (!ended) post(endpoint, { id, abort: true });
    }
  }

  async function store(id: number, call: Call, checkpoint: never): Promise<void> {
    await guard(id, call, () => call.onCheckpoint?.(checkpoint));
    if (!ended) post(endpoint, { id, stored: call.thrown === undefined });
  }

  return {
    async call(name, on, given, hooks = {}) {
      if (ended) throw ended;
      const id = ++last;
      const where = on === undefined ? `worker.${name}` : `model.${name}`;
      const ask = {
        progress: hooks.onProgress !== undefined,
        checkpoint: hooks.onCheckpoint !== undefined,
        aborted: hooks.signal?.aborted === true,
      };
      const parts = Object.entries(given).map(([argument, value]) => packed(value, where, argument));
      post(endpoint, { id, call: name, ...(on !== undefined && { on }), given: parts, ask });
      if (calls.size === 0) endpoint.ref?.();
      const abort = (): void => {
        if (!ended) post(endpoint, { id, abort: true });
      };
      hooks.signal?.addEventListener("abort", abort, { once: true });
      try {
        return await new Promise<never>((resolve, reject) => calls.set(id, { ...hooks, resolve, reject }));
      } finally {
        hooks.signal?.removeEventListener("abort", abort);
      }
    },
    async close() {
      end(new CellstateError("closed", "The worker has been closed; open another: openWorker()."));
      await (endpoint.terminate ? endpoint.terminate() : endpoint.close?.());
    },
  };
}
