/** The cursor's unit in numbers: every value of its cell at this step. On a phone it is a sheet that opens from below. */
import { createMemo, For, Index, Show } from "solid-js";
import { Check } from "../parts/Check.tsx";
import { stagesOf } from "../parts/colours.ts";
import { Num, visible } from "../parts/numbers.tsx";
import { tracedAt } from "../session/cursor.ts";
import { here, moveCursor, session } from "../session/session.ts";

export function Inspector() {
  const stages = createMemo(() => (here.layer() ? stagesOf(here.layer()!.cell) : undefined));
  const rows = createMemo(() => {
    const layer = here.layer();
    const { look, cursor } = session;
    if (!layer || !look) return [];
    return layer.cell.values.flatMap((value) => {
      const traced = tracedAt(look, layer, value.name);
      if (!traced) return [];
      const unit = cursor.unit < traced.size ? cursor.unit : undefined;
      return [{ ...value, at: unit === undefined ? undefined : traced.values[cursor.step * traced.size + unit] }];
    });
  });
  const token = () => visible(session.look?.tokens[session.cursor.step] ?? "");
  return (
    <aside class="side" aria-label="Inspector">
      <details open={matchMedia("(min-width: 900px)").matches}>
        <summary>
          step {session.cursor.step + 1} <b class="token">{token()}</b> · unit {session.cursor.unit}
        </summary>
        <div class="side-body">
          <Show when={(session.model?.layers.length ?? 0) > 1}>
            <label class="field">
              layer
              <select
                value={session.cursor.layer}
                onChange={(event) => moveCursor({ layer: Number(event.currentTarget.value) })}
              >
                <For each={session.model?.layers}>
                  {(layer, k) => (
                    <option value={k()}>
                      {layer.layer} {layer.direction === "backward" ? "backward" : ""} · {layer.cell.name}
                    </option>
                  )}
                </For>
              </select>
            </label>
          </Show>
          <label class="field">
            unit
            <input
              type="number"
              min={0}
              max={(here.traced()?.size ?? 1) - 1}
              value={session.cursor.unit}
              onChange={(event) => moveCursor({ unit: Number(event.currentTarget.value) })}
            />
          </label>
          <ul class="values">
            <Index each={rows()}>
              {(row) => {
                const stage = () => stages()?.get(row().name);
                return (
                  <li>
                    <button
                      type="button"
                      class="value"
                      aria-pressed={session.cursor.value === row().name}
                      onClick={() => moveCursor({ value: row().name })}
                      style={{ "--stage": stage()?.colour }}
                    >
                      <span class="value-name">
                        <i>{stage()?.sign}</i> {row().name}
                      </span>
                      <span class="value-bar" style={{ "--at": Math.max(-1, Math.min(1, row().at ?? 0)) }} />
                      <Show when={row().at !== undefined} fallback={<span class="num muted">—</span>}>
                        <Num value={row().at!} />
                      </Show>
                      <Show when={row().caption}>
                        <span class="value-caption">{row().caption}</span>
                      </Show>
                    </button>
                  </li>
                );
              }}
            </Index>
          </ul>
          <Check />
        </div>
      </details>
    </aside>
  );
}
