/** The cursor's unit over time, under the map and on its steps: the value shown, or all of the cell's. */
import { createMemo, createSignal } from "solid-js";
import { stagesOf } from "../../parts/colours.ts";
import { LineChart, type Series } from "../../parts/LineChart.tsx";
import { tracedAt } from "../../session/cursor.ts";
import { here, moveCursor, session } from "../../session/session.ts";

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
  const count = () => session.look!.tokens.length;
  return (
    <div class="unit-line">
      <LineChart
        series={series()}
        x="step"
        y={isAll() ? `unit ${session.cursor.unit}` : `${session.cursor.value} of unit ${session.cursor.unit}`}
        xRange={[0.5, count() + 0.5]}
        margin={{ left: 60, right: 0 }}
        height={170}
        says={`${session.cursor.value} of unit ${session.cursor.unit} over ${count()} steps.`}
        at={session.cursor.step + 1}
        onPick={(x) => moveCursor({ step: x - 1 })}
      />
      <label class="small">
        <input type="checkbox" checked={isAll()} onChange={(event) => setAll(event.currentTarget.checked)} /> all values
        of the unit
      </label>
    </div>
  );
}
