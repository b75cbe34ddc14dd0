/** What the colours of a heat map mean, with numbers. */
import { isDark } from "../session/wishes.ts";
import { colourOf, type Range } from "./colours.ts";
import { short } from "./numbers.tsx";

export function Legend(props: { range: Range }) {
  const colours = () => {
    const { low, high } = props.range;
    return Array.from({ length: 9 }, (_, k) => colourOf(props.range, low + ((high - low) * k) / 8, isDark())).join(
      ", ",
    );
  };
  return (
    <div class="legend">
      <span>{short(props.range.low)}</span>
      <div class="legend-bar" style={{ background: `linear-gradient(to right, ${colours()})` }} />
      <span>{short(props.range.high)}</span>
    </div>
  );
}
