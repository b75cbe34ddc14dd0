/** Lines over an axis, linear or logarithmic, with axes, names at their ends, and the values under the pointer. */
import { createMemo, createSignal, For, Show } from "solid-js";
import { short, whole } from "./numbers.tsx";
import { linear, pathOf, powers, powerText, roundLinear } from "./scale.ts";
import { widthOf } from "./size.ts";

export interface Series {
  readonly name: string;
  readonly colour: string;
  /** In the order of x; a missing y leaves a gap. */
  readonly points: readonly (readonly [number, number | undefined])[];
  /** Low and high for each point: a band around the line. */
  readonly band?: readonly (readonly [number, number, number])[];
  /** Drawn as dashes, for those who see no colours. */
  readonly dash?: string;
  /** A hairline without a name: one of many that a named one stands for. */
  readonly isThin?: boolean;
  /** Points that are marked. */
  readonly dots?: "all" | "last";
}

export interface LineChartProps {
  readonly series: readonly Series[];
  readonly x: string;
  readonly y: string;
  /** The y axis goes in powers of ten. */
  readonly log?: boolean;
  /** If left out, as far as the points go (and to 0, unless logarithmic). */
  readonly yRange?: readonly [number, number];
  /** If left out, from the first to the last point. */
  readonly xRange?: readonly [number, number];
  /** Pixels beside the plot, where it stands under another picture. */
  readonly margin?: { readonly left: number; readonly right: number };
  readonly says: string;
  readonly height?: number;
  /** A line across, with its name. */
  readonly levels?: readonly { readonly y: number; readonly name: string }[];
  /** A part of the x axis that is shaded, with its name. */
  readonly span?: { readonly from: number; readonly to: number; readonly name: string };
  /** A line upright, at the cursor. */
  readonly at?: number;
  readonly onPick?: (x: number) => void;
  readonly svg?: (element: SVGSVGElement) => void;
}

const MARGIN = { top: 14, right: 92, bottom: 38, left: 60 };
const LETTER = 7; // px of a letter in a line's name, about

