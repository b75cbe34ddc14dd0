/** The steps that are marked: first and last, kept in the link as "3-9", counted from 0. */
import { createMemo } from "solid-js";
import { changeExtra, session } from "../../session/session.ts";
import type { Steps } from "../../worker/sequence.ts";

export const setSpan = (from: number, to: number): void =>
  changeExtra({ span: `${Math.min(from, to)}-${Math.max(from, to)}` });

export const clearSpan = (): void => changeExtra({ span: "" });

/** Undefined where nothing is marked, or the text has got shorter than that. */
export const useSpan = () =>
  createMemo(
    (): Steps | undefined => {
      const [from, to] = (session.extra["span"] ?? "").split("-").map(Number);
      const count = session.look?.tokens.length ?? 0;
      const isThere = from !== undefined && to !== undefined && from >= 0 && from <= to && to < count;
      return isThere ? { from, to } : undefined;
    },
    undefined,
    { equals: (a, b) => a?.from === b?.from && a?.to === b?.to },
  );
