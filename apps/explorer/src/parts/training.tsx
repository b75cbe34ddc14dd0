/** What trainings in Train and in the cell lab share: a field for a setting, where a training is, and how it ends. */
import { type JSX, Show } from "solid-js";
import { openModel, show } from "../session/session.ts";
import type { EndState } from "../worker/conduct.ts";
import { save } from "./export.tsx";
import { whole } from "./numbers.tsx";
import "./training.css";

export interface SettingProps {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  onValue(value: string): void;
}

/** A number to be typed; what is wrong with it the library says. */
export function Setting(props: SettingProps) {
  return (
    <label class="setting">
      {props.label}
      <input
        class="short-input"
        inputmode="decimal"
        placeholder={props.hint ?? ""}
        value={props.value}
        onInput={(event) => props.onValue(event.currentTarget.value)}
      />
    </label>
  );
}

export type State = "waiting" | "starting" | "training" | EndState;

const WORDS: Readonly<Record<State, string>> = {
  waiting: "waiting for a core",
  starting: "starting",
  training: "training",
  finished: "done",
  early: "done",
  solved: "target met",
  budget: "target not met",
  aborted: "stopped",
  signal: "stopped",
  diverged: "diverged",
  failed: "could not be trained",
};

export function StateOf(props: { state: State }) {
  return (
    <span class="state" role="status" data-state={props.state}>
      {WORDS[props.state]}
    </span>
  );
}

/** A training's line in the charts, its name, and where it is. */
export function RunHead(props: { title: string; look: { colour: string; dash: string }; state: State }) {
  return (
    <div class="run-head">
      <svg width="30" height="12" aria-hidden="true">
        <path d="M1 6h28" stroke={props.look.colour} stroke-dasharray={props.look.dash} stroke-width="3" />
      </svg>
      <h3>{props.title}</h3>
      <StateOf state={props.state} />
    </div>
  );
}

export interface EndingProps {
  /** What went wrong, in the library's words. */
  readonly problem: string | undefined;
  readonly bytes: Uint8Array | undefined;
  /** What the file is called. */
  readonly name: string;
  /** Further buttons and words. */
  readonly children?: JSX.Element;
}

/** What a training leaves: an error with its mend, or a file to look into and to save. */
export function Ending(props: EndingProps) {
  const file = () => `${props.name.replace(/[^\p{L}\p{N}._-]+/gu, "-") || "model"}.safetensors`;
  return (
    <>
      <Show when={props.problem}>
        <div role="alert" class="problem">
          <pre>{props.problem}</pre>
        </div>
      </Show>
      <div class="row">
        <Show when={props.bytes}>
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
                Save the model, {whole(bytes().length)} bytes
              </button>
            </>
          )}
        </Show>
        {props.children}
      </div>
    </>
  );
}
