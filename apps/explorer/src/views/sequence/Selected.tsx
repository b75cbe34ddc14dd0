/** Units that are on in the marked steps and off elsewhere, ranked, and other places where the same units are on. */
import { createMemo, createSignal, For, Show } from "solid-js";
import { Num, visible } from "../../parts/numbers.tsx";
import { ask } from "../../session/ask.ts";
import { asked, place } from "../../session/question.ts";
import { here, moveCursor, session } from "../../session/session.ts";
import type { Steps } from "../../worker/sequence.ts";
import { clearSpan, setSpan } from "./span.ts";

const FEW = 8;
const SIDES = [
  { sign: 1, name: "on here, off elsewhere" },
  { sign: -1, name: "off here, on elsewhere" },
] as const;

export function Selected(props: { span: Steps | undefined; value: string }) {
  const [shown, setShown] = createSignal(FEW);
  const question = () => props.span && { of: asked(), at: place(), value: props.value, span: { ...props.span } };
  const ranked = ask("selective", question);
  const [sign, setSign] = createSignal<1 | -1>(1);
  const units = createMemo(() => ranked.answer()?.filter(({ score }) => score * sign() > 0) ?? []);
  /** The output, squashed to −1 … 1, is what places are compared by. */
  const output = () => here.layer()!.cell.output;
  const [threshold, setThreshold] = createSignal(0.3); // LSTMVis's
  const similar = ask("similar", () => {
    const own = question();
    return own && { ...own, value: output(), threshold: threshold() };
  });
  const last = () => session.look!.tokens.length;
  const words = ({ from, to }: Steps): string =>
    session
      .look!.tokens.slice(from, to + 1)
      .map(visible)
      .join(session.model?.reading.kind === "characters" ? "" : " ");
  const field = (end: "from" | "to") => (
    <label>
      {end}{" "}
      <input
        type="number"
        min={1}
        max={last()}
        value={props.span ? props.span[end] + 1 : ""}
        onChange={(event) => {
          const step = Math.max(1, Math.min(last(), Math.round(Number(event.currentTarget.value)) || 1)) - 1;
          const other = props.span?.[end === "from" ? "to" : "from"] ?? step;
          setSpan(step, other);
        }}
      />
    </label>
  );
  return (
    <section class="card stack selected" aria-label="Marked steps">
      <h2>Units of the marked steps</h2>
      <div class="row" role="group" aria-label="Marked steps, first and last">
        steps {field("from")} {field("to")}
        <Show when={props.span}>
          <button type="button" class="quiet small" onClick={clearSpan}>
            Unmark
          </button>
        </Show>
      </div>
      <Show
        when={props.span}
        fallback={
          <p class="muted">
            Mark some steps to find the units that tell them from the others: drag over the text or the map, hold Shift
            and press an arrow, or type the first and the last.
          </p>
        }
      >
        {(span) => (
          <>
            <p>
              <b class="token marked">{words(span())}</b>
            </p>
            <Show when={ranked.problem()}>{(text) => <pre class="reason">{text()}</pre>}</Show>
            <div class="row" role="group" aria-label="Which units">
              <For each={SIDES}>
                {(side) => (
                  <button
                    type="button"
                    class="quiet small"
                    aria-pressed={sign() === side.sign}
                    onClick={() => setSign(side.sign)}
                  >
                    {side.name}
                  </button>
                )}
              </For>
            </div>
            <ol class="ranked">
              <For each={units().slice(0, shown())}>
                {(one) => (
                  <li>
                    <button
                      type="button"
                      class="quiet"
                      aria-pressed={session.cursor.unit === one.unit}
                      onClick={() => moveCursor({ unit: one.unit })}
                    >
                      <span>unit {one.unit}</span>
                      <span class="value-bar" style={{ "--at": one.score, "--stage": "var(--stage-5)" }} />
                      <span>
                        <span class="muted">AUC</span> <Num value={one.auc} />
                      </span>
                      <span class="muted">
                        <Num value={one.inside} /> here, <Num value={one.outside} /> elsewhere
                      </span>
                    </button>
                  </li>
                )}
              </For>
            </ol>
            <Show when={units().length > shown()}>
              <button type="button" class="quiet small start" onClick={() => setShown(shown() + FEW)}>
                more units
              </button>
            </Show>
            <p class="muted small">
              AUC: the chance that {props.value} is larger at a marked step than at another one; .5 is no difference.
              Picked on this text alone: of many units some are high by chance, so try another text before you name one.
            </p>
            <h3>Where the same units of {output()} are on</h3>
            <label class="row small">
              on: above
              <input
                type="number"
                step={0.1}
                value={threshold()}
                onChange={(event) => setThreshold(Number(event.currentTarget.value))}
              />
              all along
            </label>
            <Show when={similar.problem()}>{(text) => <pre class="reason">{text()}</pre>}</Show>
            <Show when={similar.answer()}>
              {(found) => (
                <>
                  <p class="muted small">
                    {found().units.length} units of {output()} are; {found().matches.length} other places share some of
                    them.
                  </p>
                  <div class="row similar">
                    <For each={found().matches}>
                      {(match) => (
                        <button type="button" class="quiet small" onClick={() => moveCursor({ step: match.to })}>
                          <span class="muted">{match.from + 1}</span> {words(match)} <Num value={match.score} />
                        </button>
                      )}
                    </For>
                  </div>
                </>
              )}
            </Show>
          </>
        )}
      </Show>
    </section>
  );
}
