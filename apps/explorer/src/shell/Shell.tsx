/** What stands around every view: name, tabs, text, steps, inspector, messages, and the keys of all of them. */
import { createEffect, onMount, Show, untrack } from "solid-js";
import { Dynamic } from "solid-js/web";
import { listen, useKeys } from "../session/keys.ts";
import { pause, playOrPause } from "../session/player.ts";
import { followLink, here, lookAgain, moveCursor, openFile, session, start } from "../session/session.ts";
import { applyWishes } from "../session/wishes.ts";
import { views } from "../views/views.ts";
import { Header } from "./Header.tsx";
import { Help, openHelp } from "./Help.tsx";
import { Inspector } from "./Inspector.tsx";
import { Messages } from "./Messages.tsx";
import { Steps } from "./Steps.tsx";
import { TextBar } from "./TextBar.tsx";

/** The address keeps to what is on screen. */
function toMain(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** A file dropped where no view takes it is a model: the browser would leave the page for it. */
function takeFiles(event: DragEvent): void {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  const file = event.dataTransfer.files[0];
  if (event.type === "drop" && file) void openFile(file);
}

export function Shell() {
  applyWishes();
  followLink();
  onMount(() => {
    listen();
    addEventListener("dragover", takeFiles);
    addEventListener("drop", takeFiles);
    void start();
  });
  useKeys(commonKeys);
  const entry = () => views.find((one) => one.name === session.view) ?? views[0]!;
  createEffect(() => {
    document.title = `${entry().title} · Cellstate Explorer`;
    pause();
  });
  const isOfModel = () => entry().isOfModel && session.look !== undefined;
  const whyEmpty = () =>
    session.model
      ? "There is nothing to see until the model can read the text above."
      : "No model is open yet. The tab Open takes a model file.";
  // the model is looked at when a view shows it
  createEffect(() => {
    if (entry().isOfModel && session.model && !session.look) void untrack(lookAgain);
  });
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: the address stays that of the view */}
      <a class="skip" href="#main" onClick={toMain}>
        Skip to the view
      </a>
      <Header />
      <div class="page" classList={{ "with-side": isOfModel() }}>
        <Show when={entry().isOfModel && session.model}>
          <TextBar />
        </Show>
        <Messages isOfModel={isOfModel()} />
        <main id="main" tabindex="-1">
          <h1 class="asks">{entry().asks}</h1>
          <Show when={!entry().isOfModel || session.look} fallback={<p class="empty">{session.busy ?? whyEmpty()}</p>}>
            <Dynamic component={entry().component} />
          </Show>
        </main>
        <Show when={isOfModel()}>
          <Inspector />
        </Show>
      </div>
      <Show when={isOfModel()}>
        <Steps />
      </Show>
      <Help />
    </>
  );
}

const step = (by: number) => (): void => moveCursor({ step: session.cursor.step + by });
const unit = (by: number) => (): void => moveCursor({ unit: session.cursor.unit + by });
const layer = (by: number) => (): void => moveCursor({ layer: session.cursor.layer + by });

function nextValue(): void {
  const values = here.layer()?.cell.values ?? [];
  const at = values.findIndex((v) => v.name === session.cursor.value);
  if (values.length > 0) moveCursor({ value: values[(at + 1) % values.length]!.name });
}

const focusText = (): void => document.querySelector<HTMLElement>("#text")?.focus();

/** "Show as table" of the first picture on screen. */
const showTable = (): void => document.querySelector<HTMLElement>("main [data-table]")?.click();

const commonKeys = [
  { key: " ", sign: "Space", does: "play or pause", run: playOrPause },
  { key: "ArrowLeft", sign: "←", does: "a step back", run: step(-1) },
  { key: "ArrowRight", sign: "→", does: "a step on", run: step(1) },
  { key: "Shift+ArrowLeft", sign: "Shift ←", does: "ten steps back", run: step(-10) },
  { key: "Shift+ArrowRight", sign: "Shift →", does: "ten steps on", run: step(10) },
  { key: "Home", sign: "Home", does: "first step", run: () => moveCursor({ step: 0 }) },
  { key: "End", sign: "End", does: "last step", run: () => moveCursor({ step: 1e9 }) },
  { key: "ArrowUp", sign: "↑", does: "previous unit", run: unit(-1) },
  { key: "ArrowDown", sign: "↓", does: "next unit", run: unit(1) },
  { key: "g", sign: "g", does: "next value of the cell", run: nextValue },
  { key: "[", sign: "[", does: "layer below", run: layer(-1) },
  { key: "]", sign: "]", does: "layer above", run: layer(1) },
  { key: "t", sign: "t", does: "show as a table", run: showTable },
  { key: "/", sign: "/", does: "to the text", run: focusText },
  { key: "?", sign: "?", does: "this list", run: () => openHelp() },
];
