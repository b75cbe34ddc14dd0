/**
 * Lets others run between two parts of long work: timers, input, Ctrl-C, a page's frames. At most every few
 * milliseconds, so that small parts stay cheap.
 */
import type { Parts } from "../engine/engine.ts";

const PAUSE = "document" in globalThis ? 4 : 8; // milliseconds; a part comes on top, and a page has frames to draw

let last = 0;

/** A pause, where the loop has not gone round for a while, counted from `since` at the earliest; else nothing. */
export function breathe(since = 0): Promise<void> | undefined {
  return performance.now() - Math.max(last, since) < PAUSE ? undefined : pause();
}

async function pause(): Promise<void> {
  await new Promise<void>((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    }
  });
  last = performance.now();
}

/** All parts of a long work, with pauses between them; what has been taken is given back also where it ends early. */
export async function inParts<R>(parts: Parts<R>, check?: () => void): Promise<R> {
  const start = performance.now();
  try {
    for (;;) {
      check?.();
      const { done, value } = parts.next();
      if (done) return value;
      const pause = breathe(start);
      if (pause) await pause;
    }
  } finally {
    parts.return(undefined as never);
  }
}
