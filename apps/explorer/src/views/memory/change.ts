/** What is asked about here: the text as it is now, with a token swapped and values held, beside the same as trained. */
import { createEffect, createMemo, on } from "solid-js";
import { unwrap } from "solid-js/store";
import { visible } from "../../parts/numbers.tsx";
import { asked } from "../../session/question.ts";
import { changeExtra, session } from "../../session/session.ts";
import type { Asked, Swap } from "../../worker/runs.ts";

/** In the link as "5-12": the token at step 5 is number 12 of the vocabulary. */
export const setSwap = (swap: Swap | undefined): void =>
  changeExtra({ swap: swap === undefined ? "" : `${swap.step}-${swap.id}` });

/** The step whose writing is followed; −1: the first state. */
export const setSource = (source: number): void => changeExtra({ source: String(source) });

export function useChange() {
  const steps = () => session.look!.tokens.length;
  const swap = createMemo((): Swap | undefined => {
    const [step, id] = (session.extra["swap"] ?? "").split("-").map(Number);
    const { ids } = session.look!;
    const isThere = ids !== undefined && step !== undefined && id !== undefined && step < ids.length;
    return isThere && id >= 0 && id < symbols() && ids[step] !== id ? { step, id } : undefined;
  });
  const source = createMemo(() => {
    const wanted = Number(session.extra["source"] ?? 0);
    return Number.isInteger(wanted) ? Math.max(-1, Math.min(steps() - 1, wanted)) : 0;
  });
  const now = createMemo((): Asked => ({ ...asked(), ...(swap() && { swap: swap()! }) }));
  const trained = createMemo((): Asked => ({ ...asked(), fixed: {} }));
  const tokens = createMemo(() => {
    const own = unwrap(session.look!.tokens);
    const { step, id } = swap() ?? {};
    return step === undefined ? own : own.map((token, k) => (k === step ? symbol(id!) : token));
  });
  // another text has other tokens
  const text = createMemo(() => session.look!.of.text);
  createEffect(on(text, () => setSwap(undefined), { defer: true }));
  const isChanged = () => swap() !== undefined || Object.keys(session.look!.of.fixed).length > 0;
  return { swap, source, now, trained, tokens, isChanged };
}

export type Change = ReturnType<typeof useChange>;

/** How many symbols the model knows; 0 where it reads values. */
export function symbols(): number {
  const { reading } = session.model!;
  return reading.kind === "values" ? 0 : reading.kind === "ids" ? reading.count : reading.tokens.length;
}

/** A symbol by its number. */
export function symbol(id: number): string {
  const { reading } = session.model!;
  return "tokens" in reading ? (reading.tokens[id] ?? String(id)) : String(id);
}

/** A token where there is little room: rows of numbers go by their step. */
export const labelOf = (token: string, step: number): string =>
  session.model!.reading.kind === "values" ? String(step + 1) : visible(token);
