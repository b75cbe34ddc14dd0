/** All values of a vector as a table, some units at a time. */
import { createSignal, Show } from "solid-js";
import type { Cells } from "../../parts/export.tsx";
import { DataTable } from "../../parts/figure.tsx";
import { session } from "../../session/session.ts";

const SHOWN = 32;

export function AllValues(props: { name: string; values: Float32Array; before: Float32Array | undefined }) {
  const [page, setPage] = createSignal(Math.floor(session.cursor.unit / SHOWN));
  const last = () => Math.ceil(props.values.length / SHOWN) - 1;
  const own = () => Math.min(page(), last());
  const cells = (): Cells => {
    const { name, values, before } = props;
    const first = own() * SHOWN;
    return [
      ["unit", ...(before ? ["before"] : []), name],
      ...Array.from(values.subarray(first, first + SHOWN), (value, k) => [
        first + k,
        ...(before ? [before[first + k] ?? before[0]!] : []),
        value,
      ]),
    ];
  };
  return (
    <>
      <Show when={last() > 0}>
        <div class="row">
          <button type="button" class="quiet small" disabled={own() === 0} onClick={() => setPage(own() - 1)}>
            ← units before
          </button>
          <button type="button" class="quiet small" disabled={own() === last()} onClick={() => setPage(own() + 1)}>
            units after →
          </button>
        </div>
      </Show>
      <DataTable cells={cells()} caption={`All values of ${props.name}`} />
    </>
  );
}
