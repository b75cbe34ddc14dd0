/**
 * One measure of all contestants over one axis: for each a line that stands for its seeds, the band from the least of
 * them to the most or each of them, and what was made here, dotted.
 */
import { createMemo, type JSX } from "solid-js";
import { type Across, across } from "../../../contrast/across.ts";
import type { ContestantResults, RunResults } from "../../../contrast/results.ts";
import type { Cells } from "../../parts/export.tsx";
import { Figure } from "../../parts/figure.tsx";
import { LineChart, type LineChartProps, type Series } from "../../parts/LineChart.tsx";
import { short } from "../../parts/numbers.tsx";
import { lookOf, setShowsSeeds, showsSeeds, task } from "./contrast.ts";
import { type OwnRun, ownRuns } from "./own.ts";

type Points = readonly (readonly [number, number])[];

export interface ChartProps
  extends Pick<LineChartProps, "x" | "y" | "log" | "yRange" | "xRange" | "levels" | "span" | "height"> {
  readonly title: string;
  /** Of the files it is saved as. */
  readonly name: string;
  /** What is measured, in a sentence; what it shows follows. */
  readonly about: string;
  /** What it shows, if that is not what stands for the seeds at `read`. */
  readonly shows?: string;
  /** Where on the x axis, in words and as a place in `xs`. */
  readonly read?: { readonly where: string; readonly place: number };
  /** The x of the recorded values. */
  readonly xs: (run: RunResults) => readonly number[];
  readonly of: (run: RunResults) => readonly number[];
  readonly own: (run: OwnRun) => Points;
  /** What stands for the seeds. */
  readonly line: "mean" | "middle";
  /** Each seed is drawn at any rate, in place of the band, marked where it has met the target. */
  readonly hasSeeds?: boolean;
  readonly controls?: JSX.Element;
}

export function Chart(props: ChartProps) {
  let svg: SVGSVGElement | undefined;
  const pointsOf = (run: RunResults): Points => {
    const xs = props.xs(run);
    return props.of(run).map((y, k) => [xs[k]!, y] as const);
  };
  const acrossOf = ({ runs }: ContestantResults): (Across & { x: number })[] => {
    const xs = props.xs(runs[0]!);
    return across(runs.map(props.of)).map((one, k) => ({ ...one, x: xs[k]! }));
  };
  const seedsOf = ({ name, runs }: ContestantResults, place: number): Series[] =>
    runs.map((run) => ({
      ...{ name: `${name} ${run.seed}`, ...lookOf(place), isThin: true, points: pointsOf(run) },
      ...(props.hasSeeds && run.stopped === "solved" && { dots: "last" as const }),
    }));
  const all = createMemo(() => task().contestants.map((one) => ({ one, over: acrossOf(one) })));
  const ownOnes = () => ownRuns(task().title);
  const series = createMemo((): Series[] => [
    ...(props.hasSeeds || showsSeeds() ? all().flatMap(({ one }, k) => seedsOf(one, k)) : []),
    ...all().map(({ one, over }, k) => ({
      ...{ name: one.name, ...lookOf(k) },
      points: over.map((p) => [p.x, p[props.line]] as const),
      ...(!props.hasSeeds && { band: over.map((p) => [p.x, p.least, p.most] as const) }),
    })),
    ...ownOnes().flatMap((run, k): Series[] => {
      const points = props.own(run);
      const name = `${run.contestant} here, seed ${run.seed}`;
      return points.length === 0 ? [] : [{ name, ...lookOf(k), points, dots: "all" }];
    }),
  ]);
  const says = (): string => {
    const { read } = props;
    if (read === undefined) return `${props.about} ${props.shows ?? ""}`;
    const parts = all().map(({ one, over }) => {
      const p = over[read.place]!;
      return `${one.name} ${short(p[props.line])} (${short(p.least)} to ${short(p.most)})`;
    });
    return `${props.about} ${read.where}: ${parts.join(", ")}.`;
  };
  const table = createMemo((): Cells => {
    const columns = [
      ...task().contestants.flatMap(({ name, runs }) =>
        runs.map((run) => ({ name: `${name}, seed ${run.seed}`, points: pointsOf(run) })),
      ),
      ...ownOnes().map((run) => ({ name: `${run.contestant} here, seed ${run.seed}`, points: props.own(run) })),
    ];
    const xs = [...new Set(columns.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
    const found = columns.map(({ points }) => new Map(points));
    return [
      [props.x, ...columns.map(({ name }) => name)],
      ...xs.map((x) => [x, ...found.map((own) => own.get(x) ?? "")]),
    ];
  });
  return (
    <Figure
      title={props.title}
      says={says()}
      picture={{ name: `${task().name}-${props.name}`, svg: () => svg, csv: table }}
      controls={
        props.hasSeeds ? undefined : (
          <button
            type="button"
            class="quiet small"
            aria-pressed={showsSeeds()}
            onClick={() => setShowsSeeds(!showsSeeds())}
          >
            Seeds
          </button>
        )
      }
    >
      <LineChart
        {...props}
        series={series()}
        says={says()}
        svg={(element) => {
          svg = element;
        }}
      />
    </Figure>
  );
}
