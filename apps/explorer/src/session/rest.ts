/** What something is once it has stopped changing for a while, so that nothing is asked for on the way. */
import { type Accessor, createEffect, createSignal, on, onCleanup } from "solid-js";

const REST = 80; // ms; longer than a key that is held down takes to repeat

export function atRest<T>(source: Accessor<T>): Accessor<T> {
  const [rested, setRested] = createSignal(source());
  let timer: ReturnType<typeof setTimeout> | undefined;
  createEffect(
    on(
      source,
      (now) => {
        clearTimeout(timer);
        timer = setTimeout(() => setRested(() => now), REST);
      },
      { defer: true },
    ),
  );
  onCleanup(() => clearTimeout(timer));
  return rested;
}
