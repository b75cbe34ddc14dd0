/**
 * The text with two bars at every token: above, what it wrote and what is left of it at the cursor's step (the direct
 * path, exact); below, what it means for the next prediction (all paths). A thin line stands where the bar was as
 * trained. On a canvas, since a step changes every bar.
 */
import { createEffect, createMemo } from "solid-js";
import { widthOf } from "../../parts/size.ts";
import { session } from "../../session/session.ts";
import { isDark } from "../../session/wishes.ts";
import type { Influence, LedgerCard } from "../../worker/memory.ts";
import { labelOf, setSource } from "./change.ts";

export interface LedgerTextProps {
  readonly tokens: readonly string[];
  readonly ledger: LedgerCard | undefined;
  /** As trained, where something is changed. */
  readonly before: LedgerCard | undefined;
  /** What the longest bar above is worth, and the longest below. */
  readonly full: number;
  readonly fullSlope: number;
  readonly influence: Influence | undefined;
  readonly step: number;
  readonly source: number;
  readonly swapped: number | undefined;
  readonly canvas: (element: HTMLCanvasElement) => void;
}

const [UP, LINE, DOWN, GAP] = [80, 28, 44, 10]; // px: bars above, token, bars below, to the next line
const [NARROW, WIDE, SIZE] = [11, 26, 18]; // px: of a character, and of the font
const FIRST = "first";
const NAMES = ["--ink", "--soft", "--card", "--sunk", "--mono", "--stage-4", "--stage-5", "--stage-3"];

export function LedgerText(props: LedgerTextProps) {
  let holder!: HTMLDivElement;
  let canvas!: HTMLCanvasElement;
  const width = widthOf(() => holder, 900);
  const up = () => (props.ledger ? UP : 0);
  const tall = () => up() + LINE + DOWN + GAP;
  const names = createMemo(() => [FIRST, ...props.tokens.map(labelOf)]);
  /** Where each token stands, the first state before them; characters share a line as far as that goes. */
  const places = createMemo(() => {
    const isLetters = session.model?.reading.kind === "characters";
    const share = Math.floor((width() - 60) / props.tokens.length);
    const found: { x: number; line: number; width: number }[] = [];
    let [x, line] = [0, 0];
    names().forEach((name, k) => {
      const own = k > 0 && isLetters ? Math.max(NARROW, Math.min(WIDE, share)) : name.length * NARROW + 12;
      if (x + own > width() && x > 0) [x, line] = [0, line + 1];
      found.push({ x, line, width: own });
      x += own;
    });
    return found;
  });
  const height = () => ((places().at(-1)?.line ?? 0) + 1) * tall() - GAP;

  createEffect(() => {
    const { ledger, before, influence, source, swapped } = props;
    const at = props.step;
    const from = at * names().length;
    const style = getComputedStyle(holder);
    isDark();
    const scale = devicePixelRatio;
    [canvas.width, canvas.height] = [Math.round(width() * scale), Math.round(height() * scale)];
    const brush = canvas.getContext("2d")!;
    brush.scale(scale, scale);
    brush.textAlign = "center";
    const [ink, soft, card, sunk, mono, writing, followed, slopes] = NAMES.map((name) =>
      style.getPropertyValue(name),
    ) as [string, string, string, string, string, string, string, string];
    const fill = (colour: string, x: number, y: number, wide: number, high: number): void => {
      brush.fillStyle = colour;
      brush.fillRect(x, y, wide, high);
    };
    fill(card, 0, 0, width(), height()); // for the file that it may become
    places().forEach(({ x, line, width: wide }, k) => {
      const base = line * tall() + up();
      const bar = (value: number): number => (value / (props.full || 1)) * (UP - 2);
      if (k - 1 === source) fill(sunk, x, base - up(), wide, tall() - GAP);
      if (ledger) {
        const high = bar(ledger.norms[from + k]!);
        fill(k - 1 === source ? followed : writing, x + 1, base - high, wide - 2, high);
        if (before) fill(ink, x, base - bar(before.norms[from + k]!) - 1, wide, 2);
      }
      const slope = k > 0 ? influence?.norms[k - 1] : undefined;
      if (slope) fill(slopes, x + 1, base + LINE, wide - 2, (slope / (props.fullSlope || 1)) * DOWN);
      const isNow = k - 1 === at;
      if (isNow) fill(ink, x, base + 1, wide, LINE - 2);
      if (k - 1 === swapped) fill(followed, x + 2, base + LINE - 4, wide - 4, 2);
      brush.fillStyle = isNow ? card : k === 0 ? soft : ink;
      brush.font = `${k - 1 === swapped ? "bold " : ""}${k === 0 ? 12 : SIZE}px ${mono}`;
      brush.fillText(names()[k]!, x + wide / 2, base + LINE - 9);
    });
  });

  const sourceUnder = (event: MouseEvent): number | undefined => {
    const { left, top } = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const found = places().findIndex(
      (one) => one.line === Math.floor(y / tall()) && x >= one.x && x < one.x + one.width,
    );
    return found < 0 ? undefined : found - 1;
  };
  return (
    <div
      ref={holder}
      class="ledger-text"
      role="slider"
      tabIndex={0}
      aria-label="Token whose life is shown"
      aria-valuemin={0}
      aria-valuemax={props.tokens.length}
      aria-valuenow={props.source + 1}
      aria-valuetext={props.source < 0 ? "first state" : `step ${props.source + 1}, ${names()[props.source + 1]}`}
      onClick={(event) => {
        const picked = sourceUnder(event);
        if (picked !== undefined) setSource(picked);
      }}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        setSource(Math.max(-1, Math.min(props.tokens.length - 1, props.source + by)));
      }}
    >
      <canvas
        ref={(element) => {
          canvas = element;
          props.canvas(element);
        }}
        style={{ height: `${height()}px` }}
      />
    </div>
  );
}
