/** What stands along a heat map: the tokens under its columns, and the units or their keys beside its rows. */
import { createMemo, For, Show } from "solid-js";
import { visible } from "./numbers.tsx";
import { widthOf } from "./size.ts";

const LETTER = 8; // px that a column needs for one character
const UPRIGHT = 14; // px that a column needs for a word that stands on its head
const APART = 64; // px between the numbers of steps

/** Tokens where there is room for each, else every so many a step's number; the cursor's token always. */
export function TokenAxis(props: { tokens: readonly string[]; at?: number }) {
  let own!: HTMLDivElement;
  const width = widthOf(() => own, 600);
  const form = createMemo(() => {
    const column = width() / props.tokens.length;
    const isShort = props.tokens.every((token) => token.length * LETTER <= column);
    return isShort ? "letters" : column >= UPRIGHT ? "words" : "numbers";
  });
  const marks = createMemo(() => {
    const count = props.tokens.length;
    if (form() !== "numbers") return props.tokens.map((token, k) => ({ at: k, text: visible(token) }));
    const every = roundUp((count * APART) / width());
    return Array.from({ length: Math.ceil(count / every) }, (_, k) => k * every || 1)
      .filter((n) => n <= count)
      .map((n) => ({ at: n - 1, text: String(n) }));
  });
  const place = (step: number): string => `${((step + 0.5) / props.tokens.length) * 100}%`;
  return (
    <div ref={own} class={`token-axis ${form()}`} aria-hidden="true">
      <For each={marks()}>{(mark) => <span style={{ left: place(mark.at) }}>{mark.text}</span>}</For>
      <Show when={props.at !== undefined}>
        <b style={{ left: place(props.at!) }}>{visible(props.tokens[props.at!] ?? "")}</b>
      </Show>
    </div>
  );
}

/** 1, 2, 5, 10, 20 … */
function roundUp(n: number): number {
  for (let ten = 1; ; ten *= 10) {
    for (const one of [1, 2, 5]) if (one * ten >= n) return one * ten;
  }
}

export interface RowAxisProps {
  readonly labels: readonly string[];
  readonly rowHeight: number;
  readonly title: string;
  /** The cursor's row, if it is among them, and what it is called. */
  readonly at?: number;
  readonly name?: string;
}

/** A text beside every row, or beside as many as there is room for; the cursor's row always. */
export function RowAxis(props: RowAxisProps) {
  const marks = createMemo(() => {
    const every = Math.max(1, Math.ceil(15 / props.rowHeight));
    return props.labels.map((text, row) => ({ text, row })).filter(({ row }) => row % every === 0);
  });
  const place = (row: number): string => `${(row + 0.5) * props.rowHeight}px`;
  return (
    <div class="row-axis" aria-hidden="true" style={{ height: `${props.labels.length * props.rowHeight}px` }}>
      <span class="row-title">{props.title}</span>
      <For each={marks()}>{(mark) => <span style={{ top: place(mark.row) }}>{mark.text}</span>}</For>
      <Show when={(props.at ?? -1) >= 0}>
        <b style={{ top: place(props.at!) }}>{props.name}</b>
      </Show>
    </div>
  );
}
