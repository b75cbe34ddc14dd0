/** Following something that changes quickly: only once it rests, or only when there is time. */
import { type Accessor, createEffect, createSignal, on, onCleanup, untrack } from "solid-js";

const REST = 80; // ms; longer than a key that is held down takes to repeat
const LONGEST = 60; // ms that a picture may be behind

/** What it is once it has stopped changing for a while, so that nothing is asked for on the way. */
export function atRest<T>(source: Accessor<T>): Accessor<T> {
  return following(source, (take) => {
    const timer = setTimeout(take, REST);
    return () => clearTimeout(timer);
  });
}

/** What it is as soon as the browser has nothing better to do: for what need not be there with the very next frame. */
export function whenIdle<T>(source: Accessor<T>): Accessor<T> {
  let isAsked = false;
  return following(source, (take) => {
    if (isAsked) return undefined;
    isAsked = true;
    const taken = (): void => {
      isAsked = false;
      take();
    };
    if ("requestIdleCallback" in globalThis) requestIdleCallback(taken, { timeout: LONGEST });
    else setTimeout(taken);
    return undefined;
  });
}

/** @param plan - plans to take the source's value; returns what gives the plan up for the next one */
function following<T>(source: Accessor<T>, plan: (take: () => void) => (() => void) | undefined): Accessor<T> {
  const [taken, setTaken] = createSignal(untrack(source));
  let isGone = false;
  const take = (): void => {
    if (!isGone) setTaken(() => untrack(source));
  };
  let giveUp: (() => void) | undefined;
  createEffect(
    on(
      source,
      () => {
        giveUp?.();
        giveUp = plan(take);
      },
      { defer: true },
    ),
  );
  onCleanup(() => {
    isGone = true;
    giveUp?.();
  });
  return taken;
}
