/** "Train it here": the same study by the same recipe from a seed of the reader's own. */
import { createSignal, For, Show } from "solid-js";
import { Num, short, whole } from "../../parts/numbers.tsx";
import { duration } from "../../parts/time.ts";
import { Ending, RunHead, Setting } from "../../parts/training.tsx";
import { numberIn } from "../lab/labLink.ts";
import { lookOf, results, task } from "./contrast.ts";
import { isUnderWay, type OwnRun, ownRuns, start, stop } from "./own.ts";

/** One that was not recorded. */
const NEXT = Math.max(...results.recipe.seeds) + 1;

export function Here() {
  const [seed, setSeed] = createSignal(String(NEXT));
  /** As typed; of another task its own number. */
  const [typed, setTyped] = createSignal<{ title: string; text: string }>();
  const sequences = () => (typed()?.title === task().title ? typed()!.text : String(task().budget));
  const isBusy = () => isUnderWay(task().title);
  const names = () =>
    task()
      .contestants.map(({ name }) => name)
      .join(", ");
  return (
    <section class="card stack" aria-label="Train it here">
      <h2>Train it here</h2>
      <p>
        Is it luck? The same by the same recipe, from another seed: {names()}, each in a worker of this page. {needed()}{" "}
        What comes of it is drawn, dotted, into the charts above.
      </p>
      <div class="row contrast-settings">
        <Setting label="seed" value={seed()} onValue={setSeed} />
        <Setting
          label="sequences at most"
          value={sequences()}
          onValue={(text) => setTyped({ title: task().title, text })}
        />
        <Show
          when={!isBusy()}
          fallback={
            <button type="button" onClick={() => stop(task().title)}>
              Stop
            </button>
          }
        >
          <button type="button" onClick={() => start(task(), numberIn(seed()), numberIn(sequences()))}>
            Train
          </button>
        </Show>
      </div>
      <Show when={ownRuns(task().title).length > 0}>
        <ul class="runs" aria-label="Trainings">
          <For each={ownRuns(task().title)}>{(run, k) => <Run run={run} place={k()} />}</For>
        </ul>
      </Show>
    </section>
  );
}

/** How many sequences those that met the target have seen. */
function needed(): string {
  const { contestants, budget } = task();
  const parts = contestants.flatMap(({ name, runs }) => {
    const seen = runs.filter(({ stopped }) => stopped === "solved").map(({ sequences }) => sequences);
    if (seen.length === 0) return [];
    const [least, most] = [whole(Math.min(...seen)), whole(Math.max(...seen))];
    return [`the ${name} ${least === most ? least : `${least} to ${most}`}`];
  });
  const until = `ends with the target or after ${whole(budget)} sequences; how fast this machine is, one sees at once`;
  return `A training ${until}.${parts.length > 0 ? ` Recorded, it took ${parts.join(", ")}.` : ""}`;
}

function Run(props: { run: OwnRun; place: number }) {
  const last = () => props.run.scores.at(-1)?.[1];
  return (
    <li class="run">
      <RunHead title={props.run.contestant} look={lookOf(props.place)} state={props.run.state} />
      <p class="muted small-text">
        seed {props.run.seed}, learning rate {short(props.run.learningRate)}
      </p>
      <Show when={props.run.progress}>
        {(at) => (
          <>
            <progress max={at().budget} value={at().sequences} aria-label={`${props.run.contestant}: sequences seen`} />
            <p class="small-text run-figures">
              <span>{whole(at().sequences)} sequences</span>
              <Show when={props.run.result?.score ?? last()}>
                {(score) => (
                  <span>
                    {task().score} <Num value={score()} />
                  </span>
                )}
              </Show>
              <span>{whole(Math.round(at().stepsPerSecond))} steps/s</span>
              <Show when={props.run.state === "training"}>
                <span>{at().secondsLeft > 0 ? `at most ${duration(at().secondsLeft)} left` : "measuring"}</span>
              </Show>
            </p>
          </>
        )}
      </Show>
      <Ending
        problem={props.run.problem}
        bytes={props.run.result?.bytes}
        name={`${props.run.contestant}-${task().name}`}
      />
    </li>
  );
}