export function LineChart(props: LineChartProps) {
  let holder!: HTMLDivElement;
  const measured = widthOf(() => holder, 600);
  const width = () => Math.max(240, measured());
  const [pointed, setPointed] = createSignal<number>();
  const height = () => props.height ?? 260;
  const named = createMemo(() => props.series.filter((s) => !s.isThin));
  /** Dotted ones are told apart by their key: they go with a line of their colour. */
  const ending = () => named().filter((s) => !s.dots);
  const roomForNames = () => Math.max(MARGIN.right, ...ending().map((s) => s.name.length * LETTER + 8));
  /** Names stand at the lines' ends where there is room, and where they tell lines apart. */
  const isNamed = () => width() >= 480 && props.margin === undefined;
  const margin = () => ({ ...MARGIN, right: isNamed() ? roomForNames() : 12, ...props.margin });
  const ys = createMemo(() =>
    props.series.flatMap((s) => [
      ...s.points.flatMap(([, y]) => (y === undefined ? [] : [y])),
      ...(s.band ?? []).flatMap(([, low, high]) => [low, high]),
    ]),
  );
  const xs = createMemo(() => props.series.flatMap((s) => s.points.map(([x]) => x)));
  const x = createMemo(() => {
    const all = xs();
    const [low, high] = props.xRange ?? (all.length > 0 ? [Math.min(...all), Math.max(...all)] : [0, 1]);
    return linear([low, low === high ? low + 1 : high], [margin().left, width() - margin().right]);
  });
  const y = createMemo(() => {
    const span: [number, number] = [height() - MARGIN.bottom, MARGIN.top];
    if (props.log) {
      const positive = ys().filter((v) => v > 0);
      const [low, high] = props.yRange ?? [Math.min(1, ...positive), Math.max(1e-12, ...positive)];
      return powers([low, high === low ? low * 10 : high], span);
    }
    const [low, high] = props.yRange ?? [Math.min(0, ...ys()), Math.max(1e-9, ...ys())];
    return roundLinear([low, high], span);
  });
  const ticks = createMemo(() => y().ticks(5));
  const isDrawn = (v: number | undefined): v is number =>
    v !== undefined && Number.isFinite(v) && (!props.log || v > 0);
  const path = (points: Series["points"]): string =>
    pathOf(points.map(([at, v]) => (isDrawn(v) ? [x()(at), y()(v)] : undefined)));
  /** Along the upper edge and back along the lower one. */
  const bandPath = (points: NonNullable<Series["band"]>): string => {
    const drawn = points.filter(([, low, high]) => isDrawn(low) && isDrawn(high));
    const edge = (k: 1 | 2) => drawn.map((p) => [x()(p[0]), y()(p[k])] as const);
    return drawn.length === 0 ? "" : `${pathOf([...edge(2), ...edge(1).reverse()])}Z`;
  };
  const nearestX = (event: PointerEvent): number | undefined => {
    const { left } = holder.getBoundingClientRect();
    const wanted = x().invert(event.clientX - left);
    let best: number | undefined;
    for (const v of xs()) if (best === undefined || Math.abs(v - wanted) < Math.abs(best - wanted)) best = v;
    return best;
  };
  const dotsOf = (s: Series) => {
    const drawn = s.points.filter(([, v]) => isDrawn(v));
    return s.dots === "all" ? drawn : s.dots === "last" ? drawn.slice(-1) : [];
  };
  /** The shaded part in pixels, as far as it is on the axis. */
  const span = createMemo(() => {
    if (props.span === undefined) return undefined;
    const [first, last] = [margin().left, width() - margin().right];
    const [from, to] = [props.span.from, props.span.to].map((v) => Math.min(last, Math.max(first, x()(v))));
    const { name } = props.span;
    const isLeft = from! + name.length * LETTER < last;
    return { from: from!, width: to! - from!, name, isLeft, text: isLeft ? from! + 6 : to! - 6 };
  });
  const readings = createMemo(() => {
    const at = pointed() ?? props.at;
    if (at === undefined) return undefined;
    const found = named().flatMap((s) => {
      const point = s.points.find(([v]) => v === at);
      return point && isDrawn(point[1]) ? [{ name: s.name, colour: s.colour, y: point[1] }] : [];
    });
    return { at, found };
  });
  /** Names at the lines' ends, pushed apart where they would lie on one another. */
  const names = createMemo(() => {
    const ends = ending().flatMap((s) => {
      const end = s.points.findLast(([, v]) => isDrawn(v));
      return end ? [{ name: s.name, colour: s.colour, y: y()(end[1]!) }] : [];
    });
    ends.sort((a, b) => a.y - b.y);
    for (let k = 1; k < ends.length; k++) ends[k]!.y = Math.max(ends[k]!.y, ends[k - 1]!.y + 14);
    return ends;
  });
  return (
    <div class="chart" ref={holder}>
      <svg
        ref={(element) => props.svg?.(element)}
        viewBox={`0 0 ${width()} ${height()}`}
        height={height()}
        role="img"
        aria-label={props.says}
        onPointerMove={(event) => setPointed(nearestX(event))}
        onPointerLeave={() => setPointed(undefined)}
        onPointerUp={(event) => {
          const at = nearestX(event);
          if (at !== undefined) props.onPick?.(at);
        }}
      >
        <Show when={span()}>
          {(part) => (
            <g class="span">
              <rect
                x={part().from}
                width={part().width}
                y={MARGIN.top}
                height={height() - MARGIN.bottom - MARGIN.top}
              />
              <text x={part().text} y={height() - MARGIN.bottom - 7} text-anchor={part().isLeft ? "start" : "end"}>
                {part().name}
              </text>
            </g>
          )}
        </Show>
        <For each={ticks()}>
          {(v) => (
            <g class="tick">
              <line x1={margin().left} x2={width() - margin().right} y1={y()(v)} y2={y()(v)} />
              <text x={margin().left - 8} y={y()(v)} text-anchor="end" dominant-baseline="middle">
                {props.log ? powerText(v) : short(v)}
              </text>
            </g>
          )}
        </For>
        <For each={x().ticks(Math.max(2, Math.floor(width() / 90)))}>
          {(v) => (
            <text class="tick" x={x()(v)} y={height() - MARGIN.bottom + 16} text-anchor="middle">
              {Number.isInteger(v) ? whole(v) : v}
            </text>
          )}
        </For>
        <text class="axis" x={(margin().left + width() - margin().right) / 2} y={height() - 4} text-anchor="middle">
          {props.x}
        </text>
        <text
          class="axis"
          x={-(height() - MARGIN.bottom + MARGIN.top) / 2}
          y={12}
          transform="rotate(-90)"
          text-anchor="middle"
        >
          {props.y}
        </text>
        <For each={props.series}>
          {(s) => (
            <>
              <Show when={s.band}>{(band) => <path class="band" d={bandPath(band())} fill={s.colour} />}</Show>
              <path
                class="curve"
                classList={{ thin: s.isThin ?? false }}
                d={path(s.points)}
                stroke={s.colour}
                stroke-dasharray={s.dash ?? "none"}
              />
              <For each={dotsOf(s)}>
                {(point) => <circle class="dot" cx={x()(point[0])} cy={y()(point[1]!)} r={3} fill={s.colour} />}
              </For>
            </>
          )}
        </For>
        <For each={props.levels}>
          {(level) => (
            <g class="level">
              <line x1={margin().left} x2={width() - margin().right} y1={y()(level.y)} y2={y()(level.y)} />
              <text x={margin().left + 4} y={y()(level.y) - 4}>
                {level.name}
              </text>
            </g>
          )}
        </For>
        <Show when={isNamed()}>
          <For each={names()}>
            {(end) => (
              <text class="end" x={width() - margin().right + 6} y={end.y} fill={end.colour} dominant-baseline="middle">
                {end.name}
              </text>
            )}
          </For>
        </Show>
        <Show when={readings()}>
          {(reading) => (
            <g class="reading">
              <line x1={x()(reading().at)} x2={x()(reading().at)} y1={MARGIN.top} y2={height() - MARGIN.bottom} />
              <For each={reading().found}>
                {(one) => <circle cx={x()(reading().at)} cy={y()(one.y)} r={3.5} fill={one.colour} />}
              </For>
            </g>
          )}
        </Show>
      </svg>
      <div class="chart-key" aria-hidden="true">
        <For each={named()}>
          {(s) => (
            <span>
              <svg width="22" height="10" aria-hidden="true">
                <line
                  x1="1"
                  x2="21"
                  y1="5"
                  y2="5"
                  stroke={s.colour}
                  stroke-width="2.5"
                  stroke-dasharray={s.dash ?? "none"}
                />
                <Show when={s.dots}>
                  <circle cx="11" cy="5" r="3.5" fill={s.colour} />
                </Show>
              </svg>
              {s.name}
              <Show when={readings()?.found.find((one) => one.name === s.name)}>
                {(one) => <b> {short(one().y)}</b>}
              </Show>
            </span>
          )}
        </For>
        <Show when={readings()}>
          {(reading) => (
            <span class="muted">
              {props.x}: {Number.isInteger(reading().at) ? whole(reading().at) : short(reading().at)}
            </span>
          )}
        </Show>
      </div>
    </div>
  );
}
