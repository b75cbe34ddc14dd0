/**
 * Play, pause and speed. A view may say what one beat does and how long it lasts; else the cursor moves on a step.
 * Nothing plays by itself.
 */
import { createSignal, onCleanup, onMount } from "solid-js";
import { moveCursor, session } from "./session.ts";

/** What is played: one beat after the other until `beat` says there is none left. */
export interface Piece {
  /** Milliseconds of a beat at speed 1. */
  readonly length: number;
  /** @returns false at the end */
  beat(): boolean;
}

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8] as const;

const stepByStep: Piece = {
  length: 120,
  beat() {
    const { step } = session.cursor;
    const last = (session.look?.tokens.length ?? 0) - 1;
    if (step >= last) return false;
    moveCursor({ step: step + 1 });
    return true;
  },
};

const [isPlaying, setPlaying] = createSignal(false);
const [speed, setSpeed] = createSignal<number>(1);
const pieces: Piece[] = [stepByStep];

export { isPlaying, setSpeed, speed };

let timer: ReturnType<typeof setTimeout> | undefined;

function next(): void {
  const piece = pieces.at(-1)!;
  timer = setTimeout(() => {
    if (!isPlaying()) return;
    if (piece.beat()) next();
    else pause();
  }, piece.length / speed());
}

export function play(): void {
  if (isPlaying()) return;
  const last = (session.look?.tokens.length ?? 0) - 1;
  if (pieces.length === 1 && session.cursor.step >= last) moveCursor({ step: 0 });
  setPlaying(true);
  next();
}

export function pause(): void {
  clearTimeout(timer);
  setPlaying(false);
}

export const playOrPause = (): void => (isPlaying() ? pause() : play());

/** While the caller is on screen, Play plays this. */
export function usePiece(piece: Piece): void {
  onMount(() => pieces.push(piece));
  onCleanup(() => {
    pause();
    pieces.splice(pieces.indexOf(piece), 1);
  });
}
