/**
 * The plots of docs/benchmarks.md, as SVG files that are read on light and dark pages: lines over sizes, both axes
 * logarithmic, each line named at its end.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { axes, type Point } from "../w7.ts";
import type { Measured } from "./collect.ts";
import { load } from "./load.ts";
import { OURS } from "./names.ts";
import { unitOf } from "./tables.ts";

export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly line: string;
}

interface Options {
  readonly x: string;
  readonly y: string;
  /** Where each part's axis has marks. */
  readonly ticks: readonly number[];
}

interface Plot {
  plot(options: object): { readonly outerHTML: string; setAttribute(name: string, value: string): void };
  line(data: readonly Mark[], options: object): object;
  dot(data: readonly Mark[], options: object): object;
  text(data: readonly Mark[], options: object): object;
}

const folder = fileURLToPath(new URL("../../docs/plots/", import.meta.url));

// A page's colours do not reach into an image; what the reader's system prefers does.
const STYLE =
  "<style>svg{color:#1f2328;font-family:system-ui,sans-serif}@media(prefers-color-scheme:dark){svg{color:#e6edf3}}</style>";

/** Names at the ends of lines, moved apart where they would lie on each other. */
function ends(marks: readonly Mark[], height: number): Mark[] {
  const last = new Map<string, Mark>();
  for (const mark of marks) if (mark.x >= (last.get(mark.line)?.x ?? 0)) last.set(mark.line, mark);
  const all = marks.map(({ y }) => Math.log(y));
  const least = ((Math.max(...all) - Math.min(...all)) * 13) / height; // a line of text
  let below = Number.NEGATIVE_INFINITY;
  return [...last.values()]
    .sort((a, b) => a.y - b.y)
    .map((mark) => {
      below = Math.max(Math.log(mark.y), below + least);
      return { ...mark, y: Math.exp(below) };
    });
}

async function draw(name: string, marks: readonly Mark[], { x, y, ticks }: Options): Promise<void> {
  const { parseHTML } = await load<{ parseHTML(html: string): { document: unknown } }>("linkedom");
  const plot = await load<Plot>("@observablehq/plot");
  const height = 380;
  const channels = { x: "x", y: "y", stroke: "line" };
  const figure = plot.plot({
    document: parseHTML("<html></html>").document,
    width: 760,
    height,
    marginLeft: 60,
    marginRight: 170,
    style: { background: "none", fontSize: "12px" },
    x: { type: "log", base: 2, label: x, ticks, tickFormat: (value: number) => value.toLocaleString("en"), grid: true },
    y: { type: "log", label: y, grid: true, tickFormat: "~s" },
    color: { scheme: "observable10", domain: [...new Set(marks.map(({ line }) => line))] },
    marks: [
      plot.line(marks, { ...channels, strokeWidth: 2 }),
      plot.line(
        marks.filter(({ line }) => line === OURS),
        { ...channels, strokeWidth: 4 },
      ),
      plot.dot(marks, { x: "x", y: "y", fill: "line", r: 3 }),
      plot.text(ends(marks, height - 60), { x: "x", y: "y", text: "line", fill: "line", textAnchor: "start", dx: 8 }),
    ],
  });
  figure.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  figure.setAttribute("font-family", "system-ui, sans-serif");
  const title = `<title>${y} over ${x}</title>`;
  const svg = figure.outerHTML.replace(/<style>[\s\S]*?<\/style>/, `${title}${STYLE}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${name}.svg`, `${svg}\n`);
}

const ofOneLayer = (measured: readonly Measured[]): Measured[] =>
  measured.filter(({ task }) => !("layers" in task) || task.layers === 1);

/** Whether there is more than one size, so that a line can be drawn. */
export const hasPlot = (measured: readonly Measured[]): boolean => ofOneLayer(measured).length > 1;

/** One thread each, and the limit. */
export async function drawTasks(name: string, measured: readonly Measured[]): Promise<void> {
  const alike = ofOneLayer(measured);
  const unit = unitOf[alike[0]!.task.kind];
  const marks = alike.flatMap(({ task, limit, results }): Mark[] => [
    { x: task.units, y: unit.value(limit.median), line: "limit, 128-bit" },
    ...results.flatMap(({ name, threads, seconds }): Mark[] =>
      seconds && threads === 1 ? [{ x: task.units, y: unit.value(seconds.median), line: name }] : [],
    ),
  ]);
  await draw(name, marks, { x: "H, units", y: unit.name, ticks: alike.map(({ task }) => task.units) });
}

/** One plot for each of the four sizes that grow, time and memory in microseconds and kilobytes. */
export async function drawGrowth(points: readonly Point[]): Promise<void> {
  for (const [axis, { name, values }] of Object.entries(axes)) {
    const marks = points
      .filter((point) => point.axis === axis)
      .flatMap((point): Mark[] => {
        const x = point[axis as Point["axis"]];
        return [
          { x, y: point.seconds * 1e6, line: "time, µs" },
          { x, y: point.memory / 1024, line: "peak memory, KB" },
        ];
      });
    if (marks.length > 0) await draw(`w7-${axis}`, marks, { x: `${axis}, ${name}`, y: "a token", ticks: values });
  }
}
