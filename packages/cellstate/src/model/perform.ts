/**
 * A model's long work, part by part: others may run in between, and may close the model. What takes a few milliseconds
 * is done before the call returns; calls that come while another is under way wait for their turn.
 */
import type { Parts, Space } from "../engine/engine.ts";
import { CellstateError } from "../errors.ts";
import { breathe } from "./breathe.ts";
import { CLOSED } from "./life.ts";

export interface Performer {
  /** Is a call under way? */
  readonly isBusy: boolean;
  /** `lingering`: more of the same may follow soon, so that threads stay for a while. */
  perform<R>(work: () => Parts<R>, options?: { readonly lingering?: boolean }): Promise<R>;
  /** @throws {CellstateError} if the model has been closed */
  checkOpen(): void;
  close(): void;
}

export function createPerformer(space: Space): Performer {
  const waiting: (() => void)[] = [];
  let isBusy = false;
  let isClosed = false;
  const checkOpen = (): void => {
    if (isClosed) throw new CellstateError("closed", CLOSED);
  };

  async function throughAll<R>(parts: Parts<R>): Promise<R> {
    const start = performance.now();
    for (;;) {
      checkOpen();
      const { done, value } = parts.next();
      if (done) return value;
      const pause = breathe(start);
      if (pause) await pause;
    }
  }

  return {
    get isBusy() {
      return isBusy;
    },
    async perform(work, { lingering = false } = {}) {
      if (isBusy) await new Promise<void>((resolve) => waiting.push(resolve));
      isBusy = true;
      space.join();
      try {
        return await throughAll(work());
      } finally {
        const next = waiting.shift();
        if (next) next();
        else isBusy = false;
        await space.leave(lingering);
        await breathe();
      }
    },
    checkOpen,
    close() {
      isClosed = true;
    },
  };
}
