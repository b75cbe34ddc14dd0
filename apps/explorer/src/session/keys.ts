/**
 * The keys of the page. Whoever is on screen adds its own, the list behind "?" follows. Letters act only where nothing
 * is being typed, and can be switched off (WCAG 2.1.4).
 */
import { createSignal, onCleanup, onMount } from "solid-js";

export interface Key {
  /** As `KeyboardEvent.key` gives it, with "Shift+" before it where that matters: "ArrowLeft", "Shift+ArrowLeft", "g". */
  readonly key: string;
  /** As shown: "←", "g"; empty where another key's line speaks for it. */
  readonly sign: string;
  readonly does: string;
  run(): void;
}

const [keys, setKeys] = createSignal<readonly Key[]>([]);
const [lettersOn, setLettersOn] = createSignal(true);

export { keys, lettersOn, setLettersOn };

/** While the caller is on screen. A later one takes an earlier one's key. */
export function useKeys(own: readonly Key[]): void {
  onMount(() => setKeys((all) => [...all, ...own]));
  onCleanup(() => setKeys((all) => all.filter((key) => !own.includes(key))));
}

/** Where the browser needs the key itself. */
function isTaken(event: KeyboardEvent): boolean {
  const at = event.target as HTMLElement;
  if (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) return true;
  if (at.closest("dialog, [data-own-keys]")) return true;
  return (event.key === " " || event.key === "Enter") && at.closest("button, a, summary, [role=tab]") !== null;
}

export function listen(): void {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
    const isLetter = event.key.length === 1 && event.key !== " " && event.key !== "?";
    if (isLetter && !lettersOn()) return;
    const named = event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key;
    const found = keys().findLast((one) => one.key === named);
    if (found === undefined) return;
    event.preventDefault();
    found.run();
  });
}
