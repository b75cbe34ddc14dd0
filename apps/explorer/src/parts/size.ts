/** How wide an element is, as it changes. */
import { type Accessor, createSignal, onCleanup, onMount } from "solid-js";

export function widthOf(element: () => HTMLElement, first: number): Accessor<number> {
  const [width, setWidth] = createSignal(first);
  onMount(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(entry!.contentRect.width));
    watch.observe(element());
    onCleanup(() => watch.disconnect());
  });
  return width;
}
