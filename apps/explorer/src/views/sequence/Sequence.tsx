/** "What does each unit do along the text?": the text coloured by a unit, all units over all steps, units by what they mark. */
import { createMemo, createSignal, For, Show } from "solid-js";
import { ownRange, rangeOf } from "../../parts/colours.ts";
import type { Cells } from "../../parts/export.tsx";
import { Figure } from "../../parts/figure.tsx";
import { Legend } from "../../parts/Legend.tsx";
import { Num, short, visible } from "../../parts/numbers.tsx";
import { paintedMap } from "../../parts/painted.ts";
import { Values } from "../../parts/Values.tsx";
import { ask } from "../../session/ask.ts";
import { useKeys } from "../../session/keys.ts";
import { changeExtra, here, moveCursor, session } from "../../session/session.ts";
import type { Ordered } from "../../worker/sequence.ts";
import { ColouredText } from "./ColouredText.tsx";
import { Saturated } from "./Saturated.tsx";
import { Selected } from "./Selected.tsx";
import "./sequence.css";
import { asked, place } from "../../session/question.ts";
import { clearSpan, setSpan, useSpan } from "./span.ts";
import { UnitLine } from "./UnitLine.tsx";
import { UnitMap } from "./UnitMap.tsx";

const SORTS = [
  { by: "index", name: "number", key: "unit" },
  { by: "time scale", name: "time scale", key: "time scale, steps" },
  { by: "selectivity", name: "selectivity", key: "AUC" },
  { by: "cluster", name: "units that move together", key: "unit" },
  { by: "mean", name: "mean", key: "unit" },
] as const;

export function Sequence() {
  const tokens = () => session.look!.tokens;
  const traced = () => here.traced()!;
  const range = createMemo(() => rangeOf(traced().values));
  const rangeOfUnit = (unit: number) => ownRange(range(), traced().values, unit, traced().size);
  /** Of the cursor's unit, which the text shows. */
  const textRange = createMemo(() => rangeOfUnit(session.cursor.unit));
  const [isOwn, setOwn] = createSignal(false);
  const span = useSpan();
  const sort = () => SORTS.find(({ by }) => by === session.extra["sort"]) ?? SORTS[0];

  const isBySteps = () => sort().by === "selectivity";
  const ordered = ask("order", () => {
    const steps = isBySteps() ? span() : undefined;
    if (isBySteps() && !steps) return undefined;
    return { of: asked(), at: place(), value: traced().name, by: sort().by, span: steps };
  });
  const byNumber = createMemo((): Ordered => ({ order: Uint32Array.from({ length: traced().size }, (_, u) => u) }));
  /** What is drawn: an order of another layer's units would be none. */
  const order = () => {
    const found = ordered.answer();
    return found?.order.length === traced().size ? found : byNumber();
  };

  let map: HTMLCanvasElement | undefined;
  const title = () => `${traced().name} of ${here.layer()!.layer}`;
  const says = createMemo(() => {
    const { values, size, name } = traced();
    const at = values.indexOf(values.reduce((low, v) => Math.min(low, v), Number.POSITIVE_INFINITY));
    const [step, unit] = [Math.floor(at / size), at % size];
    return `${name}: ${size} units, ${tokens().length} steps; the lowest is ${short(values[at]!)} in unit ${unit} at step ${step + 1}, “${visible(tokens()[step]!)}”.`;
  });
  const csv = (): Cells => {
    const { values, size } = traced();
    return [
      ["unit", ...tokens().map((token, step) => `${step + 1} ${visible(token)}`)],
      ...Array.from(order().order, (unit) => [unit, ...tokens().map((_, step) => values[step * size + unit]!)]),
    ];
  };

  useKeys([
    { key: "Shift+ArrowLeft", sign: "Shift ←", does: "mark steps to the left", run: () => mark(-1) },
    { key: "Shift+ArrowRight", sign: "Shift →", does: "mark steps to the right", run: () => mark(1) },
    { key: "Escape", sign: "Esc", does: "unmark the steps", run: clearSpan },
  ]);

  /** One end follows the cursor, the other stays. */
  function mark(by: number): void {
    const { step } = session.cursor;
    const own = span();
    const anchor = own && step === own.to ? own.from : own && step === own.from ? own.to : step;
    moveCursor({ step: step + by });
    setSpan(anchor, session.cursor.step);
  }

  return (
    <div class="stack">
      <section class="card stack" aria-label="Text">
        <Values />
        <ColouredText traced={traced()} range={textRange()} span={span()} onSpan={setSpan} />
        <div class="row between">
          <p>
            {`step ${session.cursor.step + 1} “${visible(tokens()[session.cursor.step]!)}”: ${traced().name} of unit ${session.cursor.unit} is `}
            <Num value={traced().values[session.cursor.step * traced().size + session.cursor.unit]!} />
          </p>
          <Legend range={textRange()} />
        </div>
      </section>
      <Figure
        title={`Units along the text: ${title()}`}
        says={says()}
        picture={{
          name: `${traced().name}-units`,
          canvas: () => map && paintedMap({ map, title: title(), tokens: tokens(), range: range() }),
          csv,
        }}
        controls={
          <label class="field">
            order by
            <select value={sort().by} onChange={(event) => changeExtra({ sort: event.currentTarget.value })}>
              <For each={SORTS}>{({ by, name }) => <option value={by}>{name}</option>}</For>
            </select>
          </label>
        }
      >
        <Show when={ordered.problem()}>{(text) => <pre class="reason">{text()}</pre>}</Show>
        <Show when={isBySteps() && !span()}>
          <p class="reason">Mark some steps first: drag over the text or the map, or hold Shift and press an arrow.</p>
        </Show>
        <UnitMap
          traced={traced()}
          range={range()}
          rangeOf={isOwn() && range().isSigned ? rangeOfUnit : undefined}
          ordered={order()}
          keyName={order().keys ? sort().key : "unit"}
          span={span()}
          says={says()}
          onSpan={setSpan}
          canvas={(element) => (map = element)}
        />
        <div class="row between map-key">
          <Show when={range().isSigned} fallback={<span />}>
            <label class="small">
              <input type="checkbox" checked={isOwn()} onChange={(event) => setOwn(event.currentTarget.checked)} /> each
              unit on its own scale
            </label>
          </Show>
          <Show when={!isOwn() || !range().isSigned}>
            <Legend range={range()} />
          </Show>
        </div>
        <UnitLine />
      </Figure>
      <div class="halves">
        <Selected span={span()} value={traced().name} />
        <Saturated />
      </div>
    </div>
  );
}
