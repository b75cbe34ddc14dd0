/**
 * A picture with everything that belongs to it: title, a sentence for those who cannot see it, the numbers as a table
 * on demand, and export. The table is made only when it is opened.
 */
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import { type Cells, Export, type Picture } from "./export.tsx";
import { short } from "./numbers.tsx";

export interface FigureProps {
  readonly title: string;
  /** One sentence made from the data. */
  readonly says: string;
  readonly picture: Picture;
  /** What the table shows, heading first, if not the start of the CSV. */
  readonly table?: () => Cells;
  readonly controls?: JSX.Element;
  readonly children: JSX.Element;
}

export function Figure(props: FigureProps) {
  const [isTable, setTable] = createSignal(false);
  const table = () => props.table ?? props.picture.csv;
  return (
    <section class="figure card" aria-label={props.title}>
      <header class="figure-head">
        <h2>{props.title}</h2>
        <div class="figure-tools">
          {props.controls}
          <Show when={table()}>
            <button
              type="button"
              class="quiet small"
              aria-pressed={isTable()}
              data-table
              onClick={() => setTable(!isTable())}
            >
              Table
            </button>
          </Show>
          <Export picture={props.picture} />
        </div>
      </header>
      <p class="figure-says">{props.says}</p>
      <div class="figure-body">{props.children}</div>
      <Show when={isTable() && table()}>{(made) => <DataTable cells={made()()} caption={props.title} />}</Show>
    </section>
  );
}

const MOST = { rows: 60, columns: 100 };

/** The first rows and columns; more would not be read, and the whole is in the CSV. */
export function DataTable(props: { cells: Cells; caption: string }) {
  const shown = createMemo(() => props.cells.slice(0, MOST.rows + 1).map((row) => row.slice(0, MOST.columns + 1)));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by key
    <section class="scroll" tabIndex={0} aria-label={`${props.caption}, table`}>
      <table class="data">
        <caption class="unseen">{props.caption}</caption>
        <thead>
          <tr>
            <For each={shown()[0]}>{(cell) => <th scope="col">{cell}</th>}</For>
          </tr>
        </thead>
        <tbody>
          <For each={shown().slice(1)}>
            {(row) => (
              <tr>
                <For each={row}>
                  {(cell, k) =>
                    k() === 0 ? (
                      <th scope="row">{cell}</th>
                    ) : typeof cell === "number" ? (
                      <td data-v={cell}>{short(cell)}</td>
                    ) : (
                      <td>{cell}</td>
                    )
                  }
                </For>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  );
}
