/** All of the ledger at once: what each token wrote (down) and what is left of it after each step (across). */
import { createMemo } from "solid-js";
import { RowAxis, TokenAxis } from "../../parts/Axis.tsx";
import type { Range } from "../../parts/colours.ts";
import type { Cells } from "../../parts/export.tsx";
import { Figure } from "../../parts/figure.tsx";
import { HeatMap } from "../../parts/HeatMap.tsx";
import { Legend } from "../../parts/Legend.tsx";
import { visible } from "../../parts/numbers.tsx";
import { paintedMap } from "../../parts/painted.ts";
import { moveCursor, session } from "../../session/session.ts";
import type { LedgerCard } from "../../worker/memory.ts";
import { labelOf, setSource } from "./change.ts";
import { nameOf } from "./Life.tsx";

const TALL = 330; // px that the rows share

export function Matrix(props: { ledger: LedgerCard; tokens: readonly string[]; source: number }) {
  let map: HTMLCanvasElement | undefined;
  const count = () => props.ledger.steps;
  const range = createMemo(
    (): Range => ({
      low: 0,
      high: props.ledger.norms.reduce((most, v) => Math.max(most, v), 0) || 1,
      isSigned: false,
      isAmount: true,
    }),
  );
  const rowHeight = () => Math.max(1, Math.min(14, TALL / (count() + 1)));
  const labels = createMemo(() => ["first", ...props.tokens.map(labelOf)]);
  const csv = (): Cells => [
    ["written at", ...props.tokens.map((token, t) => `after ${t + 1} ${visible(token)}`)],
    ...labels().map((label, j) => [
      j === 0 ? label : `${j} ${visible(props.tokens[j - 1]!)}`,
      ...props.tokens.map((_, t) => props.ledger.norms[t * (count() + 1) + j]!),
    ]),
  ];
  return (
    <Figure
      title="Written when, remembered when"
      says={`Each row is what one token wrote into ${props.ledger.state}, each column what is in memory after a step: the stronger the colour, the more is left. Followed: ${nameOf(props.tokens, props.source)}.`}
      picture={{
        name: "ledger",
        canvas: () =>
          map && paintedMap({ map, title: `‖left in ${props.ledger.state}‖`, tokens: props.tokens, range: range() }),
        csv,
      }}
    >
      <div class="unit-map">
        <RowAxis
          labels={labels()}
          rowHeight={rowHeight()}
          title="written at"
          at={props.source + 1}
          name={labels()[props.source + 1] ?? ""}
        />
        <HeatMap
          values={props.ledger.norms}
          steps={count()}
          size={count() + 1}
          range={range()}
          cursor={{
            get step() {
              return session.cursor.step;
            },
            get unit() {
              return props.source + 1;
            },
          }}
          says={`What each of ${count()} tokens wrote, and what is left of it after each step.`}
          rowHeight={rowHeight()}
          onPick={(step, row) => {
            moveCursor({ step });
            setSource(row - 1);
          }}
          canvas={(element) => (map = element)}
        />
        <TokenAxis tokens={props.tokens} at={session.cursor.step} />
      </div>
      <div class="row between map-key">
        <span class="muted small">after step</span>
        <Legend range={range()} />
      </div>
    </Figure>
  );
}
