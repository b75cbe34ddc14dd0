/**
 * Trainings: each in a worker of its own, which ends with it. Those that may wait begin as many at once as there are
 * cores. While one is under way, leaving the page is asked about.
 */
import { type Answer, type Argument, type CallOptions, openLine } from "./line.ts";

/** The calls that train. */
export type Training = "trainText" | "trainCell" | "trainContestant";

/** What can be done to a training, and what it ends with. */
export interface Conducted<K extends Training> {
  /** It ends after the update under way, and keeps what it has learned. One that waits does not begin. */
  stop(): void;
  readonly end: Promise<End<K>>;
}

export interface End<K extends Training> {
  readonly result?: Answer<K>;
  readonly problem?: string;
  readonly state: EndState;
}

export type EndState = Answer<Training>["stopped"] | "failed";
type OnReport<K extends Training> = NonNullable<CallOptions<K>["onReport"]>;

let underWay = 0;

/** Starts a training: the call is made in a new worker. */
export function conduct<K extends Training>(name: K, argument: Argument<K>, onReport: OnReport<K>): Conducted<K> {
  const controller = new AbortController();
  const line = openLine();
  underWay++;
  const end = line
    .call(name, argument, { onReport, signal: controller.signal })
    .then((result) => ({ result, state: result.stopped }))
    .catch((error: Error) => ({ problem: error.message, state: "failed" as const }))
    .finally(() => {
      line.close();
      underWay--;
    });
  return { stop: () => controller.abort(), end };
}

const cores = navigator.hardwareConcurrency || 1;
let waiting: (() => Promise<unknown>)[] = [];
let begun = 0;

/** Starts a training as soon as a core is free for it; `onBegin` says when. */
export function conductInTurn<K extends Training>(
  name: K,
  argument: Argument<K>,
  onReport: OnReport<K>,
  onBegin: () => void,
): Conducted<K> {
  let own: Conducted<K> | undefined;
  let resolve!: (end: End<K>) => void;
  const end = new Promise<End<K>>((own) => {
    resolve = own;
  });
  const begin = async (): Promise<void> => {
    onBegin();
    own = conduct(name, argument, onReport);
    resolve(await own.end);
  };
  waiting.push(begin);
  next();
  return {
    stop() {
      if (own !== undefined) return own.stop();
      waiting = waiting.filter((one) => one !== begin);
      resolve({ state: "aborted" });
    },
    end,
  };
}

function next(): void {
  if (begun >= cores) return;
  const begin = waiting.shift();
  if (begin === undefined) return;
  begun++;
  void begin().finally(() => {
    begun--;
    next();
  });
  next();
}

addEventListener("beforeunload", (event) => {
  if (underWay > 0) event.preventDefault();
});
