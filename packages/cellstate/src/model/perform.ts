/** Long work of a model, part by part: others may run in between, and may close the model. */
import type { Parts } from "../engine/engine.ts";
import { breathe } from "./breathe.ts";

/** What a performer has to know of a core. */
export interface Open {
  /** @throws {CellstateError} if the model has been closed meanwhile */
  checkOpen(): void;
}

export async function perform<R>(core: Open, parts: Parts<R>): Promise<R> {
  for (;;) {
    const { done, value } = parts.next();
    if (done) return value;
    await breathe();
    core.checkOpen();
  }
}

/** One after another: whoever comes while another is at work waits for its end. */
export function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
