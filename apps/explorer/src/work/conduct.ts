/** Trainings: each in a worker of its own, which ends with it. While one is under way, leaving the page is asked about. */
import { type CallOptions, type Line, openLine } from "./line.ts";
import type { Trained } from "./training.ts";

/** What can be done to a training, and what it ends with. */
export interface Conducted {
  /** It ends after the update under way, and keeps what it has learned. */
  stop(): void;
  readonly end: Promise<{ readonly result?: Trained; readonly problem?: string; readonly state: EndState }>;
}

export type EndState = Trained["stopped"] | "failed";

let underWay = 0;

/** Starts a training: the call is made in a new worker. */
export function conduct<K extends "trainText" | "trainCell">(
  name: K,
  argument: Parameters<Line["call"]>[1] & object,
  onReport: NonNullable<CallOptions<K>["onReport"]>,
): Conducted {
  const controller = new AbortController();
  const line = openLine();
  underWay++;
  const end = line
    .call(name, argument as never, { onReport, signal: controller.signal })
    .then((result) => ({ result, state: result.stopped }))
    .catch((error: Error) => ({ problem: error.message, state: "failed" as const }))
    .finally(() => {
      line.close();
      underWay--;
    });
  return { stop: () => controller.abort(), end };
}

addEventListener("beforeunload", (event) => {
  if (underWay > 0) event.preventDefault();
});
