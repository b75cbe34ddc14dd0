/** Lines over the steps of the text, with the cursor's; it stands under a heat map on the same steps. */
import { moveCursor, session } from "../session/session.ts";
import { LineChart, type LineChartProps } from "./LineChart.tsx";

export function StepChart(props: Pick<LineChartProps, "series" | "y" | "yRange" | "says" | "height" | "svg">) {
  return (
    <LineChart
      {...props}
      x="step"
      xRange={[0.5, session.look!.tokens.length + 0.5]}
      margin={{ left: 60, right: 0 }}
      at={session.cursor.step + 1}
      onPick={(x) => moveCursor({ step: x - 1 })}
    />
  );
}
