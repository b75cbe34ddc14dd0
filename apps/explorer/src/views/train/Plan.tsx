/** What would be trained, and for how long: sizes, time, and the rest for those who want it. */
import { nGrams } from "cellstate";
import { createResource, For, Show } from "solid-js";
import { Num, visible, whole } from "../../parts/numbers.tsx";
import { Setting } from "../../parts/training.tsx";
import { type Fields, isUnderWay, setField, start, stop, training, zoo } from "./training.ts";

const TIMES: readonly (readonly [string, string])[] = [
  ["30", "30 s"],
  ["120", "2 min"],
  ["600", "10 min"],
  ["own", "other"],
];

export function Plan() {
  const [cells] = createResource(zoo);
  return (
    <section class="card stack" aria-label="What is trained">
      <h2>Model and time</h2>
      <div class="settings">
        <Field name="units" label="units" />
        <fieldset class="times">
          <legend>time</legend>
          <For each={TIMES}>
            {([value, text]) => (
              <label>
                <input
                  type="radio"
                  name="time"
                  checked={training.fields.time === value}
                  onChange={() => setField("time", value)}
                />
                {text}
              </label>
            )}
          </For>
          <Show when={training.fields.time === "own"}>
            <label>
              <input
                class="short-input"
                inputmode="decimal"
                aria-label="seconds"
                value={training.fields.ownTime}
                onInput={(event) => setField("ownTime", event.currentTarget.value)}
              />
              s
            </label>
          </Show>
        </fieldset>
      </div>
      <details>
        <summary>More settings</summary>
        <div class="settings">
          <label class="setting">
            cell
            <select
              aria-label="cell"
              value={training.fields.cell}
              onChange={(event) => setField("cell", event.currentTarget.value)}
            >
              <For each={cells()}>
                {(cell) => (
                  <option value={cell.key} selected={cell.key === training.fields.cell}>
                    {cell.name}
                  </option>
                )}
              </For>
            </select>
          </label>
          <Field name="layers" label="layers" hint="1" />
          <Field name="learningRate" label="learning rate" hint="as usual" />
          <Field name="dropout" label="dropout" hint="0" />
          <Field name="seed" label="seed" hint="0" />
        </div>
      </details>
      <Show when={training.problem}>
        {(problem) => (
          <div role="alert" class="problem">
            <pre>{problem()}</pre>
          </div>
        )}
      </Show>
      <Show when={training.survey}>{(survey) => <Facts survey={survey()} />}</Show>
      <div class="row">
        <Show
          when={isUnderWay()}
          fallback={
            <button type="button" disabled={training.survey === undefined} onClick={() => void start()}>
              {training.run ? "Train again" : "Train"}
            </button>
          }
        >
          <button type="button" onClick={stop}>
            Stop and keep the best
          </button>
        </Show>
        <span class="muted" role="status">
          {training.isLooking ? "Looking at the text …" : training.source ? "" : "There is no text yet."}
        </span>
      </div>
    </section>
  );
}

/** A field by its name in the state. */
const Field = (props: { name: keyof Fields; label: string; hint?: string }) => (
  <Setting
    label={props.label}
    hint={props.hint ?? ""}
    value={training.fields[props.name]}
    onValue={(value) => setField(props.name, value)}
  />
);

function Facts(props: { survey: NonNullable<typeof training.survey> }) {
  const split = () => props.survey.split;
  const symbols = () => props.survey.symbols;
  return (
    <dl class="facts train-facts">
      <div>
        <dt>text</dt>
        <dd>
          {whole(props.survey.characters)} characters, {symbols().length} different:{" "}
          <span class="symbols">{symbols().slice(0, 80).map(visible).join("")}</span>
          {symbols().length > 80 ? " …" : ""}
          <For each={props.survey.notes}>{(note) => <span class="line muted">{note}</span>}</For>
        </dd>
      </div>
      <div>
        <dt>split</dt>
        <dd>
          {whole(split().training)} to learn, the last {whole(split().validation)} to judge on
        </dd>
      </div>
      <div>
        <dt>to beat</dt>
        <dd>
          <Num value={props.survey.baseline.bigram} /> nats a character, from counting pairs;{" "}
          <Num value={props.survey.baseline.kneserNey.loss} /> from {nGrams(props.survey.baseline.kneserNey.order)}
          {props.survey.baseline.kneserNey.counted < split().training
            ? ` of the last ${whole(props.survey.baseline.kneserNey.counted)}`
            : ""}{" "}
          (guessing: <Num value={props.survey.baseline.uniform} />)
        </dd>
      </div>
      <div>
        <dt>model</dt>
        <dd>
          {whole(props.survey.parameterCount)} parameters
          {props.survey.parameterCount > split().training
            ? ": more than there are characters; it will learn them by heart"
            : ""}
        </dd>
      </div>
    </dl>
  );
}
