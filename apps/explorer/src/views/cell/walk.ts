/**
 * The way through one step, stage by stage: Play goes it, so do the keys. Off it, a step is shown whole. The stage that
 * is lit is the cursor's value's, so that a link and the other views have it too.
 */
import { createEffect, createMemo, createSignal, on } from "solid-js";
import { useKeys } from "../../session/keys.ts";
import { isPlaying, pause, usePiece } from "../../session/player.ts";
import { here, moveCursor, session } from "../../session/session.ts";

/** Milliseconds at speed 1: of the movement, and of the rest after it. */
export const MOVES = 450;
const RESTS = 250;

export function useWalk() {
  const [isOn, setOn] = createSignal(false);
  const cell = () => here.layer()!.cell;
  const count = () => cell().diagram.stages.length;
  /** From 0. */
  const stage = createMemo((): number => cell().values.find(({ name }) => name === session.cursor.value)?.stage ?? 0);
  const nameOf = (wanted: number): string => cell().values.find((value) => value.stage === wanted)!.name;
  let isOwnStep = false;

  /** Shows the step as far as this stage. */
  function goTo(wanted: number): void {
    if (wanted < 0 || wanted >= count()) return;
    setOn(true);
    moveCursor({ value: nameOf(wanted) });
  }

  function toStep(step: number, wanted: number): void {
    isOwnStep = true;
    moveCursor({ step, value: nameOf(wanted) });
    isOwnStep = false;
    setOn(true);
  }

  const last = () => session.look!.tokens.length - 1;
  /** @returns false at the end */
  function beat(): boolean {
    const { step } = session.cursor;
    if (stage() < count() - 1) goTo(stage() + 1);
    else if (step < last()) toStep(step + 1, 0);
    else return false;
    return true;
  }
  function forth(): void {
    if (isOn()) beat();
    else goTo(0);
  }
  function back(): void {
    const { step } = session.cursor;
    if (!isOn()) goTo(count() - 1);
    else if (stage() > 0) goTo(stage() - 1);
    else if (step > 0) toStep(step - 1, count() - 1);
  }
  const whole = (): void => {
    pause();
    setOn(false);
  };

  usePiece({ length: MOVES + RESTS, beat });
  // play begins with the first stage of the step on screen, at once; at the very end, once more with it
  createEffect(
    on(isPlaying, (now) => {
      const isAtEnd = session.cursor.step === last() && stage() === count() - 1;
      if (now && (!isOn() || isAtEnd)) goTo(0);
    }),
  );
  // whoever steps on by key sees whole steps again
  const step = createMemo(() => session.cursor.step);
  const layer = createMemo(() => session.cursor.layer);
  createEffect(
    on([step, layer, () => session.look], () => {
      if (!isOwnStep && !isPlaying()) setOn(false);
    }),
  );

  useKeys([
    ...Array.from({ length: 9 }, (_, k) => ({
      key: String(k + 1),
      sign: k === 0 ? "1 … 9" : "",
      does: "to a stage of the step",
      run: () => goTo(k),
    })),
    { key: ",", sign: ",", does: "a stage back", run: back },
    { key: ".", sign: ".", does: "a stage on", run: forth },
    { key: "Escape", sign: "Esc", does: "the whole step", run: whole },
  ]);
  return { isOn, stage, goTo, back, forth, whole, reached: (): number | undefined => (isOn() ? stage() : undefined) };
}

export type Walk = ReturnType<typeof useWalk>;
