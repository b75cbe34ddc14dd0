/**
 * Answers of the worker that follow what is asked. One question is under way at a time; of those that come meanwhile
 * the last is asked next. The answer before stays until the next is there, so that pictures do not flicker.
 */
import { type Accessor, createEffect, createSignal, on, onCleanup } from "solid-js";
import { type Answer, type Argument, type Name, work } from "../worker/line.ts";

export interface Asking<T> {
  /** Of the last question that was answered; undefined where there is none to ask, or its answer is an error. */
  readonly answer: Accessor<T | undefined>;
  /** Why there is no answer, in the library's words. */
  readonly problem: Accessor<string | undefined>;
  /** The answer is of an earlier question. */
  readonly isOld: Accessor<boolean>;
}

/** What changes faster than that, as a step does under a key held down, is asked about once it rests. */
const PAUSE = 60; // ms

/** The value, a moment after it last changed. */
export function rested<T>(value: Accessor<T>): Accessor<T> {
  const [last, setLast] = createSignal(value());
  let timer: ReturnType<typeof setTimeout>;
  createEffect(
    on(value, (now) => {
      clearTimeout(timer);
      timer = setTimeout(() => setLast(() => now), PAUSE);
    }),
  );
  onCleanup(() => clearTimeout(timer));
  return last;
}

export function ask<K extends Name>(name: K, question: Accessor<Argument<K> | undefined>): Asking<Answer<K>> {
  const [answer, setAnswer] = createSignal<Answer<K>>();
  const [problem, setProblem] = createSignal<string>();
  const [isOld, setOld] = createSignal(false);
  let waiting: { readonly question: Argument<K> | undefined } | undefined;
  let isUnderWay = false;
  let isGone = false;

  async function next(): Promise<void> {
    if (isUnderWay) return;
    isUnderWay = true;
    while (waiting && !isGone) {
      const mine = waiting.question;
      waiting = undefined;
      let found: Answer<K> | undefined;
      let why: string | undefined;
      try {
        found = mine === undefined ? undefined : await work().call(name, mine);
      } catch (error) {
        why = (error as Error).message;
      }
      if (isGone) return;
      setAnswer(() => found);
      setProblem(why);
    }
    isUnderWay = false;
    setOld(false);
  }

  createEffect(
    on(question, (now) => {
      waiting = { question: now };
      setOld(true);
      void next();
    }),
  );
  onCleanup(() => {
    isGone = true;
  });
  return { answer, problem, isOld };
}
