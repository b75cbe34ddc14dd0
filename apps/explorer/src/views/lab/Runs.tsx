/** The trainings one by one: what was asked for, where they are, and what can be done with them. */
import { For, Show } from "solid-js";
import { save } from "../../parts/export.tsx";
import { Num, whole } from "../../parts/numbers.tsx";
import { duration } from "../../parts/time.ts";
import { openModel, show } from "../../session/session.ts";
import { lookOf, titleOf } from "./Chart.tsx";
import { lab, take } from "./lab.ts";
import { isUnderWay, type LabRun, remove, runs, stop } from "./runs.ts";

const WORDS: Readonly<Record<LabRun["state"], string>> = {
  waiting: "waiting for a core",
  starting: "starting",
  training: "training",
  finished: "done",
  early: "done",
  aborted: "stopped",
  diverged: "diverged",
  failed: "could not be trained",
};

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
  const file = () => `${props.run.training.cell.name.replace(/[^\p{L}\p{N}._-]+/gu, "-") || "cell"}.safetensors`;
  const score = () => props.run.scores.at(-1);
  return (
    <li class="card run">
      <div class="run-head">
        <svg width="30" height="12" aria-hidden="true">
          <path
            d="M1 6h28"
            stroke={lookOf(props.run.id).colour}
            stroke-dasharray={lookOf(props.run.id).dash}
            stroke-width="3"
          />
        </svg>
        <h3>{titleOf(props.run)}</h3>
        <span class="state" role="status" data-state={props.run.state}>
          {WORDS[props.run.state]}
        </span>
      </div>
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
                  {whole(Math.round(tick().perSecond))} {props.run.training.task === "text" ? "characters" : "answers"}
                  /s
                </span>
                <span>{duration(tick().secondsLeft)} left</span>
              </Show>
              <Show when={props.run.parameterCount}>{(count) => <span>{whole(count())} parameters</span>}</Show>
            </p>
          </>
        )}
      </Show>
      <Show when={props.run.problem ?? props.run.result?.advice}>
        {(text) => (
          <div role="alert" class="problem">
            <pre>{text()}</pre>
          </div>
        )}
      </Show>
      <div class="row">
        <Show when={isUnderWay(props.run) || props.run.state === "waiting"}>
          <button type="button" class="quiet small" onClick={() => stop(props.run.id)}>
            Stop
          </button>
        </Show>
        <Show when={props.run.result?.bytes}>
          {(bytes) => (
            <>
              <button
                type="button"
                class="small"
                onClick={async () => {
                  if (await openModel(bytes(), file())) show("cell");
                }}
              >
                Look inside
              </button>
              <button
                type="button"
                class="quiet small"
                onClick={() => save(file(), new Blob([bytes() as Uint8Array<ArrayBuffer>]))}
              >
                Save the model
              </button>
            </>
          )}
        </Show>
        <button type="button" class="quiet small" onClick={() => take(props.run.training.cell)}>
          Equations
        </button>
        <button type="button" class="quiet small" onClick={() => remove(props.run.id)}>
          Remove
        </button>
      </div>
    </li>
  );
}
