/** One stage of a step: its equation, and the vector of every value that it gives. */
import { createMemo, createSignal, For, Show } from "solid-js";
import type { Stage } from "../../parts/colours.ts";
import { Legend } from "../../parts/Legend.tsx";
import { Num } from "../../parts/numbers.tsx";
import { moveCursor, session } from "../../session/session.ts";
import type { CellCard, ValueCard } from "../../worker/models.ts";
import { AllValues } from "./AllValues.tsx";
import type { Values } from "./at.ts";
import { type Bar, Vector } from "./Vector.tsx";
import type { Walk } from "./walk.ts";

export interface StageCardProps {
  readonly cell: CellCard;
  readonly stage: Stage;
  /** More than one where an equation has several names. */
  readonly values: readonly ValueCard[];
  readonly equation: string;
  readonly at: Values;
  readonly walk: Walk;
  readonly onBars: (name: string, bars: readonly Bar[]) => void;
}

/** Shares near 0 and near 1 are said of values that keep between. */
const SPREAD = [
  ["min", "min", undefined],
  ["mean", "mean", undefined],
  ["max", "max", undefined],
  ["< .1", "low", "percent"],
  ["> .9", "high", "percent"],
] as const;

export function StageCard(props: StageCardProps) {
  const { index } = props.stage;
  const [first] = props.values;
  const isActive = () => props.walk.stage() === index;
  const isLater = () => index > (props.walk.reached() ?? Number.POSITIVE_INFINITY);
  return (
    <article
      class="card stage-card"
      classList={{ active: isActive(), later: isLater() }}
      style={{ "--stage": props.stage.colour }}
      aria-label={`Stage ${index + 1}, ${props.values.map(({ name }) => name).join(", ")}`}
    >
      <h3>
        <span class="muted">{props.stage.numeral}</span> <i>{props.stage.sign}</i>{" "}
        <span class="caption">{first!.caption ?? props.values.map(({ name }) => name).join(", ")}</span>
      </h3>
      <div class="scroll equation" innerHTML={props.equation} />
      <For each={props.values}>{(value) => <Own {...props} value={value} />}</For>
    </article>
  );
}

function Own(props: StageCardProps & { value: ValueCard }) {
  const { name, isState } = props.value;
  const [isOpen, setOpen] = createSignal(false);
  const now = createMemo(() => props.at.now(name));
  const before = () => (isState ? props.at.node(`${name}[t-1]`) : undefined);
  const unit = () => Math.min(session.cursor.unit, now().values.length - 1);
  const fixed = () => session.fixed[name];
  return (
    <div class="stage-value">
      <button
        type="button"
        class="value"
        aria-pressed={session.cursor.value === name}
        onClick={() => moveCursor({ value: name })}
      >
        <span class="value-name">{name}</span>
        <span class="muted">unit {unit()}</span>
        <Show when={before()}>
          {(own) => (
            <span class="was">
              <span class="tick">before</span> <Num value={own()[unit()] ?? own()[0]!} /> →
            </span>
          )}
        </Show>
        <Num value={now().values[unit()]!} />
      </button>
      <Show when={fixed() !== undefined}>
        <p class="held">held at {fixed()} in every unit</p>
      </Show>
      <Vector
        name={name}
        values={now().values}
        range={now().range}
        before={before()}
        onBars={(bars) => props.onBars(name, bars)}
      />
      <Show when={props.at.spread(name)}>
        {(spread) => (
          <p class="spread">
            <For each={now().range.isSigned ? SPREAD.slice(0, 3) : SPREAD}>
              {([label, of, as]) => (
                <span>
                  {label} <Num value={spread()[of]} as={as} />
                </span>
              )}
            </For>
          </p>
        )}
      </Show>
      <div class="row between">
        <button type="button" class="quiet small" aria-expanded={isOpen()} onClick={() => setOpen(!isOpen())}>
          all {now().values.length} values
        </button>
        <Legend range={now().range} />
      </div>
      <Show when={isOpen()}>
        <AllValues name={name} values={now().values} before={before()} />
      </Show>
    </div>
  );
}
