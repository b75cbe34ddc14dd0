/** "Why not a plain RNN?": what recorded trainings prove, in words, in charts and run by run; and the same made here. */
import { createResource, For, Show } from "solid-js";
import { visible } from "../../parts/numbers.tsx";
import { useKeys } from "../../session/keys.ts";
import { work } from "../../worker/line.ts";
import { Curves, Gaps, Gradients } from "./Charts.tsx";
import { asks, at, choose, results, said, setShowsSeeds, showsSeeds, task } from "./contrast.ts";
import { Here } from "./Here.tsx";
import { Recipe } from "./Recipe.tsx";
import "./contrast.css";

export function Contrast() {
  const [examples] = createResource(() => work().call("examples", undefined));
  const example = () => examples()?.[task().title];
  const words = () => said.tasks[at()]!;
  useKeys([
    { key: "[", sign: "[", does: "previous task", run: () => choose(at() - 1) },
    { key: "]", sign: "]", does: "next task", run: () => choose(at() + 1) },
    { key: "s", sign: "s", does: "each seed by itself", run: () => setShowsSeeds(!showsSeeds()) },
  ]);
  return (
    <div class="stack">
      <section class="card contrast-verdict" aria-label="What it proves">
        <h2>{said.headline}</h2>
        <div class="row" role="group" aria-label="Task">
          <For each={results.tasks}>
            {({ title }, k) => (
              <button type="button" class="quiet" aria-pressed={k() === at()} onClick={() => choose(k())}>
                {title}
              </button>
            )}
          </For>
        </div>
        <div class="contrast-words">
          <div class="stack" aria-live="polite">
            <p class="contrast-score">{words().score}</p>
            <p>{words().gradient}</p>
            <Show when={words().beyond}>{(beyond) => <p>{beyond()}</p>}</Show>
          </div>
          <div class="contrast-task">
            <h3>The task</h3>
            <p>{asks()}</p>
            <Show when={example()}>
              {(one) => (
                <p class="task-example">
                  <span class="unseen">An example: </span>
                  <For each={one().steps}>{(step) => <span class="token">{visible(step)}</span>}</For>
                  <span class="task-answer">→ {one().answer}</span>
                </p>
              )}
            </Show>
          </div>
        </div>
      </section>
      <div class="contrast-pair">
        <Gaps />
        <Curves />
      </div>
      <Gradients />
      <Here />
      <Recipe />
    </div>
  );
}
