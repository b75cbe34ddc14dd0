/** "Is this my model?": a place to drop a file, the models in this page, and the card of the open one. */
import { For, Show } from "solid-js";
import { embeddedNames } from "../../embedded.ts";
import { dropZone } from "../../parts/dropZone.ts";
import { openEmbedded, openFile, session, show } from "../../session/session.ts";
import { Card } from "./Card.tsx";

export function Open() {
  function take(file: File | undefined): void {
    if (file) void openFile(file);
  }
  const { isOver, listeners } = dropZone(take);
  return (
    <div class="stack">
      <div class="drop card" classList={{ over: isOver() }} role="group" aria-label="Open a model file" {...listeners}>
        <p>
          <b>Drop a model file here</b>
          <br />
          <span class="muted">
            model.safetensors, as “cellstate train” and the tab Train write it. It stays in this page.
          </span>
        </p>
        <label class="button">
          Choose a file
          <input
            type="file"
            class="unseen"
            accept=".safetensors"
            onChange={(event) => {
              take(event.currentTarget.files?.[0]);
              event.currentTarget.value = "";
            }}
          />
        </label>
        <div class="row" role="group" aria-label="Models in this page">
          <For each={embeddedNames()}>
            {(name) => (
              <button
                type="button"
                class="quiet"
                aria-pressed={session.model?.name === name}
                onClick={() => void openEmbedded(name)}
              >
                {name}
              </button>
            )}
          </For>
        </div>
      </div>
      <Show when={session.model}>
        {(model) => (
          <>
            <Card model={model()} />
            <button type="button" class="wide" onClick={() => show("cell")}>
              Look inside
            </button>
          </>
        )}
      </Show>
    </div>
  );
}
