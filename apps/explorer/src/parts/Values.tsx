/** Which of the cell's values is shown: each with its numeral, colour and sign, and what its equation's comment says. */
import { createMemo, For, Show } from "solid-js";
import { here, moveCursor, session } from "../session/session.ts";
import { stagesOf } from "./colours.ts";

export function Values() {
  const cell = () => here.layer()?.cell;
  const stages = createMemo(() => (cell() ? stagesOf(cell()!) : undefined));
  const caption = () => cell()?.values.find(({ name }) => name === session.cursor.value)?.caption;
  return (
    <div class="values-choice">
      <div class="row" role="group" aria-label="Value shown">
        <For each={cell()?.values}>
          {({ name }) => {
            const stage = () => stages()?.get(name);
            return (
              <button
                type="button"
                class="quiet stage"
                aria-pressed={session.cursor.value === name}
                style={{ "--stage": stage()?.colour }}
                onClick={() => moveCursor({ value: name })}
              >
                <span class="muted">{stage()?.numeral}</span> <i>{stage()?.sign}</i> <b>{name}</b>
              </button>
            );
          }}
        </For>
      </div>
      <Show when={caption()}>
        <p class="muted">
          {session.cursor.value}: {caption()}
        </p>
      </Show>
    </div>
  );
}
