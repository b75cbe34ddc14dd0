/**
 * A model's long work, part by part: others may run in between, and may close the model. What takes a few milliseconds
 * is done before the call returns; calls that come while another is under way wait for their turn.
 */
import type { Parts, Space } from "../engine/engine.ts";
import { CellstateError } from "../errors.ts";
import { breathe, inParts } from "./breathe.ts";
import { CLOSED } from "./life.ts";

export interface Performer {
  /** Is a call under way? */
  readonly isBusy: boolean;
  /** `lingering`: more of the same may follow soon, so that threads stay for a while. */
  perform<R>(work: () => Parts<R>, options?: { readonly lingering?: boolean }): Promise<R>;
  /** @throws {CellstateError} if the model has been closed */
  checkOpen(): void;
  /** For a model over the same parameters: it takes turns with this one, and may end before it. */
  twin(): Performer;
  close(): void;
}

export function createPerformer(space: Space): Performer {
  return performerOf(space, { isBusy: false, waiting: [] });
}

/** What all models over the same parameters share. */
interface Turns {
  isBusy: boolean;
  readonly waiting: (() => void)[];
}

function performerOf(space: Space, turns: Turns, original?: Performer): Performer {
  let isClosed = false;
  const checkOpen = (): void => {
    original?.checkOpen();
    if (isClosed) throw new CellstateError("closed", CLOSED);
  };

  const performer: Performer = {
    get isBusy() {
      return turns.isBusy;
    },
    async perform(work, { lingering = false } = {}) {
      if (turns.isBusy) await new Promise<void>((resolve) => turns.waiting.push(resolve));
      turns.isBusy = true;
      space.join();
      try {
        return await inParts(work(), checkOpen);
      } finally {
        const next = turns.waiting.shift();
        if (next) next();
        else turns.isBusy = false;
        await space.leave(lingering);
        await breathe();
      }
    },
    checkOpen,
    twin: () => performerOf(space, turns, performer),
    close() {
      isClosed = true;
    },
  };
  return performer;
}
