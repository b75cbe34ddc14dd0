/** A window over the rows of a heat map: how many are shown, which is the first. The cursor's unit draws it along. */
import { type Accessor, createEffect, createMemo, createSignal, on } from "solid-js";
import { session } from "../../session/session.ts";

/** What a phone begins with. */
export const FEWEST = 24;

export function rowsShown(order: Accessor<Uint32Array>) {
  const isNarrow = matchMedia("(max-width: 640px)").matches;
  const [wanted, setWanted] = createSignal(isNarrow ? FEWEST : Number.POSITIVE_INFINITY);
  const [first, setFirst] = createSignal(0);
  const all = () => order().length;
  const count = () => Math.min(wanted(), all());
  const start = () => Math.max(0, Math.min(first(), all() - count()));
  const shown = createMemo(() => order().subarray(start(), start() + count()));
  createEffect(
    on([() => session.cursor.unit, order, wanted], ([unit, now]) => {
      const row = now.indexOf(unit);
      if (row >= 0 && (row < start() || row >= start() + count())) setFirst(row - Math.floor(count() / 2));
    }),
  );
  return {
    shown,
    start,
    isFirst: () => start() === 0,
    isLast: () => start() + count() >= all(),
    isAll: () => count() === all(),
    isFew: () => count() <= FEWEST,
    turn: (by: number): void => void setFirst(start() + by * count()),
    more: (): void => void setWanted(Math.min(all(), count() * 2)),
    fewer: (): void => void setWanted(Math.max(FEWEST, Math.ceil(count() / 2))),
  };
}
