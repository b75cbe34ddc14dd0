/** A place where a file may be dropped: whether one is over it, and what its element listens to. */
import { createSignal } from "solid-js";

export function dropZone(take: (file: File) => void) {
  const [isOver, setOver] = createSignal(false);
  const listeners = {
    onDragOver(event: DragEvent) {
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop(event: DragEvent) {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) take(file);
    },
  };
  return { isOver, listeners };
}
