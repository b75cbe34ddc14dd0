/** Changes and what follows from them: a value held at 0 or 1, a token swapped, and the predictions before and after. */
import { createMemo, createSignal, For, Show } from "solid-js";
import { stagesOf } from "../../parts/colours.ts";
import type { Series } from "../../parts/LineChart.tsx";
import { percent, short, visible } from "../../parts/numbers.tsx";
import { StepChart } from "../../parts/StepChart.tsx";
import { here, session, setFixed } from "../../session/session.ts";
import type { Choices, Outlook } from "../../worker/memory.ts";
import { type Change, setSwap, symbol, symbols } from "./change.ts";

export interface WhatIfProps {
  readonly change: Change;
  readonly choices: Choices | undefined;
  readonly outlook: Outlook | undefined;
}

const WAYS = [
  { at: undefined, name: "as trained" },
  { at: 0, name: "0" },
  { at: 1, name: "1" },
] as const;

export function WhatIf(props: WhatIfProps) {
  return (
    <section class="card stack what-if" aria-label="What if">
      <header class="figure-head">
        <h2>What if …</h2>
        <Show when={props.change.isChanged()}>
          <button
            type="button"
            class="quiet small"
            onClick={() => {
              setSwap(undefined);
              void setFixed({});
            }}
          >
            All as it was
          </button>
        </Show>
      </header>
      <Show
        when={(props.choices?.gates.length ?? 0) > 0}
        fallback={<p class="muted">No value of this cell keeps within 0 … 1, so there is none to hold open or shut.</p>}
      >
        <Clamps gates={props.choices!.gates} />
      </Show>
      <Show when={symbols() > 0}>
        <SwapToken change={props.change} />
      </Show>
      <Show when={props.outlook}>
        {(outlook) => <Before outlook={outlook()} isChanged={props.change.isChanged()} />}
      </Show>
      <Show when={props.change.isChanged() && props.choices?.before && props.choices}>
        {(choices) => <Along choices={choices()} />}
      </Show>
    </section>
  );
}

function Clamps(props: { gates: readonly string[] }) {
  const stages = createMemo(() => stagesOf(here.layer()!.cell));
  const caption = (name: string) => here.layer()!.cell.values.find((value) => value.name === name)?.caption;
  const hold = (name: string, at: number | undefined): void => {
    const { [name]: _, ...others } = session.fixed;
    void setFixed(at === undefined ? others : { ...others, [name]: at });
  };
  return (
    <div class="clamps">
      <For each={props.gates}>
        {(name) => (
          <fieldset style={{ "--stage": stages().get(name)?.colour ?? "var(--ink)" }} title={caption(name)}>
            <legend>
              <i>{stages().get(name)?.sign}</i> <b>{name}</b> <span class="muted">{caption(name)?.split(":")[0]}</span>
            </legend>
            <For each={WAYS}>
              {(way) => (
                <label>
                  <input
                    type="radio"
                    name={`hold-${name}`}
                    checked={session.fixed[name] === way.at}
                    onChange={() => hold(name, way.at)}
                  />
                  <span>{way.name}</span>
                </label>
              )}
            </For>
          </fieldset>
        )}
      </For>
    </div>
  );
}

