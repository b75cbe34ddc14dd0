/** The lines beside the sentences: how likely each name is, and what one memory cell holds, from top to bottom. */
import { createMemo } from "solid-js";
import type { Telling } from "../../../story/page.ts";
import { short } from "../../parts/numbers.tsx";
import { linear, pathOf } from "../../parts/scale.ts";
import type { UnitHeard } from "../../worker/story.ts";
import type { PictureProps } from "./Picture.tsx";
import { capital, rulerAt, textOf } from "./words.ts";

/** Pixels. */
export interface Row {
  readonly top: number;
  readonly height: number;
}

export interface TracksProps extends PictureProps {
  readonly rows: readonly Row[];
  readonly width: number;
}

const NARROW = 560; // pixels of the whole picture
const HEAD = 44; // of the columns' names
const SURE = 0.6; // a line as far out as that has its name beside it

/** From the left to the right. */
type Span = readonly [number, number];
type Point = readonly [number, number];

export function Tracks(props: TracksProps) {
  const height = () => props.rows.reduce((sum, row) => sum + row.height, 0);
  const drawing = createMemo(() => {
    const { telling, told, rows, other, second, width } = props;
    // those of the story before, for a moment
    if (rows.length !== telling.sentences.length) return "";
    const isWide = width >= NARROW;
    const [first, next, gap, numbers] = isWide ? [172, 150, 76, 42] : [second ? 58 : 112, 58, 26, 14];
    const right = width - numbers;
    const end = second ? right - next - gap : right;
    const names = [end - first, end] as const;
    const more = [right - next, right] as const;
    // seen where the picture is saved: on screen the text stands there itself
    const copies = rows.map((row, k) =>
      label("copy", 24, row, textOf(telling, k), `style="font-size:${Math.min(13, names[0] / 29)}px"`),
    );
    const title = second === "rnn" ? "LSTM" : isWide ? "Who is king now?" : "Who rules?";
    return [
      ...copies,
      frame(names, title),
      told ? lines(telling, told.answers, rows, names, isWide) : "",
      second === "c" && told ? cell(telling, told.unit, rows.slice(0, props.until), more, isWide) : "",
      second === "rnn" ? frame(more, "Plain RNN") : "",
      second === "rnn" && other ? lines(telling, other, rows, more, isWide) : "",
    ].join("");
  });
  return (
    <svg
      ref={props.svg}
      class="tracks"
      viewBox={`0 ${-HEAD} ${props.width || 1} ${height() + HEAD + 4}`}
      height={height() + HEAD + 4}
      role="img"
      aria-label="How likely each name is after every sentence; the numbers are in the table."
    >
      <clipPath id="story-told">
        <rect
          class="told"
          y={-HEAD}
          width={props.width}
          height={HEAD - 2 + (props.rows[props.until]?.top ?? height() + 2)}
        />
      </clipPath>
      <g innerHTML={drawing()} />
    </svg>
  );
}

/** A text in the middle of a row. */
const label = (style: string, x: number, { top, height }: Row, text: string, more = ""): string =>
  `<text class="${style}" x="${x}" y="${top + height / 2 + 4}" ${more}>${text}</text>`;

/** As far as it has been told. */
const part = (content: string): string => `<g clip-path="url(#story-told)">${content}</g>`;

function frame([from, to]: Span, title: string, ticks = ["0", "½", "1"]): string {
  const middle = (from + to) / 2;
  const marks = [from, middle, to].map((x, k) => `<text x="${x}" y="-10">${ticks[k]}</text><path d="M${x} -4v9999"/>`);
  return `<g class="frame"><text class="track-title" x="${middle}" y="${14 - HEAD}">${title}</text>${marks.join("")}</g>`;
}

/** A line for each of the cast, from sentence to sentence; its name where it stands out, the ruler's number on the right. */
function lines(telling: Telling, answers: Float32Array, rows: readonly Row[], span: Span, isWide: boolean): string {
  const x = linear([0, 1], span);
  const ofCast = telling.cast.map((name, n) => {
    const points = rows.map(({ top, height }, k): Point => [x(answers[k * 3 + n]!), top + height - 3]);
    const line = pathOf(points);
    // the second row of a reign, if it has one: lines cross above the first
    const first = telling.sentences.findIndex((_, k) => rulerAt(telling, k) === n);
    const at = rulerAt(telling, first + 1) === n ? first + 1 : first;
    const share = answers[at * 3 + n]!;
    const edge = (point: Point | undefined): string => `L${span[0]},${point![1]}`;
    const area = `<path class="who-area who-${n}" d="${line}${edge(points.at(-1))}${edge(points[0])}Z"/>`;
    const named = share > SURE ? area + label(`who-name who-${n}`, x(share) - 9, rows[at]!, capital(name)) : "";
    const dots = points.map(([cx, cy]) => `<circle class="who-dot who-${n}" cx="${cx}" cy="${cy}" r="2.6"/>`);
    return `${named}<path class="who-line who-${n}" d="${line}"/>${dots.join("")}`;
  });
  const numbers = rows.map((row, k) => {
    const value = answers[k * 3 + rulerAt(telling, k)];
    const isRuled = isWide && rulerAt(telling, k) >= 0;
    return isRuled ? label("p", span[1] + 38, row, short(value!), `data-v="${value}"`) : "";
  });
  return part(ofCast.join("") + numbers.join(""));
}

/** What the memory cell holds after every word: to the right above zero, to the left below; notches where it forgets. */
function cell(
  { sentences }: Telling,
  { c, f, unit }: UnitHeard,
  rows: readonly Row[],
  span: Span,
  isWide: boolean,
): string {
  const far = c.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const x = linear([-far, far], span);
  const ys = rows.flatMap(({ top, height }, k) => {
    const count = sentences[k]!.to - sentences[k]!.from;
    return Array.from({ length: count }, (_, n) => top + ((n + 0.5) / count) * height);
  });
  const line = pathOf(ys.map((y, t): Point => [x(c[t]!), y]));
  const [left, right] = span;
  const drops = ys.map((y, t) =>
    f[t]! < 0.5 ? `<path class="drop" d="M${left - 12} ${y - 4}h9l-4.5 8zM${left - 8} ${y}H${right}"/>` : "",
  );
  return (
    frame(span, `${isWide ? "Memory cell" : "Cell"} ${unit}`, [short(-far, 0), "0", short(far, 0)]) +
    part(`<path class="level" d="${line}L${x(0)},${ys.at(-1)}L${x(0)},${ys[0]}Z"/>
<path class="level-line" d="${line}"/>${drops.join("")}`)
  );
}
