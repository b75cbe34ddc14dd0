/** In how many steps each unit loses half of what it holds, the slowest first. */
import { createMemo, Show } from "solid-js";
import type { Cells } from "../../parts/export.tsx";
import { Figure } from "../../parts/figure.tsx";
import { LineChart } from "../../parts/LineChart.tsx";
import { Num } from "../../parts/numbers.tsx";
import { moveCursor, session } from "../../session/session.ts";
import type { LedgerCard } from "../../worker/memory.ts";

export function HalfLives(props: { ledger: LedgerCard }) {
  let svg: SVGSVGElement | undefined;
  const sorted = createMemo(() =>
    Array.from(props.ledger.halfLives, (steps, unit) => ({ steps, unit })).sort(
      (a, b) => b.steps - a.steps || a.unit - b.unit,
    ),
  );
  const drawn = (steps: number) => (Number.isFinite(steps) && steps > 0 ? steps : undefined);
  const own = () => props.ledger.halfLives[session.cursor.unit];
  const points = createMemo(() => sorted().map(({ steps }, rank) => [rank + 1, drawn(steps)] as const));
  /** Without a place on a logarithmic axis: kept for ever, or gone at once. */
  const others = () => props.ledger.halfLives.filter((steps) => drawn(steps) === undefined).length;
  const csv = (): Cells => [["unit", "half-life, steps"], ...sorted().map(({ unit, steps }) => [unit, steps])];
  return (
    <Figure
      title="Half-life of every unit"
      says={`In how many steps a unit of ${props.ledger.state} loses half of what it holds, by the geometric mean of its ${props.ledger.a} over this text.`}
      picture={{ name: "half-lives", svg: () => svg, csv }}
    >
      <Show when={others() < props.ledger.units}>
        <LineChart
          series={[{ name: "half-life", colour: "var(--stage-1)", points: points() }]}
          log
          x="units, the slowest first"
          y="steps"
          margin={{ left: 60, right: 12 }}
          height={210}
          says="Half-lives of all units, from the longest to the shortest."
          at={sorted().findIndex(({ unit }) => unit === session.cursor.unit) + 1}
          onPick={(rank) => moveCursor({ unit: sorted()[rank - 1]!.unit })}
          svg={(element) => (svg = element)}
        />
      </Show>
      <Show when={own() !== undefined}>
        <p class="small">
          Unit {session.cursor.unit} loses half in <Num value={own()!} /> steps.
          <Show when={others() > 0}> Not drawn: {others()} that keep everything (∞) or nothing (0).</Show>
        </p>
      </Show>
    </Figure>
  );
}
