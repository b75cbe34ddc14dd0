/** "What is remembered now, and since when?": the exact ledger of a linear state beside the full gradient, and what-ifs. */
import { createMemo, For, Show } from "solid-js";
import type { Cells } from "../../parts/export.tsx";
import { Figure } from "../../parts/figure.tsx";
import { Num, visible } from "../../parts/numbers.tsx";
import { ask, rested } from "../../session/ask.ts";
import { useKeys } from "../../session/keys.ts";
import { place } from "../../session/question.ts";
import { changeExtra, here, session } from "../../session/session.ts";
import type { LedgerCard, UnitLedger } from "../../worker/memory.ts";
import { setSource, symbol, useChange } from "./change.ts";
import { HalfLives } from "./HalfLives.tsx";
import { LedgerText } from "./LedgerText.tsx";
import { Life, nameOf } from "./Life.tsx";
import { Matrix } from "./Matrix.tsx";
import "./memory.css";
import { Stack } from "./Stack.tsx";
import { WhatIf } from "./WhatIf.tsx";

const largestOf = (values: Float64Array | undefined): number => values?.reduce((most, v) => Math.max(most, v), 0) ?? 0;

interface Shown {
  readonly tokens: readonly string[];
  readonly ledger: LedgerCard | undefined;
}

export function Memory() {
  let canvas: HTMLCanvasElement | undefined;
  const change = useChange();
  const { now, tokens } = change;
  /** Those that are linear in their own past. */
  const states = createMemo(() => here.layer()!.cell.values.flatMap(({ name, linear }) => (linear ? [name] : [])));
  const state = () => states().find((name) => name === session.extra["state"]) ?? states()[0];
  const question = () => ({ at: place(), ...(state() !== undefined && { state: state()! }) });

  const ledger = ask("ledger", () => ({ of: now(), ...question() }));
  const before = ask("ledger", () => (change.isChanged() ? { of: change.trained(), ...question() } : undefined));
  const isKept = () => ledger.answer() !== undefined;
  const own = () => (isKept() ? { of: now(), at: place(), state: ledger.answer()!.state } : undefined);
  const life = ask("life", () => {
    const asking = own();
    return asking && { ...asking, source: change.source(), unit: unit() };
  });
  const ofUnit = ask("ledgerOfUnit", () => {
    const asking = own();
    return asking && { ...asking, unit: unit() };
  });
  const rest = rested(() => session.cursor.step);
  const influence = ask("influence", () => ({ of: now(), step: rest() }));
  const choices = ask("choices", () => ({ of: now() }));
  const outlook = ask("outlook", () => ({ of: now(), step: rest() }));
  /** The state may have fewer units than the cursor's value. */
  const unit = () => Math.min(session.cursor.unit, (ledger.answer()?.units ?? 1) - 1);
  /** Of the cursor's step, or none yet. */
  const slopes = () => {
    const found = influence.answer();
    const isOfStep = found?.step === step() || session.look!.output.steps === 1;
    return isOfStep && found?.norms.length === shown().tokens.length ? found : undefined;
  };

  /** What is drawn: of a text that has just changed, the one before until its ledger is there. */
  const shown = createMemo((last: Shown | undefined): Shown => {
    const found = ledger.answer();
    if (found?.steps === tokens().length) return { tokens: tokens(), ledger: found };
    return ledger.problem() === undefined && last ? last : { tokens: tokens(), ledger: undefined };
  });
  const step = () => Math.min(session.cursor.step, shown().tokens.length - 1);
  const source = () => Math.min(change.source(), shown().tokens.length - 1);
  const stack = createMemo<{ own: UnitLedger; tokens: readonly string[] } | undefined>((last) => {
    const own = ofUnit.answer();
    return own?.values.length === shown().tokens.length ? { own, tokens: shown().tokens } : last;
  });

  useKeys([
    {
      key: "c",
      sign: "c",
      does: "hold a gate at 0 or 1",
      run: () => document.querySelector<HTMLElement>(".clamps input")?.focus(),
    },
    { key: ",", sign: ",", does: "follow the token before", run: () => setSource(Math.max(-1, source() - 1)) },
    {
      key: ".",
      sign: ".",
      does: "follow the token after",
      run: () => setSource(Math.min(shown().tokens.length - 1, source() + 1)),
    },
  ]);

  /** As trained, where something is changed. */
  const was = () => (before.answer()?.steps === shown().tokens.length ? before.answer() : undefined);
  /** What the longest bar above is worth, at any step. */
  const full = createMemo(() => Math.max(largestOf(shown().ledger?.norms), largestOf(was()?.norms)));
  const fullSlope = () => largestOf(slopes()?.norms);

  const csv = (): Cells => {
    const line = step() * (shown().tokens.length + 1);
    const [kept, trained, slope] = [shown().ledger?.norms, was()?.norms, slopes()?.norms];
    return [
      ["step", "token", "left of it", ...(trained ? ["as trained"] : []), "gradient"],
      ...["first state", ...shown().tokens.map(visible)].map((name, k) => [
        k,
        name,
        kept?.[line + k] ?? "",
        ...(trained ? [trained[line + k]!] : []),
        (k > 0 ? slope?.[k - 1] : undefined) ?? "",
      ]),
    ];
  };
  const says = () => {
    const found = ledger.answer();
    if (!found) return "The gradient by all paths: how much each input matters for what comes next.";
    return `After step ${step() + 1}, “${visible(shown().tokens[step()]!)}”: above each token what it wrote into ${found.state} and what ${found.a} has left of it; below it how much it matters for the prediction.`;
  };

  return (
    <div class="stack">
      <Figure
        title={shown().ledger ? "Who wrote what is in memory now" : "What each token means for what comes next"}
        says={says()}
        picture={{ name: "memory", canvas: () => canvas, csv }}
        controls={
          <Show when={states().length > 1}>
            <label class="field">
              state
              <select value={state()} onChange={(event) => changeExtra({ state: event.currentTarget.value })}>
                <For each={states()}>{(name) => <option value={name}>{name}</option>}</For>
              </select>
            </label>
          </Show>
        }
      >
        <Show when={ledger.problem()}>
          {(text) => (
            <div class="reason">
              <p>There is no ledger of this cell; the gradient is below. In the library's words:</p>
              <pre>{text()}</pre>
            </div>
          )}
        </Show>
        <LedgerText
          tokens={shown().tokens}
          ledger={shown().ledger}
          before={was()}
          full={full()}
          fullSlope={fullSlope()}
          canvas={(element) => (canvas = element)}
          influence={slopes()}
          step={step()}
          source={source()}
          swapped={change.swap()?.step}
        />
        <dl class="paths">
          <Show when={shown().ledger}>
            {(found) => (
              <div class="direct">
                <dt>▲ direct path</dt>
                <dd>
                  {`‖${found().b}‖ of that step times every later ${found().a}: exact. With the first state these add up to ${found().state} within `}
                  <Num value={found().error} />
                  {`, the largest difference over ${found().steps} steps and ${found().units} units; ${found().state} goes up to `}
                  <Num value={found().largest} />. A full bar is <Num value={full()} />
                  {`; ${nameOf(shown().tokens, source())} has `}
                  <Num value={found().norms[step() * (found().steps + 1) + source() + 1]!} /> left.
                </dd>
              </div>
            )}
          </Show>
          <div class="all">
            <dt>▼ all paths</dt>
            <dd>
              {`‖∂ ${slopes()?.of === "value" ? "output 0" : `log p(“${visible(symbol(slopes()?.target ?? 0))}” next)`} / ∂ x‖ of that step: through every gate and state, by back-propagation. A full bar is `}
              <Num value={fullSlope()} />. {influence.problem()}
            </dd>
          </div>
        </dl>
      </Figure>
      <div class="halves">
        <div class="stack">
          <WhatIf change={change} choices={choices.answer()} outlook={outlook.answer()} />
          <Show when={shown().ledger}>
            {(found) => <Matrix ledger={found()} tokens={shown().tokens} source={source()} />}
          </Show>
        </div>
        <Show when={shown().ledger}>
          {(found) => (
            <div class="stack">
              <Life
                life={life.answer()}
                source={source()}
                tokens={shown().tokens}
                state={found().state}
                a={found().a}
              />
              <Show when={stack()}>
                {(one) => (
                  <Stack
                    {...one()}
                    source={source()}
                    state={found().state}
                    step={Math.min(step(), one().tokens.length - 1)}
                  />
                )}
              </Show>
              <HalfLives ledger={found()} />
            </div>
          )}
        </Show>
      </div>
    </div>
  );
}
