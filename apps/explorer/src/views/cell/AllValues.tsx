/** All values of a vector as a table, some units at a time. */
import { createMemo, createSignal, For, Show } from "solid-js";
import { Num } from "../../parts/numbers.tsx";
import { moveCursor, session } from "../../session/session.ts";

const SHOWN = 32;

export function AllValues(props: { name: string; values: Float32Array; before: Float32Array | undefined }) {
  const [page, setPage] = createSignal(Math.floor(session.cursor.unit / SHOWN));
  const pages = () => Math.ceil(props.values.length / SHOWN);
  const start = () => Math.min(page(), pages() - 1) * SHOWN;
  const units = createMemo(() =>
    Array.from({ length: Math.min(SHOWN, props.values.length - start()) }, (_, k) => start() + k),
  );
  return (
    <div class="all-values">
      <Show when={pages() > 1}>
        <div class="row">
          <button type="button" class="quiet small" disabled={start() === 0} onClick={() => setPage(page() - 1)}>
            ← before
          </button>
          <span class="muted">
            units {start()}–{start() + units().length - 1}
          </span>
          <button
            type="button"
            class="quiet small"
            disabled={page() >= pages() - 1}
            onClick={() => setPage(page() + 1)}
          >
            after →
          </button>
        </div>
      </Show>
      <table class="data">
        <caption class="unseen">All values of {props.name}</caption>
        <thead>
          <tr>
            <th scope="col">unit</th>
            <th scope="col">{props.name}</th>
            <Show when={props.before}>
              <th scope="col">before</th>
            </Show>
          </tr>
        </thead>
        <tbody>
          <For each={units()}>
            {(unit) => (
              <tr classList={{ now: unit === session.cursor.unit }} onClick={() => moveCursor({ unit })}>
                <th scope="row">{unit}</th>
                <td>
                  <Num value={props.values[unit]!} digits={4} />
                </td>
                <Show when={props.before}>
                  {(before) => (
                    <td>
                      <Num value={before()[unit] ?? before()[0]!} digits={4} />
                    </td>
                  )}
                </Show>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}
