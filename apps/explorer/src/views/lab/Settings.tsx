/** What is trained on: the task with an example, sizes, learning rate, seed, how much, and the button that starts. */
import { For, Show } from "solid-js";
import { short, visible } from "../../parts/numbers.tsx";
import { TextSource } from "../../parts/TextSource.tsx";
import { Setting } from "../../parts/training.tsx";
import { lab, setField, setSource, setTask, takeTales, task } from "./lab.ts";
import { type LabFields, numberIn } from "./labLink.ts";
import { add } from "./runs.ts";

export function Settings() {
  const axes = () => lab.typed?.axes ?? [];
  const sizeOf = (axis: string): string => lab.fields.sizes[axis] ?? usual(axis, lab.fields.units);
  function start(): void {
    const { name, text, units, learningRate, seed, budget } = lab.fields;
    void add({
      cell: { name: name || "Cell", text },
      task: lab.fields.task,
      units: numberIn(units),
      learningRate: numberIn(learningRate),
      seed: numberIn(seed),
      budget: numberIn(budget),
      sizes: Object.fromEntries(axes().map((axis) => [axis, numberIn(sizeOf(axis))])),
      ...(lab.fields.task === "text" && lab.source && { source: { ...lab.source } }),
    });
  }
  return (
    <section class="card stack" aria-label="Task and training">
      <h2>Task</h2>
      <select aria-label="Task" onChange={(event) => setTask(event.currentTarget.value)}>
        <For each={lab.tasks}>
          {(one) => (
            <option value={one.key} selected={one.key === lab.fields.task}>
              {one.title}
            </option>
          )}
        </For>
      </select>
      <Show when={task()}>
        {(one) => (
          <>
            <p>{one().asks}</p>
            <Show when={one().example}>
              {(example) => (
                <p class="task-example">
                  <span class="unseen">An example: </span>
                  <For each={example().steps}>{(step) => <span class="token">{visible(step)}</span>}</For>
                  <span class="task-answer">→ {example().answer}</span>
                </p>
              )}
            </Show>
            <Show when={one().chance !== undefined}>
              <p class="muted small-text">
                Whoever has forgotten the event reaches {one().score} {short(one().chance!)}.
              </p>
            </Show>
          </>
        )}
      </Show>
      <Show when={lab.fields.task === "text"}>
        <TextSource source={lab.source} onSource={setSource} onTales={takeTales} />
        <p class="muted small-text">The text is not part of the link.</p>
      </Show>
      <div class="settings">
        <Field name="units" label="units" />
        <For each={axes()}>
          {(axis) => (
            <Setting
              label={axis}
              value={sizeOf(axis)}
              onValue={(value) => setField("sizes", { ...lab.fields.sizes, [axis]: value })}
            />
          )}
        </For>
        <Field name="learningRate" label="learning rate" />
        <Field name="seed" label="seed" />
        <Field name="budget" label={task()?.counts ?? "sequences"} />
      </div>
      <div class="row">
        <button type="button" disabled={lab.fault !== undefined || lab.typed === undefined} onClick={start}>
          Train this cell
        </button>
        <Show when={lab.fault}>
          <span class="muted small-text">The equations have to be right first.</span>
        </Show>
      </div>
    </section>
  );
}

/** Blocks and heads divide the units as a rule; a projection is smaller. */
const usual = (axis: string, units: string): string =>
  axis === "projection" ? String(Math.max(1, Math.floor(numberIn(units) / 2)) || 8) : "4";

const Field = (props: { name: Exclude<keyof LabFields, "sizes">; label: string }) => (
  <Setting label={props.label} value={lab.fields[props.name]} onValue={(value) => setField(props.name, value)} />
);
