/** The trainings one by one: what was asked for, where they are, and what can be done with them. */
import { For, Show } from "solid-js";
import { Num, whole } from "../../parts/numbers.tsx";
import { duration } from "../../parts/time.ts";
import { Ending, RunHead } from "../../parts/training.tsx";
import { lookOf, titleOf } from "./Chart.tsx";
import { lab, take } from "./lab.ts";
import { isUnderWay, type LabRun, remove, runs, stop } from "./runs.ts";

export function Runs() {
  return (
    <Show when={runs().length > 0}>
      <ul class="runs" aria-label="Trainings">
        <For each={runs()}>{(run) => <Run run={run} />}</For>
      </ul>
    </Show>
  );
}

function Run(props: { run: LabRun }) {
  const task = () => lab.tasks.find((one) => one.key === props.run.training.task);
  const settings = () => {
    const { units, sizes, learningRate, seed } = props.run.training;
    const others = Object.entries(sizes).map(([axis, size]) => `, ${size} ${axis}`);
    return `${task()?.title}; ${units} units${others.join("")}, learning rate ${learningRate}, seed ${seed}`;
  };
  const score = () => props.run.scores.at(-1);
  return (
    <li class="card run">
      <RunHead title={titleOf(props.run)} look={lookOf(props.run.id)} state={props.run.state} />
      <p class="muted small-text">{settings()}</p>
      <Show when={props.run.tick}>
        {(tick) => (
          <>
            <progress max={tick().steps} value={tick().step} aria-label={`${titleOf(props.run)}: updates made`} />
            <p class="small-text run-figures">
              <span>
                {whole(props.run.seen)} {task()?.counts}
              </span>
              <Show when={score()}>
                {(last) => (
                  <span>
                    {task()?.score} <Num value={last()[1]} />
                  </span>
                )}
              </Show>
              <Show when={props.run.state === "training"}>
                <span>
                  {whole(Math.round(tick().perSecond))} {props.run.training.task === "text" ? "characters" : "steps"}
                  /s
                </span>
                <span>{duration(tick().secondsLeft)} left</span>
              </Show>
              <Show when={props.run.parameterCount}>{(count) => <span>{whole(count())} parameters</span>}</Show>
            </p>
          </>
        )}
      </Show>
      <Ending
        problem={props.run.problem ?? props.run.result?.advice}
        bytes={props.run.result?.bytes}
        name={props.run.training.cell.name}
      >
        <Show when={isUnderWay(props.run)}>
          <button type="button" class="quiet small" onClick={() => stop(props.run.id)}>
            Stop
          </button>
        </Show>
        <button type="button" class="quiet small" onClick={() => take(props.run.training.cell)}>
          Equations
        </button>
        <button type="button" class="quiet small" onClick={() => remove(props.run.id)}>
          Remove
        </button>
      </Ending>
    </li>
  );
}
