/** The worker: it holds the models and runs the library; the page only asks. */
import { calls } from "./calls.ts";
import type { Context, Fault, Reply, Request } from "./protocol.ts";

type Run = (argument: unknown, context: Context<unknown>) => unknown;

const underWay = new Map<number, AbortController>();
const answer = (reply: Reply): void => postMessage(reply, { transfer: buffersIn(reply) });

addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  if (data.kind === "stop") return underWay.get(data.id)?.abort();
  const { id, name, argument } = data;
  const controller = new AbortController();
  underWay.set(id, controller);
  try {
    const run = (calls as unknown as Record<string, Run>)[name]!;
    const report = (given: unknown): void => answer({ kind: "report", id, report: given });
    answer({ kind: "answer", id, answer: await run(argument, { report, signal: controller.signal }) });
  } catch (error) {
    answer({ kind: "fault", id, fault: faultOf(error) });
  } finally {
    underWay.delete(id);
  }
});

function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { code, place, problem, mend } = error as Partial<Fault>;
  return {
    name: error.name,
    message: error.message,
    ...(code !== undefined && { code }),
    ...(place !== undefined && { place: { line: place.line, column: place.column, length: place.length } }),
    ...(problem !== undefined && { problem }),
    ...(mend !== undefined && { mend }),
  };
}

/** Arrays are handed over, not copied; memory that threads share cannot be. */
function buffersIn(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) buffersIn(part, found);
  }
  return [...found];
}
