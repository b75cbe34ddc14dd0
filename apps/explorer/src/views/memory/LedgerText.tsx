/**
 * The text with two bars at every token: above, what it wrote and what is left of it at the cursor's step (the direct
 * path, exact); below, what it means for the next prediction (all paths). A thin line stands where the bar was as trained.
 */
import { createEffect, For, on } from "solid-js";
import { short, visible } from "../../parts/numbers.tsx";
import { widthOf } from "../../parts/size.ts";
import { session } from "../../session/session.ts";
import type { Influence, LedgerCard } from "../../work/memory.ts";
import { setSource } from "./change.ts";

export interface LedgerTextProps {
  readonly tokens: readonly string[];
  readonly ledger: LedgerCard | undefined;
  /** As trained, where something is changed. */
  readonly before: LedgerCard | undefined;
  /** What the longest bar above is worth. */
  readonly full: number;
  readonly influence: Influence | undefined;
  readonly source: number;
  readonly swapped: number | undefined;
}

const [NARROW, WIDE, FIRST] = [11, 26, 56]; // px of a character, and what the first state takes

export function LedgerText(props: LedgerTextProps) {
  let holder!: HTMLDivElement;
  const isSpaced = () => session.model?.reading.kind !== "characters";
  const width = widthOf(() => holder, 900);
  /** Characters share the line as far as that goes. */
  const cell = () =>
    isSpaced() ? "auto" : `${Math.max(NARROW, Math.min(WIDE, Math.floor((width() - FIRST) / props.tokens.length)))}px`;
  createEffect(() => {
    const { ledger, before, influence } = props;
    const top = props.full || 1;
    const width = props.tokens.length + 1;
    const line = session.cursor.step * width;
    const far = influence?.norms.reduce((most, v) => Math.max(most, v), 0) || 1;
    for (let k = 0; k < width; k++) {
      const element = holder.children[k] as HTMLElement;
      const left = ledger?.norms[line + k];
      const was = before?.norms[line + k];
      const slope = k > 0 ? influence?.norms[k - 1] : undefined;
      put(element, "--left", (left ?? 0) / top);
      put(element, "--was", was === undefined ? -1 : was / top);
      put(element, "--slope", (slope ?? 0) / far);
      if (left !== undefined) element.dataset["v"] = String(left);
      else delete element.dataset["v"];
      if (slope !== undefined) element.dataset["slope"] = String(slope);
      else delete element.dataset["slope"];
      element.title = [left !== undefined && `left ${short(left)}`, slope !== undefined && `∂ ${short(slope)}`]
        .filter(Boolean)
        .join(", ");
    }
  });
  const marking = (name: string, step: () => number | undefined): void =>
    createEffect(
      on([step, () => props.tokens], ([now], before) => {
        if (before?.[0] !== undefined) holder.children[before[0] + 1]?.classList.remove(name);
        if (now !== undefined) holder.children[now + 1]?.classList.add(name);
      }),
    );
  marking("at", () => session.cursor.step);
  marking("source", () => props.source);
  marking("swapped", () => props.swapped);
  return (
    <div
      ref={holder}
      style={{ "--cell": cell() }}
      class="ledger-text"
      classList={{ spaced: isSpaced(), "no-ledger": props.ledger === undefined }}
      role="slider"
      tabIndex={0}
      data-own-keys
      aria-label="Token whose life is shown"
      aria-valuemin={0}
      aria-valuemax={props.tokens.length}
      aria-valuenow={props.source + 1}
      aria-valuetext={
        props.source < 0 ? "first state" : `step ${props.source + 1}, ${visible(props.tokens[props.source]!)}`
      }
      onClick={(event) => {
        const picked = (event.target as HTMLElement).closest<HTMLElement>("[data-step]");
        if (picked) setSource(Number(picked.dataset["step"]));
      }}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        setSource(Math.max(-1, Math.min(props.tokens.length - 1, props.source + by)));
      }}
    >
      <span class="first" data-step="-1">
        first
      </span>
      <For each={props.tokens}>{(token, step) => <span data-step={step()}>{visible(token)}</span>}</For>
    </div>
  );
}

const put = (element: HTMLElement, name: string, value: number): void =>
  element.style.setProperty(name, value.toFixed(4));
