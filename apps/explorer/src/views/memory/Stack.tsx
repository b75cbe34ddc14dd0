/** One unit of the state over time: which token's writing it consists of, signed, stacked on one another. */
import { createEffect, createMemo, For, Show } from "solid-js";
import { colourOf } from "../../parts/colours.ts";
import type { Cells } from "../../parts/export.tsx";
import { Figure } from "../../parts/figure.tsx";
import { Num, short, visible } from "../../parts/numbers.tsx";
import { roundLinear } from "../../parts/scale.ts";
import { widthOf } from "../../parts/size.ts";
import { moveCursor } from "../../session/session.ts";
import { isDark } from "../../session/wishes.ts";
import type { UnitLedger } from "../../worker/memory.ts";
import { setSource } from "./change.ts";

const [HEIGHT, LEFT, EDGE] = [240, 60, 12]; // px: of the picture, for its axis, above and below
const LISTED = 6;

export interface StackProps {
  readonly own: UnitLedger;
  readonly tokens: readonly string[];
  readonly step: number;
  readonly source: number;
  readonly state: string;
}

export function Stack(props: StackProps) {
  let holder!: HTMLDivElement;
  let canvas!: HTMLCanvasElement;
  const width = widthOf(() => holder, 600);
  const count = () => props.tokens.length;
  const column = () => (width() - LEFT) / count();
  /** What the state is made of at the cursor, the largest first. */
  const parts = createMemo(() => {
    const line = props.step * (count() + 1);
    const all = Array.from({ length: count() + 1 }, (_, k) => ({ source: k - 1, value: props.own.parts[line + k]! }));
    return all.filter(({ value }) => value !== 0).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  });
  /** How far the stacks go down and up. */
  const reach = createMemo(() => {
    let [low, high] = [0, 0];
    for (let t = 0; t < count(); t++) {
      let [down, up] = [0, 0];
      for (let k = 0; k <= count(); k++) {
        const v = props.own.parts[t * (count() + 1) + k]!;
        if (v < 0) down += v;
        else up += v;
      }
      [low, high] = [Math.min(low, down), Math.max(high, up)];
    }
    return roundLinear([low, high || 1], [HEIGHT - EDGE, EDGE]);
  });

  createEffect(() => {
    const y = reach();
    const scale = devicePixelRatio;
    [canvas.width, canvas.height] = [Math.round(width() * scale), HEIGHT * scale];
    const brush = canvas.getContext("2d")!;
    brush.scale(scale, scale);
    const style = getComputedStyle(holder);
    const colour = (name: string): string => style.getPropertyValue(name);
    const dark = isDark();
    brush.fillStyle = colour("--card"); // for the file that it may become
    brush.fillRect(0, 0, width(), HEIGHT);
    brush.font = `12px ${style.fontFamily}`;
    brush.textAlign = "right";
    brush.textBaseline = "middle";
    for (const tick of y.ticks(5)) {
      brush.fillStyle = colour("--line");
      brush.fillRect(LEFT, y(tick), width() - LEFT, 1);
      brush.fillStyle = colour("--soft");
      brush.fillText(short(tick), LEFT - 8, y(tick));
    }
    const range = { low: -0.12 * count(), high: 1.05 * count(), isSigned: false };
    const gap = column() > 6 ? 1 : 0;
    for (let t = 0; t < count(); t++) {
      let [down, up] = [0, 0];
      for (let k = 0; k <= count(); k++) {
        const v = props.own.parts[t * (count() + 1) + k]!;
        const from = v < 0 ? down : up;
        const [top, bottom] = [y(Math.max(from, from + v)), y(Math.min(from, from + v))];
        if (v < 0) down += v;
        else up += v;
        if (bottom - top < 0.2) continue;
        brush.fillStyle =
          k - 1 === props.source ? colour("--stage-5") : k === 0 ? colour("--strong-line") : colourOf(range, k, dark);
        brush.fillRect(
          LEFT + t * column(),
          top,
          column() - gap,
          Math.max(0.5, bottom - top - (bottom - top > 3 ? 0.6 : 0)),
        );
      }
    }
    brush.strokeStyle = colour("--ink");
    brush.lineWidth = 2;
    brush.beginPath();
    props.own.values.forEach((v, t) => {
      brush.lineTo(LEFT + t * column(), y(v));
      brush.lineTo(LEFT + (t + 1) * column() - gap, y(v));
    });
    brush.stroke();
    brush.fillStyle = colour("--strong-line");
    brush.fillRect(LEFT, y(0) - 0.5, width() - LEFT, 1);
  });

  const value = () => props.own.values[props.step]!;
  const csv = (): Cells => [
    ["written at", "token", ...props.tokens.map((token, t) => `after ${t + 1} ${visible(token)}`)],
    ...Array.from({ length: count() + 1 }, (_, k) => [
      k,
      k === 0 ? "first state" : visible(props.tokens[k - 1]!),
      ...props.tokens.map((_, t) => props.own.parts[t * (count() + 1) + k]!),
    ]),
  ];
  const table = (): Cells => [
    ["written at", "token", `left in ${props.state} of unit ${props.own.unit} after step ${props.step + 1}`],
    ...parts().map(({ source, value }) => [
      source + 1,
      source < 0 ? "first state" : visible(props.tokens[source]!),
      value,
    ]),
  ];
  return (
    <Figure
      title={`What ${props.state} of unit ${props.own.unit} consists of`}
      says={`After every step, the parts of ${props.state} by the token that wrote them, old ones next to the axis; the line is ${props.state} itself.`}
      picture={{ name: `${props.state}-unit-${props.own.unit}`, canvas: () => canvas, csv }}
      table={table}
    >
      <div class="stack-map" ref={holder}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${props.state} of unit ${props.own.unit} after each of ${count()} steps, as a sum of what was written before.`}
          style={{ height: `${HEIGHT}px` }}
          onPointerDown={(event) => {
            const { left } = canvas.getBoundingClientRect();
            moveCursor({ step: Math.floor((event.clientX - left - LEFT) / column()) });
          }}
        />
        <div class="heat-step" style={{ left: `${LEFT + props.step * column()}px`, width: `${column()}px` }} />
      </div>
      <p class="parts">
        <span>
          {props.state} is <Num value={value()} />; the largest parts:
        </span>
        <For each={parts().slice(0, LISTED)}>
          {(part) => (
            <button
              type="button"
              class="quiet small"
              aria-pressed={props.source === part.source}
              onClick={() => setSource(part.source)}
            >
              <Num value={part.value} />{" "}
              {part.source < 0 ? "first state" : `${part.source + 1} ${visible(props.tokens[part.source]!)}`}
            </button>
          )}
        </For>
        <Show when={parts().length > LISTED}>
          <span class="muted small"> and {parts().length - LISTED} smaller ones</span>
        </Show>
      </p>
    </Figure>
  );
}
