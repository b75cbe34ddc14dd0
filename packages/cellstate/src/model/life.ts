/** What models over one core share: its streams, its twins with fixed values, and its end, which is the end of all. */
import { CellstateError } from "../errors.ts";
import type { Core } from "./core.ts";
import type { Inputs } from "./feed.ts";

export interface Life {
  readonly streams: Set<{ close(): void }>;
  readonly twins: Set<Life>;
  core(x?: Inputs, caller?: string): Core;
  close(): void;
}

export const CLOSED = "The model has been closed; create or load it again.";

export function createLife(open: Life["core"], end: () => void): Life {
  let isClosed = false;
  const streams = new Set<{ close(): void }>();
  const twins = new Set<Life>();
  return {
    streams,
    twins,
    core(x, caller) {
      if (!isClosed) return open(x, caller);
      throw new CellstateError("closed", CLOSED);
    },
    close() {
      if (isClosed) return;
      for (const stream of [...streams]) stream.close();
      for (const twin of [...twins]) twin.close();
      isClosed = true;
      end();
    },
  };
}
