/** The heat map of a value: units as rows in the chosen order, steps as columns; some of the rows at a time. */
import { createMemo, Show } from "solid-js";
import { RowAxis, TokenAxis } from "../../parts/Axis.tsx";
import type { Range } from "../../parts/colours.ts";
import { HeatMap } from "../../parts/HeatMap.tsx";
import { short } from "../../parts/numbers.tsx";
import { moveCursor, session } from "../../session/session.ts";
import type { Traced } from "../../worker/look.ts";
import type { Ordered, Steps } from "../../worker/sequence.ts";
import { FEWEST, rowsShown } from "./rows.ts";

export interface UnitMapProps {
  readonly traced: Traced;
  readonly range: Range;
  readonly rangeOf: ((unit: number) => Range) | undefined;
  readonly ordered: Ordered;
  /** What the rows' keys are: "time scale, steps". */
  readonly keyName: string;
  readonly span: Steps | undefined;
  readonly says: string;
  readonly onSpan: (from: number, to: number) => void;
  readonly canvas: (element: HTMLCanvasElement) => void;
}

const TALL = 480; // px that the map has for its rows
const [LOWEST, HIGHEST] = [3, 20]; // px of a row

export function UnitMap(props: UnitMapProps) {
  const rows = rowsShown(() => props.ordered.order);
  const rowHeight = () => Math.max(LOWEST, Math.min(HIGHEST, Math.round(TALL / rows.shown().length)));
  const labels = createMemo(() => {
    const { keys } = props.ordered;
    return Array.from(rows.shown(), (unit) => (keys ? short(keys[unit]!) : String(unit)));
  });
  return (
    <>
      <div class="unit-map">
        <RowAxis
          labels={labels()}
          rowHeight={rowHeight()}
          title={props.keyName}
          at={rows.shown().indexOf(session.cursor.unit)}
          name={String(session.cursor.unit)}
        />
        <HeatMap
          values={props.traced.values}
          steps={session.look!.tokens.length}
          size={props.traced.size}
          range={props.range}
          rangeOf={props.rangeOf}
          order={rows.shown()}
          cursor={session.cursor}
          span={props.span && [props.span.from, props.span.to]}
          says={props.says}
          rowHeight={rowHeight()}
          onPick={(step, unit) => moveCursor({ step, unit })}
          onSpan={props.onSpan}
          canvas={props.canvas}
        />
        <TokenAxis tokens={session.look!.tokens} at={session.cursor.step} />
      </div>
      <Show when={props.traced.size > FEWEST}>
        <div class="row unit-rows" role="group" aria-label="Rows">
          <button type="button" class="quiet small" disabled={rows.isFirst()} onClick={() => rows.turn(-1)}>
            ↑ above
          </button>
          <span class="muted">
            rows {rows.start() + 1}–{rows.start() + rows.shown().length} of {props.traced.size}
          </span>
          <button type="button" class="quiet small" disabled={rows.isLast()} onClick={() => rows.turn(1)}>
            ↓ below
          </button>
          <button type="button" class="quiet small" disabled={rows.isAll()} onClick={rows.more}>
            more rows
          </button>
          <button type="button" class="quiet small" disabled={rows.isFew()} onClick={rows.fewer}>
            fewer, larger
          </button>
        </div>
      </Show>
    </>
  );
}
