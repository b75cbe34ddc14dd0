/** What became of what one token wrote: the part that is left after each later step, of all units and of the cursor's. */
import { createMemo, Show } from "solid-js";
import type { Cells } from "../../parts/export.tsx";
import { Figure } from "../../parts/figure.tsx";
import type { Series } from "../../parts/LineChart.tsx";
import { Num, visible } from "../../parts/numbers.tsx";
import { StepChart } from "../../parts/StepChart.tsx";
import { session } from "../../session/session.ts";
import type { Life as LifeOf } from "../../worker/memory.ts";
import { setSource } from "./change.ts";

export interface LifeProps {
  readonly life: LifeOf | undefined;
  readonly source: number;
  readonly tokens: readonly string[];
  readonly state: string;
  /** "f": what it is multiplied by at each step. */
  readonly a: string;
}

export const nameOf = (tokens: readonly string[], source: number): string =>
  source < 0 ? "the first state" : `step ${source + 1}, “${visible(tokens[source] ?? "")}”`;

export function Life(props: LifeProps) {
  let svg: SVGSVGElement | undefined;
  const series = createMemo((): Series[] => {
    const { life } = props;
    if (!life) return [];
    const points = (values: Float64Array) => Array.from(life.steps, (t, k) => [t + 1, values[k]!] as const);
    return [
      { name: "all units", colour: "var(--stage-4)", points: points(life.shares) },
      { name: `unit ${session.cursor.unit}`, colour: "var(--stage-6)", points: points(life.keeps), dash: "6 3" },
    ];
  });
  /** A cell may also keep more than all, or turn the sign. */
  const range = (): [number, number] => {
    const all = [...(props.life?.shares ?? []), ...(props.life?.keeps ?? [])];
    return [Math.min(0, ...all), Math.max(1, ...all)];
  };
  const left = () => {
    const at = props.life?.steps.indexOf(session.cursor.step) ?? -1;
    return at < 0 ? undefined : props.life!.shares[at];
  };
  const csv = (): Cells => [
    ["step", "token", "left of all units", `left of unit ${session.cursor.unit}`],
    ...Array.from(props.life?.steps ?? [], (t, k) => [
      t + 1,
      visible(props.tokens[t]!),
      props.life!.shares[k]!,
      props.life!.keeps[k]!,
    ]),
  ];
  const count = () => props.tokens.length;
  return (
    <Figure
      title="The life of one token's writing"
      says={`What ${nameOf(props.tokens, props.source)} wrote into ${props.state}, times ${props.a} at every later step: the part that is left.`}
      picture={{ name: "life", svg: () => svg, csv }}
      controls={
        <label class="field">
          step
          <input
            type="number"
            min={0}
            max={count()}
            value={props.source + 1}
            onChange={(event) => setSource(Math.round(Number(event.currentTarget.value)) - 1)}
          />
        </label>
      }
    >
      <StepChart
        series={series()}
        y="part left"
        yRange={range()}
        height={210}
        says={`The part left of ${nameOf(props.tokens, props.source)}, step by step.`}
        svg={(element) => (svg = element)}
      />
      <p class="small">
        <Show when={left() !== undefined} fallback={`At step ${session.cursor.step + 1} it has not been written yet.`}>
          After step {session.cursor.step + 1} <Num value={left()!} as="percent" /> of it is left.
        </Show>
      </p>
    </Figure>
  );
}
