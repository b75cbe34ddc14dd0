/** The list of keys, made from those that act now. */
import { For } from "solid-js";
import { keys } from "../session/keys.ts";

let dialog!: HTMLDialogElement;

export const openHelp = (): void => dialog.showModal();

export function Help() {
  /** Each key once, the one that acts. */
  const listed = () => {
    const all = keys();
    return all.filter((one, k) => one.sign !== "" && all.findLastIndex((other) => other.key === one.key) === k);
  };
  return (
    <dialog ref={dialog} aria-labelledby="help-title" class="card">
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        <For each={listed()}>
          {(key) => (
            <div>
              <dt>
                <kbd>{key.sign}</kbd>
              </dt>
              <dd>{key.does}</dd>
            </div>
          )}
        </For>
      </dl>
      <p class="muted">
        Everything runs in this page; it cannot ask for anything from outside, and what you open or type stays here.
      </p>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
