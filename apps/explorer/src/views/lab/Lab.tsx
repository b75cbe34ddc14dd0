/** "What if the equations were others?": a cell as text, what is wrong with it, a task, and trainings side by side. */
import { createEffect, on, onMount, Show } from "solid-js";
import { CellDiagram } from "../../parts/CellDiagram.tsx";
import { session } from "../../session/session.ts";
import { Chart } from "./Chart.tsx";
import { Check } from "./Check.tsx";
import { Editor } from "./Editor.tsx";
import { follow, lab, open, setField } from "./lab.ts";
import { Menu } from "./Menu.tsx";
import { Runs } from "./Runs.tsx";
import { Settings } from "./Settings.tsx";
import "./lab.css";

export function Lab() {
  onMount(() => void open());
  createEffect(on(() => session.extra, follow, { defer: true }));
  return (
    <div class="lab">
      <section class="card stack lab-cell" aria-label="The cell">
        <div class="row lab-head">
          <h2>Equations</h2>
          <Menu />
        </div>
        <Editor
          text={lab.fields.text}
          card={lab.typed?.card}
          fault={lab.fault}
          onText={(text) => setField("text", text)}
        />
        <Check />
        <Show when={lab.typed}>
          {(typed) => <Typeset markup={typed().card.markup} isOld={lab.fault !== undefined} />}
        </Show>
      </section>
      <Show when={lab.typed}>
        {(typed) => (
          <section class="card lab-drawn" classList={{ old: lab.fault !== undefined }} aria-label="The cell, drawn">
            <CellDiagram cell={typed().card} />
          </section>
        )}
      </Show>
      <Settings />
      <div class="stack">
        <Chart />
        <Runs />
      </div>
    </div>
  );
}

const Typeset = (props: { markup: string; isOld: boolean }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by key
  <section class="scroll typeset" tabIndex={0} aria-label="Typeset" classList={{ old: props.isOld }}>
    <div innerHTML={props.markup} />
  </section>
);
