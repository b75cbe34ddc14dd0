/** The cursor's unit over time, under the map and on its steps: the value shown, or all of the cell's. */
import { createMemo, createSignal } from "solid-js";
import { stagesOf } from "../../parts/colours.ts";
import type { Series } from "../../parts/LineChart.tsx";
import { StepChart } from "../../parts/StepChart.tsx";
import { tracedAt } from "../../session/cursor.ts";
import { here, session } from "../../session/session.ts";

export function UnitLine() {
  const [isAll, setAll] = createSignal(false);
  const stages = createMemo(() => stagesOf(here.layer()!.cell));
  const series = createMemo((): Series[] => {
    const { unit } = session.cursor;
    const names = isAll() ? here.layer()!.cell.values.map(({ name }) => name) : [here.traced()!.name];
    return names.flatMap((name, k) => {
      const own = tracedAt(session.look!, here.layer()!, name);
      if (!own || unit >= own.size) return [];
      const points = session.look!.tokens.map((_, step) => [step + 1, own.values[step * own.size + unit]!] as const);
      const dash = ["none", "7 3", "2 3", "9 3 2 3"][k % 4]!;
      return [{ name, colour: stages().get(name)!.colour, points, dash }];
    });
  });
  return (
    <div class="unit-line">
      <StepChart
        series={series()}
        y={isAll() ? `unit ${session.cursor.unit}` : `${session.cursor.value} of unit ${session.cursor.unit}`}
        height={170}
        says={`${session.cursor.value} of unit ${session.cursor.unit} over ${session.look!.tokens.length} steps.`}
      />
      <label class="small">
        <input type="checkbox" checked={isAll()} onChange={(event) => setAll(event.currentTarget.checked)} /> all values
        of the unit
      </label>
    </div>
  );
}