/** "k" of step 5 becomes another symbol, chosen or typed. */
function SwapToken(props: { change: Change }) {
  const [problem, setProblem] = createSignal("");
  const source = () => Math.max(0, props.change.source());
  const known = createMemo(() => new Map(Array.from({ length: symbols() }, (_, id) => [visible(symbol(id)), id])));
  function choose(typed: string): void {
    const id = known().get(typed) ?? known().get(visible(typed));
    setProblem(id === undefined && typed !== "" ? `The model does not know “${typed}”.` : "");
    if (id !== undefined) setSwap({ step: source(), id });
  }
  const own = () => visible(session.look!.tokens[source()]!);
  return (
    <div class="row" role="group" aria-label="Swap a token">
      <label class="row">
        <span>
          step {source() + 1} <b class="token">{own()}</b> becomes
        </span>
        <input
          list="symbols"
          class="symbol"
          autocomplete="off"
          value={props.change.swap()?.step === source() ? visible(symbol(props.change.swap()!.id)) : ""}
          placeholder={own()}
          onChange={(event) => choose(event.currentTarget.value)}
        />
      </label>
      <datalist id="symbols">
        <For each={[...known().keys()]}>{(text) => <option value={text} />}</For>
      </datalist>
      <Show when={props.change.swap()}>
        {(swap) => (
          <span class="row">
            <span>
              step {swap().step + 1} was <b class="token">{visible(session.look!.tokens[swap().step]!)}</b>, is{" "}
              <b class="token">{visible(symbol(swap().id))}</b>
            </span>
            <button type="button" class="quiet small" onClick={() => setSwap(undefined)}>
              as it was
            </button>
          </span>
        )}
      </Show>
      <span class="small" role="status">
        {problem()}
      </span>
    </div>
  );
}

function Before(props: { outlook: Outlook; isChanged: boolean }) {
  const isPart = () => props.outlook.kind === "probabilities";
  const place = () =>
    session.look!.output.steps === 1
      ? "after the last step"
      : `after step ${props.outlook.step + 1} “${visible(session.look!.tokens[props.outlook.step] ?? "")}”`;
  const text = (value: number) => (isPart() ? percent(value) : short(value));
  const far = () =>
    isPart() ? 1 : Math.max(...props.outlook.before.map(Math.abs), ...props.outlook.after.map(Math.abs)) || 1;
  const rows = createMemo(() =>
    Array.from(props.outlook.ids, (id, k) => ({
      name: isPart() ? visible(symbol(id)) : `output ${id}`,
      before: props.outlook.before[k]!,
      after: props.outlook.after[k]!,
    })),
  );
  const difference = (by: number): string =>
    `${by < 0 ? "−" : "+"}${isPart() ? `${Math.abs(by * 100).toFixed(1)} pt` : short(Math.abs(by))}`.replace(
      /^.0\.0 /,
      "0.0 ",
    );
  return (
    <div>
      <h3>
        {isPart() ? "What comes next" : "The output"} {place()}
      </h3>
      <div class="scroll">
        <table class="data before">
          <thead>
            <tr>
              <th scope="col">{isPart() ? "next" : "output"}</th>
              <th scope="col">
                <span class="unseen">as bars</span>
              </th>
              <th scope="col">as trained</th>
              <Show when={props.isChanged}>
                <th scope="col">now</th>
                <th scope="col">difference</th>
              </Show>
            </tr>
          </thead>
          <tbody>
            <For each={rows()}>
              {(row) => (
                <tr>
                  <th scope="row">{row.name}</th>
                  <td
                    class="two-bars"
                    classList={{ changed: props.isChanged }}
                    style={{ "--before": Math.abs(row.before) / far(), "--after": Math.abs(row.after) / far() }}
                  />
                  <td class="num" data-v={row.before}>
                    {text(row.before)}
                  </td>
                  <Show when={props.isChanged}>
                    <td class="num" data-v={row.after}>
                      <b>{text(row.after)}</b>
                    </td>
                    <td class="num">{row.after === row.before ? "=" : difference(row.after - row.before)}</td>
                  </Show>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** How likely each way finds what did come next, along the text. */
function Along(props: { choices: Choices }) {
  const line = (name: string, colour: string, values: Float32Array, dash = "none"): Series => ({
    name,
    colour,
    dash,
    points: Array.from(values, (p, t) => [t + 1, p] as const),
  });
  return (
    <div>
      <h3>How likely it finds what did come next</h3>
      <StepChart
        series={[
          line("as trained", "var(--strong-line)", props.choices.before!, "5 3"),
          line("now", "var(--accent)", props.choices.after!),
        ]}
        y="probability"
        yRange={[0, 1]}
        height={170}
        says="Probability of the token that did come next after each step, as trained and now."
      />
    </div>
  );
}
