/** Cells to start from, in groups, and the name of one's own. */
import { For, Show } from "solid-js";
import type { KnownCell } from "../../worker/typed.ts";
import { known, lab, put, setField, take } from "./lab.ts";

export function Menu() {
  const groups = () => [...new Set(lab.cells.map((cell) => cell.group))];
  const choose = (key: string): void => {
    const found: KnownCell | undefined = lab.cells.find((cell) => cell.key === key);
    const own = put();
    if (found) take({ name: found.name, text: found.shown });
    else if (own) take(own);
  };
  return (
    <div class="row">
      <label class="setting">
        start from
        <select
          aria-label="start from"
          value={known()?.key ?? ""}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <Show when={known() === undefined || put()}>
            <option value="" selected={known() === undefined}>
              {known() === undefined ? "your own" : `your own: ${put()?.name}`}
            </option>
          </Show>
          <For each={groups()}>
            {(group) => (
              <optgroup label={group}>
                <For each={lab.cells.filter((cell) => cell.group === group)}>
                  {(cell) => (
                    <option value={cell.key} selected={known()?.key === cell.key}>
                      {cell.name}
                    </option>
                  )}
                </For>
              </optgroup>
            )}
          </For>
        </select>
      </label>
      <label class="setting">
        name
        <input
          maxlength={60}
          value={lab.fields.name}
          onInput={(event) => setField("name", event.currentTarget.value)}
        />
      </label>
    </div>
  );
}
